"""What the model writes after the learner's prompts, and what about a prompt may explain it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from unravelling import models
from unravelling.language_models.prompting import whole_prompts
from unravelling.models.errors import ModelError

from .sentences import EXAMPLES, TOPICS

MOST = 5  # tokens that are written for each prompt
AT_ONCE = 10  # prompts


@lru_cache(maxsize=1)
def reader(name: str) -> Any:
    """The model that reads the prompts. Raises ModelError with a sentence if it cannot be had."""
    try:
        return models.load(name)
    except ModelError as error:
        raise ModelError(f"10.5 cannot be checked without the model that reads your prompts. {error}") from error


def written(model: str, prompts: Sequence[str], topics: Sequence[str], needed: int) -> list[str]:
    """What the model writes after each prompt, to the end of the line; fewer than there are prompts if by then so many
    are wrong that `needed` cannot be reached. Raises ModelError.
    """
    decoder = reader(model)
    said: list[str] = []
    for first in range(0, len(prompts), AT_ONCE):
        said += whole_prompts.continued(decoder, prompts[first : first + AT_ONCE], MOST)
        if sum(a != b for a, b in zip(said, topics, strict=False)) > len(prompts) - needed:
            break
    return said


def told(prompt: str, sentence: str, topic: str) -> bool:
    """Whether the sentence stands in the prompt before its end, with its topic, and no other, behind it."""
    before = prompt[: prompt.rfind(sentence)]
    place = before.find(sentence)
    behind = before[place + len(sentence) :][:40] if place >= 0 else ""
    return [each for each in TOPICS if each in behind] == [topic]


def diagnosis(prompts: Sequence[str], sentences: Sequence[str], answers: Sequence[str], topics: Sequence[str]) -> str:
    """What about the prompts is most likely to blame; "" if nothing known."""
    prompt, sentence = prompts[0], sentences[0]
    if sentence not in prompt:
        return "sentence missing"
    if told(prompt, sentence, topics[0]):
        return "told"
    before, _, behind = prompt.rpartition(sentence)
    if any(text in behind for text, _ in EXAMPLES):
        return "sentence first"
    if prompt != prompt.rstrip():
        return "space at the end"
    shown = re.findall(rf"\b({'|'.join(TOPICS)})\b", before + behind)
    if len(shown) <= len(TOPICS) and not any(text in prompt for text, _ in EXAMPLES):
        return "no demonstrations"
    labelled = [(topic, *_label(before, text)) for text, topic in EXAMPLES if text in before]
    if sum(found not in ("", topic) for topic, _, found in labelled) >= 2:
        return "wrong topics"
    if any(found and between.strip() != behind.strip() for _, between, found in labelled):
        return "another format"
    if sum(said != topic and said.startswith(topic) for said, topic in zip(answers, topics, strict=False)) > 5:
        return "goes on"
    counts = Counter(shown)
    if set(shown) != set(TOPICS):
        return "topic missing"
    if len(shown) <= 2 * len(TOPICS):
        return "few"
    if sum(a != b for a, b in pairwise(shown)) < len(TOPICS):
        return "in blocks"
    return "unbalanced" if max(counts.values()) >= 2 * min(counts.values()) else ""


def _label(prompt: str, sentence: str) -> tuple[str, str]:
    """What follows a demonstration's sentence: the text before the next topic, and that topic, or ""."""
    after = prompt[prompt.find(sentence) + len(sentence) :]
    found = re.search(rf"\b({'|'.join(TOPICS)})\b", after)
    return (after[: found.start()], found[1]) if found else (after, "")
