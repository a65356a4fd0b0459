"""Which writing of a scene runs into other writing or over the edge, as a page of a given width shows it.

    assert not overlaps(demo.scene, shown=500)

Boxes are estimated as the drawings do it (`text_metrics`), with the rule of `canvas.js` that no text is smaller than
11 pixels of the screen: on a narrow page the writing grows against the picture, and that is where it collides.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from unravelling.drawing.scene import Scene
from unravelling.drawing.text_metrics import text_width

SMALLEST = 11  # pixels of the screen, as in canvas.js
_HIGH = 0.72  # of the size: from the foot of a letter without a tail to the head of a capital
_BOLD, _MONO = 1.05, 0.6


class Writing(NamedTuple):
    """One line of text: what it says and the four corners of its box (4, 2)."""

    text: str
    corners: np.ndarray


def overlaps(scene: Scene, shown: float | None = None, slack: float = 1.0, wider: float = 1.0) -> list[str]:
    """A sentence for each pair of texts that collide and each text that leaves the scene.

    shown: width on the page. slack: pixels that do not count. wider: how much wider the font runs than the usual one;
    DejaVu Sans, which a Linux without other fonts shows, runs about 1.15 times as wide.
    """
    written = writings(scene, shown, wider)
    found = []
    for writing in written:
        low, high = writing.corners.min(0), writing.corners.max(0)
        if (low < -slack).any() or high[0] > scene.width + slack or high[1] > scene.height + slack:
            found.append(f"'{writing.text}' leaves the scene")
    for place, one in enumerate(written):
        found += [
            f"'{one.text}' runs into '{other.text}'" for other in written[place + 1 :] if _collide(one, other, slack)
        ]
    return found


def writings(scene: Scene, shown: float | None = None, wider: float = 1.0) -> list[Writing]:
    """Every text of a scene with its box: texts, labels of arrows and handles, of heat maps and of their scales."""
    scale = min(1.0, (shown or scene.width) / scene.width)
    found = []

    def add(x, y, text, size=13, align="left", baseline="middle", bold=False, mono=False, angle=0, **_):
        if str(text).strip():
            size = max(size, min(SMALLEST, size) / scale)
            found.append(Writing(str(text), _corners(x, y, str(text), size, align, baseline, bold, mono, angle, wider)))

    for mark in scene.marks:
        kind = mark["kind"]
        if kind == "text":
            add(**{key: value for key, value in mark.items() if key != "kind"})
        elif kind == "arrow" and mark["label"]:
            along = np.array([mark["x2"] - mark["x1"], mark["y2"] - mark["y1"]])
            along = along / max(float(np.hypot(*along)), 1e-9)
            align = "left" if along[0] > 0.35 else "right" if along[0] < -0.35 else "center"
            add(mark["x2"] + 9 * along[0], mark["y2"] + 13 * along[1], mark["label"], align=align, bold=True)
        elif kind == "handle":
            add(mark["x"] + 18, mark["y"], mark["label"], bold=True)
        elif kind == "scale_bar":
            x, y, w, h = (mark[key] for key in "xywh")
            add(x, y - 6, mark["label"], 12, baseline="bottom")
            add(x, y + h + 4, f"{mark['low']:g}", 12, baseline="top")
            add(x + w, y + h + 4, f"{mark['high']:g}", 12, "right", "top")
        elif kind == "heat":
            _labels_of_heat(mark, scene, add)
    return found


def _labels_of_heat(mark, scene: Scene, add) -> None:
    (rows, columns), (x, y, w, h) = mark["shape"], (mark[key] for key in "xywh")
    for i, name in enumerate(mark["shown_rows"] or ()):
        add(x - 7, y + (i + 0.5) * h / rows, name, mark["sizes"][0], "right")
    for j, name in enumerate(mark["shown_columns"] or ()):
        how = {"angle": -45} if mark["tilt"] else {"align": "center", "baseline": "bottom"}
        add(x + (j + 0.5) * w / columns, y - 6, name, mark["sizes"][1], **how)
    if mark["digits"] is not None:
        flat = np.frombuffer(scene.numbers, dtype="<f4")[mark["offset"] :][: rows * columns]
        for place, value in enumerate(flat.tolist()):
            if math.isfinite(value):
                at = x + (place % columns + 0.5) * w / columns, y + (place // columns + 0.5) * h / rows
                add(*at, f"{value:.{mark['digits']}f}", mark["sizes"][2], "center")
    if mark["label"] and mark["title"]:
        add(x, y - mark["head"], mark["label"], baseline="bottom", bold=True)


def _corners(x, y, text, size, align, baseline, bold, mono, angle, wider) -> np.ndarray:
    wide = _MONO * size * len(text) if mono else text_width(text, size) * (_BOLD if bold else 1)
    wide *= wider
    high = _HIGH * size
    left = -{"left": 0.0, "center": 0.5, "right": 1.0}[align] * wide
    top = -{"top": 0.1, "middle": 0.5, "bottom": 1.0}[baseline] * high
    corners = np.array([[left, top], [left + wide, top], [left + wide, top + high], [left, top + high]])
    turn = math.radians(angle)
    return corners @ np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]]) + (x, y)


def _collide(one: Writing, other: Writing, slack: float) -> bool:
    """Two boxes, turned or not, overlap by more than `slack` unless some side of either parts them."""
    for corners in (one.corners, other.corners):
        for side in (corners[1] - corners[0], corners[3] - corners[0]):
            axis = side / max(float(np.hypot(*side)), 1e-9)
            a, b = one.corners @ axis, other.corners @ axis
            if min(a.max(), b.max()) - max(a.min(), b.min()) <= slack:
                return False
    return True
