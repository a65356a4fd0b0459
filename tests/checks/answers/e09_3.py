"""Answers to 09.3."""

from __future__ import annotations

import torch

from tests.checks.answers import right, wrong

EXACT = "A sum of exactly p has reached p"
TINY = "However small p is, the likeliest token is kept"


def shared(kept):
    return kept / kept.sum(-1, keepdim=True)


def refused(p):
    if not 0 < p <= 1:
        raise ValueError("p must be in (0, 1]")


@right("09.3")
def smallest_number_that_is_enough(probs, p):
    refused(p)
    ordered, order = probs.sort(dim=-1, descending=True, stable=True)
    many = torch.searchsorted(ordered.double().cumsum(-1), torch.full((*probs.shape[:-1], 1), p).double()) + 1
    kept = (torch.arange(probs.shape[-1]) < many).expand_as(probs)
    return shared(torch.zeros_like(probs).scatter(-1, order, torch.where(kept | (p == 1), ordered, 0)))


@right("09.3")
def who_stands_before_me(probs, p):
    refused(p)
    V = probs.shape[-1]
    mine, other = probs.double().unsqueeze(-1), probs.double().unsqueeze(-2)
    lower = torch.arange(V)[None, :] < torch.arange(V)[:, None]
    before = torch.where((other > mine) | ((other == mine) & lower), other, 0.0).sum(-1)
    return probs.clone() if p == 1 else shared(probs.masked_fill(before >= p, 0))


@right("09.3")
def filled_up_one_by_one(probs, p):
    refused(p)
    if p == 1:
        return probs + 0
    left, kept = probs.double(), torch.zeros_like(probs)
    while (short := kept.double().sum(-1, keepdim=True) < p).any():
        if not (left > 0).any():
            break
        best = left.argmax(-1, keepdim=True)
        here = torch.zeros_like(probs, dtype=torch.bool).scatter(-1, best, True)
        kept = torch.where(here & short, probs, kept)
        left = left.masked_fill(here, -1.0)
    return shared(kept)


@wrong("09.3", told="crossing_one_dropped", says="The token that crosses p is dropped")
def the_crossing_one_dropped_and_nobody_left(probs, p):
    refused(p)
    ordered, order = probs.sort(dim=-1, descending=True, stable=True)
    kept = ordered.cumsum(-1) <= p
    return shared(torch.zeros_like(probs).scatter(-1, order, ordered * kept))


@wrong("09.3", told="nothing_left_of_a_tiny_p", says="No sum is below 0, so no token is left")
def the_sum_before_it_and_nothing_else(probs, p):
    refused(p)
    ordered, order = torch.sort(probs, descending=True, stable=True)
    before = torch.cat([torch.zeros_like(ordered[..., :1]), ordered.cumsum(-1)[..., :-1]], -1)
    return shared(torch.zeros_like(probs).scatter(-1, order, torch.where(before < p, ordered, 0.0)))


@wrong("09.3", says=TINY)
def the_tiny_p_refused(probs, p):
    if not 1e-6 < p <= 1:
        raise ValueError("p is too small")
    ordered, order = probs.sort(dim=-1, descending=True, stable=True)
    kept = ordered.cumsum(-1) - ordered < p
    return shared(torch.zeros_like(probs).scatter(-1, order, ordered * kept))


@wrong("09.3", says="tokens are left")
def one_more_each_time(probs, p):
    refused(p)
    ordered, order = probs.sort(dim=-1, descending=True, stable=True)
    kept = ordered.cumsum(-1) - ordered < p
    kept = kept | kept.roll(1, -1)
    return shared(torch.zeros_like(probs).scatter(-1, order, ordered * kept))


@wrong("09.3", told="with_unstable_sort", says="Which word asks for it?")
def as_in_the_papers_code(probs, p):
    refused(p)
    ordered, order = probs.sort(dim=-1, descending=True)
    kept = ordered.cumsum(-1) - ordered < p
    return shared(torch.zeros_like(probs).scatter(-1, order, ordered * kept))


@wrong("09.3", told="rounding_at_one", says="the rounding of your sum decides")
def no_thought_of_rounding(probs, p):
    refused(p)
    ordered, order = probs.sort(dim=-1, descending=True, stable=True)
    kept = ordered.cumsum(-1) - ordered < p
    kept[..., 0] = True
    return shared(torch.zeros_like(probs).scatter(-1, order, ordered * kept))


@wrong("09.3", says="with a token by itself, or with a sum?")
def those_that_have_p_by_themselves(probs, p):
    refused(p)
    return shared(torch.where(probs >= p, probs, 0.0))


@wrong("09.3", told="share_of_the_best", says="called min-p")
def nucleus_of_the_logarithms(probs, p):
    refused(p)
    return shared(torch.where(probs >= p * probs.amax(-1, keepdim=True), probs, 0.0))


@wrong("09.3", says="should raise ValueError")
def a_message_in_place_of_an_error(probs, p):
    if not 0 < p <= 1:
        return "p must be in (0, 1]"
    ordered, order = probs.sort(dim=-1, descending=True, stable=True)
    kept = ordered.cumsum(-1) - ordered < p
    kept[..., 0] = True
    return shared(torch.zeros_like(probs).scatter(-1, order, ordered * kept))


@wrong("09.3", says="changed its input probs")
def in_place(probs, p):
    refused(p)
    ordered, order = probs.sort(dim=-1, descending=True, stable=True)
    kept = ordered.cumsum(-1) - ordered < p
    kept[..., 0] = True
    probs *= torch.zeros_like(kept).scatter(-1, order, kept)
    return shared(probs)


@wrong("09.3", says="torch.float16")
def single_precision(probs, p):
    refused(p)
    ordered, order = probs.float().sort(dim=-1, descending=True, stable=True)
    kept = ordered.cumsum(-1) - ordered < p
    return shared(torch.zeros_like(ordered).scatter(-1, order, ordered * kept))


MUTANTS = {
    "without: if not 0 < p <= 1:": "any_p_accepted",
    "if False:": "any_p_accepted",
    "without: kept[..., 0] = True": "nothing_left_of_a_tiny_p",
    "without: raise ValueError(f'p is {p}; it must be above 0 and at most 1.')": "any_p_accepted",
    "ordered, order = probs.sort(stable=True)": "from_the_unlikeliest",
    "kept = ordered.cumsum(-1) - ordered <= p": "one_more_where_it_is_exact",
    "return filtered": "not_divided",
    "without: kept |= p == 1": "rounding_at_one",
    "kept |= probs == 1": "rounding_at_one",
    "kept |= p == 2": "rounding_at_one",
    "kept |= p == 0": "rounding_at_one",
    "ordered, order = probs.sort(descending=True)": "with_unstable_sort",
    "ordered, order = probs.sort(descending=True, stable=False)": "with_unstable_sort",
    "ordered, order = probs.sort(descending=False, stable=True)": "from_the_unlikeliest",
}
