"""Random inputs for cases, with few digits, so that a failing case can be written out exactly in a cell."""

from __future__ import annotations

import torch


def randn(rng: torch.Generator, *shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Normal numbers rounded to two decimals, of the given shape."""
    return (torch.randn(*shape, generator=rng, dtype=torch.float64) * 100).round().div(100).to(dtype)


def randint(rng: torch.Generator, low: int, high: int) -> int:
    """A whole number, low <= number <= high."""
    return int(torch.randint(low, high + 1, (), generator=rng))
