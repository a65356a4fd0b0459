"""One parameter, one loss: a ball takes steps down the curve."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from unravelling.demos.base import Demo, Scene, Select, Slider, Values

LOW, HIGH, MOST = -4.0, 9.0, 10


class Place(NamedTuple):
    """Where the ball lies: s, the share P(b) that it stands for, the loss in nats, and the gradient there."""

    s: float
    share: float
    loss: float
    gradient: float


def place(s: float, true: float) -> Place:
    """The place s on the curve of -(true ln P + (1 - true) ln(1 - P)), where P = e^s / (e^s + 1)."""
    share = (1 + math.tanh(s / 2)) / 2  # the same, and nothing overflows
    return Place(s, share, math.log1p(math.exp(-abs(s))) + max(s, 0.0) - true * s, share - true)


def descent(start: float, true: float, rate: float, steps: int) -> list[Place]:
    """The place at the start and after each of `steps` steps against the gradient."""
    places = [place(start, true)]
    for _ in range(steps):
        places.append(place(places[-1].s - rate * places[-1].gradient, true))
    return places


class BallOnCurve(Demo):
    """true: how often b comes, a share between 0 and 1. Both ends are refused: there the curve has no lowest place."""

    title = "A ball on the curve of the loss"
    step = Slider("steps taken", 0, MOST, value=0)
    rate = Select("learning rate", [0.5, 1.0, 4.0, 8.0, 16.0], value=4.0)
    start = Slider("begin at s =", -3.0, 3.0, step=0.5, value=0.0)

    def __init__(self, true: float = 0.75, **values: float) -> None:
        super().__init__(**values)
        if not 0 < true < 1:
            raise ValueError(f"The true share must lie between 0 and 1, not at {true:g}.")
        self.true = true

    def compute(self, v: Values) -> list[Place]:
        return descent(v.start, self.true, v.rate, v.step)

    def draw(self, v: Values, data: list[Place]) -> Scene:
        scene, now = Scene(height=350), data[-1]
        xs = np.linspace(LOW, HIGH, 121)
        curve = [place(x, self.true).loss for x in xs]
        axes = scene.axes(
            56,
            40,
            470,
            250,
            (LOW, HIGH),
            (0, max(curve)),
            "s, the parameter",
            "loss (nats)",
            grid=False,
            x_ticks=range(-4, 10, 2),
        )
        axes.plot(xs, curve, role="muted", width=2.5)
        axes.plot([each.s for each in data], [each.loss for each in data], role="query", width=1.5, dash=True)
        axes.points([each.s for each in data[:-1]], [each.loss for each in data[:-1]], role="query", r=4, opacity=0.6)
        ends = np.array([now.s - 1.2, now.s + 1.2])
        axes.plot(ends, now.loss + now.gradient * (ends - now.s), role="accent", width=2)
        axes.points([now.s], [now.loss], role="query", r=9)
        rows = [
            (f"after step {v.step}" if v.step else "at the start", "", "ink"),
            ("s", f"{now.s:.3f}", "query"),
            ("P(b)", f"{now.share:.3f}", "ink"),
            ("loss", f"{now.loss:.4f}", "ink"),
            ("gradient", f"{now.gradient:+.4f}", "accent"),
            ("next step", f"{-v.rate * now.gradient:+.3f}", "ink"),
        ]
        for row, (name, number, role) in enumerate(rows):
            scene.text(560, 60 + 36 * row, name, role=role, bold=not number)
            if number:
                scene.text(744, 60 + 36 * row, number.replace("-", "−"), role=role, align="right", bold=True)
        return scene

    def describe(self, v: Values, data: list[Place]) -> str:
        now = data[-1]
        jumps = sum(a.gradient * b.gradient < 0 for a, b in pairwise(data))
        if abs(now.gradient) < 0.001:
            finding = f"the ball is nearly at rest, where P(b) is {self.true:g}"
        elif jumps > 1:
            finding = f"it has jumped across the lowest place {jumps} times"
        else:
            rises, goes = ("right", "left") if now.gradient > 0 else ("left", "right")
            finding = f"the curve rises to the {rises}, so the next step goes {goes}"
        words = (
            f"Learning rate {v.rate:g}, {v.step} {'step' if v.step == 1 else 'steps'}: s = {now.s:.3f}, "
            f"loss {now.loss:.4f} nats, gradient {now.gradient:+.4f}; {finding}."
        )
        return words.replace("-", "−")
