"""The same demonstrations in another order: what the model decides, and the line that calibration draws anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from unravelling.demos.base import Demo, Scene, Select, Toggle, Values
from unravelling.demos.few_shot_prompting.prompt_picture import fitted
from unravelling.language_models.prompting import Verdicts, calibrated

READ = ("as it is", "calibrated")


class Decided(NamedTuple):
    """What one order makes of the test. chances: of the last label, (N,). right, truth: (N,)."""

    verdicts: Verdicts
    chances: list[float]
    truth: list[int]
    accuracy: float
    share: float


def decided(verdicts: Verdicts, calibrate: bool) -> Decided:
    """The chance of the last label for each item, raw or calibrated, and what follows from it."""
    shares = calibrated(verdicts.scores, verdicts.free) if calibrate else verdicts.scores.softmax(-1)
    accuracy = verdicts.right(calibrate).float().mean().item()
    share = verdicts.share_of(verdicts.labels[-1], calibrate)
    return Decided(verdicts, shares[:, -1].tolist(), verdicts.truth.tolist(), accuracy, share)


class Order(Demo):
    """Choose an order (P: a positive demonstration, N: a negative one) and whether to calibrate.

    measured: what `prompting.verdicts` found, by the name of the order, all for the same task of two labels.
    """

    title = "The order of the demonstrations"
    order = Select("order")
    read = Toggle("read", list(READ))

    def __init__(self, measured: Mapping[str, Verdicts]) -> None:
        super().__init__()
        if not measured or any(len(each.labels) != 2 for each in measured.values()):
            raise ValueError("Order needs verdicts on a task of two labels: Order({'PPPN': prompting.verdicts(...)}).")
        self.measured = dict(measured)
        self.set_options("order", list(self.measured))
        self.order = next(iter(self.measured))

    def compute(self, v: Values) -> Decided:
        return decided(self.measured[v.order], v.read == READ[1])

    def draw(self, v: Values, data: Decided) -> Scene:
        labels = data.verdicts.labels
        scene = Scene(height=300 + 26 * len(self.measured))
        for row, (text, label) in enumerate(data.verdicts.shown):
            scene.text(8, 16 + 19 * row, fitted(f"{text} -> {label}", 740, 12), size=12, mono=True)
        top = 34 + 19 * len(data.verdicts.shown)
        axes = scene.axes(
            110, top, 620, 96, (0, 1), (-0.5, 1.5), f"share of “{labels[1]}” between the two labels", "",
            x_ticks=[0, 0.25, 0.5, 0.75, 1], y_ticks=[], grid=False,
        )  # fmt: skip
        scene.line([(axes.x(0.5), top), (axes.x(0.5), top + 96)], role="accent", width=2, dash=True)
        for side, label in enumerate(labels):
            scene.text(102, axes.y(side), f"is {label}", align="right", size=12)
            chances = sorted(c for c, truth in zip(data.chances, data.truth, strict=True) if truth == side)
            for place, chance in enumerate(chances):
                x, y = axes.x(chance), axes.y(side) + 7 * (place % 5 - 2)
                if (chance > 0.5) == bool(side):
                    scene.circle(x, y, 4, fill="good")
                else:  # wrong ones are crosses
                    scene.line([(x - 4, y - 4), (x + 4, y + 4)], role="bad", width=2)
                    scene.line([(x - 4, y + 4), (x + 4, y - 4)], role="bad", width=2)
        y = top + 164
        scene.text(8, y, f"discs right, crosses wrong: {data.accuracy:.0%} right, {data.share:.0%} called "
                   f"“{labels[1]}”", bold=True)  # fmt: skip
        self._all(v, scene, y + 30, labels[1])
        return scene

    def _all(self, v: Values, scene: Scene, top: float, label: str) -> None:
        scene.text(120, top, "share right, as it is (disc) and calibrated (ring)", size=12, role="muted")
        scene.text(560, top, f"called “{label}”", size=12, role="muted")
        top, bottom = top + 24, top + 42 + 26 * len(self.measured)
        for share in (0, 0.25, 0.5, 0.75, 1):
            x = 120 + 400 * share
            scene.line([(x, top - 10), (x, bottom - 12)], role="grid", width=1)
            scene.text(x, bottom, f"{share:.0%}", size=12, align="center", role="muted")
        for row, (name, verdicts) in enumerate(self.measured.items()):
            y = top + 4 + 26 * row
            chosen = name == v.order
            scene.text(100, y, name, align="right", bold=chosen, mono=True, role="accent" if chosen else "ink")
            raw, mended = (decided(verdicts, calibrate) for calibrate in (False, True))
            left, wide = 120, 400
            scene.line([(left, y), (left + wide, y)], role="grid", width=1)
            ends = [left + wide * each.accuracy for each in (raw, mended)]
            if abs(ends[0] - ends[1]) > 14:
                step = 8 if ends[1] > ends[0] else -8
                scene.arrow(ends[0] + step, y, ends[1] - step, y, role="muted", width=1.5)
            scene.circle(ends[0], y, 6, fill="query")
            scene.circle(ends[1], y, 8, fill=None, stroke="key", width=2)
            scene.text(560, y, f"{raw.share:.0%}, then {mended.share:.0%}", size=12, bold=chosen)
        scene.height = bottom + 14

    def describe(self, v: Values, data: Decided) -> str:
        raw, mended = (decided(data.verdicts, calibrate) for calibrate in (False, True))
        return (
            f"Order {v.order}, {v.read}: {data.accuracy:.0%} of {len(data.truth)} right, {data.share:.0%} called "
            f"“{data.verdicts.labels[-1]}”. As it is {raw.accuracy:.0%} right, calibrated {mended.accuracy:.0%}."
        )
