"""What is said of a module of 05.3, 05.4 or 05.6 to which no gradient comes back."""

from __future__ import annotations

from typing import Any


def unreached_layers(result: dict[str, Any]) -> str | None:
    """A sentence if no gradient comes back to an input or to a layer, which then could never learn. result: what the
    probe brings back, with what instruments.modules.traced_back has found."""
    if result.get("overwritten"):
        return (
            "The output is right, and gradients cannot be traced back from it: a tensor that the way back needs was "
            "written over, as x += ... and functions that end in an underscore do. Write x = x + ... instead."
        )
    if not result.get("unreached"):
        return None
    return (
        f"No gradient comes back from the output to {result['unreached']}: training could change nothing there. "
        "Something on the way is detached (.detach(), .data, no_grad), leaves torch, or is never used."
    )
