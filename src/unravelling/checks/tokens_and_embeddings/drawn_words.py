"""Small sets of words for cases: each is a tuple of tokens, and stands in a dictionary with how often it comes."""

from __future__ import annotations

import random
from typing import Any

from ..instruments.optional_torch import torch
from ..random_inputs import randint

Words = dict[tuple[Any, ...], int]


def words_of(text: str) -> Words:
    """The words of a text such as "low 5, lower 2", letter by letter."""
    return {tuple(word): int(count) for word, count in (each.split() for each in text.split(", "))}


def draw_words(rng: torch.Generator | random.Random, words: int, letters: str, longest: int, often: int) -> Words:
    """Different words of two to `longest` of these letters, each coming 1 to `often` times, in a drawn order."""
    found: Words = {}
    while len(found) < words:
        length = randint(rng, 2, longest)
        word = tuple(letters[randint(rng, 0, len(letters) - 1)] for _ in range(length))
        found[word] = randint(rng, 1, often)
    return found


def pair_counts(words: Words) -> dict[tuple[Any, Any], int]:
    """How often each two tokens stand side by side."""
    counts: dict[tuple[Any, Any], int] = {}
    for word, count in words.items():
        for i in range(len(word) - 1):
            counts[word[i], word[i + 1]] = counts.get((word[i], word[i + 1]), 0) + count
    return counts
