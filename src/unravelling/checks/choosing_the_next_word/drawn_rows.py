"""Rows of probabilities whose sums no computer rounds: each number is a whole number of 64ths."""

from __future__ import annotations

import torch

PARTS = 64


def draw_rows(rng: torch.Generator, *shape: int) -> torch.Tensor:
    """Probabilities of the given shape that sum to 1 along the last axis, each a multiple of 1/64; some may be 0, some
    equal."""
    *front, V = shape
    places = torch.randint(V, (*front, PARTS), generator=rng)
    lean = torch.randint(V, (*front, PARTS), generator=rng)  # the lower of two: some tokens are likelier than others
    counts = torch.nn.functional.one_hot(torch.minimum(places, lean), V).sum(-2)
    order = torch.randperm(V, generator=rng)
    return (counts / PARTS)[..., order]
