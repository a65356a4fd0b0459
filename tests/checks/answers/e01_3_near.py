"""More answers to 01.3, near to one another."""

from __future__ import annotations

import math

import torch

from tests.checks.answers import right, wrong


def mean(log_probs):
    if len(log_probs) == 0:
        raise ValueError("no tokens")
    return math.fsum(float(each) for each in log_probs) / len(log_probs)


@right("01.3")
def a_tensor_of_one_number(log_probs):
    return torch.tensor(math.exp(-mean(log_probs)) if mean(log_probs) > -math.inf else math.inf)


@right("01.3")
def a_loop(log_probs):
    total, n = 0.0, 0
    for each in log_probs:
        total -= float(each)
        n += 1
    if n == 0:
        raise ValueError("empty")
    return math.exp(total / n)


@right("01.3")
def numpys_number(log_probs):
    import numpy

    values = numpy.asarray([float(each) for each in log_probs], dtype=float)
    if values.size == 0:
        raise ValueError("empty")
    return numpy.exp(-values.mean())


@right("01.3")
def with_torch_in_double(log_probs):
    values = torch.as_tensor(log_probs, dtype=torch.float64)
    if values.numel() == 0:
        raise ValueError("empty")
    return values.mean().neg().exp().item()


@right("01.3")
def float32_and_torchs_mean(log_probs):
    values = torch.as_tensor(log_probs)
    if not values.numel():
        raise ValueError("empty")
    return float((-values.mean()).exp())


@wrong("01.3", says="should be")
def in_half_precision(log_probs):
    values = torch.as_tensor(log_probs, dtype=torch.float32)
    if values.numel() == 0:
        raise ValueError("empty")
    return float(torch.exp(-values.half().mean()))


@wrong("01.3", told="probability_of_the_text", says="the probability of the whole text")
def product_in_a_loop(log_probs):
    mean(log_probs)
    result = 1.0
    for each in log_probs:
        result *= math.exp(each)
    return result


@wrong("01.3", told="truth_of_a_tensor", says="whether log_probs itself is true")
def not_log_probs(log_probs):
    if not log_probs:
        raise ValueError("empty")
    return math.exp(-mean(log_probs))


@wrong("01.3")
def the_median(log_probs):
    mean(log_probs)
    return math.exp(-sorted(float(each) for each in log_probs)[len(log_probs) // 2])


@wrong("01.3")
def divided_by_one_less(log_probs):
    mean(log_probs)
    return math.exp(-sum(log_probs) / max(len(log_probs) - 1, 1))


@wrong("01.3")
def without_the_first_token(log_probs):
    mean(log_probs)
    rest = log_probs[1:] if len(log_probs) > 1 else log_probs
    return math.exp(-mean(rest))


@wrong("01.3", says="the perplexity is infinite")
def a_floor_under_the_logarithms(log_probs):
    return math.exp(-mean([max(float(each), -100.0) for each in log_probs]))


@wrong("01.3", says="rounded to 2 decimals")
def two_decimals(log_probs):
    value = math.exp(-mean(log_probs))
    return round(value, 2) if value < math.inf else value


@wrong("01.3", says="cut off to a whole number")
def cut_by_int(log_probs):
    value = math.exp(-mean(log_probs))
    return int(value) if value < math.inf else value


@wrong("01.3", says="two different results")
def averages_with_the_call_before(log_probs, last=[1.0]):
    value = math.exp(-mean(log_probs))
    before, last[0] = last[0], value if value < math.inf else 1.0
    return (value + before) / 2


@wrong("01.3", says="changed its input log_probs")
def empties_the_list(log_probs):
    value = math.exp(-mean(log_probs))
    if isinstance(log_probs, list):
        log_probs.clear()
    return value


@wrong("01.3", told="mean_of_the_inverse", says="before you take the mean")
def mean_of_one_over_p(log_probs):
    mean(log_probs)
    inverse = [1 / math.exp(each) if each > -math.inf else math.inf for each in log_probs]
    return sum(inverse) / len(inverse)


@wrong("01.3", says="number")
def inverses_in_a_list(log_probs):
    mean(log_probs)
    return [math.exp(-float(each)) for each in log_probs]
