"""What the pictures of module 10 share: bars of shares, and a prompt as the model reads it, line ends included."""

from __future__ import annotations

from collections.abc import Sequence

from unravelling.drawing.scene import Scene
from unravelling.drawing.text_metrics import short, text_width

ENTER = "\u21b5"  # stands for a line's end
BROKEN = "\ufffd"  # what a token decodes to that is only a piece of a letter
MOST_LINES = 16


def bars(scene: Scene, left: float, top: float, rows: Sequence[tuple[str, float]], role: str, track: float) -> float:
    """A row for each name and its share, from 0 to 1. Returns where the next thing begins."""
    most = max((share for _, share in rows), default=0)
    named = [(short(visible(name), 16), share, role, share == most) for name, share in rows]
    return scene.bars(left + 112, top, named, track=track, step=30, opacity=0.85)


def prompt(scene: Scene, left: float, top: float, text: str, wide: float) -> float:
    """The prompt in lines, each with the sign of its end; long ones are broken. Returns where the next thing begins."""
    lines = lines_of(text, wide)
    hidden = len(lines) - MOST_LINES
    if hidden > 0:
        lines = [f"({hidden + 1} lines above)", *lines[hidden + 1 :]]
    scene.rect(left, top, wide, 18 * len(lines) + 12, fill="grid", opacity=0.3, radius=4)
    for place, line in enumerate(lines):
        scene.text(left + 8, top + 15 + 18 * place, line, size=14, mono=True)
    return top + 18 * len(lines) + 12


def lines_of(text: str, wide: float) -> list[str]:
    """The lines of a text, with ENTER where one ends; broken at `wide` pixels."""
    most = max(int((wide - 16) / 10.1), 8)  # a letter is so wide on a page of 500 pixels
    parts = text.split("\n")
    marked = [part + ENTER for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
    return [line[at : at + most] for line in marked for at in range(0, len(line), most)]


def visible(token: str) -> str:
    """A token as it can be read: a line's end as its sign, a space or a piece of a letter as its name."""
    plain = token.replace("\n", ENTER)
    if plain.strip() == BROKEN:
        return "part of a letter"
    return plain.strip() or ("a space" if plain else "nothing")


def quoted(token: str) -> str:
    """A token in a sentence: in quotation marks as it stands, and without them where it has only a name."""
    can_be_read = token.strip() not in ("", BROKEN) or "\n" in token
    return f"“{visible(token)}”" if can_be_read else visible(token)


def fitted(text: str, wide: float, size: float) -> str:
    """As much of a text as fits into `wide` pixels."""
    while text and text_width(text, size) > wide:
        text = text[:-2].rstrip("…") + "…"
    return text
