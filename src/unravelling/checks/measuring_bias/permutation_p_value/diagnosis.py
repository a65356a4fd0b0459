"""The differences under all splits of a case, and what a p that was drawn says of how splits were drawn."""

from __future__ import annotations

import itertools
import math
from functools import lru_cache

import torch

from ...declare import Case

# By the number of values, for the groups that exercise.py calls moderately apart: the shares that other ways of drawing
# splits, or of counting them, lead to.
SHARES = {14: (0.21, 0.43, 0.5), 48: (0.0, 0.13, 0.49), 35: (0.231, 0.41, 1.0)}


def splits_of(case: Case) -> int:
    """Into how many pairs of groups of these sizes the values of a case can be divided."""
    return math.comb(len(case["x"]) + len(case["y"]), len(case["x"]))


@lru_cache(maxsize=64)
def all_rows(N: int, n: int) -> torch.Tensor:
    """(splits, n): the places of the first group in every split, the first n in the first of them."""
    return torch.tensor(list(itertools.combinations(range(N), n)))


def differences_under(values, rows):
    """The differences of the means when each row in turn names the places of the first group. rows: (splits, n)."""
    values, n = values.double(), rows.shape[1]
    sums = values[rows].sum(1)
    return sums / n - (values.sum() - sums) / (len(values) - n)


def all_differences(x, y):
    """The differences of the means under every split, the observed one first. x: (n,), y: (m,)."""
    return differences_under(torch.cat([x, y]), all_rows(len(x) + len(y), len(x)))


def reaching(differences, observed):
    """How many reach the observed difference."""
    return int((differences >= observed - 1e-6).sum())


@lru_cache(maxsize=64)
def truth(case: Case) -> float:
    """The share among all splits that reach the observed difference."""
    if case["x"].min() > case["y"].max():  # the observed split alone
        return 1 / splits_of(case)
    differences = all_differences(case["x"], case["y"])
    return reaching(differences, differences[0]) / len(differences)


def chances(case: Case, p: float) -> int | None:
    """How many of 1 + most splits a p counts; None if that is no whole number from 1 up."""
    reached = p * (1 + case["most"])
    return round(reached) if abs(reached - round(reached)) < 1e-3 and round(reached) >= 1 else None


def likely(case: Case, p: float) -> bool:
    """Whether drawn splits can give this p: within 5 standard errors of the truth."""
    share, most = truth(case), case["most"]
    expected = (1 + most * share) / (1 + most)
    return abs(p - expected) <= 5 * math.sqrt(share * (1 - share) / most) + 1e-6


def share_drawn(case: Case, p: float) -> float | str:
    """What a p that was drawn says of how splits were drawn and counted: which of SHARES it is near to."""
    if likely(case, p):
        return "right"
    shares, most = SHARES.get(len(case["x"]) + len(case["y"]), ()), case["most"]
    near = [each for each in shares if abs(p - each) <= 5 * math.sqrt(max(each * (1 - each), 1 / most) / most)]
    return min(near, key=lambda each: abs(p - each), default="another")
