"""The demos of lesson 02: the ball on the curve, and the table that learns."""

from __future__ import annotations

import math

import pytest
import torch

from tests.demos.demo_examples import learned_from
from unravelling.demos.tokens_and_embeddings.ball_on_curve import HIGH, LOW, BallOnCurve, descent, place
from unravelling.demos.tokens_and_embeddings.growing_pieces import GrowingPieces
from unravelling.demos.tokens_and_embeddings.table_learns import TableLearns, moments


@pytest.mark.parametrize("s", [-800.0, -2.0, 0.0, 1.0, 40.0, 600.0])
def test_the_loss_and_gradient_are_those_that_torch_finds(s: float) -> None:
    scores = torch.tensor([0.0, s], dtype=torch.float64, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(scores, torch.tensor([0.25, 0.75], dtype=torch.float64))
    loss.backward()
    assert place(s, 0.75).loss == pytest.approx(loss.item())
    assert place(s, 0.75).gradient == pytest.approx(scores.grad[1].item(), abs=1e-12)


def test_ten_small_steps_come_to_rest_where_the_share_is_true_and_large_ones_do_not() -> None:
    assert descent(0.0, 0.75, 4.0, 10)[-1].share == pytest.approx(0.75, abs=1e-4)
    late = [each.s for each in descent(0.0, 0.75, 16.0, 50)[-10:]]
    assert min(late) < 0.0 and max(late) > 4.0


def test_the_ball_stays_on_the_picture_from_every_beginning_with_every_rate() -> None:
    for rate in (0.5, 1.0, 4.0, 8.0, 16.0):
        for start in range(-6, 7):
            assert all(LOW <= each.s <= HIGH for each in descent(start / 2, 0.75, rate, 10))


def test_the_words_say_whether_the_ball_rests_jumps_or_goes_on() -> None:
    demo = BallOnCurve()
    assert "the next step goes right" in demo.description
    demo.step = 10
    assert "nearly at rest, where P(b) is 0.75" in demo.description
    demo.rate = 16.0
    assert "jumped across the lowest place" in demo.description


@pytest.mark.parametrize("true", [0.0, 1.0, -0.1, math.nan])
def test_a_true_share_without_a_lowest_place_is_refused(true: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        BallOnCurve(true=true)


def test_both_tables_are_shown_as_they_were_given_and_the_distance_is_that_of_the_row() -> None:
    counted = torch.tensor([[0.5, 0.5], [0.0, 1.0]])
    film = [torch.full((2, 2), 0.5), torch.tensor([[0.5, 0.5], [0.2, 0.8]])]
    demo = TableLearns(film, [math.log(2), 0.5], counted, 0.4, ["a", " "])
    assert demo.data.off == pytest.approx(1.0) and "costs 1.00 bits" in demo.description
    demo.shot = 1
    assert demo.data.off == pytest.approx(0.4)
    assert torch.equal(torch.tensor(demo.scene.values("counted")), counted)
    assert torch.equal(torch.tensor(demo.scene.values("learned, after 1 step")), film[1])
    demo.letter = "a"
    assert demo.data.off == 0 and "“a” the two differ by 0.00" in demo.description


def test_the_moments_shown_begin_at_the_first_and_end_at_the_last() -> None:
    for steps in (1, 2, 9, 10, 11, 500, 1000):
        shown = moments(steps)
        assert shown[0] == 0 and shown[-1] == steps - 1 and shown == sorted(set(shown)) and len(shown) < 45


def test_tables_that_do_not_fit_are_refused_with_the_sizes() -> None:
    table = torch.full((2, 2), 0.5)
    with pytest.raises(ValueError, match="1 tables, 2 losses"):
        TableLearns([table], [1.0, 0.9], table, 0.4, ["a", "b"])
    with pytest.raises(ValueError, match="0 tables"):
        TableLearns([], [], table, 0.4, ["a", "b"])
    with pytest.raises(ValueError, match="3 signs need tables of 3 rows"):
        TableLearns([table], [1.0], table, 0.4, ["a", "b", "c"])


def test_pieces_join_to_the_text_and_more_merges_never_need_more_tokens() -> None:
    demo = GrowingPieces(
        {merges: learned_from("rain rains rainy train trains brain " * 5, merges) for merges in (0, 3, 9)}
    )
    demo.text = "a rainy train"
    for merges in (0, 3, 9):
        demo.merges = merges
        assert "".join(demo.data.pieces).replace("·", " ") == "a rainy train"
        assert len(demo.data.pieces) == demo.data.counts[merges]
    assert demo.data.counts[0] == 13 > demo.data.counts[3] > demo.data.counts[9]


def test_a_part_of_an_emoji_is_shown_as_its_bytes_and_a_space_as_a_dot() -> None:
    demo = GrowingPieces({0: learned_from("a b", 0)})
    demo.text = "a 😀"
    assert demo.data.pieces == ["a", "·", "‹F0›", "‹9F›", "‹98›", "‹80›"]


def test_an_empty_text_and_a_long_paste_are_told_and_the_picture_stays() -> None:
    demo = GrowingPieces({0: learned_from("a b", 0)})
    before = demo.scene
    demo.text = ""
    assert "is empty" in demo.problem and demo.scene is before
    demo.text = "x" * 200_000
    assert "200,000" in demo.problem and demo.scene is before
    with pytest.raises(ValueError, match="no tokenizer"):
        GrowingPieces({})
