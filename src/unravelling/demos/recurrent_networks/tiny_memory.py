"""A recurrent network of one unit: small enough to check with a pencil, large enough to remember or to forget."""

from __future__ import annotations

import contextlib
import math
import re
from typing import NamedTuple

from unravelling.demos.base import BadInput, Demo, Scene, Slider, Text, Values
from unravelling.drawing.text_metrics import short

MOST = 10  # cells that fit beside each other
SUM_SIZE, SUM_STEP = 16, 10.1  # of the characters of a sum: as large on a narrow page as on a wide one


def read_row(text: str) -> list[int]:
    """The numbers of "1 0 0 -1", with spaces or commas between them: at most 10, each 0, 1 or -1.

    BadInput with a sentence for anything else.
    """
    words = [word for word in re.split(r"[\s,;]+", text.replace("−", "-")) if word]
    if not words:
        raise BadInput("The list is empty: type some numbers 0, 1 or −1 with spaces between them, like 1 0 0 0.")
    for word in words:
        if word not in ("0", "1", "+1", "-1"):
            raise BadInput(
                f"The list may hold 0, 1 and −1 only, and “{short(word, 20)}” is none of them: "
                "type them with spaces between, like 1 0 0 0."
            )
    if len(words) > MOST:
        raise BadInput(f"The list has {len(words):,} numbers, and {MOST} fit into the picture: shorten it.")
    return [int(word) for word in words]


def states(row: list[int], w_x: float, w_h: float, b: float) -> list[float]:
    """h after each number: h' = tanh(w_x x + w_h h + b), from h = 0 (Elman, 1990, with one unit). (T,) -> (T,)"""
    h, found = 0.0, []
    for x in row:
        h = math.tanh(w_x * x + w_h * h + b)
        found.append(h)
    return found


class Memory(NamedTuple):
    """row (T) and its states (T); the states (T) of the same row with another first number, other."""

    row: list[int]
    states: list[float]
    other: int
    others: list[float]

    @property
    def left(self) -> list[float]:
        """(T,) how far the two states lie apart: what h still tells of the first number."""
        return [abs(a - b) for a, b in zip(self.states, self.others, strict=True)]


def remember(row: list[int], w_x: float, w_h: float, b: float) -> Memory:
    """The states of a row, and of the same row with a 0 instead of its first number (with a 1 if that is 0)."""
    other = 1 if row[0] == 0 else 0
    return Memory(row, states(row, w_x, w_h, b), other, states([other, *row[1:]], w_x, w_h, b))


def signed(value: float, digits: int = 2) -> str:
    """A number with a true minus sign, and without one for what rounds to zero."""
    text = f"{value:.{digits}f}"
    return (text[1:] if not text.strip("-0.") and text.startswith("-") else text).replace("-", "−")


def bracketed(value: float, digits: int = 2) -> str:
    """A negative number in brackets, as it stands after a sign."""
    text = signed(value, digits)
    return f"({text})" if text.startswith("−") else text


def draw_sum(scene: Scene, x: float, y: float, parts: list[tuple[str, str]]) -> None:
    """A sum on one line: its parts, each with the role of its colour, bold for the accent."""
    for text, role in parts:
        scene.text(x, y, text, role=role, mono=True, size=SUM_SIZE, bold=role == "accent")
        x += SUM_STEP * (len(text) + 1)


class _Row(Text):
    """A text that must be a row of numbers."""

    def validate(self, value: str) -> None:
        read_row(value)


