"""One difference at a time: attention with one thing changed, as each wrong answer of this module has it, and two rows
of numbers with as many digits as show where they part."""

from __future__ import annotations

from math import inf, sqrt

import torch

from ...compare import number, numbers_apart


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


def in_words(got: torch.Tensor, want: torch.Tensor) -> list[str]:
    """Two rows of numbers, with as many digits as show where they part."""
    near = torch.isclose(got.double(), want.double(), rtol=1e-3, atol=1e-5).tolist()
    rows = zip(got.tolist(), want.tolist(), near, strict=True)
    pairs = [(number(b), number(b)) if close else numbers_apart(a, b) for a, b, close in rows]
    return [", ".join(each) for each in zip(*pairs, strict=True)]
