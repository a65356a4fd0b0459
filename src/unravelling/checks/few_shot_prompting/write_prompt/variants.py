"""Prompts in the arrow format, which wrong answers to 10.5 change in one way, and other prompts that do as well."""

from __future__ import annotations

import random

from ...declare import alternative
from ..topic_sentences import EXAMPLES, TOPICS


def lines(pairs, sentence: str) -> str:
    """The arrow format."""
    return "\n".join([*(f"{text} -> {topic}" for text, topic in pairs), f"{sentence} ->"])


def in_turn(rounds: int = 4) -> list[tuple[str, str]]:
    """One example of each topic, then the next of each."""
    by_topic = [[pair for pair in EXAMPLES if pair[1] == topic] for topic in TOPICS]
    return [pairs[turn] for turn in range(rounds) for pairs in by_topic]


@alternative
def question_and_answer(sentence, model="decoder"):
    prompt = ""
    for text, topic in in_turn():
        prompt += f"Sentence: {text}\nTopic: {topic}\n\n"
    return prompt + f"Sentence: {sentence}\nTopic:"


@alternative
def all_of_them_shuffled(sentence, model="decoder"):
    shown = list(EXAMPLES)
    random.Random(1).shuffle(shown)
    return lines(shown, sentence)


@alternative
def with_an_instruction(sentence, model="decoder"):
    return "Sport, weather or food?\n" + lines(in_turn(3), sentence)
