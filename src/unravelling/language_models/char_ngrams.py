"""Character n-gram models: the probability of the next character, from the few characters before it.

Two ways from counts to probabilities. Add-alpha: every character gets alpha more than it was counted,

    P(c | h) = (count(hc) + alpha) / (count(h) + alpha V).

Interpolated Kneser-Ney: every count gives up a discount D, and what is collected goes to the next shorter context h',

    P(c | h) = max(count(hc) - D, 0) / count(h)  +  D kinds(h) / count(h) * P'(c | h'),

where kinds(h) is how many different characters followed h, and P' has the same form with another count: not how often
h'c was seen but after how many different characters. The last P' of all is the uniform distribution. Sources: Kneser
and Ney, 1995, "Improved backing-off for m-gram language modeling"; Chen and Goodman, 1999, "An empirical study of
smoothing techniques for language modeling", section 2.7 (one discount for each length of context).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from unravelling.language_models.ngrams import Weighed, count_grams, places
from unravelling.language_models.texts import STAND_IN, alphabet_of

KNESER_NEY = "kneser-ney"
MOST = 8
# Every character that Unicode could have, without the surrogates, which are halves of others.
_ALL_CHARACTERS = sys.maxunicode + 1 - 2048


class Counts:
    """How often every n-gram of characters occurs in a text, for n from 1 to `most`; shared by models of all orders.

    alphabet: the characters told apart, the stand-in for all others last (see `alphabet_of`). V = len(alphabet).
    Raises ValueError if the text is empty or `most` is not a whole number from 1 to 8.
    """

    def __init__(self, text: str, most: int = 5, alphabet: Sequence[str] | None = None) -> None:
        self.most = _whole(most, "most", MOST)
        self.alphabet = tuple(alphabet) if alphabet is not None else alphabet_of(text)
        if not text or self.alphabet[-1] != STAND_IN:
            raise ValueError("Counting needs a text of at least one character, and an alphabet that ends in STAND_IN.")
        self.characters = len(text)
        self._number = {c: i for i, c in enumerate(self.alphabet)}
        self.grams = count_grams(self.encode(text), len(self.alphabet), self.most)

    def encode(self, text: str) -> np.ndarray:
        """The characters as numbers: (T,) int64 from 0 to V - 1, the stand-in's V - 1 for all that are not in the
        alphabet."""
        other = len(self.alphabet) - 1
        return np.fromiter((self._number.get(c, other) for c in text), dtype=np.int64, count=len(text))

    def after(self, context: str) -> dict[str, int]:
        """What followed this context in the text, and how often, most frequent first; {} if it was never seen.

        Of a context longer than most - 1 characters, the last most - 1 count.
        """
        codes = self.encode(self._last(context))
        grams = self.grams[len(codes)]
        begin, end = (int(edge) for edge in self._slice(codes))
        tokens = grams.keys[begin:end] % len(self.alphabet)
        found = {self.alphabet[t]: int(n) for t, n in zip(tokens, grams.counts[begin:end], strict=True)}
        return dict(sorted(found.items(), key=lambda pair: -pair[1]))

    def contexts(self, order: int) -> int:
        """How many different contexts of order - 1 characters the text has, those with nothing after them left out."""
        grams = self.grams[_whole(order, "order", self.most) - 1]
        contexts = grams.keys // len(self.alphabet)  # in order, as the keys are
        return int(np.count_nonzero(np.diff(contexts))) + (len(contexts) > 0)

    def unseen(self, text: str, order: int) -> np.ndarray:
        """For each character of another text, whether its context of order - 1 characters was never seen with
        anything after it. (T,) bool; the first order - 1 characters have no whole context and count as seen."""
        order = _whole(order, "order", self.most)
        codes = self.encode(text)
        begin, end = self.grams[order - 1].slices(places(self.grams, codes, order - 1))
        unseen = begin == end
        unseen[: order - 1] = False
        return unseen

    def _last(self, context: str) -> str:
        return context[max(0, len(context) - (self.most - 1)) :]

    def _slice(self, codes: np.ndarray) -> tuple[Any, Any]:
        """Begin and end of what continues this whole context, in the n-grams one longer than it."""
        here = np.zeros(1, dtype=np.int64)
        for size, code in enumerate(codes):
            here = self.grams[size].find(here, np.array([code]))
        begin, end = self.grams[len(codes)].slices(here)
        return begin[0], end[0]


class CharacterNGrams:
    """A language model over characters that looks at the last order - 1 of them.

    order: from 1 (no context) to 8. text: what it learns from. smoothing: "kneser-ney", or give alpha, at least 0, for
    add-alpha. With alpha = 0 what was never seen has probability 0, and a context never seen predicts uniformly.

    It takes any text. A character outside the alphabet is first predicted as the stand-in and then as one of the
    characters that the stand-in replaces, all equally probable: so the probabilities of all strings of a length sum to
    1 over everything Unicode can write, and its bits may be compared with any other model's. At the start of a text,
    where the context is shorter, the model is the one of the shorter order.

    Raises ValueError for an order, alpha or smoothing that there is not, and for an empty text.
    """

    def __init__(
        self,
        order: int,
        text: str,
        smoothing: str = KNESER_NEY,
        alpha: float | None = None,
        counts: Counts | None = None,
    ) -> None:
        if alpha is None and smoothing != KNESER_NEY:
            raise ValueError(f'There is no smoothing {smoothing!r}: choose "{KNESER_NEY}", or give alpha=.')
        if alpha is not None and not (isinstance(alpha, int | float) and 0 <= alpha < math.inf):
            raise ValueError(f"alpha must be a number of at least 0, not {alpha!r}.")
        self.order = _whole(order, "order", MOST if counts is None else counts.most)
        self.counts = counts or Counts(text, most=self.order)
        self.alpha = None if alpha is None else float(alpha)
        self.smoothing = KNESER_NEY if alpha is None else "add-alpha"

    @classmethod
    def from_counts(cls, counts: Counts, order: int, alpha: float | None = None) -> CharacterNGrams:
        """The model of one order from counts made once. Raises ValueError if the counts end below this order."""
        return cls(order, "", alpha=alpha, counts=counts)

    def __repr__(self) -> str:
        how = "Kneser-Ney" if self.alpha is None else f"alpha = {self.alpha:g}"
        return f"<character {self.order}-gram, {how}, from {self.counts.characters:,} characters>"

    @property
    def alphabet(self) -> tuple[str, ...]:
        """The V characters told apart, the stand-in last."""
        return self.counts.alphabet

    @property
    def replaced(self) -> int:
        """How many characters of Unicode the stand-in stands for."""
        return _ALL_CHARACTERS - (len(self.alphabet) - 1)

    def probability(self, context: str, character: str) -> float:
        """The probability that this character comes next. STAND_IN asks for all those outside the alphabet together.

        Raises ValueError if it is not one character.
        """
        if len(character) != 1:
            raise ValueError(f"One character has a probability, not {character!r}.")
        known = self.distribution(context)
        return known[character] if character in known else known[STAND_IN] / self.replaced

    def distribution(self, context: str) -> dict[str, float]:
        """The probability of each character of the alphabet to come next; they sum to 1."""
        return dict(zip(self.alphabet, self._distribution(context).tolist(), strict=True))

    def log_probabilities(self, text: str) -> list[float]:
        """The natural logarithm of the probability of each character, given those before it; as many as characters.

        All are finite, unless alpha is 0: then -inf for what was never seen.
        """
        codes = self.counts.encode(text)
        longest = self.order - 1
        probabilities = np.empty(len(codes))
        for start in range(min(longest, len(codes))):  # the first characters have shorter contexts
            probabilities[start] = self._probabilities(codes[: start + 1], start)[-1]
        probabilities[longest:] = self._probabilities(codes, longest)[longest:]
        with np.errstate(divide="ignore"):
            logs = np.log(probabilities)
        return np.where(codes == len(self.alphabet) - 1, logs - math.log(self.replaced), logs).tolist()

    def sample(self, context: str, n: int, rng: Any) -> str:
        """n characters that the model writes after the context. rng: random.Random or a numpy Generator.

        The stand-in is never drawn, since nobody could read it.
        """
        written = context[-MOST:]
        begin = len(written)
        for _ in range(n):
            running = np.cumsum(self._distribution(written)[:-1])
            # With nothing but the stand-in to go on (alpha = 0 in a strange place), any character will do.
            drawn = rng.random() * running[-1] if running[-1] > 0 else 0
            place = int(np.searchsorted(running, drawn, side="right")) if running[-1] > 0 else 0
            written += self.alphabet[min(place, len(running) - 1)]
        return written[begin:]

    def _distribution(self, context: str) -> np.ndarray:
        """(V,) probabilities, by adding the slices of counts from the shortest context to the longest."""
        counts, V = self.counts, len(self.alphabet)
        codes = counts.encode(context[max(0, len(context) - (self.order - 1)) :])
        found = np.full(V, 1 / V)
        for length in range(0 if self.alpha is None else len(codes), len(codes) + 1):
            grams = counts.grams[length]
            begin, end = counts._slice(codes[len(codes) - length :])
            weighed = grams.raw if length == len(codes) else grams.continuation
            seen = weighed.counts[begin:end]
            tokens, total = grams.keys[begin:end] % V, seen.sum()
            if self.alpha is not None:
                if total + self.alpha > 0:
                    found = np.full(V, self.alpha)
                    found[tokens] += seen
                    found /= total + self.alpha * V
            elif total:
                found *= weighed.discount * (seen > 0).sum() / total
                found[tokens] += np.maximum(seen - weighed.discount, 0) / total
        return found

    def _probabilities(self, codes: np.ndarray, longest: int) -> np.ndarray:
        """(T,) the same formulas for every position at once, each with the `longest` characters before it."""
        grams, V = self.counts.grams, len(self.alphabet)
        found = np.full(len(codes), 1 / V)
        for length in range(0 if self.alpha is None else longest, longest + 1):
            here = grams[length]
            before = places(grams, codes, length)
            weighed: Weighed = here.raw if length == longest else here.continuation
            begin, end = here.slices(before)
            total = weighed.sums[end] - weighed.sums[begin]
            own = here.find(before, codes)
            count = np.where(own >= 0, weighed.counts[own], 0) if len(here) else np.zeros_like(own)
            if self.alpha is not None:
                if self.alpha:
                    found = (count + self.alpha) / (total + self.alpha * V)
                else:
                    found = np.where(total > 0, count / np.maximum(total, 1), found)
            else:
                kinds = weighed.kinds[end] - weighed.kinds[begin]
                left = np.where(total > 0, weighed.discount * kinds / np.maximum(total, 1), 1)
                found = left * found + np.maximum(count - weighed.discount, 0) / np.maximum(total, 1)
        return found


def _whole(value: Any, name: str, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ValueError(f"{name} must be a whole number from 1 to {most}, not {value!r}.")
    return value
