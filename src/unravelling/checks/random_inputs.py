"""Random inputs for cases, with few digits, so that a failing case can be written out exactly in a cell."""

from __future__ import annotations

import random
from typing import Any

from .instruments.optional_torch import Tensor, torch


def generator(seed: int) -> Any:
    """What the cases of a seed are drawn from: torch's generator, or Python's where there is no torch."""
    return torch.Generator().manual_seed(seed) if torch else random.Random(seed)


def randn(rng: torch.Generator, *shape: int, dtype: torch.dtype | None = None) -> Tensor:
    """Normal numbers rounded to two decimals, of the given shape (float32 unless another dtype is asked for)."""
    return (torch.randn(*shape, generator=rng, dtype=torch.float64) * 100).round().div(100).to(dtype or torch.float32)


def randint(rng: torch.Generator | random.Random, low: int, high: int) -> int:
    """A whole number, low <= number <= high."""
    if isinstance(rng, random.Random):
        return rng.randint(low, high)
    return int(torch.randint(low, high + 1, (), generator=rng))
