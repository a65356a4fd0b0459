"""A scene as a PNG, for where no kernel runs: GitHub, nbviewer, a printed page.

Drawn with matplotlib's object interface (no pyplot, no global state), light theme, on an opaque white ground, mark by
mark like `canvas.js`.
"""

from __future__ import annotations

import io
import math
import warnings
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Polygon, Rectangle

from unravelling.drawing.scene import Scene

# The light half of COLOURS in theme.js.
COLOURS = {
    "ink": "#1b1b1b",
    "muted": "#595959",
    "grid": "#d8d8d8",
    "paper": "#ffffff",
    "query": "#0072b2",
    "key": "#b84f00",
    "value": "#00785a",
    "output": "#a8447f",
    "accent": "#8a5a00",
    "good": "#00785a",
    "bad": "#b84f00",
}
_UNIT = 100  # logical pixels per inch of the figure
_POINT = 72 / _UNIT  # typographic points per logical pixel
_UNDRAWN = dict.fromkeys((0x2068, 0x2069))  # signs for a browser's two directions of writing, no letters
_BASELINES = {"top": "top", "middle": "center", "bottom": "bottom"}


def still(scene: Scene, sharpness: float = 1.75) -> bytes:
    """PNG bytes of the scene, `sharpness` image pixels to a logical pixel, at most 256 colours to keep it small."""
    figure = Figure(figsize=(scene.width / _UNIT, scene.height / _UNIT), facecolor="white")
    canvas = FigureCanvasAgg(figure)
    figure.dpi = _UNIT * sharpness
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, scene.width), ylim=(scene.height, 0))
    axes.axis("off")
    for order, mark in enumerate(scene.marks):
        _DRAW[mark["kind"]](_Sheet(axes, order, scene), mark)
    with warnings.catch_warnings():
        # A character that the font lacks is drawn as a box; a warning in the learner's cell would not help her.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        canvas.draw()
    from PIL import Image

    image = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())
    image = image.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    # Averaging colours makes the ground 254 instead of 255: give white back.
    entries = np.array(image.getpalette(), dtype=np.uint8).reshape(-1, 3)
    entries[(entries >= 250).all(axis=1)] = 255
    image.putpalette(entries.tobytes())
    out = io.BytesIO()
    image.save(out, "png", compress_level=6)
    return out.getvalue()


class _Sheet:
    """The axes of one figure, in logical pixels; each mark lies over those before it."""

    def __init__(self, axes: Any, order: int, scene: Scene) -> None:
        self.axes, self.order, self.numbers = axes, order + 1, scene

    def patch(self, patch: Any) -> None:
        patch.set_zorder(self.order)
        patch.set_clip_on(False)
        self.axes.add_patch(patch)

    def write(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 13,
        role: str = "ink",
        align: str = "left",
        baseline: str = "middle",
        bold: bool = False,
        mono: bool = False,
        angle: float = 0,
    ) -> None:
        self.axes.text(
            x,
            y,
            text,
            fontsize=size * _POINT * 0.94,  # matplotlib's own font runs wider than the fonts of a page
            color=COLOURS.get(role, role),
            ha=align,
            va=_BASELINES[baseline],
            weight="bold" if bold else "normal",
            family="monospace" if mono else "sans-serif",
            rotation=-angle,
            rotation_mode="anchor",
            zorder=self.order,
            parse_math=False,
        )


def _heat(sheet: _Sheet, mark: dict[str, Any]) -> None:
    rows, columns = mark["shape"]
    flat = np.frombuffer(sheet.numbers.numbers, dtype="<f4")
    values = flat[mark["offset"] : mark["offset"] + rows * columns].reshape(rows, columns)
    x, y, w, h = mark["x"], mark["y"], mark["w"], mark["h"]
    palette = colormaps[mark["palette"]]
    shares = np.clip((values - mark["low"]) / (mark["high"] - mark["low"]), 0, 1)
    sheet.axes.imshow(
        palette(np.ma.masked_invalid(shares)),
        extent=(x, x + w, y + h, y),
        interpolation="nearest",
        aspect="auto",
        zorder=sheet.order,
    )
    # imshow moves the limits to its own extent.
    sheet.axes.set(xlim=(0, sheet.numbers.width), ylim=(sheet.numbers.height, 0))
    sheet.patch(Rectangle((x, y), w, h, fill=False, edgecolor=COLOURS["muted"], linewidth=0.75 * _POINT))
    high, wide = h / max(rows, 1), w / max(columns, 1)
    row_size, column_size, digit_size = mark["sizes"]
    if mark["digits"] is not None:
        for (i, j), value in np.ndenumerate(values):
            if math.isfinite(value):
                text = f"{value:.{mark['digits']}f}".replace("-", "\u2212")
                ink = _ink_on(palette(shares[i, j])[:3])
                sheet.write(x + (j + 0.5) * wide, y + (i + 0.5) * high, text, digit_size, ink, "center")
    for i, name in enumerate(mark["shown_rows"] or ()):
        sheet.write(x - 7, y + (i + 0.5) * high, name, row_size, align="right")
    for j, name in enumerate(mark["shown_columns"] or ()):
        place = {"angle": -45, "align": "left"} if mark["tilt"] else {"align": "center", "baseline": "bottom"}
        sheet.write(x + (j + 0.5) * wide, y - 6, name, column_size, **place)
    if mark["label"] and mark["title"]:
        sheet.write(x, y - mark["head"], mark["label"], 13, baseline="bottom", bold=True)


