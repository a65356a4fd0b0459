"""Six networks of three sizes, trained on the same text: what each reached, by what it had read or by the work done."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from unravelling.demos.base import BadInput, Demo, Scene, Toggle, Values
from unravelling.language_models import checkpoints

READ, WORK = "characters read", "work done"
_ROLES = {"LSTM": "key", "GPT": "query"}
_WIDTHS = (1.2, 2.2, 3.4)
_TOP = 4.0  # bits; the first points of the small ones lie above and are drawn at the edge


class Rung(NamedTuple):
    """One training. at: (N,) of what the axis counts; bits: (N,) per character of text that it did not learn from."""

    name: str
    kind: str
    parameters: int
    at: np.ndarray
    bits: np.ndarray


class Ladder(Demo):
    """lines: bits per character of other models on the same text, by name, drawn as levels. rungs: as
    `checkpoints.ladder()` gives them, which is taken if there are none.
    """

    title = "The ladder"
    across = Toggle("across", [READ, WORK])

    def __init__(
        self, lines: Mapping[str, float] | None = None, rungs: Mapping[str, dict[str, Any]] | None = None, **values: Any
    ) -> None:
        self.rungs = checkpoints.ladder() if rungs is None else dict(rungs)
        self.lines = dict(lines or {})
        if not self.rungs or any(len(each["curve"]) < 2 for each in self.rungs.values()):
            raise ValueError("A ladder needs trainings of at least two points each.")
        if bad := [name for name, bits in self.lines.items() if not 0 <= bits < math.inf]:
            raise ValueError(f"The bits of {', '.join(bad)} must be a finite number of at least 0.")
        super().__init__(**values)

    def compute(self, v: Values) -> list[Rung]:
        if v.across not in (READ, WORK):
            raise BadInput(f"There is no axis {v.across!r}.")
        found = []
        for name, known in self.rungs.items():
            read = np.array([point["characters"] for point in known["curve"]], dtype=float)
            of_each = known["flops"] / known["trained_characters"]
            bits = np.array([point["bits_aside"] for point in known["curve"]])
            found.append(
                Rung(name, known["kind"], known["parameters"], read * (of_each if v.across == WORK else 1), bits)
            )
        return found

    def draw(self, v: Values, data: list[Rung]) -> Scene:
        scene = Scene(height=446)
        scene.text(8, 14, "GPT", role=_ROLES["GPT"], bold=True)
        scene.text(70, 14, "LSTM", role=_ROLES["LSTM"], bold=True)
        scene.text(150, 14, "the thicker, the more parameters", role="muted")
        scene.text(8, 44, f"bits per character, on text kept aside (up to {_TOP:.0f})", bold=True)
        logs = [np.log10(each.at) for each in data]
        low, high = min(each.min() for each in logs), max(each.max() for each in logs) + 0.02
        floor = math.floor(5 * min([each.bits.min() for each in data] + list(self.lines.values()))) / 5
        powers = range(math.ceil(low), math.floor(high) + 1)
        axes = scene.axes(60, 66, 480, 320, (low, high), (floor, _TOP), x_ticks=[])
        for power in powers:
            scene.line([(axes.x(power), 66), (axes.x(power), 386)], role="grid", width=1)
            scene.text(axes.x(power), 394, _power(power), role="muted", size=12, align="center", baseline="top")
        counted = READ if v.across == READ else "additions and multiplications in training"
        scene.text(300, 418, counted, align="center", baseline="top")
        for bits in self.lines.values():
            axes.plot([low, high], [bits] * 2, role="muted", width=1.4, dash=True)
        widths = dict(zip(sorted({_size(each) for each in data}), _WIDTHS, strict=False))
        for each, log in zip(data, logs, strict=True):
            axes.plot(log, np.minimum(each.bits, _TOP), role=_ROLES[each.kind], width=widths.get(_size(each), 2.2))
        ends = [(each.name, each.bits[-1], _ROLES[each.kind]) for each in data]
        ends += [(name, bits, "muted") for name, bits in self.lines.items()]
        for row, (name, bits, role) in enumerate(sorted(ends, key=lambda end: -end[1])):
            scene.text(560, 78 + 30 * row, f"{bits:.2f}  {name}", role=role)
        return scene

    def describe(self, v: Values, data: list[Rung]) -> str:
        best = min(data, key=lambda each: each.bits[-1])
        told = "; ".join(f"{each.name} {each.bits[-1]:.2f}" for each in data)
        levels = "".join(f" {name} stands at {bits:.2f}." for name, bits in self.lines.items())
        return f"Bits per character at the end, on text kept aside: {told}. Lowest is {best.name}.{levels}"


def _size(rung: Rung) -> str:
    return rung.name.split("-")[-1]


def _power(power: int) -> str:
    return "10" + str(power).translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))
