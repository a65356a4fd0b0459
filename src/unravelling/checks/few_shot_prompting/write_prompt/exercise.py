"""10.5: a prompt for a new task, judged by what a model makes of it. The synthesis.

The probe brings back prompts, and no more; the model reads them where the judging is done. So what the learner's code
does in its own process can change the prompts, but not how they are read.
"""

from __future__ import annotations

import torch

from unravelling.models.errors import ModelError

from ...declare import Case, exercise, holds, misconception, slip
from ..model_answers import NotThere, written
from ..topic_sentences import EXAMPLES, HELD_OUT, TOPICS
from . import probe as trial
from . import variants
from .diagnosis import diagnosis, in_other_letters, told
from .variants import in_turn, lines

# Of 30; measured with the course's decoder: the examples in their own order 22, mixed and balanced 26 to 30.
NEEDED = 25


@exercise("10.5", points=4, difficulty=3, minutes=20)
class WritePrompt:
    """Write the prompt with which a small model names the topic of sentences that you have not seen."""

    functions = ("write_prompt",)
    returns = ("prompts",)
    compares = False
    because = "Your prompt alone told the model what to do: not one of its parameters changed."
    hints = (
        "Write down what the model sees when it comes to the last line. Which words does it take the pattern from, "
        "which topic has it seen most often, and which one last?",
        "The 16 examples come in blocks, and half of them are about food: a model that has learned only to say the "
        "last or the commonest label would look just like yours. Show equally many of each topic, at least three, and "
        "let the topics take turns. Then the sentence, in the same format, up to where its topic should be.",
        "groups = {topic: [pair for pair in examples if pair[1] == topic] for topic in ['sport', 'weather', 'food']}; "
        "shown = [pair for turn in zip(*groups.values()) for pair in turn]; a line 'text -> topic' for each of them, "
        "then f'{sentence} ->', joined by newlines.",
    )

    def cases(rng):
        yield Case("one sentence", sentences=["The referee blew the whistle."], topics=["sport"], needed=0)
        held = [HELD_OUT[place] for place in torch.randperm(len(HELD_OUT), generator=rng).tolist()]
        sentences, topics = [text for text, _ in held], [topic for _, topic in held]
        yield Case(f"{len(held)} sentences held out", sentences=sentences, topics=topics, needed=NEEDED)

    def reference(sentence, model="decoder"):
        r"""Write the prompt with which a small model names the topic of sentences that you have not seen.

        sentence: a string, whose topic is sport, weather or food. model: the name of the model that will read the
        prompt, "decoder" or "hub:..."; the check loads the default that this line gives.
        Returns a string, the prompt. The model goes on from its end, always with the likeliest token. What it writes up
        to the end of the line, without spaces around it, must be the topic: "sport", "weather" or "food", and nothing
        else, in small letters. That must hold for at least 25 of 30 sentences, 10 of each topic, which are held out for
        the check. The prompt contains the sentence, leaves it as it is, and does not tell its topic. You may use all,
        some or none of the 16 examples, in any order and any format, an instruction, examples of your own.
        Example: a prompt with one demonstration is "Snow closed the mountain road. -> weather\nHe won the tennis match
        in three sets. ->", and the model should go on with " sport". (One demonstration is not enough for 25.)
        Source: Brown et al., 2020, "Language Models are Few-Shot Learners", section 2; on the order of the
        demonstrations: Zhao et al., 2021, "Calibrate Before Use", section 4.
        """
        groups = [[] for _ in TOPICS]
        for text, topic in EXAMPLES:
            groups[TOPICS.index(topic)].append(f"{text} -> {topic}")
        shown = [group[turn] for turn in range(min(map(len, groups))) for group in groups]
        return "\n".join([*shown, f"{sentence} ->"])

    probe, show = trial.probe, trial.show

    def fingerprint(case, result):
        if not case["needed"]:
            return ""
        said = written(result["model"], result["prompts"], case["topics"], case["needed"])
        return diagnosis(result["prompts"], case["sentences"], said, case["topics"])

    def found(case, result):
        if not case["needed"]:
            return ""
        said = written(result["model"], result["prompts"], case["topics"], case["needed"])
        right = sum(each == topic for each, topic in zip(said, case["topics"], strict=True))
        return f"The model named the topic of {right} of the {len(said)} sentences; {case['needed']} were asked for."

    @holds("each prompt contains its sentence")
    def contains_the_sentence(case, result):
        for prompt, sentence in zip(result["prompts"], case["sentences"], strict=True):
            if sentence not in prompt and in_other_letters(prompt, sentence):
                return f"The prompt for {sentence!r} has its words, but not the sentence as it stands: it was changed."
            if sentence not in prompt:
                return f"The prompt for {sentence!r} does not contain it: the model would have to guess."
        return None

    @holds("no prompt tells the topic it asks for")
    def topic_is_not_told(case, result):
        for prompt, sentence, topic in zip(result["prompts"], case["sentences"], case["topics"], strict=True):
            if told(prompt, sentence, topic):
                return f"The prompt for {sentence!r} has this sentence among its demonstrations, with its topic."
        return None

    @holds(f"the model names the topic of at least {NEEDED} of the {len(HELD_OUT)} sentences")
    def names_the_topics(case, result):
        if not case["needed"]:
            return None
        try:
            said = written(result["model"], result["prompts"], case["topics"], case["needed"])
        except NotThere:  # no verdict on the prompts: they could not be read
            raise
        except ModelError as error:
            return str(error)
        wrong = [place for place, each in enumerate(said) if each != case["topics"][place]]
        right, of = len(said) - len(wrong), len(case["topics"])
        if right >= case["needed"]:
            return None
        first = "" if len(said) == of else "first "
        text = (
            f"The model named the topic of {right} of the {first}{len(said)} sentences; {case['needed']} of {of} are "
        )
        sentence, each, topic = (some[wrong[0]] for some in (case["sentences"], said, case["topics"]))
        return f"{text}needed. After your prompt for {sentence!r} it wrote {each!r}, not {topic!r}."

    @misconception(
        "Your prompt says what to do, but shows no example. This model was made to go on with texts, and does not know "
        "in which words and in which form you want the answer. What would show it?"
    )
    def instruction_alone(sentence, model="decoder"):
        return f"Say in one word whether the sentence is about sport, weather or food.\n{sentence} ->"

    @misconception(
        "Your prompt is the sentence and no more: it neither says what to do nor shows it. This model was made to go "
        "on with texts, and anything may follow a sentence. From what could it know what you want?"
    )
    def sentence_alone(sentence, model="decoder"):
        return f"{sentence} ->"

    @misconception(
        "At most two examples of each topic are few: a model may understand by then that a word for the topic is "
        "wanted, and take words of its own, such as 'game'. How does it learn that there are three, and which?"
    )
    def one_of_each(sentence, model="decoder"):
        return lines(in_turn(1), sentence)

    @misconception(
        "The examples come in blocks, one topic after the other. The model leans to the label it saw last, and to the "
        "one it saw most. In which order would no topic be the last three in a row?"
    )
    def examples_as_they_come(sentence, model="decoder"):
        return lines(EXAMPLES, sentence)

    @misconception(
        "Not all three topics occur among your demonstrations, so the model cannot know the words for the others. "
        "Which ones has it never seen?"
    )
    def topics_missing(sentence, model="decoder"):
        return lines(EXAMPLES[-8:], sentence)

    @misconception(
        "Your demonstrations do not end with the words that are asked for: capitals, numbers or other words are "
        "where sport, weather or food should be. What will the model write that has seen only those?"
    )
    def other_labels(sentence, model="decoder"):
        return lines([(text, topic.upper()) for text, topic in in_turn()], sentence)

    @misconception(
        "Your prompt does not contain the sentence it is about. Where does the argument of your function go?"
    )
    def sentence_forgotten(sentence, model="decoder"):
        return lines(in_turn(), "sentence")

    @misconception(
        "The sentence comes before the demonstrations. The model goes on from the end of the prompt: about which "
        "sentence will it speak there?"
    )
    def sentence_first(sentence, model="decoder"):
        return f"{sentence} ->\n" + "\n".join(f"{text} -> {topic}" for text, topic in in_turn(2))

    @misconception(
        "Your prompt ends with a space or a newline. The words of this model begin with their own space, and a new "
        "line would be the next example. Which character should be the last?"
    )
    def newline_at_the_end(sentence, model="decoder"):
        return lines(in_turn(), sentence) + "\n"

    another_format = slip(
        "Demonstrations and question are written differently, so the model does not see that the question is one more "
        "of the same. What comes between sentence and topic in the one, and behind the sentence in the other?",
        'f"{sentence} ->"',
        'f"What is the topic of this sentence? {sentence}"',
    )

    topics_moved_on = slip(
        "Some of your examples have a topic that is not theirs. Which list did the topics come from, and does its "
        "order still fit that of the sentences?",
        "-> {topic}",
        "-> {TOPICS[TOPICS.index(topic) - 2]}",
    )

    @misconception(
        "A topic comes, and then the model goes on in the same line, as your demonstrations do. What should come "
        "behind each topic, so that it learns where an answer ends?"
    )
    def all_in_one_line(sentence, model="decoder"):
        return ", ".join([*(f"{text} -> {topic}" for text, topic in in_turn()), f"{sentence} ->"])

    question_and_answer = variants.question_and_answer
    all_of_them_shuffled = variants.all_of_them_shuffled
    with_an_instruction = variants.with_an_instruction
