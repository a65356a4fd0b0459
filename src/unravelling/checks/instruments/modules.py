"""What the probes of classes share: giving a module known numbers, and tracing back what it returns. Like `probing`, it
knows no reference and no exercise, and a sandbox may read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .optional_torch import Tensor, torch


def give_numbers(
    block: Any, theirs: Any, made: Mapping[str, str], seed: int, silent: Sequence[str] = (), steps: int = 100
) -> None:
    """Give a block numbers drawn from -1 to 1 in `steps` steps to either side of 0, those that a cell can draw again.

    theirs: torch's own module of the same layers. made: how each layer is made, for what is said where one is missing
    (AssertionError). silent: layers that get zeros.
    """
    rates = [each.p for each in block.modules() if isinstance(each, torch.nn.Dropout)]
    rates += [each.dropout for each in block.modules() if isinstance(each, torch.nn.MultiheadAttention)]
    assert not any(rates), (
        "There is dropout in your block; the docstring asks for none, so that the same x always gives the same."
    )
    ours = dict(block.named_parameters(remove_duplicate=False))
    numbers = torch.Generator().manual_seed(seed)
    for name, like in theirs.named_parameters():
        layer, _, part = name.partition(".")
        assert hasattr(block, layer), (
            f"There is no layer {layer}: make it in __init__ with self.{layer} = {made[layer]}."
        )
        assert name in ours, f"The layer {layer} has no {part}: make it with self.{layer} = {made[layer]}."
        assert ours[name].shape == like.shape, (
            f"{name} has shape {tuple(ours[name].shape)}, not {tuple(like.shape)}: {layer} is {made[layer]}."
        )
        with torch.no_grad():
            drawn = torch.randint(-steps, steps + 1, like.shape, generator=numbers) / steps
            ours[name].copy_(drawn * (layer not in silent))


def count_numbers(block: Any, theirs: Any) -> None:
    """AssertionError unless a block has as many parameters as torch's own."""
    count, want = (sum(each.numel() for each in of.parameters()) for of in (block, theirs))
    assert count == want, (
        f"The module has {count} parameters where torch's has {want}: a layer is one too many, or used for two."
    )


def traced_back(output_of: Callable[[], Tensor], learned: Mapping[str, Tensor]) -> dict[str, Any]:
    """Where no gradient comes back to from an output. learned: inputs and parameters, by name.

    Returns `unreached`, their names with commas between; `overwritten`: whether no way back can be gone at all, since a
    tensor that it needs was written over.
    """
    with torch.enable_grad():
        output = output_of()
        leaves = {name: each for name, each in learned.items() if each.requires_grad}
        found: Sequence[Any] = [None] * len(leaves)
        try:
            if output.requires_grad:
                found = torch.autograd.grad(output.sum(), list(leaves.values()), allow_unused=True)
        except RuntimeError as error:  # torch notices here what was written over on the way
            if "inplace" not in str(error):
                raise
            return {"unreached": "", "overwritten": True}
    reached = {name for name, each in zip(leaves, found, strict=True) if each is not None}
    return {"unreached": ", ".join(name for name in learned if name not in reached), "overwritten": False}
