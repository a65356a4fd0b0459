"""Answers to 09.4."""

from __future__ import annotations

import torch

from tests.checks.answers import right, wrong
from unravelling.checks import registry

apply_temperature, top_k, top_p = (registry.load(f"09.{n}").reference for n in (1, 2, 3))


@right("09.4")
def in_a_loop(logits, temperature=1.0, k=None, p=None):
    probs = apply_temperature(logits, temperature)
    for step, number in ((top_k, k), (top_p, p)):
        probs = probs if number is None else step(probs, number)
    return probs


@right("09.4")
def on_the_scores(logits, temperature=1.0, k=None, p=None):
    probs = apply_temperature(logits, temperature)
    if k is not None:
        kept = top_k(probs, k) > 0
        logits = logits.masked_fill(~kept, -torch.inf)
        probs = apply_temperature(logits, temperature)
    return top_p(probs, 1.0 if p is None else p)


@wrong("09.4", says="should be")
def p_alone_if_both_are_given(logits, temperature=1.0, k=None, p=None):
    probs = apply_temperature(logits, temperature)
    if p is not None:
        probs = top_p(probs, p)
    elif k is not None:
        probs = top_k(probs, k)
    return probs


@wrong("09.4", told="temperature_last", says="the temperature comes last")
def filters_before_the_temperature(logits, temperature=1.0, k=None, p=None):
    probs = torch.softmax(logits, -1)
    if k is not None:
        probs = top_k(probs, k)
    if p is not None:
        probs = top_p(probs, p)
    return apply_temperature(logits.masked_fill(probs == 0, -torch.inf), temperature)


@wrong("09.4", says="A k of 0 or a p of 0 is not None")
def zero_k_means_all(logits, temperature=1.0, k=None, p=None):
    probs = apply_temperature(logits, temperature)
    if k is not None and k > 0:
        probs = top_k(probs, k)
    if p is not None:
        probs = top_p(probs, p)
    return probs


@wrong("09.4", says="Whatever is not given has its default")
def another_default(logits, temperature=0.8, k=None, p=None):
    probs = apply_temperature(logits, temperature)
    probs = probs if k is None else top_k(probs, k)
    return probs if p is None else top_p(probs, p)
