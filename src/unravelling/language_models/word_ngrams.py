"""Word n-grams for the predictive keyboard: what usually came after these words, and how often."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from unravelling.language_models.ngrams import count_grams

MOST = 5
# Letters with apostrophes or hyphens inside, numbers, and the signs that end or divide a sentence.
_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*|\d+(?:[.,]\d+)*|[.,;:?!]|\n\n")
_SIGNS = frozenset(".,;:?!") | {"\n\n"}


class Suggestion(NamedTuple):
    """A word to offer, seen `count` of `context_count` times after the words `context`, as written in the text."""

    word: str
    probability: float  # count / context_count
    count: int  # type: ignore[assignment]  # in place of a tuple's own `count`, which nobody asks for
    context: tuple[str, ...]  # () if it is offered for its own frequency
    context_count: int  # what else came there may be a punctuation mark, which is counted and not offered


def words_of(text: str) -> list[str]:
    """The words, numbers and punctuation marks of a text, in order; a blank line is a mark of its own."""
    return _WORD.findall(text)


class WordNGrams:
    """Counts of word sequences of up to `most` words; small and capital letters are the same word.

    Unsmoothed: it suggests what was seen, and where a context was never seen it takes a shorter one and says so.
    Raises ValueError if the text has no word, or `most` is not a whole number from 1 to 8.
    """

    def __init__(self, text: str, most: int = MOST) -> None:
        if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= 8:
            raise ValueError(f"most must be a whole number from 1 to 8, not {most!r}.")
        written = words_of(text)
        if not any(word not in _SIGNS for word in written):
            raise ValueError("The text has no words: give one that a keyboard can learn from.")
        forms: dict[str, Counter[str]] = defaultdict(Counter)
        for form, n in Counter(written).items():
            forms[form.lower()][form] += n
        self.most = most
        self._forms = [count.most_common(1)[0][0] for count in forms.values()]  # how each word is mostly written
        self._number = {word: number for number, word in enumerate(forms)}
        self._grams = count_grams(self._encode(written), len(self._forms), most)
        self._offered = np.array([form not in _SIGNS for form in self._forms])

    def __repr__(self) -> str:
        return f"<word n-grams up to {self.most}, {len(self._forms):,} different words>"

    def suggest(self, words: Sequence[str], order: int, k: int = 3) -> list[Suggestion]:
        """The k words that most often came after the last order - 1 of these words, most frequent first.

        Where fewer than k ever did, the list goes on with those after the last order - 2, and so on; each suggestion
        says after which words. Punctuation counts as context and is never offered. Fewer than k come back only if the
        text has fewer words. Raises ValueError for an order outside 1 to `most`, or k below 1.
        """
        if isinstance(order, bool) or not isinstance(order, int) or not 1 <= order <= self.most:
            raise ValueError(f"order must be a whole number from 1 to {self.most}, not {order!r}.")
        if isinstance(k, bool) or not isinstance(k, int) or k < 1:
            raise ValueError(f"k must be a whole number of at least 1, not {k!r}.")
        found: list[Suggestion] = []
        context = tuple(words)[max(0, len(words) - (order - 1)) :] if order > 1 else ()
        for skipped in range(len(context) + 1):
            taken = {each.word for each in found}
            found += [each for each in self._after(context[skipped:], k + len(taken)) if each.word not in taken]
            if len(found) >= k:
                break
        return found[:k]

    def _after(self, context: tuple[str, ...], most: int) -> list[Suggestion]:
        here = np.zeros(1, dtype=np.int64)
        for size, number in enumerate(self._encode(context)):
            here = self._grams[size].find(here, np.array([number]))
        grams = self._grams[len(context)]
        begin, end = (int(edge[0]) for edge in grams.slices(here))
        tokens, counts = grams.keys[begin:end] % len(self._forms), grams.counts[begin:end]
        total = int(counts.sum())
        offered = self._offered[tokens]
        tokens, counts = tokens[offered], counts[offered]
        first = np.argsort(-counts, kind="stable")[:most]
        written = tuple(self._forms[number] for number in self._encode(context)) if len(tokens) else ()
        return [
            Suggestion(self._forms[token], int(count) / total, int(count), written, total)
            for token, count in zip(tokens[first], counts[first], strict=True)
        ]

    def _encode(self, words: Sequence[str]) -> np.ndarray:
        return np.array([self._number.get(word.lower(), -1) for word in words], dtype=np.int64)
