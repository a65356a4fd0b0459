"""Positions as sines and cosines: each pair of dimensions is a wave with a length of its own."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from unravelling.demos.base import BadInput, Demo, Scene, Slider, Values

POSITIONS = 64
BASE = 10_000


class Waves(NamedTuple):
    """table (T, d) of sines (even dimensions) and cosines (odd ones), wavelengths (d,) in positions."""

    table: Tensor
    wavelengths: Tensor


def waves(T: int, d: int) -> Waves:
    """The table that is added to the tokens of a transformer. Source: Vaswani et al., 2017, section 3.5.

    Raises ValueError if T is below 1 or d is not an even number of at least 2: each sine has its cosine.
    """
    if T < 1 or d < 2 or d % 2:
        raise ValueError(
            f"Sines and cosines come in pairs: the width d must be an even number of at least 2, and T at least 1, "
            f"not d = {d} and T = {T}."
        )
    turns = torch.arange(T)[:, None] / wavelengths(d)[None, 0::2]  # (T, d / 2): how often each clock went round
    angles = 2 * math.pi * turns
    table = torch.empty(T, d, dtype=angles.dtype)
    table[:, 0::2], table[:, 1::2] = angles.sin(), angles.cos()
    return Waves(table, wavelengths(d))


def wavelengths(d: int) -> Tensor:
    """(d,): after how many positions each dimension repeats, 2 pi x 10000 ** (2 i / d) for the pair i."""
    pairs = torch.arange(d) // 2
    return 2 * math.pi * BASE ** (2.0 * pairs.double() / d)


class PositionalEncoding(Demo):
    """Move through positions and dimensions of the table of sines and cosines, and change its width."""

    title = "Positions as waves"
    position = Slider("position", 0, POSITIONS - 1, value=10)
    dimension = Slider("dimension", 0, 31, value=6)
    d = Slider("width d", 4, 64, step=2, value=32)

    def on_change(self, name: str) -> None:
        if name == "d" and self.d % 2 == 0:
            self.set_range("dimension", 0, self.d - 1)

    def compute(self, v: Values) -> Waves:
        try:
            return waves(POSITIONS, v.d)
        except ValueError:
            raise BadInput(f"Sines and cosines come in pairs: take an even width, not {v.d}.") from None

    def draw(self, v: Values, data: Waves) -> Scene:
        scene = Scene(height=440)
        T, d = data.table.shape
        left, top, wide, high = 46, 52, 290, 320
        scene.text(left, 14, "position (down), dimension (across)", role="muted")
        scene.heat(
            left, top, wide, high, data.table, rows=[f"position {t}" for t in range(T)],
            columns=[f"dimension {i}" for i in range(d)], low=-1, high=1, label="position vectors", palette="cividis",
            show_labels=False, row_word="at", column_word="in", title=False,
        )  # fmt: skip
        row, column = high / T, wide / d
        across, down = left + (v.dimension + 0.5) * column, top + (v.position + 0.5) * row
        scene.rect(left - 2, down - row / 2 - 1, wide + 4, row + 2, fill=None, stroke="query", width=2)
        scene.rect(across - column / 2 - 1, top - 2, column + 2, high + 4, fill=None, stroke="key", width=2)
        scene.text(left - 8, down, str(v.position), role="query", align="right", bold=True)
        scene.text(across, top - 12, str(v.dimension), role="key", align="center", bold=True)
        scene.scale_bar(left, top + high + 24, low=-1, high=1, label="", palette="cividis")
        self._draw_wave(v, scene, data)
        self._draw_clock(v, scene, data)
        return scene

    def _draw_wave(self, v: Values, scene: Scene, data: Waves) -> None:
        axes = scene.axes(
            410, 52, 330, 130, (0, POSITIONS - 1), (-1.1, 1.1), "position", "",
            x_ticks=[0, 10, 20, 30, 40, 50, 60], y_ticks=[-1, 0, 1],
        )  # fmt: skip
        smooth = torch.linspace(0, POSITIONS - 1, 316, dtype=torch.float64)
        angle = 2 * math.pi * smooth / data.wavelengths[v.dimension]
        axes.plot(smooth, angle.cos() if v.dimension % 2 else angle.sin(), role="key", width=1, opacity=0.6)
        column = data.table[:, v.dimension]
        axes.points(range(POSITIONS), column, role="key", r=2)
        axes.points([v.position], [column[v.position]], role="query", r=6)
        kind = "cosine" if v.dimension % 2 else "sine"
        scene.text(375, 14, f"dimension {v.dimension}: a {kind}", role="key", bold=True)
        scene.text(375, 32, f"repeats after {length_text(data.wavelengths[v.dimension])} positions", role="key")

    def _draw_clock(self, v: Values, scene: Scene, data: Waves) -> None:
        x, y, r, pair = 455, 330, 68, v.dimension // 2
        sine, cosine = data.table[v.position, 2 * pair].item(), data.table[v.position, 2 * pair + 1].item()
        scene.circle(x, y, r, fill=None, stroke="muted")
        scene.line([(x, y - r), (x, y - r + 8)], role="muted")
        scene.arrow(x, y, x + r * sine, y - r * cosine, role="query", width=3)
        scene.text(375, y - r - 18, f"the clock of dimensions {2 * pair} and {2 * pair + 1}", bold=True)
        turns = v.position / data.wavelengths[v.dimension].item()
        for line, (what, value) in enumerate(
            [
                (f"gone round by position {v.position}", f"{times_text(turns)}"),
                (f"dimension {2 * pair}: how far right", f"{sine:.3f}"),
                (f"dimension {2 * pair + 1}: how far up", f"{cosine:.3f}"),
            ]
        ):
            scene.text(536, y - 44 + 42 * line, what, role="muted")
            scene.text(536, y - 25 + 42 * line, value.replace("-", "−"), role="query", bold=True, size=15)

    def describe(self, v: Values, data: Waves) -> str:
        kind = "cosine" if v.dimension % 2 else "sine"
        value, lengths = data.table[v.position, v.dimension].item(), data.wavelengths
        return (
            f"Dimension {v.dimension} of {v.d} is a {kind} that repeats after "
            f"{length_text(lengths[v.dimension])} positions; at position {v.position} it stands at {value:.2f}. "
            f"The fastest wave of the table repeats after {length_text(lengths[0])} positions, the slowest after "
            f"{length_text(lengths[-1])}."
        ).replace("-", "−")


def length_text(length: float | Tensor) -> str:
    """A length in positions: one decimal below 100, none above."""
    return f"{float(length):.1f}" if length < 100 else f"{float(length):,.0f}"


def times_text(turns: float) -> str:
    """How often a clock went round, in words."""
    return f"{turns:.2f} times" if turns >= 0.1 else f"{turns:.4f} of one round"
