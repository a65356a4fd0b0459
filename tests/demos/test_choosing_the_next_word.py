"""The demos of lesson 09: what they compute, and what they make of foolish input."""

from __future__ import annotations

import pytest
import torch

from unravelling.demos.choosing_the_next_word.distribution_lab import DistributionLab, entropy, narrowed

FOUR = torch.tensor([0.5, 0.25, 0.125, 0.125]).log()


def test_half_the_temperature_squares_the_shares() -> None:
    squares = FOUR.double().exp() ** 2
    assert torch.allclose(narrowed(FOUR, temperature=0.5).left, squares / squares.sum())


def test_temperature_0_keeps_the_best_token_alone() -> None:
    choice = narrowed(torch.tensor([1.0, 3.0, 3.0]), temperature=0)
    assert choice.left.tolist() == [0, 1, 0] and choice.kept == 1 and choice.bits[1] == 0


@pytest.mark.parametrize("p, kept", [(0.05, 1), (0.5, 1), (0.6, 2), (0.75, 2), (0.8, 3), (1.0, 4)])
def test_the_token_that_crosses_p_is_kept(p: float, kept: int) -> None:
    choice = narrowed(FOUR, p=p)
    assert choice.kept == kept and choice.mass == pytest.approx(FOUR.exp()[:kept].sum().item())


def test_p_is_a_share_of_what_k_has_left() -> None:
    assert narrowed(FOUR, k=2, p=0.6).kept == 1  # 0.5 of 0.75 is two thirds
    assert narrowed(FOUR, k=2, p=0.7).left[:2].tolist() == pytest.approx([2 / 3, 1 / 3])


def test_shares_go_back_to_their_own_tokens() -> None:
    choice = narrowed(FOUR.flip(0), k=2)
    assert choice.left.tolist() == pytest.approx([0, 0, 1 / 3, 2 / 3])


def test_entropy_of_n_equal_shares_is_the_logarithm_of_n() -> None:
    assert entropy(torch.full((8,), 1 / 8)) == pytest.approx(3)
    assert entropy(torch.tensor([1.0, 0.0])) == 0


@pytest.mark.models
def test_the_lab_shows_the_decoders_own_shares_and_keeps_its_picture_when_the_text_is_empty(pretrained) -> None:
    demo = DistributionLab(pretrained("decoder"), "The opposite of hot is")
    _, logits = pretrained("decoder").logits("The opposite of hot is")
    assert torch.allclose(demo.data.own, logits[-1].double().softmax(-1), atol=1e-6)
    demo.p = 0.5
    assert demo.data.kept == 1 and "1 token is left" in demo.description
    seen = demo.scene.spec
    demo.controls["text"].value = "   "
    assert demo.problem and demo.scene.spec == seen


@pytest.mark.models
def test_the_lab_refuses_a_model_that_predicts_no_token(pretrained) -> None:
    with pytest.raises(ValueError, match="takes a decoder"):
        DistributionLab(pretrained("encoder"))
