"""Where the quantiles of resampled accuracies lie, exactly by the binomial distribution."""

from __future__ import annotations

import math


def quantile(right: int, items: int, share: float) -> float:
    """Below which accuracy a share of all resamples lies: exact, by the binomial distribution."""
    total, p = 0.0, right / items
    for k in range(items + 1):
        total += math.comb(items, k) * p**k * (1 - p) ** (items - k)
        if total >= share - 1e-12:
            return k / items
    return 1.0


def bounds(right: int, items: int, share: float, resamples: int, sure: float = 5) -> tuple[float, float]:
    """Between which numbers the quantile of so many resamples lies but for once in a million (with 5 for `sure`)."""
    slack = sure * math.sqrt(share * (1 - share) / resamples) + 1 / resamples
    return quantile(right, items, max(share - slack, 0)), quantile(right, items, min(share + slack, 1))
