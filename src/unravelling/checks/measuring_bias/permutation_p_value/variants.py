"""Right answers to 11.4 that are written otherwise."""

from __future__ import annotations

import itertools
import math

import torch

from ...declare import alternative
from .diagnosis import differences_under, reaching


def drawn_rows(x, y, most, generator):
    """(most, n): which values go to the first group, in splits drawn at random."""
    return torch.rand(most, len(x) + len(y), generator=generator).argsort(1)[:, : len(x)]


@alternative
def shuffling_lists(x, y, most, generator):
    import random

    if len(x) == 0 or len(y) == 0:
        raise ValueError("an empty group")
    values, n = [*x.tolist(), *y.tolist()], len(x)
    observed = sum(values[:n]) / n - sum(values[n:]) / len(y)

    def reaches(first):
        inside = sum(first)
        return inside / n - (sum(values) - inside) / len(y) > observed - 1e-6

    if math.comb(len(values), n) <= most:
        found = [reaches(first) for first in itertools.combinations(values, n)]
        return sum(found) / len(found)
    dice = random.Random(generator.initial_seed())
    return (1 + sum(reaches(dice.sample(values, n)) for _ in range(most))) / (1 + most)


@alternative
def by_sums_of_the_first_group(x, y, most, generator):
    if min(len(x), len(y)) < 1:
        raise ValueError("an empty group")
    values = torch.cat((y, x)).double()  # the mean of the first group tells all: the total does not change
    if math.comb(len(values), len(x)) > most:
        rows = drawn_rows(x, y, most, generator)
        rows = torch.cat([rows, torch.arange(len(y), len(values))[None]])
    else:
        rows = torch.combinations(torch.arange(len(values)), len(x))
    return (values[rows].mean(1) >= x.double().mean() - 1e-6 / 2).double().mean()


@alternative
def every_order(x, y, most, generator):
    if not len(x) or not len(y):
        raise ValueError("an empty group")
    if math.comb(len(x) + len(y), len(x)) > most:
        differences = differences_under(torch.cat([x, y]), drawn_rows(x, y, most, generator))
        return (1 + reaching(differences, x.double().mean() - y.double().mean())) / (1 + most)
    orders = torch.tensor(list(itertools.permutations(torch.cat([x, y]).tolist()))).double()
    differences = orders[:, : len(x)].mean(1) - orders[:, len(x) :].mean(1)
    return float((differences >= differences[0] - 1e-6).double().mean())
