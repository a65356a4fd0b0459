"""The demos of lesson 09: what they compute, and what they make of foolish input."""

from __future__ import annotations

import math
import unicodedata

import pytest
import torch

from unravelling.demos.base import BadInput
from unravelling.demos.choosing_the_next_word.beam_tree import BeamTree, grow, share, winning
from unravelling.demos.choosing_the_next_word.distribution_lab import DistributionLab, entropy, narrowed, seen
from unravelling.demos.choosing_the_next_word.kv_cache import KVCache, Measured, Shape, work
from unravelling.demos.choosing_the_next_word.repetition import RULES, SCALES, Repetition, comes_again, penalised
from unravelling.demos.choosing_the_next_word.side_by_side import WAYS, SideBySide, under

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
@pytest.mark.parametrize("text", ["dog dog dog", "😀 😀 😀", "Once upon a time, there was a little"])
def test_no_two_tokens_of_the_lab_have_one_name_and_none_is_unseen(pretrained, text: str) -> None:
    demo = DistributionLab(pretrained("decoder"), text)
    names = demo.names(demo.data.own.topk(12).indices)
    assert len(set(names)) == 12 and all(any(unicodedata.category(sign)[0] != "M" for sign in each) for each in names)


def test_a_sign_that_shows_nothing_by_itself_is_told_by_its_number() -> None:
    assert [seen(each) for each in ("\ufe0f", "e\u0301", "dog")] == ["‹U+FE0F›", "e\u0301", "dog"]


def test_p_of_1_keeps_every_token_however_sure_the_model_is() -> None:
    sure = torch.tensor([40.0, *torch.linspace(0, 5, 1000).tolist()])
    assert narrowed(sure).kept == 1001 and narrowed(sure, k=500).kept == 500


@pytest.mark.models
def test_the_lab_refuses_a_model_that_predicts_no_token(pretrained) -> None:
    with pytest.raises(ValueError, match=r"models\.load\(.decoder.\) returns"):
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
def test_the_picture_says_the_rule_where_two_rules_write_the_same(pretrained) -> None:
    demo = Repetition(pretrained("decoder"), "dog dog dog", length=2)
    assert "Without a penalty" in str(demo.scene.spec)
    demo.penalty = 1.1
    before, written = demo.scene.spec, demo.data
    demo.rule = RULES[1]
    assert demo.data == written and demo.scene.spec != before and RULES[1] in str(demo.scene.spec)


@pytest.mark.models
def test_repetition_refuses_other_models_and_lengths(pretrained) -> None:
    with pytest.raises(ValueError, match=r"models\.load\(.decoder.\) returns"):
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
    assert demo.data == (work(demo.shape, 100), None) and "0.10 MB" in demo.description
    demo.length = 1
    assert demo.description.startswith("At 1 token the next one takes") and "without, as many;" in demo.description
    with pytest.raises(ValueError, match="must be a number from 1 to 512"):
        demo.length = 0


def test_a_shape_without_a_model_is_not_timed_and_says_so() -> None:
    demo = KVCache(Shape(matrices=10**8, layers=2, width=64, kept=500))
    seen = demo.scene.spec
    demo.act(demo.on_press, "clock", 0)
    assert demo.problem == "Only a loaded model can be timed: give KVCache a decoder." and demo.scene.spec == seen


def test_each_length_is_timed_once_and_shown_where_it_was_timed() -> None:
    demo = KVCache(Shape(matrices=10**8, layers=2, width=64, kept=500))
    demo.timed = (Measured(64, 50.0, 400.0), Measured(200, 60.0, 1200.0))
    assert "Timed here: 50 ms with, 400 ms without." in demo.description
    demo.length = 65
    assert demo.data.here is None and "Timed" not in demo.description


@pytest.mark.models
def test_the_button_times_the_decoder_and_longer_texts_gain_more(pretrained) -> None:
    demo = KVCache(pretrained("decoder"))
    for demo.length in (1, 32, 192, 192):
        demo.act(demo.on_press, "clock", 0)
    one, some, many = demo.timed
    assert [each.length for each in demo.timed] == [1, 32, 192] and one.with_cache == one.without > 0
    assert many.without > some.without and many.without > 2 * many.with_cache


@pytest.mark.models
def test_the_shape_is_that_of_the_decoder(pretrained) -> None:
    assert KVCache(pretrained("decoder")).shape == (134_515_008, 30, 576, 11_520)
    with pytest.raises(ValueError, match=r"models\.load\(.decoder.\) returns"):
        KVCache(pretrained("encoder"))


@pytest.mark.parametrize(
    "settings", [{"temperature": -1}, {"temperature": float("nan")}, {"p": 0}, {"p": 2}, {"k": 0}, {"k": -3}]
)
def test_settings_that_mean_nothing_are_told(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="temperature must be at least 0, k at least 1 or None, and p above 0"):
        narrowed(FOUR, **settings)


@pytest.mark.parametrize("scores", [[1.0, float("nan")], [float("inf"), 1.0], [-float("inf")] * 2])
def test_scores_that_make_no_shares_are_told(scores: list[float]) -> None:
    with pytest.raises(BadInput, match="The model's scores are no numbers"):
        narrowed(torch.tensor(scores))