def _scale_bar(sheet: _Sheet, mark: dict[str, Any]) -> None:
    x, y, w, h = mark["x"], mark["y"], mark["w"], mark["h"]
    colours = colormaps[mark["palette"]](np.linspace(0, 1, 128))[None]
    sheet.axes.imshow(colours, extent=(x, x + w, y + h, y), aspect="auto", zorder=sheet.order)
    sheet.axes.set(xlim=(0, sheet.numbers.width), ylim=(sheet.numbers.height, 0))
    if mark["label"]:
        sheet.write(x, y - 6, mark["label"], 12, "muted", baseline="bottom")
    for at, value, align in ((x, mark["low"], "left"), (x + w, mark["high"], "right")):
        sheet.write(at, y + h + 4, f"{value:g}".replace("-", "\u2212"), 12, "muted", align, "top")


def _line(sheet: _Sheet, mark: dict[str, Any]) -> None:
    points = np.array([point or (math.nan, math.nan) for point in mark["points"]], dtype=float).reshape(-1, 2)
    (line,) = sheet.axes.plot(
        points[:, 0],
        points[:, 1],
        color=COLOURS[mark["role"]],
        linewidth=mark["width"] * _POINT,
        linestyle=(0, (4, 3)) if mark["dash"] else "-",
        alpha=mark["opacity"],
        zorder=sheet.order,
        scalex=False,
        scaley=False,
        solid_capstyle="round",
    )
    if mark["clip"]:
        x, y, w, h = mark["clip"]
        line.set_clip_path(Rectangle((x, y), w, h, transform=sheet.axes.transData))


def _arrow(sheet: _Sheet, mark: dict[str, Any]) -> None:
    start, tip = np.array([mark["x1"], mark["y1"]]), np.array([mark["x2"], mark["y2"]])
    length = float(np.hypot(*(tip - start)))
    along = (tip - start) / length if length > 0 else np.array([1.0, 0.0])
    head = min(6 + 2 * mark["width"], length)
    colour = COLOURS[mark["role"]]
    if length > 0:
        base, side = tip - along * head, np.array([-along[1], along[0]]) * head * 0.42
        shaft = np.array([start, base + along])
        sheet.axes.plot(
            *shaft.T,
            color=colour,
            linewidth=mark["width"] * _POINT,
            alpha=mark["opacity"],
            zorder=sheet.order,
            scalex=False,
            scaley=False,
        )
        sheet.patch(Polygon([tip, base + side, base - side], color=colour, linewidth=0, alpha=mark["opacity"]))
    if mark["label"]:
        align = "left" if along[0] > 0.35 else "right" if along[0] < -0.35 else "center"
        sheet.write(tip[0] + 9 * along[0], tip[1] + 13 * along[1], mark["label"], 13, mark["role"], align, bold=True)


def _text(sheet: _Sheet, mark: dict[str, Any]) -> None:
    keys = ("size", "role", "align", "baseline", "bold", "mono", "angle")
    text = mark["text"].translate(_UNDRAWN)
    sheet.write(mark["x"], mark["y"], text, **{key: mark[key] for key in keys})


def _rect(sheet: _Sheet, mark: dict[str, Any]) -> None:
    def shape(**style: Any) -> Any:
        corner, w, h = (mark["x"], mark["y"]), mark["w"], mark["h"]
        radius = min(mark["radius"], w / 2, h / 2)
        if not radius > 0:
            return Rectangle(corner, w, h, **style)
        return FancyBboxPatch(corner, w, h, boxstyle=f"round,pad=0,rounding_size={radius}", mutation_aspect=1, **style)

    _filled(sheet, mark, shape)


def _circle(sheet: _Sheet, mark: dict[str, Any]) -> None:
    _filled(sheet, mark, lambda **style: Circle((mark["x"], mark["y"]), mark["r"], **style))


def _filled(sheet: _Sheet, mark: dict[str, Any], shape: Any) -> None:
    if mark["fill"]:
        sheet.patch(shape(facecolor=COLOURS[mark["fill"]], alpha=mark["opacity"], linewidth=0))
    if mark["stroke"]:
        sheet.patch(shape(fill=False, edgecolor=COLOURS[mark["stroke"]], linewidth=mark["width"] * _POINT))


def _handle(sheet: _Sheet, mark: dict[str, Any]) -> None:
    colour, at = COLOURS[mark["role"]], (mark["x"], mark["y"])
    sheet.patch(Circle(at, 13, facecolor=colour, alpha=0.2, linewidth=0))
    sheet.patch(Circle(at, 7, facecolor=colour, edgecolor="white", linewidth=2 * _POINT))
    if mark["label"]:
        sheet.write(mark["x"] + 18, mark["y"], mark["label"], 13, mark["role"], bold=True)


def _ink_on(rgb: tuple[float, float, float]) -> str:
    # Black or white, whichever stands out more: the relative luminance of WCAG 2.
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return "black" if 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 else "white"


_DRAW = {
    "heat": _heat,
    "scale_bar": _scale_bar,
    "line": _line,
    "arrow": _arrow,
    "text": _text,
    "rect": _rect,
    "circle": _circle,
    "handle": _handle,
    "picks": lambda sheet, mark: None,  # a still cannot be clicked
}
