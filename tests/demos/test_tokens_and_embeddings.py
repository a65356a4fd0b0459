"""The demos of lesson 02: what tokens cost and lose, a map of a table, the ball on the curve, the table that learns."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import BPE

from tests.demos.demo_examples import EXAMPLES, learned_from
from tests.drawing.overlaps import overlaps
from unravelling.demos.tokens_and_embeddings.ball_on_curve import HIGH, LOW, BallOnCurve, descent, place
from unravelling.demos.tokens_and_embeddings.embedding_map import EmbeddingMap, labels
from unravelling.demos.tokens_and_embeddings.growing_pieces import GrowingPieces
from unravelling.demos.tokens_and_embeddings.how_many_r import HowManyR
from unravelling.demos.tokens_and_embeddings.table_learns import TableLearns, moments
from unravelling.demos.tokens_and_embeddings.there_and_back import ThereAndBack, trip
from unravelling.demos.tokens_and_embeddings.token_tax import TokenTax
from unravelling.language_models import CharacterNGrams, bits_per_character, token_bigram_bits


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
    with pytest.raises(ValueError, match="3 characters need tables of 3 rows"):
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


def test_a_bigram_of_tokens_costs_what_its_probabilities_say() -> None:
    text, new = "abababba" * 20, "abba"
    tokenizer = learned_from(text, 0)
    model = CharacterNGrams(2, text)
    # Bytes of letters are letters: the same counts, but 256 signs and a stand-in to be ready for.
    assert token_bigram_bits(tokenizer, text, new) == pytest.approx(bits_per_character(model, new), abs=0.02)
    assert token_bigram_bits(learned_from(text, 3), text, text) < token_bigram_bits(tokenizer, text, text)
    for one, other in (("", "a"), ("a", "")):
        with pytest.raises(ValueError, match="A bigram needs a text"):
            token_bigram_bits(tokenizer, one, other)


def test_a_vocabulary_of_one_token_costs_next_to_nothing() -> None:
    tokenizer = Tokenizer(BPE({"a": 0}, []))
    assert 0 <= token_bigram_bits(tokenizer, "a" * 500, "aaaa") < 0.1


def test_the_bits_stand_beside_the_merges_and_must_fit_them() -> None:
    demo = GrowingPieces({0: learned_from("a b", 0)}, {0: 3.25})
    assert "costs 3.25 bits per character" in demo.description
    with pytest.raises(ValueError, match="needs its bits"):
        GrowingPieces({0: learned_from("a b", 0)}, {1: 3.25})


def test_the_tax_counts_the_tokens_of_both_models_and_what_they_do_not_know(pretrained) -> None:
    decoder, encoder = pretrained("decoder"), pretrained("encoder")
    demo = TokenTax({"English": "free and equal", "emoji": "😀 a"}, decoder, encoder)
    for name, model in (("decoder", decoder), ("encoder", encoder)):
        for language, text in (("English", "free and equal"), ("emoji", "😀 a")):
            assert len(demo.data[language].pieces[name]) == len(
                model.tokenizer(text, add_special_tokens=False).input_ids
            )
    assert demo.data["emoji"].bytes == 6 and demo.data["emoji"].letters == 3
    assert demo.data["emoji"].unknown == {"decoder": 0, "encoder": 1}
    demo.model, demo.language = "encoder", "emoji"
    assert "1 of them say only that something is unknown" in demo.description
    before = demo.scene
    demo.own = "x" * 300
    assert "300" in demo.problem and demo.scene is before
    with pytest.raises(ValueError, match="no sentence"):
        TokenTax({}, decoder, encoder)


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("hello, world", []),
        ("Hello", ["capitals, in preparing"]),
        ("cafe\u0301", ["accents and other marks, in preparing"]),
        ("a\u200db", ["characters that cannot be seen, in preparing"]),
        ("a  b", ["spaces, in cutting and in joining"]),
        ("wait !", ["spaces, in cutting and in joining"]),
        ("don't", []),
        ("日本", []),
        ("x\r\ny", ["spaces, in cutting and in joining"]),
        ("😀 ok", ["what it does not know, in cutting: 😀"]),
        ("[UNK] 😀", ["what it does not know, in cutting: 😀"]),
    ],
)
def test_what_the_encoder_loses_is_named_with_its_place_and_the_decoder_loses_nothing(pretrained, text, lost) -> None:
    assert trip(pretrained("encoder").tokenizer, text).lost == lost
    there = trip(pretrained("decoder").tokenizer, text)
    assert there.lost == [] and there.back == text


def test_a_special_token_that_was_only_typed_is_told(pretrained) -> None:
    demo = ThereAndBack(pretrained("decoder"), pretrained("encoder"))
    demo.text = "a [SEP] b <|endoftext|>"
    assert demo.data["encoder"].special == ["[SEP]"] and demo.data["decoder"].special == ["<|endoftext|>"]
    assert "capitals" not in demo.description and "though you only typed it" in demo.description
    demo.text = "y" * 200
    assert "200" in demo.problem


def test_the_map_keeps_what_a_principal_component_analysis_keeps(pretrained) -> None:
    encoder = pretrained("encoder")
    demo = EmbeddingMap(encoder)
    words = demo.data.words
    rows = encoder.model.embeddings.word_embeddings.weight.detach()[encoder.tokenizer.convert_tokens_to_ids(words)]
    want = torch.stack([torch.nn.functional.cosine_similarity(row[None], rows) for row in rows])
    torch.testing.assert_close(torch.tensor(demo.data.cosines), want, check_dtype=False)
    unit = torch.nn.functional.normalize(rows)
    values = torch.linalg.eigvalsh((unit - unit.mean(0)).T @ (unit - unit.mean(0)))
    assert demo.data.kept == pytest.approx((values[-2:].sum() / values.sum()).item(), abs=1e-4)
    places = torch.tensor(demo.data.places, dtype=torch.float32)
    between = torch.cdist(places, places)
    assert (between <= torch.cdist(unit, unit) + 1e-4).all()  # a shadow is never longer than what throws it


def test_labels_of_a_map_never_lie_on_each_other() -> None:
    spots, words = [(200.0 + i % 3, 210.0) for i in range(12)], ["strawberries"] * 12
    placed = labels(spots, words)
    assert all(abs(a[1] - b[1]) >= 13 or abs(a[0] - b[0]) > 60 for a, b in itertools.combinations(placed, 2))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("piano violin", "there are 2"),
        ("piano piano piano", "there are 1"),
        ("piano violin unravelling", "no single token"),
        ("a b 😀", "no single token"),
    ],
)
def test_words_without_a_row_and_too_few_are_told(pretrained, words, told) -> None:
    demo = EmbeddingMap(pretrained("encoder"))
    before = demo.scene
    demo.words = words
    assert told in demo.problem and demo.scene is before


def test_a_letter_is_a_token_by_itself_where_hyphens_part_the_word(pretrained) -> None:
    demo = HowManyR(pretrained("decoder"))
    assert [each.alone for each in demo.data] == [0, 0, 0, 3] and "r 3 times" in demo.description
    for each, text in zip(demo.data, ["strawberry", " strawberry", "Strawberry"], strict=False):
        assert demo.model.tokenizer.decode(each.numbers) == text
    before = demo.scene
    demo.letter = "rr"
    assert "one letter" in demo.problem and demo.scene is before
    demo.letter, demo.word = "r", "r" * 30
    assert "24 letters" in demo.problem
    demo.letter = ""
    assert "type one letter" in demo.problem


@pytest.mark.parametrize("text", ["don't", "日本", "3.14", "hello[SEP]x", "<|endoftext|>"])
def test_spaces_that_came_in_are_not_told_as_lost(pretrained, text) -> None:
    demo = ThereAndBack(pretrained("decoder"), pretrained("encoder"))
    demo.text = text
    assert "The encoder puts in spaces that were not there, in joining." in demo.description
    assert "loses" not in demo.description
    demo.text = "don't  stop"
    assert "loses spaces, in cutting and in joining, and puts in spaces" in demo.description


def test_the_pieces_of_the_decoder_show_their_spaces_where_these_are_the_matter(pretrained) -> None:
    demo = ThereAndBack(pretrained("decoder"), pretrained("encoder"))
    demo.text = "Café  Noël, at 7 !"
    assert "".join(demo.data["decoder"].pieces).replace("␣", " ") == demo.text


def test_nothing_is_cut_where_labels_are_longest_and_much_is_unknown(pretrained) -> None:
    pieces, tax = EXAMPLES["GrowingPieces"](pretrained), EXAMPLES["TokenTax"](pretrained)
    pieces.merges, tax.language, tax.model = 5000, "Chinese", "encoder"
    assert "of them unknown" in " ".join(str(mark.get("text")) for mark in tax.scene.marks)
    for demo in (pieces, tax):
        assert not [each for width in (500, 640, 760, 880) for each in overlaps(demo.scene, width, wider=1.15)]


def test_all_pieces_of_a_sentence_are_shown_or_how_many_are(pretrained) -> None:
    demo = TokenTax({"long": "All are equal. " * 13}, pretrained("decoder"), pretrained("encoder"))
    words = [str(mark.get("text")) for mark in demo.scene.marks]
    assert words.count("equal") == 13 and "…" not in words
    demo.language = "your own"
    demo.own = "क्ष" * 60
    words = [str(mark.get("text")) for mark in demo.scene.marks]
    assert f"the first 120 of {len(demo.data['your own'].pieces['decoder'])} tokens" in " ".join(words)
    demo.own = "a"
    assert "1 character, 1 byte, 1 token for" in demo.description


def test_bits_are_said_to_be_those_of_other_articles_and_one_character_is_one() -> None:
    demo = GrowingPieces({0: learned_from("a b", 0)}, {0: 3.25})
    demo.text = "é"
    assert "On held-out articles, a bigram of such tokens costs 3.25 bits" in demo.description
    assert "this 1 character (2 bytes) is 2 tokens" in demo.description


def test_both_axes_have_their_letters_and_equal_shares_are_said_to_be_equal() -> None:
    even, other = torch.full((4, 4), 0.25), torch.eye(4)
    demo = TableLearns([even, other], [1.0, 0.5], other, 0.4, ["a", "b", "c", " "])
    words = [str(mark.get("text")) for mark in demo.scene.marks]
    assert all(words.count(name) == 4 for name in ["a", "b", "c", "␣"])
    assert "all 4 shares are equal, 25% each" in words
    demo.shot = 1
    assert not [each for mark in demo.scene.marks if "are equal" in (each := str(mark.get("text")))]
