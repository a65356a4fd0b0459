"""What the checks of the three classes say of a module as a whole. `result` is what their probes bring back."""

from __future__ import annotations

from typing import Any

# Lines of a cell that show of what layers `ours` is made, and how much of their numbers they drop.
SHOW_LAYERS = """\
layers = [(type(each).__name__, getattr(each, "p", getattr(each, "dropout", None))) for each in ours.modules()]
"""


def show_gradients(*inputs: str) -> str:
    """The end of a cell that shows to which of its inputs, and layers of `ours`, no gradient comes back."""
    leaves = "".join(f'"{each}": {each}.requires_grad_(), ' for each in inputs)
    return f"""\
learned = {{{leaves}**dict(ours.named_parameters())}}
output = ours({", ".join(f"{each} * 1" for each in inputs)})
found = torch.autograd.grad(output.sum(), list(learned.values()), allow_unused=True)
result = [name for name, each in zip(learned, found) if each is None]  # no gradient comes back to these
"""


def unreached_layers(result: dict[str, Any]) -> str | None:
    """A sentence if no gradient comes back to an input or to a layer, which then could never learn."""
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
