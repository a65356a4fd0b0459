"""Answers to 09.1."""

from __future__ import annotations

import torch

from tests.checks.answers import right, wrong

TIE = "At temperature 0, of equal highest scores the first gets all"
TINY = "Every temperature above 0 is a temperature"


@right("09.1")
def with_a_small_bound(logits, temperature):
    if temperature < 0:
        raise ValueError("negative")
    if temperature < 1e-30:
        hot = torch.zeros_like(logits)
        hot.scatter_(-1, logits.argmax(-1, keepdim=True), 1)
        return hot
    return torch.nn.functional.softmax((logits - logits.max(-1, keepdim=True)[0]) / temperature, -1)


@right("09.1")
def in_double_precision(logits, temperature):
    if not temperature >= 0:
        raise ValueError
    if temperature == 0:
        first = (logits == logits.amax(-1, keepdim=True)).cumsum(-1)
        return ((first == 1) & (logits == logits.amax(-1, keepdim=True))).to(logits.dtype)
    return (logits.double() / temperature).softmax(-1).to(logits.dtype)


@right("09.1")
def a_numpy_float_is_a_temperature(logits, temperature):
    if temperature < 0:
        raise ValueError(temperature)
    temperature = torch.as_tensor(temperature, dtype=torch.float64)
    if temperature == 0:
        return torch.eye(logits.shape[-1], dtype=logits.dtype)[logits.argmax(-1)]
    shifted = logits.double() - logits.double().max(dim=-1, keepdim=True).values
    return torch.exp(shifted / temperature - torch.logsumexp(shifted / temperature, -1, keepdim=True)).to(logits.dtype)


@wrong("09.1", says="sums to 2")
def all_of_the_best_get_one(logits, temperature):
    if temperature < 0:
        raise ValueError
    best = logits.amax(-1, keepdim=True)
    if temperature == 0:
        return (logits == best).to(logits.dtype)
    return torch.softmax((logits - best) / temperature, -1)


@wrong("09.1", told="nearly_zero", says="yours share the 1")
def the_best_share(logits, temperature):
    if temperature < 0:
        raise ValueError
    best = logits.amax(-1, keepdim=True)
    if temperature == 0:
        hot = (logits == best).to(logits.dtype)
        return hot / hot.sum(-1, keepdim=True)
    return torch.softmax((logits - best) / temperature, -1)


@wrong("09.1", told="nearly_zero", says="A tiny number in place of 0 does that")
def never_below_a_bound(logits, temperature):
    if temperature < 0:
        raise ValueError
    return torch.softmax(logits / max(temperature, 1e-6), -1)


@wrong("09.1", told="divided_by_zero", says="you divide by 0")
def nobody_thought_of_zero(logits, temperature):
    if temperature < 0:
        raise ValueError
    return torch.softmax(logits / temperature, -1)


@wrong("09.1", says="NaN")
def powers_of_the_probabilities(logits, temperature):
    if temperature < 0:
        raise ValueError
    if temperature == 0:
        return torch.nn.functional.one_hot(logits.argmax(-1), logits.shape[-1]).to(logits.dtype)
    powers = torch.softmax(logits, -1) ** (1 / temperature)
    return powers / powers.sum(-1, keepdim=True)


@wrong("09.1", says=TINY)
def exponentials_as_they_are(logits, temperature):
    if temperature < 0:
        raise ValueError
    if temperature == 0:
        return torch.nn.functional.one_hot(logits.argmax(-1), logits.shape[-1]).to(logits.dtype)
    if temperature < 1e-10:
        raise ZeroDivisionError("too small")
    return torch.softmax(logits / temperature, -1)


@wrong("09.1", says="should raise ValueError")
def another_error(logits, temperature):
    assert temperature >= 0
    if temperature == 0:
        return torch.nn.functional.one_hot(logits.argmax(-1), logits.shape[-1]).to(logits.dtype)
    return torch.softmax((logits - logits.amax(-1, keepdim=True)) / temperature, -1)


@wrong("09.1", says="torch.float32, not torch.float64")
def always_single_precision(logits, temperature):
    if temperature < 0:
        raise ValueError
    logits = logits.float()
    if temperature == 0:
        return torch.nn.functional.one_hot(logits.argmax(-1), logits.shape[-1]).float()
    return torch.softmax((logits - logits.amax(-1, keepdim=True)) / temperature, -1)


@wrong("09.1", says="changed its input logits")
def in_place(logits, temperature):
    if temperature < 0:
        raise ValueError
    if temperature == 0:
        return torch.nn.functional.one_hot(logits.argmax(-1), logits.shape[-1]).to(logits.dtype)
    logits -= logits.amax(-1, keepdim=True)
    logits /= temperature
    return torch.softmax(logits, -1)


@wrong("09.1", says=TIE)
def a_die_for_ties(logits, temperature):
    if temperature < 0:
        raise ValueError
    if temperature == 0:
        noise = torch.rand(logits.shape)
        best = torch.where(logits == logits.amax(-1, keepdim=True), noise, -1.0).argmax(-1)
        return torch.nn.functional.one_hot(best, logits.shape[-1]).to(logits.dtype)
    return torch.softmax((logits - logits.amax(-1, keepdim=True)) / temperature, -1)


@wrong("09.1", told="multiplied_even_by_zero", says="at 0 all tokens become alike")
def multiplied_and_nothing_else(logits, temperature):
    return torch.softmax(logits * temperature, dim=-1)


@wrong("09.1", told="multiplied", says="half the temperature then makes the choice flatter")
def multiplied_with_the_edges_right(logits, temperature):
    if temperature < 0:
        raise ValueError
    if temperature == 0:
        return torch.nn.functional.one_hot(logits.argmax(-1), logits.shape[-1]).to(logits.dtype)
    return torch.softmax(logits * temperature, dim=-1)


MUTANTS = {
    "without: if temperature < 0:": "below_zero_accepted",
    "if False:": "below_zero_accepted",
    "without: if temperature == 0:": "divided_by_zero",
    "if False: (2)": "divided_by_zero",
    "without: raise ValueError(f'The temperature is {temperature}; it must be 0 or more.')": "below_zero_accepted",
    "without: return torch.nn.functional.one_hot(best, logits.shape[-1]).to(logits.dtype)": "divided_by_zero",
    "below_best = logits": "overflow",
    "if temperature < -1:": "below_zero_accepted",
    "if temperature == -1:": "divided_by_zero",
    "below_best = logits - logits.amax(keepdim=True)": "largest_of_all_rows",
    "return torch.log_softmax(below_best / temperature, dim=-1)": "logarithms",
    "return torch.softmax(below_best * temperature, dim=-1)": "multiplied",
    "return torch.softmax(below_best, dim=-1)": "temperature_ignored",
    "return torch.softmax(below_best / temperature, dim=-0)": "over_the_rows",
}
