"""What about a prompt may explain what the model writes after it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from ..topic_sentences import EXAMPLES, TOPICS


def told(prompt: str, sentence: str, topic: str) -> bool:
    """Whether the sentence stands in the prompt before its end, with its topic, and no other, behind it."""
    before = prompt[: prompt.rfind(sentence)]
    place = before.find(sentence)
    behind = before[place + len(sentence) :][:40] if place >= 0 else ""
    return [each for each in TOPICS if each in behind] == [topic]


def in_other_letters(prompt: str, sentence: str) -> bool:
    """Whether a prompt that lacks the sentence has most of its words, in capitals or small letters."""
    words = re.findall(r"\w+", sentence.lower())
    there = set(re.findall(r"\w+", prompt.lower()))
    return sum(word in there for word in words) > 0.7 * len(words)


def diagnosis(prompts: Sequence[str], sentences: Sequence[str], answers: Sequence[str], topics: Sequence[str]) -> str:
    """What is true of all prompts that led astray and likely to blame; "" if nothing known."""
    astray = [n for n, (said, topic) in enumerate(zip(answers, topics, strict=False)) if said != topic] or [0]
    going_on = sum(said not in TOPICS and said.startswith(TOPICS) for said in answers) > 5
    found = {_about(prompts[n], sentences[n], topics[n], going_on) for n in astray}
    return found.pop() if len(found) == 1 else ""


def _about(prompt: str, sentence: str, topic: str, going_on: bool) -> str:
    """What is to be said about one prompt."""
    if sentence not in prompt:
        return "sentence changed" if in_other_letters(prompt, sentence) else "sentence missing"
    if told(prompt, sentence, topic):
        return "told"
    before, _, behind = prompt.rpartition(sentence)
    if any(text in behind for text, _ in EXAMPLES):
        return "sentence first"
    if prompt != prompt.rstrip():
        return "space at the end"
    ours = sorted((pair for pair in EXAMPLES if pair[0] in before), key=lambda pair: before.find(pair[0]))
    labelled = [(topic, *_label(before, text)) for text, topic in ours]
    if sum(not found and bool(re.search(r"\w", between)) for _, between, found, _ in labelled) >= 2:
        return "other labels"
    shown = _demonstrated(before)
    if not shown and not labelled:
        return "no demonstrations" if re.search(r"\w", before + behind) else "the sentence alone"
    if sum(found not in ("", topic) for topic, _, found, _ in labelled) >= 2:
        return "wrong topics"
    if any(found and between.strip() != behind.strip() for _, between, found, _ in labelled):
        return "another format"
    if going_on:
        return "goes on" if any(found and not after.startswith("\n") for _, _, found, after in labelled) else ""
    ordered = [found for _, _, found, _ in labelled if found]
    return _about_the_labels(shown if len(shown) > len(ordered) else ordered)


def _about_the_labels(shown: Sequence[str]) -> str:
    """What is to be said about the topics of the demonstrations, in their order."""
    counts = Counter(shown)
    if set(shown) != set(TOPICS):
        return "topic missing"
    if max(counts.values()) <= 2:
        return "few"
    if sum(a != b for a, b in pairwise(shown)) < len(TOPICS):
        return "in blocks"
    return "unbalanced" if max(counts.values()) >= 2 * min(counts.values()) else ""


def _demonstrated(before: str) -> list[str]:
    """The topics at the ends of lines that name no other topic: those of demonstrations, the learner's own included."""
    shown = []
    for line in before.splitlines():
        named = re.findall(rf"\b({'|'.join(TOPICS)})\b", line.lower())
        if len(set(named)) == 1 and re.search(rf"{named[0]}\W*$", line.lower()):
            shown.append(named[0])
    return shown


def _label(prompt: str, sentence: str) -> tuple[str, str, str]:
    """What follows a demonstration's sentence, up to the next one: the text before a topic, that topic (or "" if there
    is none), and what stands behind it."""
    after = prompt[prompt.find(sentence) + len(sentence) :]
    ends = [place for text, _ in EXAMPLES if (place := after.find(text)) >= 0]
    after = after[: min(ends, default=len(after))]
    found = re.search(rf"\b({'|'.join(TOPICS)})\b", after)
    return (after[: found.start()], found[1], after[found.end() :]) if found else (after, "", "")
