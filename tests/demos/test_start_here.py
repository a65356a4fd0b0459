"""The demo of lesson 00."""

from __future__ import annotations

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
