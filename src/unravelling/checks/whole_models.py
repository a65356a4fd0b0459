"""What is true of a learner's module in several exercises: who sees what comes later, and where no gradient comes back
to."""

from __future__ import annotations

from typing import Any

from torch import Tensor

_NOTICED = 1e-3  # a change that is larger than rounding


def place_that_saw_later(before: Tensor, after: Tensor) -> tuple[int, float] | None:
    """The first place whose numbers moved when only the last token was another, and by how much; None if none did.

    before, after: (B, T, n), what came of the tokens and of those with another last one. NaN counts as a move.
    """
    apart = (after - before).abs()[:, :-1].amax(-1)  # (B, T - 1)
    for row, place in (~(apart < _NOTICED)).nonzero()[:1].tolist():
        return place, float(apart[row, place])
    return None


def unreached_layers(result: dict[str, Any], of: str = "output") -> str | None:
    """A sentence if no gradient comes back to an input or to a layer, which then could never learn. result: what the
    probe brings back, with what instruments.modules.traced_back has found. of: what the module gives, in a word."""
    if result.get("overwritten"):
        return (
            "What comes out is right, and gradients cannot be traced back from it: a tensor that the way back needs "
            "was written over, as x += ... and functions that end in an underscore do. Write x = x + ... instead."
        )
    if not result.get("unreached"):
        return None
    return (
        f"No gradient comes back from the {of} to {result['unreached']}: training could change nothing there. "
        "Something on the way is detached (.detach(), .data, no_grad), leaves torch, or is never used."
    )
