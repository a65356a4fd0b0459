"""Whether a count can have come about by chance: what the checks of this module hold draws against."""

from __future__ import annotations

import math
from functools import cache

NEVER = 1e-8  # a count with less chance than this is taken for a mistake
_DEVIATIONS = 5.7  # a normal number goes beyond this many of its standard deviations with that chance


@cache  # the same few counts are asked about for every finding
def unlikely(count: int, n: int, low: float, high: float | None = None, never: float = NEVER) -> bool:
    """Whether `count` of n draws is too few for a chance of `low` each, or too many for one of `high` (default: low).

    never: the chance below which it is. Exact binomial tails, not an approximation: they hold for rare events and for
    few draws, too.
    """
    high = low if high is None else high
    if n == 0 or low * n <= count <= high * n:
        return False
    p, step = (low, -1) if count < low * n else (high, 1)
    if p in (0.0, 1.0):
        return True  # what cannot happen did
    tail, k = 0.0, count
    while 0 <= k <= n:
        ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
        term = math.exp(ways + k * math.log(p) + (n - k) * math.log1p(-p))
        tail += term
        if term < tail * 1e-12:
            break
        k += step
    return tail < never


def spread_bounds(n: int) -> tuple[float, float]:
    """Between which two numbers the mean of n squares of standard normal numbers lies, but for a chance of NEVER.

    Wilson and Hilferty's approximation: the cube root of such a mean is all but normal.
    """
    middle, deviation = 1 - 2 / (9 * n), math.sqrt(2 / (9 * n))
    low, high = (middle + sign * _DEVIATIONS * deviation for sign in (-1, 1))
    return max(low, 0.0) ** 3, high**3
