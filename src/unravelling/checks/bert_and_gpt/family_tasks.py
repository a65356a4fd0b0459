"""The six tasks of 07.5, the family that was made for each, and what to think of before choosing another."""

from __future__ import annotations

FAMILIES = ("encoder", "decoder", "encoder-decoder")

TASKS: dict[str, tuple[str, dict[str, str]]] = {
    "sort reviews into praise and complaint": (
        "encoder",
        {
            "decoder": "The review lies there whole and nothing is written, but your family lets each word see only "
            "those before it. Which family reads every word with all the others in sight?",
            "encoder-decoder": "Half of your model is there to write a text, and what is wanted here is one of two "
            "labels. What is left if you take away the half that writes?",
        },
    ),
    "find the passages nearest in meaning to a question": (
        "encoder",
        {
            "decoder": "A passage becomes one vector here, made of all its words, and vectors are compared. In your "
            "family only the last word has seen the whole passage. In which one have all words?",
            "encoder-decoder": "Nothing is written here: passages become vectors, and vectors are compared. Which half "
            "of your model would have nothing to do?",
        },
    ),
    "fill the gaps in a damaged inscription": (
        "encoder",
        {
            "decoder": "What stands AFTER a gap says as much about it as what stands before, and your family sees only "
            "what stands before. Which one was trained on just this question?",
            "encoder-decoder": "It can be done so, and T5 was trained in such a way. But for single words at known "
            "places no text needs to be written. Which simpler family names the word at the very place?",
        },
    ),
    "suggest the next word on a phone": (
        "decoder",
        {
            "encoder": "Your family is trained to fill a gap with words on both sides. After the gap there is nothing "
            "yet: she is still writing. Which family is trained on just this question, at every word of every text?",
            "encoder-decoder": "There are not two texts here, one to read and one to write, but a single one that goes "
            "on. Which family needs only one stack for that?",
        },
    ),
    "answer whatever is asked in a chat": (
        "decoder",
        {
            "encoder": "An answer has to be written, word after word, and your family writes nothing. Which one goes "
            "on with a text of any kind?",
            "encoder-decoder": "It can be done so. But question, answer and next question make one text that grows, "
            "and no pairs of texts say beforehand what will be asked. Which family goes on with any text, and was that "
            "of GPT-3?",
        },
    ),
    "translate sentences, learned from pairs of them": (
        "encoder-decoder",
        {
            "encoder": "Your family can read the sentence, in both directions; it cannot write another. What has to be "
            "added?",
            "decoder": "It can be done so, and large models do. But this sentence is finished before the first word is "
            "written, and your family reads it as if it were not, each word without the next. Which family reads in "
            "both directions and then writes? (It is the one of 2017.)",
        },
    ),
}
