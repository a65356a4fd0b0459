"""The demo of lesson 00."""

from __future__ import annotations

import re

import pytest
import torch

from unravelling.demos.start_here.shares import Shares, shares_of


def test_shares_are_those_of_the_softmax() -> None:
    scores = torch.tensor([2.0, -4.0, 0.5])
    assert torch.allclose(shares_of(scores).shares, torch.softmax(scores, dim=-1))


def test_raising_a_score_by_one_multiplies_its_share_against_the_others_by_e() -> None:
    demo = Shares()
    demo.score = 1.0
    before = demo.data.shares[1] / demo.data.shares[0]
    demo.score = 2.0
    assert (demo.data.shares[1] / demo.data.shares[0] / before).item() == pytest.approx(2.71828, rel=1e-4)


def test_percentages_that_do_not_sum_to_100_are_said_to_be_rounded() -> None:
    demo, seen = Shares(), set()
    for score in range(-8, 13):
        demo.score = score / 2
        shown = [
            float(each) for each in re.findall(r"([\d.]+)%[,;]", demo.description.partition("; together")[0] + ",")
        ]
        assert len(shown) == 3
        is_exact = sum(shown) == pytest.approx(100)
        assert ("but for rounding" in demo.description) != is_exact
        seen.add(is_exact)
    assert seen == {True, False}
