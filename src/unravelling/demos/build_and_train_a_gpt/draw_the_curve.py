"""Draw the loss that you expect of a setting, then see the one that was measured."""

from __future__ import annotations

import json
import math
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from unravelling.demos.base import BadInput, Demo, Scene, Select, Slider, Toggle, Values

RECORD = Path(__file__).with_name("curves_to_guess.json")
STEPS = 120
_TOP = 26.0  # nats: as high as a loss was measured, and a guess may be
_LOW = 8.0  # the axis ends here unless something goes higher


class Curves(NamedTuple):
    """The losses of each setting, (STEPS,) in nats a character, and the size of the vocabulary."""

    losses: dict[str, list[float]]
    V: int


class Guess(NamedTuple):
    """The curve that was drawn and the one that was measured, (STEPS,) each; off: the mean distance, in nats."""

    drawn: np.ndarray
    measured: np.ndarray
    off: float


@lru_cache(maxsize=1)
def curves() -> Curves:
    """What scripts/curves_to_guess.py measured."""
    read = json.loads(RECORD.read_text(encoding="utf-8"))
    return Curves(read["curves"], read["vocabulary"])


def through(start: float, middle: float, end: float, steps: int = STEPS) -> np.ndarray:
    """Losses (steps,) on straight lines: from the start to the middle at a quarter of the steps, from there to the end.

    Raises ValueError for fewer than 5 steps.
    """
    if steps < 5:
        raise ValueError("A curve needs at least 5 steps.")
    return np.interp(np.arange(steps), [0, steps // 4, steps - 1], [start, middle, end])


class DrawTheCurve(Demo):
    """Three sliders draw a guess; the measured curve shows itself when asked for."""

    title = "Draw the curve, then see it"
    setting = Select(
        "setting",
        [
            "as in the lesson: rate 0.003",
            "a hundredth of the rate: 0.00003",
            "a hundred times the rate: 0.3",
            "only eight rows, again and again",
            "a text with its characters shuffled",
            "the last table begins with spread 1",
        ],
    )
    start = Slider("loss at the start", 0, _TOP, step=0.1, value=2.0)
    middle = Slider("after a quarter", 0, _TOP, step=0.1, value=2.0)
    end = Slider("at the end", 0, _TOP, step=0.1, value=2.0)
    measured = Toggle("measured", ["hidden", "shown"])

    def __init__(self, **values: Any) -> None:
        self.curves = curves()
        super().__init__(**values)

    def on_change(self, name: str) -> None:
        if name == "setting":
            self.measured = "hidden"  # a new question

    def compute(self, v: Values) -> Guess:
        if v.setting not in self.curves.losses:
            raise BadInput(f"There is no setting {v.setting!r}.")
        drawn, measured = through(v.start, v.middle, v.end), np.array(self.curves.losses[v.setting])
        return Guess(drawn, measured, float(np.abs(drawn - measured).mean()))

    def draw(self, v: Values, data: Guess) -> Scene:
        scene, shown, steps = Scene(height=386), v.measured == "shown", np.arange(STEPS)
        scene.text(8, 14, "your guess", role="query", bold=True)
        if shown:
            scene.text(120, 14, "measured", role="value", bold=True)
            scene.text(230, 14, f"apart by {data.off:.2f} on average", role="muted")
        scene.text(8, 44, f"{v.setting}: loss of each batch, nats a character", bold=True)
        # The axis grows with the guess alone while the measured curve is hidden, so it gives nothing away.
        seen = [data.drawn, data.measured] if shown else [data.drawn]
        top = max(_LOW, *(math.ceil(each.max()) for each in seen))
        axes = scene.axes(60, 66, 660, 258, (0, STEPS), (0, top), "step")
        if shown:
            axes.plot(steps, data.measured, role="value", width=2)
        axes.plot(steps, data.drawn, role="query", width=2.6)
        axes.points([0, STEPS // 4, STEPS - 1], [v.start, v.middle, v.end], role="query", r=6)
        return scene

    def describe(self, v: Values, data: Guess) -> str:
        said = f"You expect {v.start:.1f} at the start, {v.middle:.1f} after a quarter and {v.end:.1f} at the end"
        if v.measured == "hidden":
            return f"{said} in the setting “{v.setting}”. The measured curve is hidden."
        first, quarter, last = data.measured[0], data.measured[STEPS // 4], data.measured[-10:].mean()
        return (
            f"{said}; measured were {first:.1f}, {quarter:.1f} and {last:.1f}, in the setting “{v.setting}”. "
            f"ln V is {math.log(self.curves.V):.2f}. The two curves are {data.off:.2f} apart on average."
        )
