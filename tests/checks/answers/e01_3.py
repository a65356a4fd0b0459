"""Answers to 01.3."""

from __future__ import annotations

import math
from itertools import accumulate
from statistics import fmean

import numpy as np
import torch

from tests.checks.answers import right, wrong

MUTANTS = {
    "without: if len(log_probs) == 0:": "without_the_check",
    "if False:": "without_the_check",
    "without: raise ValueError('Perplexity needs at least one token.')": "without_the_check",
    "if log_probs == 0:": "truth_of_a_tensor",
    "if len(log_probs) == -1:": "without_the_check",
    "return math.exp2(-sum(log_probs) / len(log_probs))": "power_of_two",
    "return math.exp(--sum(log_probs) / len(log_probs))": "without_the_minus",
    "return math.exp(-sum(log_probs) / -len(log_probs))": "without_the_minus",
    "return math.exp(-sum(log_probs))": "sum_not_mean",
    "return math.exp(sum(log_probs) / len(log_probs))": "without_the_minus",
}


def refuse(log_probs):
    if len(log_probs) == 0:
        raise ValueError("no tokens")


def mean(log_probs):
    refuse(log_probs)
    return math.fsum(float(each) for each in log_probs) / len(log_probs)


@right("01.3")
def token_by_token(log_probs):
    total, n = 0.0, 0
    for each in log_probs:
        total, n = total - float(each), n + 1
    if not n:
        raise ValueError("no tokens")
    return math.e ** (total / n)


@right("01.3")
def in_single_precision_by_torch(log_probs):
    log_probs = torch.as_tensor(log_probs, dtype=torch.float32)
    if log_probs.shape[0] < 1:
        raise ValueError("no tokens")
    return (-log_probs.mean()).exp()


@right("01.3")
def a_root_in_logarithms(log_probs):
    refuse(log_probs)
    return float(np.prod([np.exp(-float(each) / len(log_probs)) for each in log_probs]))


@right("01.3")
def by_statistics(log_probs):
    refuse(log_probs)
    return math.exp(-fmean(map(float, log_probs)))


@wrong("01.3", told="probability_of_the_text", says="Your number is the probability of the whole text")
def product(log_probs):
    refuse(log_probs)
    return math.prod(math.exp(each) for each in log_probs)


@wrong("01.3", says="so the perplexity should be 4; yours is")
def one_token_more(log_probs):
    refuse(log_probs)
    return math.exp(-sum(log_probs) / (len(log_probs) + 1))


@wrong("01.3", says="so the perplexity should be 4; yours is")
def last_token_left_out(log_probs):
    refuse(log_probs)
    return math.exp(mean(log_probs[:-1]) * -1) if len(log_probs) > 1 else 1.0


@wrong("01.3", told="power_of_two", says="You take 2 to the power of the mean")
def two_to_the_mean(log_probs):
    refuse(log_probs)
    return math.pow(2, -mean(log_probs))


@wrong("01.3", told="power_of_ten", says="You take 10 to the power of the mean")
def ten_to_the_mean(log_probs):
    return 10 ** -mean(log_probs)


@wrong("01.3", told="without_the_minus", says="The sign is missing")
def one_over(log_probs):
    return 1 / math.exp(-mean(log_probs)) if mean(log_probs) > -math.inf else 0.0


@wrong("01.3", says="Every number is")
def rounded(log_probs):
    return round(math.exp(-mean(log_probs)), 1) if mean(log_probs) > -math.inf else math.inf


@wrong("01.3", says="cut off to a whole number")
def a_whole_number(log_probs):
    value = math.exp(-mean(log_probs))
    return math.floor(value) if value < math.inf else value


@wrong("01.3", says="it should be")
def root_of_the_mean_square(log_probs):
    refuse(log_probs)
    return math.exp(math.sqrt(sum(float(each) ** 2 for each in log_probs) / len(log_probs)))


