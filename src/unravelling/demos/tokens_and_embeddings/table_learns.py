"""A bigram table on its way from nothing to what counting says, side by side with the counted one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from unravelling.demos.base import Demo, Scene, Select, Slider, Values


class Moment(NamedTuple):
    """learned: (V, V) shares after so many steps. loss: in bits. off: how far the chosen row is off, 0 to 2."""

    step: int
    learned: Tensor
    loss: float
    off: float


class TableLearns(Demo):
    """film: the table of shares (V, V) after 0, 1, ... steps; losses: what each costs, in nats. counted: (V, V).

    counted_loss: of the counted table, in nats. alphabet: V characters. ValueError if the lengths do not agree.
    """

    title = "Learned beside counted"
    shot = Slider("moment", 0, 1, value=0, wide=460)
    letter = Select("row after", ["a"], value="a")

    def __init__(
        self,
        film: Sequence[Tensor],
        losses: Sequence[float],
        counted: Tensor,
        counted_loss: float,
        alphabet: Sequence[str],
    ) -> None:
        super().__init__()
        V = len(alphabet)
        if not film or len(film) != len(losses):
            raise ValueError(f"Each step needs a table and a loss: there are {len(film)} tables, {len(losses)} losses.")
        if counted.shape != (V, V) or film[0].shape != (V, V):
            raise ValueError(f"{V} characters need tables of {V} rows and {V} columns, not {tuple(counted.shape)}.")
        self.film, self.losses, self.counted, self.alphabet = film, losses, counted, list(alphabet)
        self.counted_loss = counted_loss
        self.steps = moments(len(film))
        self.names = ["␣" if sign == " " else sign for sign in alphabet]
        self.set_range("shot", 0, len(self.steps) - 1, 0)
        self.set_options("letter", self.names)
        self.letter = self.names[-1]

    def compute(self, v: Values) -> Moment:
        step, row = self.steps[v.shot], self.names.index(v.letter)
        learned = self.film[step]
        off = (learned[row] - self.counted[row]).abs().sum().item()
        return Moment(step, learned, self.losses[step] / math.log(2), off)

    def draw(self, v: Values, data: Moment) -> Scene:
        scene, side, top, row = Scene(height=530), 330, 58, self.names.index(v.letter)
        for x, title, table in [
            (40, f"learned, after {data.step} {_steps(data.step)}", data.learned),
            (420, "counted", self.counted),
        ]:
            scene.text(x, 10, title, bold=True)
            scene.text(x, 28, "row: before; column: after", role="muted", size=12)
            scene.heat(
                x, top, side, side, table, self.names, self.names, 0, 0.6, title, title=False, show_labels=False,
                row_word="after", column_word="comes",
            )  # fmt: skip
            scene.rect(
                x - 2, top + side * row / len(self.names) - 1, side + 4, side / len(self.names) + 2, None, "accent",
                width=2,
            )  # fmt: skip
            for place, name in enumerate(self.names):  # smaller than labels are elsewhere: each has 12 pixels
                at = side * (place + 0.5) / len(self.names)
                scene.text(x - 5, top + at, name, role="muted", align="right", size=9)
                scene.text(x + at, top - 7, name, role="muted", align="center", size=9)
            if float(table[row].max() - table[row].min()) < 1e-6:
                each = f"{float(table[row, 0]):.0%}"
                scene.text(x, 440, f"all {len(self.names)} shares are equal, {each} each")
                continue
            best = torch.topk(table[row], min(3, len(self.names)))
            for place, (share, column) in enumerate(zip(best.values.tolist(), best.indices.tolist(), strict=True)):
                y = 440 + 28 * place
                scene.text(x, y, f"{v.letter} then {self.names[column]}")
                scene.bar(x + 90, y - 9, 150, 18, share, least=0)
                scene.text(x + 250, y, f"{share:.0%}", bold=True)
        scene.text(40, 412, "The framed row, its three largest shares:", role="muted", size=12)
        return scene

    def describe(self, v: Values, data: Moment) -> str:
        over = data.loss - self.counted_loss / math.log(2)
        return (
            f"After {data.step} {_steps(data.step)} the table that learns costs {data.loss:.2f} bits per character, "
            f"{over:.3f} more than "
            f"the counted one. In the row after “{v.letter}” the two differ by {data.off:.2f}, where 0 is "
            "agreement and 2 is none at all."
        )


def _steps(number: int) -> str:
    return "step" if number == 1 else "steps"


def moments(steps: int) -> list[int]:
    """The tables (from 0) that are shown: all of the first ten, then further and further apart, and the last."""
    shown = {round(10 ** (place / 10)) - 1 for place in range(10 * len(str(steps)) + 1)}
    return sorted({each for each in (*range(10), *shown) if each < steps} | {steps - 1})
