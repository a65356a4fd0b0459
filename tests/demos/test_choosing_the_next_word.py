"""The demos of lesson 09: what they compute, and what they make of foolish input."""

from __future__ import annotations

import pytest
import torch

from unravelling.demos.choosing_the_next_word.distribution_lab import DistributionLab, entropy, narrowed
from unravelling.demos.choosing_the_next_word.kv_cache import KVCache, Shape, work
from unravelling.demos.choosing_the_next_word.repetition import RULES, SCALES, Repetition, comes_again, penalised

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


def test_a_penalty_lowers_scores_of_either_sign_once_each() -> None:
    scores = torch.tensor([2.0, -2.0, 1.0])
    assert penalised(scores, [0, 1, 1, 1], 2.0).tolist() == [1.0, -4.0, 1.0]
    assert scores.tolist() == [2.0, -2.0, 1.0]


def test_the_mistaken_rule_raises_scores_below_0() -> None:
    assert penalised(torch.tensor([2.0, -2.0]), [0, 1], 2.0, RULES[1]).tolist() == [1.0, -1.0]


def test_a_token_comes_again_where_its_run_of_three_stood_before() -> None:
    assert comes_again([1, 2, 3, 1, 2, 3, 1]) == [False, False, False, False, False, True, True]
    assert comes_again([7, 7, 7, 7]) == [False, False, False, True]
    assert comes_again([]) == []


@pytest.mark.models
def test_the_mistake_on_logarithms_repeats_more_than_the_right_rule(pretrained) -> None:
    demo = Repetition(pretrained("decoder"), "dog dog dog", length=10)
    demo.penalty, demo.scale = 2.0, SCALES[1]
    right = sum(demo.data.again)
    demo.rule = RULES[1]
    assert sum(demo.data.again) > right == 0
    seen = demo.scene.spec
    demo.controls["text"].value = " "
    assert demo.problem and demo.scene.spec == seen


@pytest.mark.models
def test_repetition_refuses_other_models_and_lengths(pretrained) -> None:
    with pytest.raises(ValueError, match="takes a decoder"):
        Repetition(pretrained("encoder"))
    with pytest.raises(ValueError, match="1 to 60 tokens, not 0"):
        Repetition(pretrained("decoder"), length=0)


def test_with_a_cache_one_token_is_worked_on_and_without_all_of_them() -> None:
    shape = Shape(matrices=100, layers=2, width=4, kept=6)
    assert work(shape, 3) == (2 * 100 + 4 * 2 * 4 * 3, 3 * 2 * 100 + 4 * 2 * 4 * (1 + 2 + 3), 2 * 6 * 3)
    assert work(shape, 1).with_cache == work(shape, 1).without


def test_the_cache_demo_says_what_it_counts() -> None:
    demo = KVCache(Shape(matrices=10**8, layers=2, width=64, kept=500))
    demo.length = 100
    assert demo.data == work(demo.shape, 100) and "0.10 MB" in demo.description
    with pytest.raises(ValueError, match="must be a number from 1 to 1024"):
        demo.length = 0


@pytest.mark.models
def test_the_shape_is_that_of_the_decoder(pretrained) -> None:
    assert KVCache(pretrained("decoder")).shape == (134_515_008, 30, 576, 11_520)
    with pytest.raises(ValueError, match="takes a decoder"):
        KVCache(pretrained("encoder"))
