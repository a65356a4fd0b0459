"""The bootstrap on paper: ten answers, drawn again with replacement, and how far the share moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from unravelling.demos.base import Demo, Scene, Values
from unravelling.demos.pictures.parts import count_of

_CELL, DRAWS, _ROWS = 34, 10_000, 3


class Redrawn(NamedTuple):
    """rows: which answers the first draws took. histogram[k]: the share of all draws with k right.

    low, high: between which shares the middle 95% of the draws are.
    """

    rows: list[list[int]]
    histogram: list[float]
    low: float
    high: float


class BootstrapOfTen(Demo):
    """answers: ten of them, 1 for right and 0 for wrong. seed: of the draws."""

    title = "Ten answers, drawn again"

    def __init__(self, answers: Sequence[int] = (1, 1, 0, 1, 1, 0, 1, 0, 1, 1), seed: int = 6) -> None:
        super().__init__()
        self.answers, self.seed = [int(bool(answer)) for answer in answers], seed
        if len(self.answers) != 10:
            raise ValueError(f"The picture has room for ten answers, not {len(self.answers)}.")

    def compute(self, v: Values) -> Redrawn:
        generator = torch.Generator().manual_seed(self.seed)
        drawn = torch.randint(10, (DRAWS, 10), generator=generator)
        right = torch.tensor(self.answers)[drawn].sum(1)
        low, high = torch.quantile(right.double(), torch.tensor([0.025, 0.975], dtype=torch.float64)).tolist()
        histogram = torch.bincount(right, minlength=11).double() / DRAWS
        return Redrawn(drawn[:_ROWS].tolist(), histogram.tolist(), low / 10, high / 10)

    def draw(self, v: Values, data: Redrawn) -> Scene:
        scene = Scene(height=552)
        scene.text(8, 16, "the ten answers", bold=True)
        self._row(scene, 32, list(range(10)), "")
        scene.text(8, 96, "drawn again: ten draws from the ten, each put back", bold=True)
        for place, row in enumerate(data.rows):
            self._row(scene, 112 + 46 * place, row, ["first", "second", "third"][place])
        top = 112 + 46 * _ROWS
        scene.text(8, top + 24, f"{DRAWS:,} such draws: how many of ten were right?", bold=True)
        most = max(data.histogram)
        axes = scene.axes(
            60, top + 76, 640, 128, (-0.6, 10.6), (0, max(0.1, most * 1.15)), "right of ten", "share of the draws",
            x_ticks=list(range(11)),
        )  # fmt: skip
        inside = [k for k in range(11) if data.low * 10 <= k <= data.high * 10]
        outside = [k for k in range(11) if k not in inside]
        axes.bars(inside, [data.histogram[k] for k in inside], role="output", opacity=0.75)
        axes.bars(outside, [data.histogram[k] for k in outside], role="muted", opacity=0.5)
        y = top + 76 + 128 + 66
        scene.line([(axes.x(data.low * 10), y - 16), (axes.x(data.high * 10), y - 16)], role="output", width=4)
        scene.text(8, y + 6, f"the middle 95% of the draws run from {data.low:.1f} to {data.high:.1f}",
                   role="output", bold=True)  # fmt: skip
        return scene

    def _row(self, scene: Scene, y: float, places: list[int], name: str) -> None:
        """Ten squares: which answer, by its number, and whether it was right."""
        scene.text(8, y + _CELL / 2, name, role="muted")
        for column, place in enumerate(places):
            role, x = ("good" if self.answers[place] else "bad"), 92 + (_CELL + 8) * column
            scene.rect(x, y, _CELL, _CELL, role, role, opacity=0.3 if self.answers[place] else 0.08, radius=4)
            scene.text(x + _CELL / 2, y + _CELL / 2, str(place + 1), align="center", bold=bool(self.answers[place]))
        right = sum(self.answers[place] for place in places)
        scene.text(92 + (_CELL + 8) * 10 + 8, y + _CELL / 2, f"{right} of 10 right", role="good", bold=True)

    def describe(self, v: Values, data: Redrawn) -> str:
        right = [sum(self.answers[place] for place in row) for row in data.rows]
        return (
            f"{count_of(sum(self.answers), 'answer')} of ten were right. Drawn again with replacement, it is "
            f"{right[0]}, {right[1]}, then {right[2]} of ten; of {DRAWS:,} draws the middle 95% run from "
            f"{data.low:.1f} to {data.high:.1f}. So much can ten answers move by chance alone."
        )
