"""The references of module 09 are right: they agree with what transformers generates with, and with plain counting."""

from __future__ import annotations

import pytest
import torch
from transformers.generation.logits_process import (
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from unravelling.checks import registry

NOTHING = torch.zeros(1, 0, dtype=torch.int64)


@pytest.fixture(params=range(5))
def rng(request):
    return torch.Generator().manual_seed(request.param)


def reference(id):
    return registry.load(id).reference


def test_the_temperature_is_that_of_transformers(rng):
    logits = 5 * torch.randn(3, 50, generator=rng)
    for temperature in (0.2, 0.7, 1.0, 3.5):
        theirs = TemperatureLogitsWarper(temperature)(NOTHING, logits).softmax(-1)
        torch.testing.assert_close(reference("09.1")(logits, temperature), theirs)


def test_top_k_is_that_of_transformers(rng):
    probs = torch.randn(3, 50, generator=rng).softmax(-1)  # no two are equal
    for k in (1, 7, 50, 80):
        theirs = TopKLogitsWarper(k)(NOTHING, probs.log()).softmax(-1)
        torch.testing.assert_close(reference("09.2")(probs, k), theirs)


def test_top_p_is_that_of_transformers(rng):
    probs = (3 * torch.randn(3, 50, generator=rng)).softmax(-1)
    for p in (0.01, 0.3, 0.9, 0.999):
        theirs = TopPLogitsWarper(p)(NOTHING, probs.log()).softmax(-1)
        torch.testing.assert_close(reference("09.3")(probs, p), theirs)


def test_the_three_in_order_are_those_of_transformers(rng):
    logits = 5 * torch.randn(3, 50, generator=rng)
    for temperature, k, p in ((0.7, 20, 0.8), (2.0, 5, 0.6), (1.0, 50, 0.95)):
        theirs = TemperatureLogitsWarper(temperature)(NOTHING, logits)
        theirs = TopPLogitsWarper(p)(NOTHING, TopKLogitsWarper(k)(NOTHING, theirs)).softmax(-1)
        torch.testing.assert_close(reference("09.4")(logits, temperature, k, p), theirs)


def test_the_penalty_is_that_of_transformers(rng):
    logits, ids = 5 * torch.randn(4, 30, generator=rng), torch.randint(30, (4, 25), generator=rng)
    for penalty in (1.3, 0.8):
        theirs = RepetitionPenaltyLogitsProcessor(penalty)(ids, logits.clone())
        torch.testing.assert_close(reference("09.5")(logits, ids, penalty), theirs)


def test_the_examples_of_the_docstrings_are_computed():
    close = torch.testing.assert_close
    close(reference("09.1")(torch.tensor([2.0, 1.0]), 0.5), torch.tensor([0.8808, 0.1192]), atol=1e-4, rtol=0)
    probs = torch.tensor([0.125, 0.5, 0.125, 0.25])
    close(reference("09.2")(probs, 2), torch.tensor([0.0, 0.6667, 0.0, 0.3333]), atol=1e-4, rtol=0)
    probs = torch.tensor([0.5, 0.3, 0.15, 0.05])
    close(reference("09.3")(probs, 0.6), torch.tensor([0.625, 0.375, 0.0, 0.0]), atol=1e-4, rtol=0)
    logits = torch.tensor([2.0, 0.0, 1.0, -1.0])
    close(reference("09.1")(logits, 2), torch.tensor([0.46, 0.17, 0.28, 0.10]), atol=6e-3, rtol=0)
    close(reference("09.4")(logits, 2, 3), torch.tensor([0.51, 0.19, 0.31, 0.0]), atol=6e-3, rtol=0)
    close(reference("09.4")(logits, 2, 3, 0.6), torch.tensor([0.6225, 0.0, 0.3775, 0.0]), atol=1e-4, rtol=0)
    lowered = reference("09.5")(torch.tensor([[3.0, -2.0, 1.0]]), torch.tensor([[0, 1, 0]]), 2)
    assert lowered.tolist() == [[1.5, -4.0, 1.0]]


def test_drawn_rows_have_sums_that_no_computer_rounds(rng):
    from unravelling.checks.choosing_the_next_word.drawn_rows import PARTS, draw_rows

    rows = draw_rows(rng, 20, 7)
    assert (rows * PARTS == (rows * PARTS).round()).all() and (rows.sum(-1) == 1).all()
    assert (rows.half().cumsum(-1).double() == rows.double().cumsum(-1)).all()
