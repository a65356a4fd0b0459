"""The masking of 07.1 with one thing changed, so that each wrong answer shows its one difference and no more."""

from __future__ import annotations

import torch

from .draws import NONE, SPLITS


def mask_by(
    ids: torch.Tensor,
    p: float,
    generator: torch.Generator,
    special: torch.Tensor,
    mask_id: int,
    V: int,
    *,
    choose: str = "each",
    labels: str = "chosen",
    split: str = "asked",
    replacement: str = "all alike",
    source: str = "generator",
) -> tuple[torch.Tensor, torch.Tensor]:
    """As 07.1 asks for, as long as no keyword is given.

    choose: "each" by itself, "special too", "fixed number" in each row, "rows alike". labels: for the places "chosen",
    for "all", "inverted", "of the masked text", or only for those "changed". split: a name in SPLITS. replacement:
    "all alike", "one token" for all places, "from the text", "without the last". source: "generator", "elsewhere", or
    "its seed", set anew at each call.
    """
    if source != "generator":
        generator = None if source == "elsewhere" else torch.Generator().manual_seed(generator.initial_seed())
    chosen = _chosen(choose, ids, p, generator, special)
    draw, (hide, swap, _) = torch.rand(ids.shape, generator=generator), SPLITS[split]
    swapped = chosen & (draw >= hide) & (draw < hide + swap)
    masked = torch.where(chosen & (draw < hide), mask_id, ids)
    masked = torch.where(swapped, _replacement(replacement, ids, V, generator), masked)
    where = {
        "chosen": (chosen, ids),
        "all": (torch.ones_like(chosen), ids),
        "inverted": (~chosen, ids),
        "of the masked text": (chosen, masked),
        "changed": (masked != ids, ids),
    }
    asked, answers = where[labels]
    return masked, torch.where(asked, answers, NONE)


def _chosen(how: str, ids: torch.Tensor, p: float, generator: torch.Generator | None, special: torch.Tensor):
    keep = ~torch.isin(ids, special) if how != "special too" else torch.ones_like(ids, dtype=torch.bool)
    if how == "fixed number":
        order = torch.rand(ids.shape, generator=generator).masked_fill(~keep, 2.0).argsort(-1).argsort(-1)
        return order < (p * keep.sum(-1, keepdim=True)).long()
    shape = ids.shape[-1:] if how == "rows alike" else ids.shape
    return (torch.rand(shape, generator=generator) < p) & keep


def _replacement(how: str, ids: torch.Tensor, V: int, generator: torch.Generator | None) -> torch.Tensor:
    if how == "one token":
        return torch.randint(V, (), generator=generator)
    if how == "from the text":
        return ids.flatten()[torch.randint(ids.numel(), ids.shape, generator=generator)]
    return torch.randint(V - (how == "without the last"), ids.shape, generator=generator)