class TinyMemory(Demo):
    """One unit reads a row of numbers; see what its note still tells of the first one."""

    title = "A memory of one number"
    row = _Row("numbers read", "1 0 0 0 0 0 0 0")
    w_x = Slider("w_x, for the number read", -3.0, 3.0, step=0.1, value=1.0)
    w_h = Slider("w_h, for the old note", -3.0, 3.0, step=0.1, value=0.8)
    b = Slider("b, bias", -2.0, 2.0, step=0.1, value=0.0)
    step = Slider("look at number", 1, 8, value=2)

    def __init__(self, row: str = "1 0 0 0 0 0 0 0", step: int | None = None, **values: float) -> None:
        super().__init__(row=row, **values)
        self.on_change("row")
        if step is not None:
            self.step = step

    def on_change(self, name: str) -> None:
        if name == "row":
            with contextlib.suppress(BadInput):  # its sentence comes when it is drawn
                self.set_range("step", 1, len(read_row(self.row)))

    def compute(self, v: Values) -> Memory:
        return remember(read_row(v.row), v.w_x, v.w_h, v.b)

    def draw(self, v: Values, data: Memory) -> Scene:
        scene = Scene(height=496)
        self._draw_chain(scene, v, data)
        self._draw_sum(scene, v, data)
        self._draw_states(scene, v, data)
        return scene

    def _draw_chain(self, scene: Scene, v: Values, data: Memory) -> None:
        """The unrolled cell: numbers enter from below, the state goes on to the right and is written in the box."""
        pitch, side, top = min(740 / (len(data.row) + 1), 84), 46, 40
        left = 12
        scene.text(left, top + side / 2, "h₀ = 0", role="muted")
        for t, (x, h) in enumerate(zip(data.row, data.states, strict=True)):
            at = left + pitch * (t + 1)
            now = t + 1 == v.step
            role = "accent" if now else "muted"
            scene.arrow(at - pitch + (side + 2 if t else 44), top + side / 2, at - 3, top + side / 2, role="key")
            scene.arrow(at + side / 2, top + side + 30, at + side / 2, top + side + 3, role="query")
            scene.rect(at, top, side, side, fill="output", opacity=0.45 * abs(h), radius=6)
            scene.rect(at, top, side, side, fill=None, stroke=role, width=3 if now else 1, radius=6)
            scene.text(at + side / 2, top + side / 2, signed(h), align="center", bold=now)
            scene.text(at + side / 2, top + side + 42, signed(x, 0), role="query", align="center", bold=True, size=15)
            name = f"number {t + 1}" if now else str(t + 1)
            scene.text(at + side / 2, top - 14, name, role=role, align="center", bold=now)
        scene.text(left, top + side + 42, "reads", role="query")

    def _draw_sum(self, scene: Scene, v: Values, data: Memory) -> None:
        t = v.step - 1
        x, before, h = data.row[t], data.states[t - 1] if t else 0.0, data.states[t]
        inside = v.w_x * x + v.w_h * before + v.b
        scene.text(12, 162, f"number {v.step}", role="accent", bold=True)
        scene.text(112, 162, "h  =  tanh( w_x · x  +  w_h · h before  +  b )", role="muted")
        parts = [
            ("=  tanh(", "ink"),
            (f"{signed(v.w_x, 1)} · {bracketed(x, 0)}", "query"),
            ("+", "ink"),
            (f"{bracketed(v.w_h, 1)} · {bracketed(before, 3)}", "key"),
            ("+", "ink"),
            (bracketed(v.b, 1), "ink"),
            (")", "ink"),
        ]
        draw_sum(scene, 112, 188, parts)
        draw_sum(scene, 112, 214, [(f"=  tanh({signed(inside, 3)})  =", "ink"), (signed(h, 3), "accent")])

    def _draw_states(self, scene: Scene, v: Values, data: Memory) -> None:
        T, steps = len(data.row), list(range(len(data.row) + 1))
        axes = scene.axes(
            56, 272, 420, 170, (0, T), (-1.05, 1.05), "numbers read", "note h",
            x_ticks=steps, y_ticks=[-1, -0.5, 0, 0.5, 1],
        )  # fmt: skip
        axes.plot(steps, [0.0, *data.others], role="muted", dash=True)
        axes.plot(steps, [0.0, *data.states], role="output", width=2.5)
        low, high = sorted((data.states[v.step - 1], data.others[v.step - 1]))
        axes.plot([v.step] * 2, [low, high], role="accent", width=3)
        axes.points(steps[1:], data.states, role="output", r=4)
        axes.points([v.step], [data.states[v.step - 1]], role="accent", r=7)
        right = 504
        scene.text(right, 278, "solid: your list", role="output", bold=True)
        scene.text(right, 302, f"dashed: first number {signed(data.other, 0)} instead", role="muted")
        scene.text(right, 342, "how far apart: what is left", role="accent", bold=True)
        for line, t in enumerate(dict.fromkeys([1, v.step, T])):
            scene.text(right, 372 + 24 * line, f"after number {t}", role="accent" if t == v.step else "ink")
            scene.text(right + 180, 372 + 24 * line, f"{data.left[t - 1]:.3f}", bold=True, align="right")

    def describe(self, v: Values, data: Memory) -> str:
        T, end = len(data.row), data.left[-1]
        found = f"After number {v.step} of {T} the note is {signed(data.states[v.step - 1], 3)}. "
        if T > 1:
            found += f"At the end it is {signed(data.states[-1], 3)}. "
        found += f"With {signed(data.other, 0)} as the first number instead of {signed(data.row[0], 0)}, "
        found += f"it would be {signed(data.others[-1], 3)}"
        if T == 1:
            return found + "."
        if end < 0.005:
            return found + ": the first number is forgotten."
        found += f". The two are {end:.3f} apart, against {data.left[0]:.3f} after the first number: "
        if data.left[0] and end < 0.9 * data.left[0]:
            return found + f"{end / data.left[0]:.0%} of the difference is left."
        return found + "the first number still makes its difference."
