"""The masking of 07.1 with one thing changed, so that each wrong answer shows its one difference and no more."""

from __future__ import annotations

import torch

from .diagnosis import NONE, SPLITS


def mask_by(
    ids: torch.Tensor,
    p: float,
    generator: torch.Generator | None,
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

    choose: "each" by itself, "special too", "fixed number" in each row, "rows alike", with chance 1 - p ("spared") or
    0.15 ("15%"). labels: for the places "chosen", for "all", for "words", "inverted", "of the masked text", or only for
    those "changed". split: a name in SPLITS, or "asked" with the numbers that chose ("one draw"). replacement: "all
    alike", "one token" for all places, "from the text", "without the last". source: "generator", "elsewhere", or a seed
    set anew at each call: "its seed" or one of its "own".
    """
    if source != "generator":
        seed = 7 if source == "own" or generator is None else generator.initial_seed()
        generator = None if source == "elsewhere" else torch.Generator().manual_seed(seed)
    first = torch.rand(ids.shape, generator=generator)
    chosen = _chosen(choose, first, ids, p, special)
    draw = first if split == "one draw" else torch.rand(ids.shape, generator=generator)
    hide, swap, _ = SPLITS.get(split, SPLITS["asked"])
    swapped = chosen & (draw >= hide) & (draw < hide + swap)
    masked = torch.where(chosen & (draw < hide), mask_id, ids)
    masked = torch.where(swapped, _replacement(replacement, ids, V, generator), masked)
    where = {
        "chosen": (chosen, ids),
        "all": (torch.ones_like(chosen), ids),
        "words": (~torch.isin(ids, special), ids),
        "inverted": (~chosen, ids),
        "of the masked text": (chosen, masked),
        "changed": (masked != ids, ids),
    }
    asked, answers = where[labels]
    return masked, torch.where(asked, answers, NONE)


def _chosen(how: str, draw: torch.Tensor, ids: torch.Tensor, p: float, special: torch.Tensor) -> torch.Tensor:
    keep = ~torch.isin(ids, special) if how != "special too" else torch.ones_like(ids, dtype=torch.bool)
    if how == "fixed number":
        order = draw.masked_fill(~keep, 2.0).argsort(-1).argsort(-1)
        return order < (p * keep.sum(-1, keepdim=True)).long()
    if how == "rows alike":
        draw = draw.flatten(0, -2)[0] if draw.dim() > 1 else draw
    return (draw < {"spared": 1 - p, "15%": 0.15}.get(how, p)) & keep


def _replacement(how: str, ids: torch.Tensor, V: int, generator: torch.Generator | None) -> torch.Tensor:
    if how == "one token":
        return torch.randint(V, (), generator=generator)
    if how == "from the text":
        return ids.flatten()[torch.randint(ids.numel(), ids.shape, generator=generator)]
    return torch.randint(V - (how == "without the last"), ids.shape, generator=generator)
