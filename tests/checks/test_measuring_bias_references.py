"""The references of module 11 are right: they agree with the course's own measures, with torch and with chance."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
import torch

from unravelling import corpora, models
from unravelling.checks import registry
from unravelling.checks.measuring_bias.bias_section.exercise import FILLED
from unravelling.language_models import bias
from unravelling.language_models.continuations import next_token_log_probabilities

TWINS, GAP, EFFECT, CHANCE, SECTION = (registry.load(f"11.{n}").reference for n in range(1, 6))


def random(*shape: int, seed: int = 0, shift: float = 0.0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) + shift


def test_twins_of_the_encyclopedia_are_those_of_the_course():
    text = corpora.load("encyclopedia", "train")[:100_000]
    sentences = re.split(r"(?<=[.!?])\s+", text)
    pairs, left_out = TWINS(sentences, bias.SWAPS, bias.UNSURE)
    assert pairs == [(each, bias.twin(each)) for each in sentences if bias.twin(each) is not None]
    assert len(pairs) > 20 and len(left_out) > 20
    assert not {each for each, _ in pairs} & set(left_out)
    assert all(bias.twin(each) is None for each in left_out)
    assert TWINS([twin for _, twin in pairs], bias.SWAPS, bias.UNSURE)[0] == [pair[::-1] for pair in pairs]


@pytest.mark.parametrize("seed", range(4))
def test_a_gap_is_the_logarithm_of_a_ratio_of_sums(seed):
    logs = (3 * random(5, 12, seed=seed)).log_softmax(1)
    first, second = torch.tensor([0, 4]), torch.tensor([3, 7, 8])
    chances = logs.double().exp()
    wanted = (chances[:, first].sum(1) / chances[:, second].sum(1)).log2().mean().item()
    assert GAP(logs, first, second) == pytest.approx(wanted, abs=1e-4)
    assert GAP(logs, second, first) == pytest.approx(-wanted, abs=1e-4)


@pytest.mark.models
def test_the_course_measures_the_same_gap_as_the_exercise():
    decoder, templates = models.load("decoder"), bias.TEMPLATES[:3]
    she, he = (torch.tensor(decoder.tokenizer(word).input_ids[:1]) for word in (*bias.SHE, *bias.HE))
    for occupation in ("nurse", "carpenter"):
        logs = next_token_log_probabilities(decoder, "", [each.format(occupation) for each in templates])
        found = bias.gaps(decoder, [occupation], templates)
        assert GAP(logs, she, he) == pytest.approx(found.mean().item(), abs=1e-4)


@pytest.mark.models
@pytest.mark.parametrize("most", [20_000, 500])
def test_the_course_finds_the_same_effect_and_chance_as_the_exercises(most):
    encoder = models.load("encoder")
    lists = [
        each.split()
        for each in (
            "rose lily daisy violet orchid iris", "ant bee fly wasp spider beetle", "love peace happy", "ugly pain hate"
        )
    ]  # fmt: skip
    X, Y, A, B = (bias.vectors(encoder, words) for words in lists)
    found = bias.association(encoder, *lists, most=most)
    assert EFFECT(X, Y, A, B) == pytest.approx(found.effect, abs=1e-4)
    scores = torch.tensor(list(found.scores.values()))
    p = CHANCE(scores[:6], scores[6:], most, torch.Generator().manual_seed(0))
    # The same splits if all are tried; else other draws, so as near as draws come to each other.
    assert p == pytest.approx(found.p, abs=1e-9 if found.exact else 6 * math.sqrt(found.p / most) + 2 / most)
    assert found.exact == (most == 20_000)


def test_the_largest_effect_of_equal_groups_is_two_and_that_of_equal_sets_is_nothing():
    X, Y = random(8, 20), random(8, 20, seed=1)
    A, B = random(5, 20, seed=2), random(5, 20, seed=3)
    assert EFFECT(X, X, A, B) == pytest.approx(0, abs=1e-5) and EFFECT(X, Y, A, A) == 0
    assert EFFECT(X, Y, A, B) == pytest.approx(-EFFECT(Y, X, A, B), abs=1e-5)
    assert EFFECT(X, Y, A, B) == pytest.approx(-EFFECT(X, Y, B, A), abs=1e-5)
    assert EFFECT(A.repeat(2, 1), B.repeat(2, 1), A[:1], B[:1]) <= 2
    poles = torch.eye(2)
    same = EFFECT(poles[:1].repeat(8, 1), poles[1:].repeat(8, 1), poles[:1], poles[1:])
    assert same == pytest.approx(2 * math.sqrt(15 / 16), abs=1e-4) and same < 2


def test_where_there_is_nothing_p_is_below_a_level_as_often_as_the_level_says():
    generator = torch.Generator().manual_seed(0)
    found = np.array([CHANCE(random(5, seed=2 * k), random(5, seed=2 * k + 1), 300, generator) for k in range(500)])
    assert found.min() > 0 and found.max() <= 1
    for level in (0.05, 0.25, 0.5):
        assert (found <= level).mean() == pytest.approx(level, abs=4 * math.sqrt(level * (1 - level) / 500))


def test_a_sampled_p_comes_near_the_exact_one_and_repeats_with_its_seed():
    x, y = random(6, shift=0.7), random(6, seed=1)
    exact = CHANCE(x, y, 10_000, torch.Generator())
    drawn = [CHANCE(x, y, 900, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn == pytest.approx([exact] * 3, abs=5 * math.sqrt(exact / 900))


def test_a_section_holds_what_the_course_measures():
    x, y = random(9, 4, shift=1.0), random(12, 4, seed=1)
    section = SECTION(x, y, FILLED, torch.Generator().manual_seed(0))
    assert {name: section[name] for name in FILLED} == FILLED
    assert (section["items"], section["templates"]) == (21, 4)
    assert section["estimate"] == pytest.approx(bias.mean(x.mean(1)).value - bias.mean(y.mean(1)).value, abs=1e-5)
    assert section["by_template"] == pytest.approx((x.mean(0) - y.mean(0)).tolist())
    apart = (x.mean(0) - y.mean(0))[None]
    assert section["spread"] == pytest.approx(bias.spread(apart).item(), abs=1e-5)
    p = CHANCE(x.mean(1), y.mean(1), 20_000, torch.Generator().manual_seed(5))
    assert section["p_value"] == pytest.approx(p, abs=5 * math.sqrt(p / 20_000))


@pytest.mark.parametrize("seed", range(3))
def test_an_interval_of_a_section_is_as_wide_as_the_means_of_redrawn_items_vary(seed):
    x, y = random(40, 2, seed=2 * seed, shift=0.5), random(25, 2, seed=2 * seed + 1)
    low, high = SECTION(x, y, FILLED, torch.Generator().manual_seed(seed))["interval"]
    # Many means of n values drawn with replacement have the variance of the values (n below the sum) divided by n.
    deviation = math.sqrt(x.mean(1).var(correction=0) / 40 + y.mean(1).var(correction=0) / 25)
    middle = (x.mean() - y.mean()).item()
    assert (low, high) == pytest.approx((middle - 1.96 * deviation, middle + 1.96 * deviation), abs=0.25 * deviation)
