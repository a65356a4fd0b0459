"""Attention with one thing changed, so that each wrong answer of this module shows its one difference and no more."""

from __future__ import annotations

from math import inf, sqrt

import torch


def attend(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    mask: torch.Tensor | None = None,
    *,
    scale: float | None = None,
    dim: int = -1,
    fill: float = -inf,
    nowhere: float = 0.0,
) -> tuple[torch.Tensor, torch.Tensor]:
    """(output, weights), right as long as no keyword is given. Shapes as in 04.1.

    scale: what the scores are divided by, sqrt(d) if None. dim: the axis of the softmax. fill: the score of a forbidden
    key. nowhere: the weights where all keys are forbidden.
    """
    scores = q @ k.transpose(-2, -1) / (sqrt(q.shape[-1]) if scale is None else scale)
    if mask is not None:
        scores = scores.masked_fill(~mask, fill)
    weights = torch.softmax(scores, dim).nan_to_num(nowhere)
    return weights @ v, weights
