"""Splits of values into two groups: what 11.4 and 11.5 are judged by, and wrong answers that differ in one step."""

from __future__ import annotations

import itertools
import math
from functools import lru_cache

import torch

from ..declare import Case
from ..draw import randn


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


def moderately_apart(rng, n, m):
    """Two groups for which p lies where other ways of counting, or of drawing splits, would give quite another one."""
    while True:
        x, y = randn(rng, n) + 0.7, randn(rng, m)
        differences = all_differences(x, y)
        if 0.06 <= reaching(differences, differences[0]) / len(differences) <= 0.12:
            return x, y


def drawn_rows(x, y, most, generator):
    """(most, n): which values go to the first group, in splits drawn at random."""
    return torch.rand(most, len(x) + len(y), generator=generator).argsort(1)[:, : len(x)]


def reaching(differences, observed):
    """How many reach the observed difference."""
    return int((differences >= observed - 1e-6).sum())


def p_by(*, count=None, exact=None, sampled=None, rows=drawn_rows, always_drawn=False):
    """An answer in steps, so that each wrong one differs in one of them.

    count(differences, observed): how many splits reach the observed difference. exact(reached, splits) and
    sampled(reached, most): the p-value. rows: how splits are drawn.
    """

    def permutation_p_value(x, y, most, generator):
        if not len(x) or not len(y):
            raise ValueError("an empty group")
        values, n = torch.cat([x, y]).double(), len(x)
        observed, splits = values[:n].mean() - values[n:].mean(), math.comb(len(values), n)
        if splits <= most and not always_drawn:
            reached = (count or reaching)(all_differences(x, y), observed)
            return exact(reached, splits) if exact else reached / splits
        reached = (count or reaching)(differences_under(values, rows(x, y, most, generator)), observed)
        return sampled(reached, most) if sampled else (reached + 1) / (most + 1)

    return permutation_p_value


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
