"""N-grams of any whole numbers, counted in sorted arrays: small in memory, and looked up for a whole text at once.

An n-gram is named by its place in the sorted list of all n-grams of its length. It is the (n-1)-gram before its last
token, and that token: key = place of the (n-1)-gram * vocabulary + token. So the n-grams that continue one context
stand side by side in the list, and the counts after a context are one slice. What was never seen has place -1, so keys
made from it are below 0 and found nowhere.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np


class Grams:
    """All different n-grams of one length n. keys: (N,) sorted int64. counts: (N,) how often each was seen."""

    def __init__(self, keys: np.ndarray, counts: np.ndarray, vocabulary: int) -> None:
        self.keys = keys
        self.counts = counts
        self.vocabulary = vocabulary
        self.preceders: np.ndarray | None = None  # (N,) how many different tokens were seen before each

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, before: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        """Places of the n-grams (context, token), -1 where never seen. before: places of the contexts, -1 if unseen."""
        if not len(self):
            return np.full(len(tokens), -1)
        wanted = before * self.vocabulary + tokens
        places = np.searchsorted(self.keys, wanted)
        places[places == len(self.keys)] = 0
        return np.where((tokens >= 0) & (self.keys[places] == wanted), places, -1)

    def slices(self, before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Begin and end of the n-grams that continue each context; empty where the context was never seen."""
        begin = np.searchsorted(self.keys, before * self.vocabulary)
        end = np.searchsorted(self.keys, (before + 1) * self.vocabulary)
        return begin, end

    @cached_property
    def raw(self) -> Weighed:
        """The counts, ready for sums over slices."""
        return Weighed(self.counts)

    @cached_property
    def continuation(self) -> Weighed:
        """The numbers of different preceders in place of the counts. Needs the n-grams one longer."""
        if self.preceders is None:
            raise ValueError("The preceders of the longest n-grams were not counted: count n-grams one longer.")
        return Weighed(self.preceders)


class Weighed:
    """Counts with running sums. discount: the D of Kneser and Ney, n1 / (n1 + 2 n2), where n1 and n2 are how many
    n-grams were counted once and twice (Ney, Essen, Kneser, 1994; Chen and Goodman, 1999, section 2.7)."""

    def __init__(self, counts: np.ndarray) -> None:
        self.counts = counts
        self.sums = np.concatenate([[0], np.cumsum(counts)])
        self.kinds = np.concatenate([[0], np.cumsum(counts > 0)])
        once, twice = int((counts == 1).sum()), int((counts == 2).sum())
        # On tiny texts, and for single characters, one of the two is 0 and the estimate means nothing.
        self.discount = once / (once + 2 * twice) if once and twice else 0.5


def count_grams(tokens: np.ndarray, vocabulary: int, most: int) -> list[Grams]:
    """Count the n-grams of length 1 to `most`; those of length n are result[n - 1].

    tokens: (T,) int64 from 0 to vocabulary - 1. A text shorter than n gives no n-grams of that length.
    """
    found: list[Grams] = []
    before = np.zeros(len(tokens), dtype=np.int64)  # place of the context of each token; the empty context is place 0
    for length in range(1, most + 1):
        own = tokens[length - 1 :]
        contexts = before[: len(own)]
        keys, first, places, counts = np.unique(
            contexts * vocabulary + own, return_index=True, return_inverse=True, return_counts=True
        )
        if length > 1 and found:
            # The gram one shorter that ends at the same token; `before` begins at the text's first whole context.
            shorter = before[1:][first]
            found[-1].preceders = np.bincount(shorter, minlength=len(found[-1]))
        found.append(Grams(keys, counts, vocabulary))
        before = places.astype(np.int64)
    return found


def places(grams: list[Grams], tokens: np.ndarray, length: int) -> np.ndarray:
    """For each position t, the place of the n-gram of this length that ends just before t; -1 if unseen or too short.

    tokens: (T,), -1 for a token outside the vocabulary. Result: (T,). Length 0 is the empty context, place 0.
    """
    found = np.zeros(len(tokens), dtype=np.int64)
    for size in range(1, length + 1):
        ended = grams[size - 1].find(found, tokens)  # ends at t
        found = np.concatenate([[-1], ended[:-1]]) if len(ended) else ended
    return found
