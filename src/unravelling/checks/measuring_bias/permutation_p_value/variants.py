"""Splits of values into two groups: what 11.4 and 11.5 are judged by, and wrong answers that differ in one step."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from functools import lru_cache

import torch

from ...declare import Case
from ...random_inputs import randint


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


# Two groups each, in eighths, for which other ways of drawing splits, or of counting them, lead to shares that 1,000
# draws tell from the right one; and those shares (of both directions and of draws with replacement; ...).
MODERATELY_APART = (
    ([5, 7, 8, 7, 8, 10, 8], [-1, 13, -33, -22, 33, 12, -28]),
    ([8] * 22 + [0] * 24, [0, 0]),
    ([8, 8, 0], [0] * 16 + [8] * 14 + [16, 24]),
)
SHARES = {14: (0.21, 0.43, 0.5), 48: (0.0, 0.13, 0.49), 35: (0.231, 0.41, 1.0)}  # by the number of values


def moderately_apart(rng: torch.Generator) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The groups of MODERATELY_APART in another order, unit and place: none of these changes a p."""
    for groups in MODERATELY_APART:
        scale, shift = (0.5, 1.0, 2.0)[randint(rng, 0, 2)], randint(rng, -8, 8) / 8
        x, y = (torch.tensor(each)[torch.randperm(len(each), generator=rng)] / 8 * scale + shift for each in groups)
        yield x, y


def cases(rng: torch.Generator) -> Iterator[Case]:
    """The cases of 11.4."""

    def case(name, x, y, most=100):
        return Case(name, x=torch.tensor(x), y=torch.tensor(y), most=most, seed=randint(rng, 0, 9999))

    yield case("one value in each group", [3.0], [1.0])
    yield case("the same the other way round", [1.0], [3.0])
    yield case("2 values in each group", [4.0, 3.0], [2.0, 1.0])
    yield case("splits that are equal", [3.0, 1.0], [2.0, 2.0])
    yield case("all values alike", [2.0, 2.0], [2.0, 2.0, 2.0])
    yield case("1 value and 4", [5.0], [1.0, 2.0, 3.0, 6.0])
    yield case("3 values and 2", [2.0, 5.0, 6.0], [1.0, 4.0])
    yield Case(
        "values equal but for rounding",
        "Two splits that are equal on paper may differ in the last digit, so a difference counts from the observed "
        "one less 1e-6 on.",
        x=torch.tensor([0.7, 0.1, 0.6]),
        y=torch.tensor([0.5, 0.2, 0.3, 0.4]),
        most=100,
        seed=randint(rng, 0, 9999),
    )

    def some(n, step):  # the means of these have no rounding in them
        return [step * randint(rng, -20, 20) for _ in range(n)]

    yield case("20 splits, and most = 20", some(3, 0.375), some(3, 0.375), most=20)
    yield case("35 splits", some(3, 1.5), some(4, 1.5))
    yield case("20 splits, and most = 17", [6.0, 5.0, 2.0], [4.0, 3.0, 1.0], most=17)
    by_hand = "Where splits are drawn, `most` of them are, and p is (1 + those that reach it) / (1 + most). "
    alike = torch.ones(8)
    yield Case(
        "all values alike, and 9 splits drawn",
        by_hand + "If all reach it, that is 1.",
        x=alike,
        y=alike,
        most=9,
        seed=randint(rng, 0, 9999),
    )
    apart = torch.arange(1, 11) / 8
    none = by_hand + "If none of them does, that is 1 / (1 + most)."
    yield Case("20 values, wholly apart", none, x=apart + 2, y=apart, most=5, seed=randint(rng, 0, 9999))
    for x, y in moderately_apart(rng):
        name = f"{len(x)} values and {len(y)}, 1000 splits drawn"
        yield Case(name, x=x, y=y, most=1000, seed=randint(rng, 0, 9999))
    yield case("no values in x", [], [1.0, 2.0])
    yield case("no values in y", [1.0, 2.0], [])


def drawn_rows(x, y, most, generator):
    """(most, n): which values go to the first group, in splits drawn at random."""
    return torch.rand(most, len(x) + len(y), generator=generator).argsort(1)[:, : len(x)]


def reaching(differences, observed):
    """How many reach the observed difference."""
    return int((differences >= observed - 1e-6).sum())


def p_by(*, count=None, exact=None, sampled=None, rows=drawn_rows, drawn=None, always_drawn=False):
    """An answer in steps, so that each wrong one differs in one of them.

    count(differences, observed): how many splits reach the observed difference. exact(reached, splits) and
    sampled(reached, most): the p-value. rows: how splits are drawn; drawn: or their differences, (most,).
    """

    def permutation_p_value(x, y, most, generator):
        if not len(x) or not len(y):
            raise ValueError("an empty group")
        values, n = torch.cat([x, y]).double(), len(x)
        observed, splits = values[:n].mean() - values[n:].mean(), math.comb(len(values), n)
        if splits <= most and not always_drawn:
            reached = (count or reaching)(all_differences(x, y), observed)
            return exact(reached, splits) if exact else reached / splits
        of_draws = drawn or (lambda *given: differences_under(values, rows(*given)))
        reached = (count or reaching)(of_draws(x, y, most, generator), observed)
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


def share_drawn(case: Case, p: float) -> float | str:
    """What a p that was drawn says of how splits were drawn and counted: which of SHARES it is near to."""
    if likely(case, p):
        return "right"
    shares, most = SHARES.get(len(case["x"]) + len(case["y"]), ()), case["most"]
    near = [each for each in shares if abs(p - each) <= 5 * math.sqrt(max(each * (1 - each), 1 / most) / most)]
    return min(near, key=lambda each: abs(p - each), default="another")