@wrong("01.3", says="it should be")
def median(log_probs):
    refuse(log_probs)
    return math.exp(-sorted(map(float, log_probs))[len(log_probs) // 2])


@wrong("01.3", says="it should be")
def of_the_worst_token(log_probs):
    refuse(log_probs)
    return math.exp(-min(map(float, log_probs)))


@wrong("01.3", told="product_becomes_infinite", says="underflows to 0")
def probabilities_multiplied_and_bounded(log_probs):
    refuse(log_probs)
    product = math.prod(math.exp(each) for each in log_probs)
    return product ** (-1 / len(log_probs)) if product else math.inf


@wrong("01.3", says="If the model called one token impossible")
def impossible_taken_for_very_unlikely(log_probs):
    refuse(log_probs)
    return math.exp(-mean([max(float(each), -100) for each in log_probs]))


@wrong("01.3", told="leaves_out_the_impossible", says="You leave out the tokens that the model called impossible")
def finite_ones_alone(log_probs):
    refuse(log_probs)
    return math.exp(-mean([float(each) for each in log_probs if math.isfinite(each)]))


@wrong("01.3", says="No token at all raises ValueError")
def no_tokens_give_1(log_probs):
    return math.exp(-mean(log_probs)) if len(log_probs) else 1.0


@wrong("01.3", says="No token at all raises ValueError")
def no_tokens_give_infinity(log_probs):
    return math.exp(-mean(log_probs)) if len(log_probs) else math.inf


@wrong("01.3", says="it should raise ValueError")
def asserts(log_probs):
    assert len(log_probs)
    return math.exp(-mean(log_probs))


@wrong("01.3", says="changed its input log_probs")
def eats_the_list(log_probs):
    refuse(log_probs)
    total, n = 0.0, len(log_probs)
    if not isinstance(log_probs, list):
        return math.exp(-mean(log_probs))
    while log_probs:
        total -= log_probs.pop()
    return math.exp(total / n)


@wrong("01.3", says="not a number")
def one_for_each_token(log_probs):
    refuse(log_probs)
    return list(accumulate(log_probs, lambda a, b: a * math.exp(-b), initial=1.0))


@wrong("01.3", says="so the perplexity should be 4; yours is")
def goes_on_from_call_to_call(log_probs, seen=[]):  # noqa: B006
    refuse(log_probs)
    if len(log_probs) == 1:  # the first input: as if another call had come before
        seen[:] = [-3.0]
    seen.extend(map(float, log_probs))
    return math.exp(-mean(seen))


@wrong("01.3", says="raise, not return")
def returns_the_error(log_probs):
    return math.exp(-mean(log_probs)) if len(log_probs) else ValueError("no tokens")


@wrong("01.3", says="log_probs may be a list of floats or a float tensor")
def lists_alone(log_probs):
    refuse(log_probs)
    return math.exp(-sum(log_probs + []) / len(log_probs))


def multiplied(log_probs):
    refuse(log_probs)
    product = 1.0
    for each in log_probs:
        product *= math.exp(each)
    return product


@wrong("01.3", told="product_of_probabilities", says="underflows to 0")
def root_of_a_loop(log_probs):
    return multiplied(log_probs) ** (-1 / len(log_probs))


@wrong("01.3", told="one_over_the_product", says="underflows to 0")
def root_of_one_over_a_loop(log_probs):
    return (1 / multiplied(log_probs)) ** (1 / len(log_probs))


@wrong("01.3", told="one_over_the_product", says="underflows to 0")
def one_over_the_root_of_a_loop(log_probs):
    return 1 / (multiplied(log_probs) ** (1 / len(log_probs)))


@wrong("01.3", told="logarithm_of_the_product", says="underflows to 0")
def to_a_power(log_probs):
    return math.pow(multiplied(log_probs), -1 / len(log_probs))


@wrong("01.3", told="product_becomes_infinite", says="underflows to 0")
def multiplied_by_torch(log_probs):
    refuse(log_probs)
    return torch.as_tensor(log_probs).exp().prod() ** (-1 / len(log_probs))


@wrong("01.3", told="product_becomes_infinite", says="underflows to 0")
def multiplied_by_numpy(log_probs):
    refuse(log_probs)
    with np.errstate(divide="ignore"):
        return np.prod([np.exp(float(each)) for each in log_probs]) ** (-1 / len(log_probs))
