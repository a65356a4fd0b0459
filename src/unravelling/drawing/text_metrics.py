"""How much room texts take in a picture, and texts cut to the room there is."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

# Mean advance of a character of a common UI font, in parts of the font size: enough for layout, not for typesetting.
_NARROW, _WIDE = set("iljtfrI.,:;'|!()[] "), set("mwMW@%")


def text_width(text: str, size: float = 13) -> float:
    """Roughly how wide `text` will be, in logical pixels, in a UI font of `size` pixels."""
    return size * sum(
        0.33 if c in _NARROW else 0.86 if c in _WIDE else 0.68 if c.isupper() else 0.56 for c in str(text)
    )


def short(text: object, most: int = 16) -> str:
    """The text, or its beginning and an ellipsis: `most` characters at most."""
    text = str(text)
    return text if len(text) <= most else text[: most - 1] + "…"


def fitting(text: str, pixels: float, size: float = 17) -> str:
    """The text, or as much of its beginning as fits, and an ellipsis. Signs as wide as they are high count as such.

    size: of the writing where the page is narrow and the picture small.
    """
    room, kept = pixels - size, ""
    for each in text:
        room -= size if unicodedata.east_asian_width(each) in "WF" else text_width(each, size)
        if room < 0:
            return kept + "…"
        kept += each
    return text


def label_room(rows: Sequence[str] | None, columns: Sequence[str] | None, w: float) -> tuple[float, float]:
    """Pixels that the labels of a heat map of width w need to its left and above it, its title not counted."""
    left = max((text_width(short(name), 12) for name in rows), default=0) + 10 if rows else 0
    if not columns:
        return left, 0
    widest = max((text_width(short(name), 12) for name in columns), default=0)
    # Turned by 45 degrees, a label is as high as it is wide.
    return left, 22 if widest + 6 <= w / len(columns) else widest * 0.71 + 18


def heat_labels(rows: Any, columns: Any, shape: tuple[int, ...], w: float, h: float, shown: bool) -> dict[str, Any]:
    """Text sizes, tilted columns and the height of the head of a heat map: here, once, so that all drawings agree."""
    high, wide = h / max(shape[0], 1), w / max(shape[1], 1)
    top = label_room(rows, columns, w)[1] if shown else 0
    return {
        # Labels that would be unreadable are left to the readout.
        "shown_rows": [short(name) for name in rows] if shown and rows is not None and high >= 8 else None,
        "shown_columns": [short(name) for name in columns] if shown and columns is not None and wide >= 8 else None,
        "sizes": [min(12, high * 0.95), min(12, wide * 0.95), min(14, high * 0.5, wide * 0.36)],
        "tilt": top > 22,
        "head": top + 4 if top else 6,
    }
