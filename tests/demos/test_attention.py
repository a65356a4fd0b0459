"""The demos of module 04: what they compute, against formulas written another way; and what their controls do."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from tests.drawing.overlaps import overlaps
from unravelling.demos.attention import (
    Film,
    HandmadeHead,
    Masks,
    Positions,
    QueryAndKeys,
    RotaryDistance,
    Weights,
    WidthAndEntropy,
)
from unravelling.demos.attention.attention_heads import AttentionHeads, attention_maps, handmade_head, targets_of
from unravelling.demos.attention.positions import turned
from unravelling.demos.attention.query_and_keys import PLANE, entropy_bits, look_up, shares_at_width
from unravelling.demos.attention.weights_and_masks import mask_of, masked_weights
from unravelling.drawing.text_metrics import text_width
from unravelling.models.pretrained import Pretrained

KEYS = torch.tensor([[3.0, -1.0], [1.0, 2.0], [0.0, 0.0]])
QUERY = torch.tensor([2.0, 0.0])
WIDTHS = torch.tensor([[150.0], [80.0], [0.0]])
NAMES = ["piano", "door", "because"]
WORDS = ["the", "piano", "blocks", "the", "[pad]"]


def query_and_keys() -> QueryAndKeys:
    return QueryAndKeys(QUERY, KEYS, WIDTHS, NAMES)


def masks() -> Masks:
    q, k = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(1))
    return Masks(q, k, WORDS, padding=1)


def test_the_three_words_can_be_checked_with_a_pencil() -> None:
    found = look_up(QUERY, KEYS, WIDTHS)
    assert found.scores.tolist() == [6, 2, 0]
    total = math.e**6 + math.e**2 + 1
    assert found.mixed.item() == pytest.approx((math.e**6 * 150 + math.e**2 * 80) / total, rel=1e-5)


def test_a_query_of_length_zero_shares_evenly_and_a_turned_one_chooses_another_key() -> None:
    demo = query_and_keys()
    demo.length = 0.0
    assert demo.data.shares.tolist() == pytest.approx([1 / 3] * 3)
    assert "the same share" in demo.description
    demo.length, demo.angle = 4.0, 90
    assert "“door”" in demo.description


def test_choosing_a_key_shows_its_arrow_and_moving_it_leaves_the_query_alone() -> None:
    demo = query_and_keys()
    demo.moving = "door"
    assert (demo.angle, demo.length) == (65, 2.25)
    before = demo.arrows[0]
    demo.angle = 0
    assert demo.arrows[0] == before
    assert demo.data.scores[1].item() == pytest.approx(2 * 2.25)


def test_dragging_an_arrow_does_what_the_sliders_do() -> None:
    demo = query_and_keys()
    demo.picture.drag = {"name": "piano", **_pixels(demo, 0.0, 3.0)}
    assert demo.moving == "piano"
    assert (demo.angle, demo.length) == (90, 3.0)
    assert demo.data.scores[0].item() == pytest.approx(0, abs=0.05)


def _pixels(demo: QueryAndKeys, x: float, y: float) -> dict[str, float]:
    axes = demo.scene.inverses["piano"]
    return {"x": axes.x(x), "y": axes.y(y)}


@pytest.mark.parametrize("angle", range(-180, 181, 15))
@pytest.mark.parametrize("length", [1.0, 2.5, 4.0])
def test_a_key_of_no_length_has_its_name_where_no_handle_and_no_word_is(angle: int, length: float) -> None:
    demo = query_and_keys()
    demo.length, demo.angle = length, angle
    label = next(mark for mark in demo.scene.marks if mark.get("text") == "because (no length)")
    wide = text_width(label["text"], 13)
    left = label["x"] - (wide if label["align"] == "right" else 0)
    ring = next(mark for mark in demo.scene.marks if mark["kind"] == "circle" and mark["stroke"] == "accent")
    if abs(ring["x"] - demo.scene.inverses["piano"].x(0)) > 2 * ring["r"]:  # else the query is as short as the key
        near_x = max(left - ring["x"], 0, ring["x"] - left - wide)
        assert math.hypot(near_x, max(abs(label["y"] - ring["y"]) - 6, 0)) > ring["r"]
    assert not [each for each in overlaps(demo.scene) if "no length" in each]


def test_the_longest_arrow_ends_inside_its_plane() -> None:
    demo = query_and_keys()
    demo.length, demo.angle = 4.0, 180
    ring = next(mark for mark in demo.scene.marks if mark["kind"] == "circle" and mark["stroke"] == "accent")
    assert ring["x"] - ring["r"] > PLANE[0]
    assert "you are moving: it" in str(demo.scene.marks)


@pytest.mark.parametrize("d", [1, 7, 512])
def test_divided_shares_are_those_of_scaled_dot_product_attention(d: int) -> None:
    g = torch.Generator().manual_seed(d)
    query, keys = torch.randn(512, generator=g), torch.randn(16, 512, generator=g)
    found = shares_at_width(query, keys, d).shares[1]
    theirs = F.scaled_dot_product_attention(query[None, None, :d], keys[None, :, :d], torch.eye(16)[None])
    assert torch.allclose(found, theirs[0, 0], atol=1e-6)


def test_the_entropy_of_equal_shares_is_the_logarithm_of_their_number_and_of_a_single_one_zero() -> None:
    assert entropy_bits(torch.full((16,), 1 / 16)).item() == pytest.approx(4)
    assert entropy_bits(torch.eye(16)[3]).item() == 0


def test_undivided_scores_lose_their_evenness_with_width_and_divided_ones_do_not() -> None:
    demo = WidthAndEntropy()
    as_they_are, divided = demo.curves
    assert as_they_are[0] - as_they_are[-1] > 2
    assert divided.max() - divided.min() < 0.3


def test_the_caption_of_a_width_tells_the_mean_of_all_heads_and_the_dots_lie_on_its_lines() -> None:
    demo = WidthAndEntropy(samples=50)
    for d in (1, 64, 512):
        demo.d = d
        as_they_are, divided = demo.mean_at(d)
        assert f"{as_they_are:.2f} bits as the scores are and {divided:.2f} bits after" in demo.description
        assert "4 bits would be the most)" in demo.description and "undivided and" in demo.description
        assert [as_they_are, divided] == demo.curves[:, demo.grid.index(d)].tolist()


@pytest.mark.parametrize("angle", [-180, -120, -45, 0, 65, 90, 135])
@pytest.mark.parametrize("length", [0.0, 0.5, 2.25, 4.0])
def test_the_name_of_the_query_lies_under_no_tip_and_under_no_name_of_a_key(angle: int, length: float) -> None:
    demo = query_and_keys()
    demo.angle, demo.length = angle, length
    (asker,) = [m for m in demo.scene.marks if m["kind"] == "text" and m["text"] == "it" and m.get("role") == "query"]
    tips = [(m["x"], m["y"]) for m in demo.scene.marks if m["kind"] == "handle"]
    if length >= 1:
        assert all(math.hypot(asker["x"] - x, asker["y"] - y) > 9 for x, y in tips)
    assert all(mark.get("label") != "it" for mark in demo.scene.marks)


def test_pointing_into_the_small_tables_names_the_tokens_as_in_the_large_one(pretrained) -> None:
    demo = AttentionHeads("The door was too narrow.", pretrained("encoder"))
    tokens = demo.data.tokens
    heats = [mark for mark in demo.scene.marks if mark["kind"] == "heat"]
    assert len(heats) == 13 and all(mark["rows"] == mark["columns"] == tokens for mark in heats)


@pytest.mark.parametrize("kind", ["none", "causal", "padding", "both"])
def test_masked_weights_are_those_of_pytorch(kind: str) -> None:
    demo = masks()
    allowed = mask_of(kind, 5, 1)
    theirs = F.scaled_dot_product_attention(demo.q[None], demo.k[None], torch.eye(5)[None], attn_mask=allowed)[0]
    assert torch.allclose(masked_weights(demo.q, demo.k, allowed), theirs, atol=1e-6)
    demo.mask = kind
    assert torch.allclose(torch.from_numpy(demo.scene.values("weights").copy()), theirs, atol=1e-6)


def test_each_forbidden_place_is_crossed_out_in_the_picture() -> None:
    demo = masks()
    demo.mask = "both"
    crosses = [mark for mark in demo.scene.marks if mark["kind"] == "line"]
    assert len(crosses) == 2 * int((~demo.data.allowed).sum())


@pytest.mark.parametrize("firmness", [0.0, 2.0, 7.5])
def test_a_handmade_head_lands_the_share_that_the_formula_says(firmness: float) -> None:
    found = handmade_head("previous token", ["a", "b", "c", "d"], firmness)
    for row in range(1, 4):
        expected = math.e**firmness / (math.e**firmness + row)
        assert found.weights[row, row - 1].item() == pytest.approx(expected, rel=1e-5)


def test_a_duplicate_looks_at_every_earlier_place_of_its_word_whatever_the_capitals() -> None:
    wanted = targets_of("duplicate token", ["The", "door", "the", "the"])
    assert wanted.nonzero().tolist() == [[2, 0], [3, 0], [3, 2]]


def test_a_sentence_without_a_duplicate_is_answered_with_a_sentence() -> None:
    demo = HandmadeHead()
    demo.job, demo.sentence = "duplicate token", "one two three"
    assert "anywhere to look" in demo.description
    assert not demo.problem


def test_the_score_of_turned_vectors_depends_on_their_distance_alone() -> None:
    distances = torch.arange(-5, 6).float()
    for m, n in [(3, 0), (13, 10), (40, 37)]:
        assert turned(m, n, 0.3, distances).score == pytest.approx(math.cos(0.9), abs=1e-5)


def test_the_film_shows_the_table_and_the_loss_of_its_step() -> None:
    tables = [torch.softmax(step * torch.eye(6).roll(1, 0), dim=-1) for step in range(5)]
    demo = Film(tables, [2.0, 1.5, 1.0, 0.5, 0.1], guessing=2.3)
    demo.step = 3
    assert torch.equal(torch.from_numpy(demo.scene.values("weights").copy()), tables[3])
    assert "0.50 nats" in demo.description
    with pytest.raises(ValueError, match="learning rate"):
        Film(tables, [2.0, math.nan, math.nan, math.nan, math.nan], guessing=2.3)


def test_the_film_opens_where_what_was_learned_is_to_be_seen() -> None:
    tables = [torch.softmax(step * torch.eye(6).roll(1, 0), dim=-1) for step in range(9)]
    demo = Film(tables, [2.0] * 9, guessing=2.3)
    assert demo.step == 8
    assert torch.equal(torch.from_numpy(demo.scene.values("weights").copy()), tables[8])


def test_a_position_is_most_like_itself() -> None:
    demo = Positions(torch.nn.functional.normalize(torch.randn(12, 8), dim=-1))
    for position in (0, 5, 11):
        demo.position = position
        assert demo.data.argmax().item() == position


@pytest.mark.parametrize(
    "make", [query_and_keys, WidthAndEntropy, masks, HandmadeHead, RotaryDistance], ids=lambda f: f.__name__
)
def test_every_control_changes_the_picture(make) -> None:
    demo = make()
    for name, widget in demo.controls.items():
        before = (demo.scene.spec, demo.scene.numbers, demo.description)
        if hasattr(widget, "options"):
            widget.value = [o[1] if isinstance(o, tuple) else o for o in widget.options][1]
        elif isinstance(widget.value, str):
            widget.value = "another sentence is another sentence"
        else:
            widget.value = widget.min if widget.value != widget.min else widget.max
        assert (demo.scene.spec, demo.scene.numbers, demo.description) != before, name


NAN = torch.full((3, 3), 1 / 3).index_put((torch.tensor(1), torch.tensor(2)), torch.tensor(math.nan))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Weights(torch.eye(4), NAMES), "3 words need weights of shape"),
        (lambda: Weights([], []), "must hold at least one word"),
        (lambda: Weights(torch.eye(3), "the"), "must be a list of words"),
        (lambda: Weights([[1, 0, 0], [1, 0], [1]], NAMES), "rows all have the same length"),
        (lambda: Weights(NAN, NAMES), r"finite numbers, and at \[1, 2\] there is nan"),
        (lambda: Weights("eye", NAMES), "must be numbers"),
        (lambda: Weights(torch.eye(3, dtype=torch.complex64), NAMES), "must be numbers"),
        (lambda: Masks(torch.ones(3), torch.ones(3), NAMES), "q and k of shape"),
        (lambda: Masks(torch.ones(3, 2), torch.ones(3, 2), NAMES, padding=3), "padding tokens must be a whole number"),
        (lambda: QueryAndKeys(torch.ones(3), KEYS, WIDTHS, NAMES), "in the plane"),
        (lambda: QueryAndKeys(QUERY, KEYS, WIDTHS, ["a", "a", "b"]), "differ from each other"),
        (lambda: QueryAndKeys(QUERY, KEYS, WIDTHS, ["query", "a", "b"]), "may be called 'query'"),
        (lambda: Positions(torch.ones(3)), r"shape \(T, d\)"),
        (lambda: Positions(torch.tensor([[1.0, 0.0], [0.0, 0.0]])), "vector of position 1 is all zeros"),
        (lambda: Film([torch.ones(1, 1)], [1.0], 2.3), "T of at least 2"),
        (lambda: Film([], [], 2.3), "one table and one loss a step"),
        (lambda: WidthAndEntropy(keys=0), "keys must be a whole number from 2 to 64, not 0"),
        (lambda: WidthAndEntropy(keys=1), "from 2 to 64, not 1"),
        (lambda: WidthAndEntropy(keys=4.0), r"from 2 to 64, not 4\.0"),
        (lambda: WidthAndEntropy(samples=0), "samples must be a whole number from 1"),
        (lambda: AttentionHeads("a", 42), "one after the other.*not 42"),
        (lambda: AttentionHeads("a", ["encoder"]), "one after the other"),
    ],
)
def test_foolish_arguments_are_refused_with_a_sentence(make, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make()


@pytest.mark.parametrize(
    "form", [lambda t: t.tolist(), lambda t: t.numpy(), lambda t: t.int()], ids=["lists", "numpy", "whole numbers"]
)
def test_lists_numpy_and_whole_numbers_do_as_well_as_float_tensors(form) -> None:
    demo = QueryAndKeys(form(QUERY), form(KEYS), form(WIDTHS), NAMES)
    assert torch.equal(demo.data.scores, query_and_keys().data.scores)
    eye = torch.eye(3)
    assert torch.equal(Weights(form(eye), NAMES).data, eye)
    assert Masks(form(KEYS), form(KEYS), NAMES).data.allowed.shape == (3, 3)
    assert Positions(form(eye)).data.shape == (3,)
    assert Film([form(eye)] * 2, [1.0, 0.5], 2).step == 1


def test_a_film_may_come_as_one_tensor_with_its_losses_in_another() -> None:
    tables = torch.eye(4).expand(3, 4, 4)
    demo = Film(tables, torch.tensor([2.0, 1.0, 0.5]), guessing=2.3)
    demo.step = 2
    assert "0.50 nats" in demo.description


def test_a_table_that_is_changed_afterwards_does_not_change_the_demo() -> None:
    table = torch.eye(3)
    demo = Weights(table, NAMES)
    table.fill_(0.5)
    demo.asking = 1
    assert torch.equal(demo.data, torch.eye(3))


def test_width_and_entropy_names_the_numbers_that_were_asked_for() -> None:
    demo = WidthAndEntropy(keys=5, samples=20)
    written = " ".join(mark["text"] for mark in demo.scene.marks if mark["kind"] == "text")
    assert "mean of 20 random heads" in written and "each of 5 keys" in written
    assert "shares of 5 keys" in demo.description


def test_a_word_of_3000_letters_is_cut_short_in_picture_and_description() -> None:
    demo = Weights(torch.eye(2), ["a" * 3000, "b"])
    assert len(demo.description) < 200
    assert max(len(mark["text"]) for mark in demo.scene.marks if mark["kind"] == "text") < 60


@pytest.mark.models
@pytest.mark.parametrize("name", ["encoder", "decoder"])
def test_the_heads_on_show_are_those_of_the_model(name: str, pretrained) -> None:
    model: Pretrained = pretrained(name)
    text = "The door was too narrow."
    tokens, weights = model.attention(text)
    maps = attention_maps(model, text, 2, 5)
    assert maps.tokens == tokens
    assert torch.equal(maps.weights, weights[2])
    with pytest.raises(IndexError, match="has layers 0 to"):
        attention_maps(model, text, 99, 0)


@pytest.mark.models
def test_changing_the_model_fits_the_sliders_and_foolish_sentences_keep_the_picture(pretrained) -> None:
    demo = AttentionHeads("The door was too narrow.", pretrained("encoder"), pretrained("decoder"), layer=5, head=11)
    demo.model = "decoder"
    assert (demo.controls["layer"].max, demo.controls["head"].max) == (29, 8)
    demo.layer = 29
    good = demo.scene
    for foolish, sentence in [
        ("", "is empty"),
        ("word " * 3000, "3,000 words"),
        ("incomprehensibilities " * 29, "tokens"),
    ]:
        demo.sentence = foolish
        assert sentence in demo.problem
        assert demo.scene is good
    demo.sentence = "😀 שלום"
    assert not demo.problem
    demo.model = "encoder"
    assert demo.layer == 5
