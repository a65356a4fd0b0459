"""Labelled axes inside a scene: data coordinates to pixels, ticks at round numbers, lines, bars and points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np


class Surface(Protocol):
    """What axes draw on, in pixels; a `Scene` is one. inverses: the axes of each handle that was placed in data."""

    inverses: dict[str, Axes]

    def line(self, points: Any, *_: Any, **how: Any) -> None: ...
    def arrow(self, x1: float, y1: float, x2: float, y2: float, *_: Any, **how: Any) -> None: ...
    def text(self, x: float, y: float, text: str, *_: Any, **how: Any) -> None: ...
    def rect(self, x: float, y: float, w: float, h: float, *_: Any, **how: Any) -> None: ...
    def circle(self, x: float, y: float, r: float, *_: Any, **how: Any) -> None: ...
    def handle(self, name: str, x: float, y: float, label: str, role: str) -> None: ...


class Axes:
    """Made by `Scene.axes`. Its methods take data coordinates and add marks to the scene."""

    def __init__(
        self,
        scene: Surface,
        box: tuple[float, float, float, float],
        x_range: tuple[float, float],
        y_range: tuple[float, float],
        x_label: str,
        y_label: str,
        x_ticks: Sequence[float] | None,
        y_ticks: Sequence[float] | None,
        x_names: Sequence[str] | None,
        grid: bool,
        title: str,
    ) -> None:
        for name, (low, high) in (("x_range", x_range), ("y_range", y_range)):
            if not high > low:
                raise ValueError(f"{name} needs its first number below its second, not ({low}, {high}).")
        self.scene, self.box = scene, tuple(float(v) for v in box)
        self.x_range, self.y_range = x_range, y_range
        left, top, width, height = self.box
        if x_names is not None:
            x_ticks = list(range(len(x_names)))
        x_ticks = ticks(*x_range) if x_ticks is None else x_ticks
        y_ticks = ticks(*y_range) if y_ticks is None else y_ticks
        for tick, text in zip(y_ticks, tick_texts(y_ticks), strict=True):
            if grid:
                scene.line([(left, self.y(tick)), (left + width, self.y(tick))], role="grid", width=1)
            scene.text(left - 8, self.y(tick), text, role="muted", size=12, align="right")
        for tick, text in zip(x_ticks, x_names or tick_texts(x_ticks), strict=True):
            if grid and x_names is None:
                scene.line([(self.x(tick), top), (self.x(tick), top + height)], role="grid", width=1)
            scene.text(self.x(tick), top + height + 8, text, role="muted", size=12, align="center", baseline="top")
        scene.line([(left, top + height), (left + width, top + height)], role="muted", width=1)
        if x_label:
            scene.text(left + width / 2, top + height + 28, x_label, align="center", baseline="top")
        if y_label:
            # Above the axis and level: nobody likes to read with her head on one side.
            scene.text(left - 44, top - 14, y_label, baseline="bottom")
        if title:
            scene.text(
                left + width / 2, top - (34 if y_label else 14), title, align="center", baseline="bottom", bold=True
            )

    def x(self, value: float) -> float:
        """Pixel of a value on the x axis."""
        low, high = self.x_range
        return self.box[0] + (float(value) - low) / (high - low) * self.box[2]

    def y(self, value: float) -> float:
        """Pixel of a value on the y axis; larger values are higher up."""
        low, high = self.y_range
        return self.box[1] + self.box[3] - (float(value) - low) / (high - low) * self.box[3]

    def invert(self, x: float, y: float) -> tuple[float, float]:
        """Data coordinates of a pixel, kept within the ranges."""
        (x_low, x_high), (y_low, y_high) = self.x_range, self.y_range
        across = (x - self.box[0]) / self.box[2] * (x_high - x_low) + x_low
        up = (self.box[1] + self.box[3] - y) / self.box[3] * (y_high - y_low) + y_low
        return min(max(across, x_low), x_high), min(max(up, y_low), y_high)

    def plot(
        self,
        xs: Any,
        ys: Any,
        role: str = "query",
        label: str = "",
        width: float = 2,
        dash: bool = False,
        opacity: float = 1,
    ) -> None:
        """A line through (xs, ys), clipped to the axes, with its label at its right end."""
        xs, ys = np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)
        if xs.shape != ys.shape or xs.ndim != 1:
            raise ValueError(f"plot needs xs and ys of one length, not shapes {xs.shape} and {ys.shape}.")
        # Far outside the box the numbers would only swell the message; the clip hides them anyway.
        far = 4 * (self.box[2] + self.box[3])
        points = [(np.clip(self.x(a), -far, far), np.clip(self.y(b), -far, far)) for a, b in zip(xs, ys, strict=True)]
        self.scene.line(points, role=role, width=width, dash=dash, opacity=opacity, clip=self.box)
        shown = [p for p in points if math.isfinite(p[0] + p[1])]
        if label and shown:
            low, high = self.box[1], self.box[1] + self.box[3]
            self.scene.text(shown[-1][0] + 8, min(max(shown[-1][1], low), high), label, role=role)

    def bars(
        self,
        xs: Any,
        heights: Any,
        role: str = "query",
        width: float = 0.7,
        opacity: float = 1,
        digits: int | None = None,
    ) -> None:
        """Bars from 0 (or from the axis, if 0 is not on it). width in x units. digits: write each height."""
        base = min(max(0.0, self.y_range[0]), self.y_range[1])
        for at, height in zip(np.asarray(xs, dtype=float), np.asarray(heights, dtype=float), strict=True):
            if not math.isfinite(height):
                continue
            top = min(max(height, self.y_range[0]), self.y_range[1])
            left, right = self.x(at - width / 2), self.x(at + width / 2)
            upper, lower = sorted((self.y(top), self.y(base)))
            self.scene.rect(left, upper, right - left, lower - upper, fill=role, opacity=opacity)
            if digits is not None:
                below = height < base
                place = lower + 3 if below else upper - 3
                self.scene.text(
                    (left + right) / 2,
                    place,
                    f"{height:.{digits}f}",
                    size=12,
                    align="center",
                    baseline="top" if below else "bottom",
                )

    def points(
        self,
        xs: Any,
        ys: Any,
        role: str = "query",
        r: float = 4,
        labels: Sequence[str] | None = None,
        opacity: float = 1,
    ) -> None:
        """Discs at (xs, ys), those outside the axes left out, each with its label to its right."""
        xs, ys = np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)
        for index, (a, b) in enumerate(zip(xs, ys, strict=True)):
            inside = self.x_range[0] <= a <= self.x_range[1] and self.y_range[0] <= b <= self.y_range[1]
            if not inside:
                continue
            self.scene.circle(self.x(a), self.y(b), r, fill=role, opacity=opacity)
            if labels is not None:
                self.scene.text(self.x(a) + r + 5, self.y(b), labels[index], role=role)

    def arrow(
        self, x1: float, y1: float, x2: float, y2: float, role: str = "ink", label: str = "", width: float = 2.5
    ) -> None:
        """An arrow in data coordinates."""
        self.scene.arrow(self.x(x1), self.y(y1), self.x(x2), self.y(y2), role=role, label=label, width=width)

    def handle(self, name: str, x: float, y: float, label: str = "", role: str = "accent") -> None:
        """A draggable point in data coordinates; `Demo.on_drag` gets data coordinates back."""
        self.scene.handle(name, self.x(x), self.y(y), label, role)
        self.scene.inverses[name] = self


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from `low` to `high`, at most `most` of them, in steps of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / max(most - 1, 1)
    power = 10 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(k * step, 12) for k in range(first, last + 1)]


def tick_texts(values: Sequence[float]) -> list[str]:
    """Ticks as text, all with the digits that the finest of them needs; a true minus sign."""
    digits = max((len(f"{float(v):.6f}".rstrip("0").partition(".")[2]) for v in values), default=0)
    return [f"{float(v):.{digits}f}".replace("-", "\u2212") for v in values]
