"""How sure a measured share is: bootstrap intervals over the items and over the draws of the demonstrations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

RESAMPLES = 2000
Z = 1.96  # of a normal distribution 95% lie this many standard deviations about the mean


class Interval(NamedTuple):
    """A mean and the ends of its 95% interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.2f} ({self.low:.2f} to {self.high:.2f})"


class Gain(Interval):
    """A difference of two means and the ends of its 95% interval: written with signs."""

    def __str__(self) -> str:
        mean, low, high = (f"{number:+.2f}".replace("-", "−") for number in self)
        return f"{mean} ({low} to {high})"


def bootstrap(right: ArrayLike, resamples: int = RESAMPLES, seed: int = 0) -> Interval:
    """The mean of a (draws, items) table of rights and wrongs (1 and 0), and its 95% interval.

    Each resample draws rows and columns anew, with replacement: other demonstrations and other questions might have
    been chosen, and the interval covers both. With one row, as at zero shots, only the questions are drawn. Where every
    entry is the same there is nothing to draw, and the interval is Wilson's, for as many answers as there are items.

    Source: Efron, 1979, "Bootstrap methods: another look at the jackknife", The Annals of Statistics 7(1). Wilson,
    1927, "Probable inference, the law of succession, and statistical inference", JASA 22.
    Raises ValueError for an empty table.
    """
    return _interval(np.atleast_2d(np.asarray(right, dtype=float)), 0.0, resamples, seed)


def difference(more: ArrayLike, less: ArrayLike, resamples: int = RESAMPLES, seed: int = 0) -> Gain:
    """How much larger the first mean is, with its interval, from two tables about the same items (and draws).

    Item by item: what is easy is easy in both, so the difference is surer than two intervals side by side suggest. A
    table of one row (zero shots) is compared with each row of the other.
    """
    one, other = (np.atleast_2d(np.asarray(table, dtype=float)) for table in (more, less))
    return Gain(*_interval(one - other, -1.0, resamples, seed))


def _interval(table: np.ndarray, least: float, resamples: int, seed: int) -> Interval:
    """The mean of a table of numbers from `least` to 1, with its interval over rows and columns."""
    if table.ndim != 2 or not table.size:
        raise ValueError(f"bootstrap needs a table (draws, items) with something in it, not shape {table.shape}.")
    draws, items = table.shape
    if np.ptp(table) == 0:
        same, width = float(table.flat[0]), Z**2 / (items + Z**2)
        return Interval(same, max(least, same - width), min(1.0, same + width))
    chance = np.random.default_rng(seed)
    rows = chance.multinomial(draws, np.full(draws, 1 / draws), resamples) / draws  # (resamples, draws): shares
    columns = chance.multinomial(items, np.full(items, 1 / items), resamples) / items
    means = np.einsum("rd,di,ri->r", rows, table, columns, optimize=True)
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(float(table.mean()), float(low), float(high))
