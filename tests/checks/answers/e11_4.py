"""Answers to 11.4."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import torch

from tests.checks.answers import right, wrong

MUTANTS = {
    "reached = int((first / n - (values.sum() - first) / m >= observed + 1e-06).sum())": "above_only",
    "reached = int((first / n - (values.sum() - first) / m >= observed - -1e-06).sum())": "above_only",
    "reached = int((first / n - (values.sum() - first) / m >= observed).sum())": "rounding_decides",
    "return reached / splits if splits <= most else (1 + reached) / (0 + most)": "added_above_only",
    "return reached / splits if splits <= most else (1 + reached) / most": "added_above_only",
    "rows = torch.stack([torch.randperm(n + m)[:n] for _ in range(most)])": "unseeded",
}


def answer(
    x,
    y,
    most,
    generator,
    *,
    draw=None,
    reaches=lambda d, observed: d >= observed - 1e-6,
    exact=lambda reached, splits: reached / splits,
    sampled=lambda reached, most: (1 + reached) / (1 + most),
    times=lambda most: most,
    limit=lambda splits, most: splits <= most,
):
    """A right answer as long as no keyword is given. draw(values, n, times, generator): the differences of means."""
    if len(x) == 0 or len(y) == 0:
        raise ValueError("Both groups need values.")
    values, n = torch.cat([x, y]).double(), len(x)
    observed, splits = values[:n].mean() - values[n:].mean(), math.comb(len(values), n)
    if limit(splits, most):
        rows = torch.tensor(list(itertools.combinations(range(len(values)), n)))
        found = halved(values, torch.zeros(splits, len(values), dtype=torch.bool).scatter(1, rows, True))
        return exact(int(reaches(found, observed).sum()), splits)
    found = (draw or split)(values, n, times(most), generator)
    return sampled(int(reaches(found, observed).sum()), most)


def halved(values, first):
    """Differences of means, (times,), with the first group where `first`, (times, n + m), is True."""
    return (first * values).sum(1) / first.sum(1) - (~first * values).sum(1) / (~first).sum(1)


def split(values, n, times, generator):
    return halved(values, torch.rand(times, len(values), generator=generator).argsort(1) < n)


def picked(values, count, times, generator):
    """Means, (times,), of as many values drawn with replacement."""
    return values[torch.randint(len(values), (times, count), generator=generator)].mean(1)


@right("11.4")
def split_by_split(x, y, most, generator):
    return answer(x, y, most, generator)


@right("11.4")
def a_tensor_of_one_number(x, y, most, generator):
    return torch.tensor(answer(x, y, most, generator))


@right("11.4")
def with_numpy(x, y, most, generator):
    if not (x.numel() and y.numel()):
        raise ValueError("Both groups need values.")
    pool, n, m = np.concatenate([x.numpy(), y.numpy()]).astype(float), len(x), len(y)
    wanted = pool[:n].mean() - pool[n:].mean() - 1e-6
    if math.comb(n + m, n) <= most:
        rows = np.array([[i in first for i in range(n + m)] for first in itertools.combinations(range(n + m), n)])
        return np.mean([pool[row].mean() - pool[~row].mean() >= wanted for row in rows])
    dice = np.random.default_rng(int(torch.randint(2**31, (1,), generator=generator)))
    hits = 1
    for _ in range(most):
        order = dice.permutation(pool)
        hits += order[:n].mean() - order[n:].mean() >= wanted
    return hits / (most + 1)


@right("11.4")
def in_single_precision(x, y, most, generator):
    n, m = len(x), len(y)
    if n == 0 or m == 0:
        raise ValueError("Both groups need values.")
    pool = torch.cat([x, y])
    observed = x.mean() - y.mean()
    all_of_them = math.comb(n + m, n) <= most
    if all_of_them:
        masks = torch.zeros(math.comb(n + m, n), n + m)
        for row, first in enumerate(itertools.combinations(range(n + m), n)):
            masks[row, list(first)] = 1
    else:
        masks = torch.zeros(most, n + m)
        for row in masks:
            row[torch.randperm(n + m, generator=generator)[:n]] = 1
    differences = masks @ pool / n - (1 - masks) @ pool / m
    reached = int((differences >= observed - 1e-6).sum())
    return reached / len(masks) if all_of_them else (reached + 1) / (most + 1)


@right("11.4")
def shuffled_in_python(x, y, most, generator):
    if not len(x) or not len(y):
        raise ValueError("Both groups need values.")
    dice = random.Random(torch.randint(10**9, (1,), generator=generator).item())
    pool, n = x.tolist() + y.tolist(), len(x)

    def apart(order):
        return sum(order[:n]) / n - sum(order[n:]) / len(y)

    if math.comb(len(pool), n) > most:
        found = [apart(pool)] + [apart(dice.sample(pool, len(pool))) for _ in range(most)]
    else:
        places = range(len(pool))
        found = [
            apart([pool[i] for i in first] + [pool[i] for i in places if i not in first])
            for first in itertools.combinations(places, n)
        ]
    return sum(each >= apart(pool) - 1e-6 for each in found) / len(found)


@wrong("11.4", told="a_coin_for_each", says="as it does when a coin is thrown for each of them")
def a_coin_for_every_value(x, y, most, generator):
    def draw(values, n, times, generator):
        return halved(values, torch.rand(times, len(values), generator=generator) < 0.5)

    return answer(x, y, most, generator, draw=draw)


@wrong("11.4", told="a_coin_for_each", says="your first group holds about half of all values")
def halves_where_splits_are_drawn(x, y, most, generator):
    def draw(values, n, times, generator):
        return split(values, len(values) // 2, times, generator)

    return answer(x, y, most, generator, draw=draw)


@wrong("11.4", told="bootstrap", says="Both of your random groups are drawn with replacement")
def a_bootstrap_from_one_bag(x, y, most, generator):
    def draw(values, n, times, generator):
        return picked(values, n, times, generator) - picked(values, len(values) - n, times, generator)

    return answer(x, y, most, generator, draw=draw)


@wrong("11.4", told="with_replacement", says="drawn with replacement")
def a_first_group_with_replacement(x, y, most, generator):
    def draw(values, n, times, generator):
        first = picked(values, n, times, generator)
        return first - (values.sum() - n * first) / (len(values) - n)

    return answer(x, y, most, generator, draw=draw)


@wrong("11.4", says="further off than chance allows")
def a_bootstrap_within_the_groups(x, y, most, generator):
    def draw(values, n, times, generator):
        return picked(values[:n], n, times, generator) - picked(values[n:], len(values) - n, times, generator)

    return answer(x, y, most, generator, draw=draw)


@wrong("11.4", says="further off than chance allows")
def one_pair_exchanged(x, y, most, generator):
    def draw(values, n, times, generator):
        i = torch.randint(n, (times,), generator=generator)
        j = n + torch.randint(len(values) - n, (times,), generator=generator)
        first = values[:n].sum() - values[i] + values[j]
        return first / n - (values.sum() - first) / (len(values) - n)

    return answer(x, y, most, generator, draw=draw)


@wrong("11.4", says="If all reach it, that is 1")
def one_draw_too_few(x, y, most, generator):
    return answer(x, y, most, generator, times=lambda most: most - 1)


@wrong("11.4", says="at most 1")
def one_draw_too_many(x, y, most, generator):
    return answer(x, y, most, generator, times=lambda most: most + 1)


@wrong("11.4", says="Two splits that are equal on paper may differ in the last digit")
def single_precision_without_an_allowance(x, y, most, generator):
    n, m = len(x), len(y)
    if n == 0 or m == 0:
        raise ValueError("Both groups need values.")
    pool, observed = torch.cat([x, y]), x.mean() - y.mean()
    everything = math.comb(n + m, n) <= most
    if everything:
        rows = torch.tensor(list(itertools.combinations(range(n + m), n)))
    else:
        rows = torch.stack([torch.randperm(n + m, generator=generator)[:n] for _ in range(most)])
    rest = torch.ones(len(rows), n + m).scatter(1, rows, 0).bool()
    others = pool.expand(len(rows), -1)[rest].view(len(rows), m)
    reached = int((pool[rows].mean(1) - others.mean(1) >= observed).sum())
    return reached / len(rows) if everything else (1 + reached) / (1 + most)


@wrong("11.4", told="above_only", says="Only splits above the observed difference count")
def greater_and_not_equal(x, y, most, generator):
    return answer(x, y, most, generator, reaches=lambda d, observed: d > observed + 1e-6)


@wrong("11.4", says="The observed split always reaches itself")
def greater_by_a_tolerance_of_a_tenth(x, y, most, generator):
    return answer(x, y, most, generator, reaches=lambda d, observed: d > observed + 0.1)


@wrong("11.4", told="observed_left_out", says="your count is one too small")
def all_splits_but_the_observed_one(x, y, most, generator):
    return answer(x, y, most, generator, exact=lambda reached, splits: (reached - 1) / splits)


@wrong("11.4", says="The observed split always reaches itself")
def the_observed_one_left_out_of_both(x, y, most, generator):
    return answer(x, y, most, generator, exact=lambda reached, splits: (reached - 1) / max(splits - 1, 1))


@wrong("11.4", told="never_drawn", says="You try all splits, however many there are")
def every_split_tried(x, y, most, generator):
    if not (len(x) and len(y)):
        raise ValueError("Both groups need values.")
    values, n, m = torch.cat([x, y]).double(), len(x), len(y)
    rows = torch.tensor(list(itertools.combinations(range(n + m), n)))
    first = values[rows].sum(1)
    return float(
        (first / n - (values.sum() - first) / m >= x.double().mean() - y.double().mean() - 1e-6).double().mean()
    )


@wrong("11.4", says="20 splits, and most = 20")
def drawn_where_as_many_as_most(x, y, most, generator):
    return answer(x, y, most, generator, limit=lambda splits, most: splits < most)


@wrong("11.4", told="both_directions", says="You count differences in both directions")
def two_sided(x, y, most, generator):
    return answer(x, y, most, generator, reaches=lambda d, observed: d.abs() >= abs(observed) - 1e-6)


@wrong("11.4", says="; yours is")
def doubled_for_two_sides(x, y, most, generator):
    return min(1.0, 2 * answer(x, y, most, generator))


@wrong("11.4", told="the_other_tail", says="all your differences are y minus x")
def y_minus_x(x, y, most, generator):
    if not len(x) or not len(y):
        raise ValueError("Both groups need values.")
    return answer(-x, -y, most, generator)


@wrong("11.4", told="the_other_tail", says="your comparison points the other way")
def lower_or_equal(x, y, most, generator):
    return answer(x, y, most, generator, reaches=lambda d, observed: d <= observed + 1e-6)


@wrong("11.4", says="; yours is")
def the_size_of_the_observed_difference(x, y, most, generator):
    return answer(x, y, most, generator, reaches=lambda d, observed: d >= abs(observed) - 1e-6)


@wrong("11.4", says="; yours is")
def sums_of_the_first_group_against_the_difference(x, y, most, generator):
    if not len(x) or not len(y):
        raise ValueError("Both groups need values.")
    values, n = torch.cat([x, y]).double(), len(x)
    observed = float(values[:n].mean() - values[n:].mean())
    if math.comb(len(values), n) <= most:
        found = [sum(first) for first in itertools.combinations(values.tolist(), n)]
        return sum(each >= observed - 1e-6 for each in found) / len(found)
    order = torch.rand(most, len(values), generator=generator).argsort(1)
    return (1 + int((values[order[:, :n]].sum(1) >= observed - 1e-6).sum())) / (1 + most)


@wrong("11.4", told="nothing_added", says="the plain share of those that reach the observed difference")
def a_plain_share(x, y, most, generator):
    return answer(x, y, most, generator, sampled=lambda reached, most: reached / most)


@wrong("11.4", says="p is (1 + those that reach it) / (1 + most)")
def a_share_of_one_more(x, y, most, generator):
    return answer(x, y, most, generator, sampled=lambda reached, most: reached / (most + 1))


@wrong("11.4", told="unseeded", says="do not come from `generator`")
def torch_s_own_generator(x, y, most, generator):
    return answer(x, y, most, None)


@wrong("11.4", told="own_seed", says="You make a generator of your own inside")
def always_the_same_seed(x, y, most, generator):
    return answer(x, y, most, torch.Generator().manual_seed(1))


@wrong("11.4", told="own_seed", says="every call draws the same splits")
def the_generator_seeded_anew(x, y, most, generator):
    return answer(x, y, most, generator.manual_seed(0))


@wrong("11.4", says="Your function returned NaN; here it should raise ValueError")
def empty_groups_give_nan(x, y, most, generator):
    return answer(x, y, most, generator) if len(x) and len(y) else float("nan")


@wrong("11.4", says="changed its input x")
def x_sorted_in_place(x, y, most, generator):
    p = answer(x, y, most, generator)
    x[:] = x.sort().values
    return p


@wrong("11.4", says="further off than chance allows")
def one_split_drawn_for_all(x, y, most, generator):
    def draw(values, n, times, generator):
        return split(values, n, 1, generator).expand(times)

    return answer(x, y, most, generator, draw=draw)


@wrong("11.4", says="p is one of 1/")
def rounded_where_splits_are_drawn(x, y, most, generator):
    p = answer(x, y, most, generator)
    return p if math.comb(len(x) + len(y), len(x)) <= most else round(p, 3)


@wrong("11.4", told="counted_once", says="a value that comes twice counts once in it")
def a_first_group_as_a_set_of_draws(x, y, most, generator):
    def draw(values, n, times, generator):
        rows = torch.randint(len(values), (times, n), generator=generator)
        return halved(values, torch.zeros(times, len(values), dtype=torch.bool).scatter(1, rows, True))

    return answer(x, y, most, generator, draw=draw)


@wrong("11.4", told="the_first_ones", says="you take the first `most` of a list instead of drawing")
def the_first_combinations(x, y, most, generator):
    def draw(values, n, times, generator):
        rows = list(itertools.islice(itertools.combinations(range(len(values)), n), times))
        return halved(values, torch.zeros(times, len(values)).scatter(1, torch.tensor(rows), 1).bool())

    return answer(x, y, most, generator, draw=draw)


@right("11.4")
def a_tensor_with_an_axis(x, y, most, generator):
    return torch.tensor([answer(x, y, most, generator)])
