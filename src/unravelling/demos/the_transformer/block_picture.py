"""One block as a plan: boxes from below to above, a line around each for what is added."""

from __future__ import annotations

from collections.abc import Sequence

from unravelling.demos.base import Scene


def draw_block(
    scene: Scene, box: tuple[float, float, float, float], parts: Sequence[tuple[str, str]], residual: bool, norm: str
) -> None:
    """Draw a block into the box (x, y, w, h), the signal flowing upwards.

    parts: (name, colour role), the lowest first. norm: "none", "after" or "before" each part.
    """
    x, y, w, h = box
    middle, step = x + w * 0.6, min(58.0, h / (3 * len(parts) + 1.2))
    at = y + h - 0.6 * step
    scene.text(middle, at + 16, "tokens", role="muted", align="center")
    for name, role in parts:
        below = at - 0.2 * step
        if norm == "before":
            at = _box(scene, middle, at, step, "norm", "muted", w * 0.34)
        at = _box(scene, middle, at, step, name, role, w * 0.62)
        if residual:
            centre = at - 0.5 * step
            scene.line([(middle, at), (middle, centre)], role="ink")
            scene.line(
                [(middle, below), (x + 8, below), (x + 8, centre), (middle - 9, centre)], role="output", width=2.5
            )
            scene.circle(middle, below, 3.5, fill="output")  # here the stream splits, before the norm
            scene.circle(middle, centre, 9, fill="paper", stroke="output", width=2)
            scene.text(middle, centre, "+", role="output", align="center", bold=True, size=15)
            at = centre - 9
        if norm == "after":
            at = _box(scene, middle, at, step, "norm", "muted", w * 0.34)
    scene.arrow(middle, at, middle, at - 0.5 * step, role="ink", width=1.5)


def _box(scene: Scene, middle: float, at: float, step: float, name: str, role: str, wide: float) -> float:
    """A named box over a short line; returns where the next one begins."""
    high = 0.5 * step
    top = at - 0.4 * step - high
    scene.line([(middle, at), (middle, top + high)], role="ink")
    scene.rect(middle - wide / 2, top, wide, high, fill=role, stroke=role, opacity=0.15, radius=4, width=1.5)
    scene.text(middle, top + high / 2, name, role="ink", align="center")
    return top
