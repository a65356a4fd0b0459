"""What the checks of the three classes say of a module as a whole. `result` is what their probes bring back."""

from __future__ import annotations

from typing import Any


def parameters_differ(result: dict[str, Any]) -> str | None:
    """A sentence if the module has more or fewer numbers to learn than torch's; None if it has as many."""
    count, want = result["parameters"]
    if count == want:
        return None
    return f"The module has {count} parameters where torch's has {want}: a layer is one too many, or used for two."


def unreached_layers(result: dict[str, Any]) -> str | None:
    """A sentence if no gradient comes back to a layer, which then could never learn."""
    if not result["unreached"]:
        return None
    return f"No gradient comes back from the output to {result['unreached']}: what it holds could never be learned."
