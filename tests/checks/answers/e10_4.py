"""Answers to 10.4."""

from __future__ import annotations

import math
import random
from statistics import NormalDist

import numpy as np
import torch

from tests.checks.answers import right, wrong

MUTANTS = {
    "picks = torch.randint(len(correct), (resamples, len(correct)))": "generator_left_aside",
    "return (high, low)": "ends_swapped",
    "tail = (1 + level) / 2": "ends_swapped",
    "tail = (1 - -level) / 2": "ends_swapped",
    "tail = (1 - level) / 1": "both_tails_whole",
    "tail = 1 - level": "both_tails_whole",
    "tail = level / 2": "tails_of_half_the_level",
}


def cut(means, level):
    tail = (1 - level) / 2
    return means.quantile(tail).item(), means.quantile(1 - tail).item()


def refuse(correct, level) -> None:
    """The two errors that the stub names."""
    if len(correct) == 0 or not 0 < level < 1:
        raise ValueError("no answers, or no level")


def accuracies(correct, resamples, generator) -> torch.Tensor:
    """The accuracy of each resample."""
    picks = torch.randint(len(correct), (resamples, len(correct)), generator=generator)
    return correct.float()[picks].mean(1)


@right("10.4")
def in_a_tensor_of_two(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    tail = (1 - level) / 2
    return accuracies(correct, resamples, generator).quantile(torch.tensor([tail, 1 - tail]))


@right("10.4")
def with_numpy_seeded_from_the_generator(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    rng = np.random.default_rng(torch.randint(2**31, (), generator=generator).item())
    answers = correct.numpy().astype(float)
    means = rng.choice(answers, (resamples, len(answers))).mean(1)
    return tuple(np.percentile(means, [50 * (1 - level), 50 * (1 + level)]))


@right("10.4")
def one_loop_over_resamples(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    n = len(correct)
    means = torch.empty(resamples)
    for r in range(resamples):
        picks = (torch.rand(n, generator=generator) * n).long()
        means[r] = correct[picks].float().mean()
    low = torch.quantile(means, (1 - level) / 2)
    high = torch.quantile(means, 1 - (1 - level) / 2)
    return low, high


@right("10.4")
def right_ones_counted_by_their_chance(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    n = len(correct)
    chance = torch.full((resamples, n), correct.double().mean().item(), dtype=torch.float64)
    means = torch.bernoulli(chance, generator=generator).mean(1).sort().values
    place = (1 - level) / 2 * (resamples - 1)
    return [float(means[round(place)]), float(means[round(resamples - 1 - place)])]


# what is drawn


@wrong("10.4", says="Your low is 1; the accuracy")
def last_answer_never_drawn(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    n = len(correct)
    picks = torch.randint(max(n - 1, 1), (resamples, n), generator=generator)
    return cut(correct[picks].float().mean(1), level)


@wrong("10.4", says="Your high is 0; the accuracy")
def first_answer_never_drawn(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    n = len(correct)
    picks = torch.randint(min(1, n - 1), n, (resamples, n), generator=generator)
    return cut(correct[picks].float().mean(1), level)


@wrong("10.4", says="No 4 answers have that accuracy: theirs are multiples of 1/4.")
def one_answer_less_in_a_resample(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    n = len(correct)
    picks = torch.randint(n, (resamples, max(n - 1, 1)), generator=generator)
    return cut(correct[picks].float().mean(1), level)


@wrong("10.4", says="the accuracy with 0.025 of all resamples below it")
def half_as_many_answers_in_a_resample(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    n = len(correct)
    picks = torch.randint(n, (resamples, n // 2 or 1), generator=generator)
    return cut(correct[picks].float().mean(1), level)


@wrong("10.4", says="of all resamples below it lies")
def twice_as_many_answers_in_a_resample(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    picks = torch.randint(len(correct), (resamples, 2 * len(correct)), generator=generator)
    return cut(correct[picks].float().mean(1), level)


@wrong("10.4", told="without_replacement", says="as they are where each resample has every answer once")
def neighbours_drawn(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    n = len(correct)
    start = torch.randint(n, (resamples, 1), generator=generator)
    return cut(correct[(start + torch.arange(n)) % n].float().mean(1), level)


@wrong("10.4", says="the accuracy with 0.025 of all resamples below it")
def one_draw_repeated(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    picks = torch.randint(len(correct), (len(correct),), generator=generator)
    return cut(correct[picks].float().mean().repeat(resamples), level)


@wrong("10.4", says="the accuracy with 0.025 of all resamples below it")
def seeded_anew_for_each_resample(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    n, seed = len(correct), torch.randint(1000, (), generator=generator).item()
    means = [
        correct[torch.randint(n, (n,), generator=torch.Generator().manual_seed(seed))].float().mean() for _ in range(9)
    ]
    return cut(torch.stack(means), level)


@wrong("10.4", told="without_replacement", says="both ends are the accuracy itself")
def shuffled(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    n = len(correct)
    means = [correct[torch.randperm(n, generator=generator)].float().mean() for _ in range(min(resamples, 20))]
    return cut(torch.stack(means), level)


@wrong("10.4", says="Two generators with the same seed gave two different intervals")
def drawn_by_python(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    answers = correct.float().tolist()
    means = [sum(random.choices(answers, k=len(answers))) / len(answers) for _ in range(resamples)]
    return cut(torch.tensor(means), level)


@wrong("10.4", says="the accuracy with 0.025 of all resamples below it")
def drawn_without_the_answers(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    means = torch.randint(2, (resamples, len(correct)), generator=generator).float().mean(1)
    return cut(means, level)


@wrong("10.4", says="the accuracy with 0.025 of all resamples below it")
def mean_of_the_draws_twice(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    middle = accuracies(correct, resamples, generator).mean().item()
    return middle, middle


@wrong("10.4", told="without_replacement", says="both ends are the accuracy itself")
def nothing_drawn_at_all(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    return correct.float().mean().item(), correct.float().mean().item()


# how many


@wrong("10.4", told="resamples_unused", says="You do not draw as many resamples as were asked for")
def always_a_thousand(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    return cut(accuracies(correct, 1000, generator), level)


@wrong("10.4", says="With resamples=1 there is one accuracy")
def ten_times_as_many(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    return cut(accuracies(correct, 10 * resamples, generator), level)


# which ends


@wrong("10.4", told="normal_curve", says="so many standard deviations to each side")
def normal_curve_of_the_answers(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    p, n = correct.double().mean().item(), len(correct)
    z = -NormalDist().inv_cdf((1 - level) / 2)
    return p - z * (p * (1 - p) / n) ** 0.5, p + z * (p * (1 - p) / n) ** 0.5


@wrong("10.4", says="an accuracy lies between 0 and 1")
def normal_curve_with_196(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    p = correct.float().mean().item()
    reach = 1.96 * math.sqrt(p * (1 - p) / len(correct))
    return p - reach, p + reach


@wrong("10.4", says="of all resamples below it lies")
def normal_curve_cut_to_0_and_1(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    p = correct.float().mean().item()
    reach = NormalDist().inv_cdf(1 - (1 - level) / 2) * math.sqrt(p * (1 - p) / len(correct))
    return max(p - reach, 0.0), min(p + reach, 1.0)


@wrong("10.4", told="level_unused", says="right for a level of 0.95 and for no other")
def level_left_aside(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    means = accuracies(correct, resamples, generator).sort().values
    return means[int(0.025 * resamples)].item(), means[int(0.975 * resamples)].item()


@wrong("10.4", says="(Your numbers would fit the share of wrong answers.)")
def wrong_answers_counted(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    return cut(1 - accuracies(correct, resamples, generator), level)


@wrong("10.4", told="tails_of_half_the_level", says="half the level at each end")
def half_the_level_at_each_end(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    means = accuracies(correct, resamples, generator)
    a, b = means.quantile(level / 2).item(), means.quantile(1 - level / 2).item()
    return min(a, b), max(a, b)


@wrong("10.4", says="of all resamples below it lies")
def one_tail_only(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    means = accuracies(correct, resamples, generator)
    return means.quantile(1 - level).item(), means.max().item()


@wrong("10.4", says="of all resamples below it lies")
def width_round_the_accuracy(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    low, high = cut(accuracies(correct, resamples, generator), level)
    p = correct.float().mean().item()
    return max(p - (high - low) / 2, 0.0), min(p + (high - low) / 2, 1.0)


@wrong("10.4", says="of all resamples below it lies")
def mean_and_upper_end(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    means = accuracies(correct, resamples, generator)
    return means.mean().item(), means.quantile((1 + level) / 2).item()


@wrong("10.4", says="of all resamples below it lies")
def rounded_to_one_decimal(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    return tuple(round(each, 1) for each in cut(accuracies(correct, resamples, generator), level))


@wrong("10.4", says="of all resamples below it lies")
def turned_round_the_accuracy(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    low, high = cut(accuracies(correct, resamples, generator), level)
    p = correct.float().mean().item()
    return max(2 * p - high, 0.0), min(2 * p - low, 1.0)


# what comes in and goes out


@wrong("10.4", says="Two things were asked for, low and high")
def one_number(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    low, high = cut(accuracies(correct, resamples, generator), level)
    return high - low


@wrong("10.4", says="Two things were asked for, low and high")
def accuracy_too(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    return (correct.float().mean().item(), *cut(accuracies(correct, resamples, generator), level))


@wrong("10.4", says="mean()")
def mean_of_booleans(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    picks = torch.randint(len(correct), (resamples, len(correct)), generator=generator)
    return cut(correct[picks].mean(1), level)


@wrong("10.4", says="Your function changed its input correct")
def sorted_in_place(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    correct.copy_(correct.sort().values)
    return cut(accuracies(correct, resamples, generator), level)


@wrong("10.4", says="A level that is not above 0 and below 1 raises ValueError.")
def no_look_at_the_level(correct, level=0.95, resamples=2000, generator=None):
    if len(correct) == 0:
        raise ValueError("no answers")
    tail = min(max((1 - level) / 2, 0.0), 1.0)
    return cut(accuracies(correct, resamples, generator), 1 - 2 * tail)


@wrong("10.4", says="A level that is not above 0 and below 1 raises ValueError.")
def level_0_and_1_let_through(correct, level=0.95, resamples=2000, generator=None):
    if len(correct) == 0 or not 0 <= level <= 1:
        raise ValueError("no answers, or no level")
    return cut(accuracies(correct, resamples, generator), level)


@wrong("10.4", says="Where there are no answers, the docstring asks for a ValueError.")
def no_look_at_the_answers(correct, level=0.95, resamples=2000, generator=None):
    if not 0 < level < 1:
        raise ValueError("no level")
    return cut(accuracies(correct, resamples, generator), level) if len(correct) else (0.0, 0.0)


@wrong("10.4", says="torch's own random numbers are no longer where they were")
def a_word_with_torchs_own_numbers(correct, level=0.95, resamples=2000, generator=None):
    refuse(correct, level)
    torch.rand(1)
    return cut(accuracies(correct, resamples, generator), level)


@wrong("10.4", says="Two generators with the same seed gave two different intervals")
def goes_on_from_call_to_call(correct, level=0.95, resamples=2000, generator=None, kept=torch.Generator()):  # noqa: B008
    refuse(correct, level)
    return cut(accuracies(correct, resamples, kept), level)


@wrong("10.4", says="No generator was given, and nothing was drawn from torch's own random numbers")
def a_seed_of_its_own_where_no_generator_is_given(correct, level=0.95, resamples=2000, generator=None):
    if len(correct) == 0 or not 0 < level < 1:
        raise ValueError("no answers, or no level")
    generator = generator or torch.Generator().manual_seed(0)
    picks = torch.randint(len(correct), (resamples, len(correct)), generator=generator)
    means = correct[picks].float().mean(1)
    return means.quantile((1 - level) / 2).item(), means.quantile((1 + level) / 2).item()


@wrong("10.4", says="Your code went on; here it should raise ValueError")
def nothing_where_it_should_raise(correct, level=0.95, resamples=2000, generator=None):
    if len(correct) and 0 < level < 1:
        return cut(accuracies(correct, resamples, generator), level)
