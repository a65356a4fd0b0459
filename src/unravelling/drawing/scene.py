"""A picture as a list of marks, before anything is drawn.

A scene is plain data: marks in logical pixels (x to the right, y down) with colours named by their role, and one buffer
of float32 for the numbers of all heat maps. The browser draws it on a canvas (`picture.js`), Python draws it as a PNG
(`still.py`), tests read it. So a demo is tested without a browser, and what it shows can be compared with what it
computed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from unravelling.drawing.axes import Axes
from unravelling.drawing.text_metrics import heat_labels, text_width

ROLES = ("ink", "muted", "grid", "paper", "query", "key", "value", "output", "accent", "good", "bad")
PALETTES = ("viridis", "cividis")
WIDTH = 760


class BarRow(NamedTuple):
    """One row of `Scene.bars`. An emphasised label is bold, and a muted bar's label is muted too."""

    label: str
    value: float
    role: str = "output"
    emphasised: bool = False


class Scene:
    """A display list. Each method adds one mark and checks it; the order of calls is the order of drawing.

    width, height: logical pixels. Shown at most this wide, and scaled down where the page is narrower.
    Colours are roles (`ROLES`), never names of colours: the theme of the page decides.
    """

    def __init__(self, width: float = WIDTH, height: float = 320) -> None:
        self.width, self.height = _number(width, "width"), _number(height, "height")
        self.marks: list[dict[str, Any]] = []
        self.inverses: dict[str, Axes] = {}  # handles that were placed in data coordinates, by name
        self._buffers: list[np.ndarray] = []
        self._count = 0

    def heat(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        values: Any,
        rows: Sequence[str] | None = None,
        columns: Sequence[str] | None = None,
        low: float = 0,
        high: float = 1,
        label: str = "",
        *,
        palette: str = "viridis",
        show_labels: bool = True,
        digits: int | None = None,
        row_word: str = "from",
        column_word: str = "to",
        title: bool = True,
    ) -> None:
        """A matrix as coloured cells.

        palette: viridis for what begins at 0 (shares, counts), cividis for numbers on both sides of 0.
        values: (R, C), anything NumPy reads; NaN is drawn as an empty cell. low, high: the ends of the colours.
        rows, columns: names for the readout ("from 'it' to 'piano': 0.43"); drawn left and above if show_labels.
        `text_metrics.label_room` tells how much space they need.
        label: names the matrix, drawn above it unless title is False. digits: write each value into its cell.
        """
        numbers = np.ascontiguousarray(_array(values), dtype="<f4")
        if numbers.ndim != 2:
            raise ValueError(f"heat needs a matrix (R, C), not an array of shape {numbers.shape}.")
        if palette not in PALETTES:
            raise ValueError(f"'{palette}' is not a palette: use one of {', '.join(PALETTES)}.")
        if not high > low:
            raise ValueError(f"heat needs high > low, not low={low} and high={high}.")
        for names, count, what in ((rows, numbers.shape[0], "rows"), (columns, numbers.shape[1], "columns")):
            if names is not None and len(names) != count:
                raise ValueError(f"heat has {count} {what} but {len(names)} names for them.")
        self._mark(
            "heat",
            **_numbers(x=x, y=y, w=w, h=h, low=low, high=high),
            rows=None if rows is None else [str(name) for name in rows],
            columns=None if columns is None else [str(name) for name in columns],
            label=str(label),
            title=bool(title),
            palette=palette,
            show_labels=bool(show_labels),
            **heat_labels(rows, columns, numbers.shape, w, h, show_labels),
            digits=digits,
            words=[str(row_word), str(column_word)],
            shape=list(numbers.shape),
            offset=self._count,
        )
        self._buffers.append(numbers.ravel())
        self._count += numbers.size

    def scale_bar(
        self,
        x: float,
        y: float,
        w: float = 140,
        h: float = 10,
        low: float = 0,
        high: float = 1,
        label: str = "",
        palette: str = "viridis",
    ) -> None:
        """What the colours of a heat map mean: a bar from `low` to `high` with its label above and both ends below."""
        if palette not in PALETTES:
            raise ValueError(f"'{palette}' is not a palette: use one of {', '.join(PALETTES)}.")
        self._mark("scale_bar", **_numbers(x=x, y=y, w=w, h=h, low=low, high=high), label=str(label), palette=palette)

    def line(
        self,
        points: Any,
        role: str = "ink",
        width: float = 1.5,
        dash: bool = False,
        opacity: float = 1,
        clip: Sequence[float] | None = None,
    ) -> None:
        """A polyline. points: (N, 2). clip: (x, y, w, h), nothing is drawn outside. NaN breaks the line."""
        array = np.asarray(_array(points), dtype=float)
        if array.ndim != 2 or array.shape[1] != 2:
            raise ValueError(f"line needs points of shape (N, 2), not {array.shape}.")
        self._mark(
            "line",
            points=[[round(float(a), 2), round(float(b), 2)] if math.isfinite(a + b) else None for a, b in array],
            role=_role(role),
            dash=bool(dash),
            clip=None if clip is None else [_number(v, "clip") for v in clip],
            **_numbers(width=width, opacity=opacity),
        )

    def arrow(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        role: str = "ink",
        width: float = 2,
        label: str = "",
        opacity: float = 1,
    ) -> None:
        """An arrow from (x1, y1) to (x2, y2), its label beyond the tip."""
        self._mark(
            "arrow",
            **_numbers(x1=x1, y1=y1, x2=x2, y2=y2, width=width, opacity=opacity),
            role=_role(role),
            label=str(label),
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        role: str = "ink",
        size: float = 13,
        align: str = "left",
        baseline: str = "middle",
        bold: bool = False,
        angle: float = 0,
        mono: bool = False,
    ) -> None:
        """One line of text. align: left, center, right. baseline: top, middle, bottom. angle: degrees, clockwise."""
        _one_of(align, ("left", "center", "right"), "align")
        _one_of(baseline, ("top", "middle", "bottom"), "baseline")
        self._mark(
            "text",
            **_numbers(x=x, y=y, size=size, angle=angle),
            text=str(text),
            role=_role(role),
            align=align,
            baseline=baseline,
            bold=bool(bold),
            mono=bool(mono),
        )

    def rect(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        fill: str | None = "grid",
        stroke: str | None = None,
        opacity: float = 1,
        radius: float = 0,
        width: float = 1,
    ) -> None:
        """A rectangle; `opacity` is the fill's, the stroke is always solid."""
        self._shape("rect", fill, stroke, x=x, y=y, w=w, h=h, opacity=opacity, radius=radius, width=width)

    def circle(
        self,
        x: float,
        y: float,
        r: float = 4,
        fill: str | None = "ink",
        stroke: str | None = None,
        opacity: float = 1,
        width: float = 1,
    ) -> None:
        """A disc or ring of radius r."""
        self._shape("circle", fill, stroke, x=x, y=y, r=r, opacity=opacity, width=width)

    def handle(self, name: str, x: float, y: float, label: str = "", role: str = "accent") -> None:
        """A point the learner can drag; the demo hears of it in `on_drag(name, x, y)`.

        Whatever a handle does, a control must do too: dragging needs a pointer.
        """
        if any(mark["kind"] == "handle" and mark["name"] == name for mark in self.marks):
            raise ValueError(f"There are two handles called '{name}': give each its own name.")
        self._mark("handle", **_numbers(x=x, y=y), name=str(name), label=str(label), role=_role(role))

    def picks(self, control: str, value: int | str, x: float, y: float, w: float, h: float) -> None:
        """A place to click that sets a control of the demo to a value: a thumbnail that chooses itself.

        It draws nothing, and the control can do the same: clicking needs a pointer.
        """
        self._mark("picks", **_numbers(x=x, y=y, w=w, h=h), control=str(control), value=value)

    def tokens(
        self,
        x: float,
        y: float,
        tokens: Sequence[str],
        weights: Any = None,
        role: str = "key",
        chosen: int | None = None,
        width: float | None = None,
        size: float = 13,
    ) -> list[tuple[float, float, float, float]]:
        """A strip of tokens, wrapped at `width`; the deeper the tint, the larger the weight (0 to 1) written below it.

        weights: (T,) or None. chosen: index of a token to frame in the query's colour.
        Returns the box (x, y, w, h) of each token, for arrows to start from.
        """
        shares = None if weights is None else np.asarray(_array(weights), dtype=float)
        if shares is not None and shares.shape != (len(tokens),):
            raise ValueError(f"tokens needs one weight for each of its {len(tokens)} tokens, not shape {shares.shape}.")
        right = self.width - 8 if width is None else x + width
        step = size * (3.4 if shares is not None else 2.3)
        boxes, left = [], x
        for index, token in enumerate(tokens):
            w, h = max(text_width(token, size) + 14, 36 if shares is not None else 20), size * 1.8
            if left + w > right and left > x:
                left, y = x, y + step
            share = None if shares is None else float(shares[index])
            # At most 0.45 opaque: the ink on it keeps its contrast in both themes.
            self.rect(
                left,
                y,
                w,
                h,
                fill="grid" if share is None else role,
                opacity=0.35 if share is None else 0.45 * min(max(share, 0), 1),
                radius=4,
            )
            self.rect(
                left,
                y,
                w,
                h,
                fill=None,
                stroke="query" if index == chosen else "grid",
                width=2.5 if index == chosen else 1,
                radius=4,
            )
            self.text(left + w / 2, y + h / 2, token, align="center", size=size, bold=index == chosen)
            if share is not None:
                self.text(
                    left + w / 2, y + h + size * 0.65, f"{share:.2f}", role="muted", align="center", size=size - 2
                )
            boxes.append((left, y, w, h))
            left += w + 6
        return boxes

    def bar(
        self, x: float, y: float, w: float, h: float, share: float, role: str = "output", *,
        on_track: bool = True, opacity: float = 1, radius: float = 3, least: float = 1,
    ) -> float:  # fmt: skip
        """A share of the length w, at least `least` pixels of it, on a track of the whole length. Returns its end."""
        if on_track:
            self.rect(x, y, w, h, fill="grid", opacity=0.5, radius=radius)
        long = max(w * share, least)
        self.rect(x, y, long, h, fill=role, opacity=opacity, radius=radius)
        return x + long

    def bars(
        self, x: float, y: float, rows: Sequence[BarRow | tuple[Any, ...]], *,
        track: float, step: float, high: float = 20, most: float = 1, form: str = "{:.1%}", above: bool = False,
        label_size: float = 13, label_room: float | None = None, label_gap: float = 8, value_gap: float = 8,
        **look: Any,
    ) -> float:  # fmt: skip
        """A row for each: its label, a bar, its value. Returns where the next row would begin.

        x, y: where the first bar begins; the labels end `label_gap` left of it, or stand above it. rows: `BarRow`s, or
        tuples like them. track: the length of the value `most`; step: from bar to bar; high: of a bar. form: of the
        values, which stand `value_gap` behind the track, or behind the bar if on_track is False. label_room: pixels
        for a label, whose letters shrink if it needs more. look: on_track, opacity, radius, least, as `bar` takes them.
        """
        for place, (label, value, role, emphasised) in enumerate(BarRow(*row) for row in rows):
            top, ink, size = y + step * place, "muted" if role == "muted" else "ink", label_size
            if label_room is not None:
                size = min(size, size * label_room / max(text_width(label, size), 1))
            if above:
                self.text(x, top - 12, label, role=ink, size=size, bold=emphasised)
            else:
                self.text(x - label_gap, top + high / 2, label, role=ink, size=size, bold=emphasised, align="right")
            end = self.bar(x, top, track, high, value / most, role, **look)
            end = x + track if look.get("on_track", True) else end
            self.text(end + value_gap, top + high / 2, form.format(value).replace("-", "−"), bold=True)
        return y + step * len(rows)

    def axes(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        x_range: tuple[float, float],
        y_range: tuple[float, float],
        x_label: str = "",
        y_label: str = "",
        *,
        x_ticks: Sequence[float] | None = None,
        y_ticks: Sequence[float] | None = None,
        x_names: Sequence[str] | None = None,
        grid: bool = True,
        title: str = "",
    ) -> Axes:
        """Labelled axes in the box (x, y, w, h), which excludes the labels: leave 52 px on the left and 44 below.

        Units belong in the labels ("loss (bits per token)"). x_names: words for x = 0, 1, 2, ... instead of numbers.
        """
        return Axes(self, (x, y, w, h), x_range, y_range, x_label, y_label, x_ticks, y_ticks, x_names, grid, title)

    @property
    def spec(self) -> dict[str, Any]:
        """What is sent to the browser: plain JSON, the numbers apart."""
        return {"width": self.width, "height": self.height, "marks": self.marks}

    @property
    def numbers(self) -> bytes:
        """The values of all heat maps, row by row, one after the other, as little-endian float32."""
        return b"".join(buffer.tobytes() for buffer in self._buffers)

    def values(self, label: str = "") -> np.ndarray:
        """The matrix (R, C) of the heat map called `label`, or of the first one; what tests compare with."""
        for mark in self.marks:
            if mark["kind"] == "heat" and (not label or mark["label"] == label):
                rows, columns = mark["shape"]
                flat = np.frombuffer(self.numbers, dtype="<f4")
                return flat[mark["offset"] : mark["offset"] + rows * columns].reshape(rows, columns)
        raise KeyError(f"There is no heat map called '{label}' in this scene.")

    def _shape(self, kind: str, fill: str | None, stroke: str | None, **measures: float) -> None:
        colours = {"fill": fill, "stroke": stroke}
        roles = {part: None if role is None else _role(role) for part, role in colours.items()}
        self._mark(kind, **_numbers(**measures), **roles)

    def _mark(self, kind: str, **fields: Any) -> None:
        self.marks.append({"kind": kind, **fields})


def _role(role: str) -> str:
    if role not in ROLES:
        raise ValueError(f"'{role}' is not a colour role: use one of {', '.join(ROLES)}.")
    return role


def _one_of(value: str, allowed: tuple[str, ...], what: str) -> None:
    if value not in allowed:
        raise ValueError(f"{what} must be one of {', '.join(allowed)}, not '{value}'.")


def _number(value: Any, what: str) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{what} must be a finite number, not {number}.")
    return round(number, 4)


def _numbers(**values: Any) -> dict[str, float]:
    return {name: _number(value, name) for name, value in values.items()}


def _array(values: Any) -> np.ndarray:
    # A torch tensor that needs a gradient refuses NumPy; asked this way, no torch is imported here.
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)
