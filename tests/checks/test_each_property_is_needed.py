"""Where a check rests on properties alone, each of them catches a wrong answer that all the others let pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from unravelling.checks import registry
from unravelling.checks.engine import run

ROTARY, PREVIOUS = registry.load("04.5"), registry.load("04.6")


def longer_now_and_then(x, positions, base=10000.0):
    return ROTARY.reference(x, positions, base) * (1 + (positions % 3 > 0))[:, None]


def counting_from_one(x, positions, base=10000.0):
    return ROTARY.reference(x, positions + 1, base)


def back_and_forth(x, positions, base=10000.0):
    return ROTARY.reference(x, positions * (-1) ** positions, base)


def first_head_only(x, positions, base=10000.0):
    turned = ROTARY.reference(x, positions, base)
    if x.dim() == 4:
        turned[:, 1:] = x[:, 1:]
    return turned


def a_table_of_64_positions(x, positions, base=10000.0):
    return ROTARY.reference(x, positions % 64, base)


def other_widths(T):
    return torch.eye(T), torch.eye(T + 1)


def double_precision(T):
    W_q, W_k = PREVIOUS.reference(T)
    return W_q.double(), W_k.double()


def zeros(T):
    return torch.zeros(2, T), torch.zeros(2, T)


CAUGHT_BY = {
    "04.5": {
        "lengths_are_kept": longer_now_and_then,
        "zero_is_the_identity": counting_from_one,
        "only_distance_matters": back_and_forth,
        "turning_is_linear": first_head_only,
        "pairs_have_their_speeds": a_table_of_64_positions,
    },
    "04.6": {
        "same_width": other_widths,
        "float32": double_precision,
        "looks_at_the_previous": zeros,
    },
}
NEEDED = [(id, name) for id, wrong in CAUGHT_BY.items() for name in wrong]


@pytest.mark.parametrize(("id", "name"), NEEDED)
def test_without_this_property_a_wrong_answer_passes(id, name):
    whole, wrong = registry.load(id), CAUGHT_BY[id][name]
    others = tuple(each for each in whole.properties if each.name != name)
    for seed in range(3):
        assert not run(whole, wrong, seed).passed
        verdict = run(replace(whole, properties=others), wrong, seed)
        assert verdict.passed, verdict.plain()


@pytest.mark.parametrize("id", CAUGHT_BY)
def test_every_property_of_these_checks_is_in_the_table(id):
    assert [each.name for each in registry.load(id).properties] == list(CAUGHT_BY[id])