def test_a_token_that_is_ruled_out_is_never_chosen() -> None:
    assert narrowed(torch.tensor([-float("inf"), 0.0, 0.0])).left.tolist() == [0, 0.5, 0.5]


@pytest.mark.models
@pytest.mark.parametrize("kind", [DistributionLab, Repetition, SideBySide, BeamTree])
def test_a_broken_model_and_foolish_texts_leave_the_last_picture(kind, pretrained, monkeypatch) -> None:
    decoder = pretrained("decoder")
    demo = kind(decoder, "One") if kind in (DistributionLab, BeamTree) else kind(decoder, "One", length=1)
    seen = demo.scene.spec
    for foolish in ("", "  ", "word " * 40_000, "x" * 200_000):
        demo.controls["text"].value = foolish
        assert demo.problem.startswith("'text' ") and demo.scene.spec == seen
    forward = decoder.model.forward

    def broken(*given, **options):
        output = forward(*given, **options)
        output.logits = output.logits * float("nan")
        return output

    monkeypatch.setattr(decoder.model, "forward", broken)
    demo.controls["text"].value = "Two"
    assert "NaN" in demo.problem and demo.scene.spec == seen
    monkeypatch.undo()
    demo.controls["text"].value = "Three"
    assert not demo.problem


def test_a_needle_falls_on_the_stretch_of_its_token() -> None:
    shares = torch.tensor([0.125, 0.5, 0.375], dtype=torch.float64)  # end to end: token 1, 2, 0
    assert [under(each, shares) for each in (0.0, 0.499, 0.5, 0.874, 0.875, 0.999)] == [1, 1, 2, 2, 0, 0]
    assert under(0.9999999, torch.tensor([0.0, 0.9, 0.0])) == 1  # a sum below the needle


@pytest.mark.models
def test_side_by_side_each_way_keeps_to_its_rule(pretrained) -> None:
    decoder = pretrained("decoder")
    demo = SideBySide(decoder, "The capital of France is", length=6)
    assert list(demo.data) == list(WAYS)
    ids = torch.tensor([decoder.ids("The capital of France is")])
    with torch.inference_mode():
        greedy = decoder.model.generate(ids, max_new_tokens=6, do_sample=False)[0, ids.shape[1] :]
    assert demo.data["greedy"].text == " ".join(decoder.tokenizer.decode(greedy).split())
    assert demo.data["greedy"].bits < demo.data["drawn as it is"].bits
    first, fixed = demo.data["drawn as it is"], demo.data["greedy"]
    demo.seed = 2
    assert demo.data["drawn as it is"] != first and demo.data["greedy"].text == fixed.text
    demo.seed = 1
    assert demo.data["drawn as it is"] == first


LANGUAGE = {(): [(1, 0.5), (2, 0.4)], (1,): [(3, 0.36), (4, 0.34)], (2,): [(5, 0.5), (6, 0.3)]}


def _go_on(texts: list[list[int]]) -> list[list[tuple[int, float]]]:
    return [[(token, math.log2(share)) for token, share in LANGUAGE[tuple(each)]] for each in texts]


def test_two_beams_find_what_one_misses() -> None:
    for beams, text, found in ((1, [1, 3], 0.18), (2, [2, 5], 0.20)):
        levels = grow(_go_on, beams, 2)
        best = levels[-1][winning(levels)[-1]]
        assert best.tokens == text and 2**best.log == pytest.approx(found)
        assert all(sum(each.kept for each in level) == beams for level in levels)


def test_a_text_that_has_ended_keeps_its_place() -> None:
    levels = grow(_go_on, 2, 2, end=1)
    assert [each.tokens for each in levels[-1]] == [[1], [2, 5], [2, 6]]
    assert levels[-1][winning(levels)[-1]].tokens == [1] and winning(levels) == [0, 0]


@pytest.mark.models
def test_the_tree_of_one_beam_is_greedy_writing_and_wider_ones_find_likelier_texts(pretrained) -> None:
    decoder = pretrained("decoder")
    demo = BeamTree(decoder, "I would like to", beams=1, steps=4)
    ids = torch.tensor([decoder.ids("I would like to")])
    with torch.inference_mode():
        greedy = decoder.model.generate(ids, max_new_tokens=4, do_sample=False)[0, ids.shape[1] :]
    narrow = demo.data[-1][winning(demo.data)[-1]]
    assert narrow.tokens == greedy.tolist()
    demo.beams = 2
    wide = demo.data[-1][winning(demo.data)[-1]]
    assert wide.log > narrow.log and share(wide.log) in demo.description


@pytest.mark.models
def test_other_models_and_lengths_are_refused_side_by_side_and_in_the_tree(pretrained) -> None:
    for kind in (SideBySide, BeamTree):
        with pytest.raises(ValueError, match=r"models\.load\(.decoder.\) returns"):
            kind(pretrained("encoder"))
    with pytest.raises(ValueError, match="1 to 30 tokens, not 31"):
        SideBySide(pretrained("decoder"), length=31)


def test_shares_are_written_so_that_small_ones_differ_from_none() -> None:
    assert [share(math.log2(each)) for each in (0.5, 0.012, 0.0022, 0.00001)] == ["50.0%", "1.2%", "0.22%", "< 0.01%"]
