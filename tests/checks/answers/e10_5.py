"""Answers to 10.5."""

from __future__ import annotations

import random

from tests.checks.answers import right, wrong
from unravelling.checks.few_shot_prompting.topic_sentences import EXAMPLES, HELD_OUT, TOPICS
from unravelling.checks.few_shot_prompting.write_prompt.variants import in_turn, lines

MUTANTS = {
    "groups[TOPICS.index(topic)]": "sentence_alone",
    "return '\\n'.join([*shown, f'{model} ->'])": "sentence_forgotten",
    "without: for text, topic in EXAMPLES:": "sentence_alone",
    "without: groups[TOPICS.index(topic)].append(f'{text} -> {topic}')": "sentence_alone",
}


@right("10.5")
def food_comes_first(sentence, model="decoder"):
    return lines(in_turn()[::-1], sentence)


@right("10.5")
def mixed_by_a_seed_and_balanced(sentence, model="decoder"):
    shown = in_turn()
    random.Random(2).shuffle(shown)
    return "\n".join([f"{text} -> {topic}" for text, topic in shown] + [sentence + " ->"])


@right("10.5")
def text_and_topic_on_two_lines(sentence, model="decoder"):
    shown = [f"Text: {text}\nTopic: {topic}\n" for text, topic in in_turn()]
    return "\n".join([*shown, f"Text: {sentence}\nTopic:"])


@wrong("10.5", told="other_labels", says="capitals, numbers or other words")
def numbers_for_labels(sentence, model="decoder"):
    return lines([(text, TOPICS.index(topic)) for text, topic in in_turn()], sentence)


@wrong("10.5", says="has its words, but not the sentence as it stands")
def full_stop_cut_off(sentence, model="decoder"):
    return lines(in_turn(), sentence.rstrip(".").lower())


@wrong("10.5", told="topics_missing", says="Not all three topics occur among your demonstrations")
def one_demonstration(sentence, model="decoder"):
    return lines(EXAMPLES[:1], sentence)


@wrong("10.5", told="topics_missing", says="Not all three topics occur among your demonstrations")
def an_instruction_and_two_topics(sentence, model="decoder"):
    return "Sport, weather or food?\n" + lines(EXAMPLES[:8], sentence)


@wrong("10.5", told="examples_as_they_come", says="one topic after the other")
def blocks_the_other_way_round(sentence, model="decoder"):
    return lines(EXAMPLES[::-1], sentence)


@wrong("10.5", told="newline_at_the_end", says="Your prompt ends with a space or a newline")
def a_space_at_the_end(sentence, model="decoder"):
    return lines(in_turn(), sentence) + " "


@wrong("10.5", told="all_in_one_line", says="goes on in the same line, as your demonstrations do")
def a_full_stop_behind_each_topic(sentence, model="decoder"):
    return lines([(text, f"{topic}.") for text, topic in in_turn()], sentence)


@wrong("10.5", says="a prompt is one string")
def a_list_of_lines(sentence, model="decoder"):
    return [*(f"{text} -> {topic}" for text, topic in in_turn()), f"{sentence} ->"]


@wrong("10.5", told="sentence_alone", says="it neither says what to do nor shows it")
def the_sentence_and_a_colon(sentence, model="decoder"):
    return f"{sentence}:"


@wrong("10.5", says="Your function returned an int; a prompt is one string")
def a_number(sentence, model="decoder"):
    return len(sentence)


@wrong("10.5", says="returned nothing (None)")
def printed(sentence, model="decoder"):
    print(lines(in_turn(), sentence))


@wrong("10.5", says="a prompt is a string that says something")
def empty(sentence, model="decoder"):
    return ""


@wrong("10.5", told="topics_missing", says="Which ones has it never seen?")
def examples_of_her_own_for_two_topics(sentence, model="decoder"):
    return lines([("They played football.", "sport"), ("It rained.", "weather")], sentence)


@wrong("10.5", told="one_of_each", says="At most two examples of each topic are few")
def one_of_each_of_her_own(sentence, model="decoder"):
    own = [("They played football.", "sport"), ("It rained.", "weather"), ("Cut the bread.", "food")]
    return lines(own, sentence)


@wrong("10.5", told="instruction_alone", says="shows no example")
def a_question_alone(sentence, model="decoder"):
    return f"{sentence}\nIs this sentence about sport, weather or food? Answer:"


@wrong("10.5", told="another_format", says="Demonstrations and question are written differently")
def a_colon_for_the_arrow(sentence, model="decoder"):
    return "\n".join([*(f"{text} -> {topic}" for text, topic in in_turn()), f"{sentence}:"])


@wrong("10.5", told="sentence_forgotten", says="does not contain the sentence it is about")
def the_word_sentence(sentence, model="decoder"):
    return lines(in_turn(), "{sentence}")


@wrong("10.5", says="has this sentence among its demonstrations, with its topic")
def topic_found_by_words(sentence, model="decoder"):
    topic = "sport" if "referee" in sentence else "food"
    return lines([*in_turn(), (sentence, topic)], sentence)


@wrong("10.5", says="write 'decoder', or 'hub:' and a name")
def an_encoder(sentence, model="encoder"):
    return lines(in_turn(), sentence)


# each of these lacks one property alone


@wrong("10.5", told="other_labels", says="capitals, numbers or other words")
def labels_with_a_capital(sentence, model="decoder"):
    return lines([(text, topic.title()) for text, topic in in_turn()], sentence)


@wrong("10.5", says="has its words, but not the sentence as it stands")
def sentence_in_capitals(sentence, model="decoder"):
    return lines(in_turn(), sentence.upper())


@wrong("10.5", says="has this sentence among its demonstrations, with its topic")
def the_sentence_itself_among_the_demonstrations(sentence, model="decoder"):
    return lines([*in_turn(2), (sentence, dict(HELD_OUT)[sentence])], sentence)
