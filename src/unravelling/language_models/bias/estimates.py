"""A measured number with its 95% interval: a mean, a difference of two means, a rank correlation of two lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

RESAMPLES = 2000


class Estimate(NamedTuple):
    """A number and the ends of its 95% bootstrap interval over the items."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{signed(self.value)} ({signed(self.low)} to {signed(self.high)})"


def signed(number: float, places: int = 2) -> str:
    """A number with its sign, and a minus that is one: +0.52, −0.10."""
    return f"{number:+.{places}f}".replace("-", "−")


def mean(values: ArrayLike, resamples: int = RESAMPLES, seed: int = 0) -> Estimate:
    """The mean of one number for each item, (n,). Raises ValueError for none."""
    numbers = np.asarray(values, dtype=float).ravel()
    if not numbers.size:
        raise ValueError("There is nothing to take the mean of: measure at least one item.")
    return _estimate(lambda rows: numbers[rows].mean(axis=-1), len(numbers), resamples, seed)


def contrast(first: ArrayLike, second: ArrayLike, resamples: int = RESAMPLES, seed: int = 0) -> Estimate:
    """The mean of a table minus the mean of another, (n, K) and (m, K), with its interval over rows and columns.

    Each resample draws the n rows, the m rows and, for both tables alike, the K columns anew: other words and other
    templates might have been chosen. Raises ValueError for an empty table or different numbers of columns.
    """
    one, other = (np.asarray(table, dtype=float) for table in (first, second))
    if one.ndim != 2 or other.ndim != 2 or not one.size or not other.size or one.shape[1] != other.shape[1]:
        raise ValueError(f"A contrast needs two tables with the same columns, not {one.shape} and {other.shape}.")
    chance = np.random.default_rng(seed)

    def drawn(count: int) -> np.ndarray:  # (resamples, count): how large a share of the mean each item has
        return chance.multinomial(count, np.full(count, 1 / count), resamples) / count

    columns = drawn(one.shape[1])
    means = [np.einsum("rn,nk,rk->r", drawn(len(table)), table, columns, optimize=True) for table in (one, other)]
    low, high = np.quantile(means[0] - means[1], (0.025, 0.975))
    return Estimate(float(one.mean() - other.mean()), float(low), float(high))


def rank_correlation(a: ArrayLike, b: ArrayLike, resamples: int = RESAMPLES, seed: int = 0) -> Estimate:
    """Spearman's rank correlation of two lists of n numbers about the same items; ties share their mean rank.

    From -1 (opposite orders) over 0 to 1 (the same order). Raises ValueError for lists of different lengths, fewer than
    three items, or one in which all are alike. Source: Spearman, 1904, The American Journal of Psychology 15.
    """
    one, other = (np.asarray(values, dtype=float).ravel() for values in (a, b))
    if len(one) != len(other):
        raise ValueError(f"A correlation needs two numbers for each item: these are {len(one)} and {len(other)}.")
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        raise ValueError("A rank correlation needs at least three items, and two different values in each list.")
    return _estimate(lambda rows: _pearson(ranks(one[rows]), ranks(other[rows])), len(one), resamples, seed)


def ranks(values: np.ndarray) -> np.ndarray:
    """Along the last axis: 1 for the smallest, and for values that are alike the mean of their places."""
    smaller = (values[..., None] > values[..., None, :]).sum(-1)
    alike = (values[..., None] == values[..., None, :]).sum(-1)
    return smaller + (alike + 1) / 2


def _pearson(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = a - a.mean(-1, keepdims=True), b - b.mean(-1, keepdims=True)
    spread = np.sqrt((a * a).sum(-1) * (b * b).sum(-1))
    # A resample in which all items are the same one has no order: it counts as 0.
    return np.divide((a * b).sum(-1), spread, out=np.zeros_like(spread), where=spread > 0)


def _estimate(of: Callable[[np.ndarray], np.ndarray], count: int, resamples: int, seed: int) -> Estimate:
    chance = np.random.default_rng(seed)
    drawn = np.concatenate([of(chance.integers(count, size=(part, count))) for part in _parts(resamples)])
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Estimate(float(of(np.arange(count)[None])[0]), float(low), float(high))


def _parts(resamples: int, most: int = 250) -> Sequence[int]:
    """Resamples in portions: all pairs of 60 items, 2,000 times at once, would be 58 MB."""
    return [min(most, resamples - done) for done in range(0, resamples, most)]
