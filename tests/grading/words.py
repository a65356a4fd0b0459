"""The exercises of a module that needs no torch, for a Python that has none (see test_without_torch.py)."""

from __future__ import annotations

from .declare import Case, alternative, exercise, holds, misconception
from .random_inputs import randint


@exercise("99.1", points=2, difficulty=1, minutes=5)
class CountWords:
    """Count how often each word of a text occurs."""

    functions = ("count_words",)
    returns = ("counts",)
    hints = ("Which words has the text?", "Walk through text.split().", "counts[word] = counts.get(word, 0) + 1")

    def cases(rng):
        yield Case("one word", text="so")
        yield Case("drawn words", text=" ".join("abcd"[randint(rng, 0, 3)] for _ in range(12)))

    def reference(text):
        """A dictionary from each word of the text to its count."""
        counts = {}
        for word in text.split():
            counts[word] = counts.get(word, 0) + 1
        return counts

    @holds("the counts add up to the number of words")
    def adds_up(case, result):
        words = len(case["text"].split())
        return None if sum(result.values()) == words else f"Your counts add up to {sum(result.values())}, not {words}."

    @misconception("Every count is 1: what happens when a word comes a second time?")
    def never_adds(text):
        return dict.fromkeys(text.split(), 1)

    @alternative
    def by_counter(text):
        from collections import Counter

        return dict(Counter(text.split()))


@exercise("99.2", points=1, difficulty=1, minutes=5)
class Commonest:
    """Find the greatest number."""

    functions = ("greatest",)
    hints = ("Which of two is greater?", "Keep the greatest so far.", "max(numbers)")

    def cases(rng):
        yield Case("drawn numbers", numbers=[randint(rng, -50, 50) / 10 for _ in range(6)])

    def reference(numbers):
        """The greatest of some numbers."""
        return max(numbers)
