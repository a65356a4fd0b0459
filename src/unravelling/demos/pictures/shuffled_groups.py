"""A permutation test: the difference of two groups among the differences of all other ways to divide them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from unravelling.demos.base import Demo, Scene, Values
from unravelling.demos.pictures.parts import count_of, number

_BINS, _MOST = 21, 13_000


class Shuffled(NamedTuple):
    """seen: the difference of the means as given. histogram over edges: of every division. reach: how many reach it."""

    seen: float
    edges: list[float]
    histogram: list[int]
    reach: int
    splits: int


class ShuffledGroups(Demo):
    """one, other: a number for each member of two groups, together at most 16. names: of the groups."""

    title = "Divided anew, in every way"

    def __init__(
        self, one: Sequence[float], other: Sequence[float], names: tuple[str, str] = ("first group", "second group")
    ) -> None:
        super().__init__()
        self.one, self.other, self.names = [float(x) for x in one], [float(x) for x in other], names
        if min(len(self.one), len(self.other)) < 2 or math.comb(len(self.one) + len(self.other), len(self.one)) > _MOST:
            raise ValueError("Each group needs two numbers or more, and both together at most 16.")

    def compute(self, v: Values) -> Shuffled:
        everyone = np.array([*self.one, *self.other])
        size, count = len(self.one), len(everyone)
        chosen = np.zeros((math.comb(count, size), count), dtype=bool)
        for row, places in enumerate(combinations(range(count), size)):
            chosen[row, list(places)] = True
        sums = chosen @ everyone
        differences = sums / size - (everyone.sum() - sums) / (count - size)
        seen = float(differences[0])  # the first of the combinations is the division as given
        far = max(float(np.abs(differences).max()), 1e-9)
        histogram, edges = np.histogram(differences, bins=_BINS, range=(-far, far))
        reach = int((differences >= seen - 1e-9 * far).sum())
        return Shuffled(seen, edges.tolist(), histogram.tolist(), reach, len(differences))

    def draw(self, v: Values, data: Shuffled) -> Scene:
        scene = Scene(height=356)
        scene.text(8, 16, f"all {data.splits:,} ways to divide the same numbers into two such groups", bold=True)
        low, high, most = data.edges[0], data.edges[-1], max(data.histogram)
        label = f"{self.names[0]} minus {self.names[1]}: difference of the means"
        axes = scene.axes(70, 92, 620, 176, (low * 1.1, high * 1.1), (0, most * 1.15), label, "divisions")
        wide = data.edges[1] - data.edges[0]
        for count, start in zip(data.histogram, data.edges, strict=False):
            if count:
                axes.bars([start + wide / 2], [count], role="muted", width=wide * 0.9, opacity=0.5)
        x = axes.x(data.seen)
        scene.line([(x, 52), (x, 268)], role="output", width=3)
        align = "right" if x > 380 else "left"
        scene.text(
            x + (-8 if align == "right" else 8),
            44,
            f"as given: {number(data.seen, self._digits(data), sign=True)}",
            "output",
            align=align,
            bold=True,
        )
        p = data.reach / data.splits
        scene.text(8, 338, f"{data.reach:,} of {data.splits:,} reach it: p = {p:.3f}", role="output", bold=True)
        return scene

    def _digits(self, data: Shuffled) -> int:
        return 2 if data.edges[-1] >= 1 else 3

    def describe(self, v: Values, data: Shuffled) -> str:
        seen = number(data.seen, self._digits(data), sign=True)
        return (
            f"The means of {self.names[0]} and {self.names[1]} differ by {seen}. Of all "
            f"{data.splits:,} ways to divide the same {count_of(len(self.one) + len(self.other), 'number')} into two "
            f"such groups, {data.reach:,} reach that difference, itself included: p = {data.reach / data.splits:.3f}."
        )
