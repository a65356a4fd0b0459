"""How sure a measured share is: bootstrap intervals over the items and over the draws of the demonstrations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

RESAMPLES = 2000


class Interval(NamedTuple):
    """A mean and the ends of its 95% interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.2f} ({self.low:.2f} to {self.high:.2f})"


def bootstrap(right: ArrayLike, resamples: int = RESAMPLES, seed: int = 0) -> Interval:
    """The mean of a (draws, items) table of rights and wrongs (1 and 0), and its 95% interval.

    Each resample draws rows and columns anew, with replacement: other demonstrations and other questions might have
    been chosen, and the interval covers both. With one row, as at zero shots, only the questions are drawn. Where every
    entry is the same the interval has no width: see `Interval`, and mistrust it with few items.

    Source: Efron, 1979, "Bootstrap methods: another look at the jackknife", The Annals of Statistics 7(1).
    Raises ValueError for an empty table.
    """
    table = np.atleast_2d(np.asarray(right, dtype=float))
    if table.ndim != 2 or not table.size:
        raise ValueError(f"bootstrap needs a table (draws, items) with something in it, not shape {table.shape}.")
    chance = np.random.default_rng(seed)
    draws, items = table.shape
    rows = chance.multinomial(draws, np.full(draws, 1 / draws), resamples) / draws  # (resamples, draws): weights
    columns = chance.multinomial(items, np.full(items, 1 / items), resamples) / items
    means = np.einsum("rd,di,ri->r", rows, table, columns, optimize=True)
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(float(table.mean()), float(low), float(high))


def difference(more: ArrayLike, less: ArrayLike, resamples: int = RESAMPLES, seed: int = 0) -> Interval:
    """How much larger the first mean is, with its interval, from two tables about the same items (and draws).

    Item by item: what is easy is easy in both, so the difference is surer than two intervals side by side suggest. A
    table of one row (zero shots) is compared with each row of the other.
    """
    one, other = (np.atleast_2d(np.asarray(table, dtype=float)) for table in (more, less))
    return bootstrap(one - other, resamples, seed)
