"""What the pictures are drawn with, so that all look alike: boxes with words, rows of numbers, numbers as text.

On a page of 500 pixels all text is 11 pixels high, which is `NARROW` pixels of the picture: layouts leave room for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unravelling.demos.base import Scene
from unravelling.drawing.text_metrics import text_width

NARROW = 19.2  # what text takes in the picture's own pixels on the narrowest page, in a font that runs wide
LINE = 20  # from one line of text to the next


def number(value: float, digits: int = 1, sign: bool = False) -> str:
    """A number as it is written in a picture, with a true minus sign and without a negative zero."""
    value = round(float(value), digits) + 0.0
    return f"{value:{'+' if sign else ''}.{digits}f}".replace("-", "−")


def count_of(n: int, one: str, many: str = "") -> str:
    """'1 head', '2 heads'."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def listed(names: Sequence[str], last: str = "and") -> str:
    """'a', 'a and b', 'a, b and c'."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def lines(
    scene: Scene, x: float, y: float, texts: str | Iterable[str], *, role: str = "ink", align: str = "center",
    bold: bool = False, size: float = 13, mono: bool = False,
) -> None:  # fmt: skip
    """Lines of text, one below the other, centred at height y."""
    texts = texts.split("\n") if isinstance(texts, str) else list(texts)
    for place, text in enumerate(texts):
        at = y + LINE * (place - (len(texts) - 1) / 2)
        scene.text(x, at, text, role=role, size=size, align=align, bold=bold, mono=mono)


def box(
    scene: Scene, x: float, y: float, w: float, h: float, texts: str, role: str = "muted", *, strong: bool = False,
    pale: bool = False, size: float = 13,
) -> None:  # fmt: skip
    """A box with words in it. strong: the one that the picture is about. pale: not there yet."""
    scene.rect(x, y, w, h, fill=role, opacity=0.32 if strong else 0 if pale else 0.13, radius=6)
    scene.rect(x, y, w, h, fill=None, stroke="grid" if pale else role, width=3 if strong else 1.3, radius=6)
    lines(scene, x + w / 2, y + h / 2, texts, role="muted" if pale else "ink", bold=strong, size=size)


def squares(
    scene: Scene, x: float, y: float, values: Iterable[float], role: str, *, side: float = 46, high: float = 28,
    digits: int = 1, most: float = 1.5,
) -> float:  # fmt: skip
    """A token's numbers in a row of squares, tinted by their size. Returns the right end."""
    for place, value in enumerate(values):
        left = x + side * place
        scene.rect(left, y, side, high, fill=role, opacity=0.08 + 0.37 * min(abs(float(value)) / most, 1))
        scene.rect(left, y, side, high, fill=None, stroke=role, width=1)
        scene.text(left + side / 2, y + high / 2, number(value, digits), align="center")
        x_end = left + side
    return x_end


def down(scene: Scene, x: float, y1: float, y2: float, role: str = "muted", width: float = 1.6) -> None:
    """A straight arrow down or up."""
    scene.arrow(x, y1, x, y2, role=role, width=width)


def wrapped(text: str, room: float) -> list[str]:
    """The words of a text on lines that fit into `room` pixels even on the narrowest page."""
    found: list[str] = []
    for word in text.split():
        if found and text_width(f"{found[-1]} {word}", NARROW) <= room:
            found[-1] += f" {word}"
        else:
            found.append(word)
    return found
