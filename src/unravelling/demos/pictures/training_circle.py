"""Guess, loss, gradient, small step, and round again, with the numbers of real rounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from unravelling.demos.base import Demo, Scene, Values
from unravelling.demos.pictures.parts import box, number


class Round(NamedTuple):
    """One training step. scores, shares, gradient: one number for each word. loss: in bits."""

    scores: list[float]
    shares: list[float]
    loss: float
    gradient: list[float]


def rounds(scores: Sequence[float], right: int, rate: float, count: int) -> list[Round]:
    """`count` training steps on the scores themselves: the softmax's shares, −log2 of the right one's, its gradient."""
    found, now = [], list(scores)
    for _ in range(count):
        powers = [math.exp(score) for score in now]
        shares = [power / sum(powers) for power in powers]
        # In bits: the derivative of −log2 p is 1 / ln 2 times that of −ln p.
        gradient = [(share - (place == right)) / math.log(2) for place, share in enumerate(shares)]
        found.append(Round(now, shares, -math.log2(shares[right]), gradient))
        now = [score - rate * slope for score, slope in zip(now, gradient, strict=True)]
    return found


class TrainingCircle(Demo):
    """words: what may come next. right: the one that came. rate: how large the step is. The scores begin at 0."""

    title = "How it learns"
    shown = (1, 2, 3, 10, 50)

    def __init__(
        self, words: Sequence[str] = ("is", "are", "was"), right: str = "are", rate: float = 0.5,
        text: str = "The keys to the cabinet …",
    ) -> None:  # fmt: skip
        super().__init__()
        if right not in words:
            raise ValueError(f"'{right}' is none of the words {', '.join(words)}.")
        self.words, self.right, self.rate, self.text = list(words), list(words).index(right), rate, text

    def compute(self, v: Values) -> list[Round]:
        return rounds([0.0] * len(self.words), self.right, self.rate, max(self.shown))

    def draw(self, v: Values, data: list[Round]) -> Scene:
        scene, first, word = Scene(height=384), data[0], self.words[self.right]
        slope, after = first.gradient[self.right], data[1].scores[self.right]
        wide, high, left, right, top, low = 216, 84, 8, 330, 62, 254
        scene.text(8, 16, self.text, bold=True)
        scene.text(8, 38, f"What really comes: “{word}”. First round, all scores 0:", role="muted", size=12)
        box(scene, left, top, wide, high, f"1  guess\n“{word}” gets {first.shares[self.right]:.0%}", "query", size=14)
        box(scene, right, top, wide, high, f"2  loss\n−log2 of it: {first.loss:.2f} bits", "bad", size=14)
        box(scene, right, low, wide, high, f"3  gradient\nof its score: {number(slope, 2)}", "output", size=14)
        step = f"4  small step\nits score: 0 → {number(after, 2)}"
        box(scene, left, low, wide, high, step, "value", size=14)
        scene.arrow(left + wide + 6, top + high / 2, right - 6, top + high / 2, width=2.5)
        scene.arrow(right + wide / 2, top + high + 6, right + wide / 2, low - 6, width=2.5)
        scene.arrow(right - 6, low + high / 2, left + wide + 6, low + high / 2, width=2.5)
        scene.arrow(left + wide / 2, low - 6, left + wide / 2, top + high + 6, width=2.5)
        scene.text((left + right + wide) / 2, 190, "and round again", align="center", bold=True)
        scene.text((left + right + wide) / 2, 212, "here: the same text each time", "muted", align="center", size=12)
        scene.text(
            left,
            362,
            f"step = −{self.rate:g} × gradient. Here the scores themselves are what is learned.",
            "muted",
            size=12,
        )
        scene.text(578, 44, "loss", bold=True)
        rows = [(f"{place}.", data[place - 1].loss, "bad") for place in self.shown]
        scene.text(578, 66, "in round", "muted", size=12)
        scene.bars(604, 88, rows, track=84, step=44, most=first.loss, form="{:.2f}")
        return scene

    def describe(self, v: Values, data: list[Round]) -> str:
        word, slope = self.words[self.right], data[0].gradient[self.right]
        losses = ", ".join(f"{data[place - 1].loss:.2f} bits in round {place}" for place in self.shown)
        direction = "upwards" if slope < 0 else "downwards"
        return (
            f"A guess, its loss, the gradient of each score, a small step against it, and round again. The gradient of "
            f"the score of “{word}” is {number(slope, 2)}, so the step goes {direction}. The loss: {losses}."
        )
