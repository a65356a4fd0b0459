"""The demos of module 01: what they compute, against formulas written another way; and what their controls do."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import pytest

from unravelling.demos.what_is_a_language_model import ShannonGame, Smoothing, Sparsity
from unravelling.demos.what_is_a_language_model.guessing_game import (
    SYMBOLS,
    Game,
    folded,
    passages,
    rank_of,
    upper_bound,
)
from unravelling.demos.what_is_a_language_model.shannon_game import ENOUGH, layout
from unravelling.demos.what_is_a_language_model.smoothing import bits_at, seen
from unravelling.demos.what_is_a_language_model.sparsity import power_of_ten, sparse
from unravelling.drawing.text_metrics import text_width
from unravelling.language_models import CharacterNGrams, Counts

COUNTED = (
    "The cat sat on the mat. The dog sat on the cat and the cat ran. A dog that runs is seldom seen, they said, "
    "and the mat was red. The capital of the county was the capital of the trade in mats.\n\n"
) * 6
NEW = "The queen sat on a mat near the capital. Did the dog run? It did not; the cat was quick and the dog was old."
STORY = (
    "Our line runs from a hook beside the kitchen window to the old pear tree. The tree leans more each year.\n"
    "On Mondays, when the wind is right, the sheets dry in an hour and the cat sleeps below them in the shade.\n\n"
)


@pytest.fixture(scope="module")
def counts() -> Counts:
    return Counts(COUNTED, most=5)


def game(counts: Counts, text: str = STORY) -> ShannonGame:
    return ShannonGame(text, {f"order {n}": CharacterNGrams.from_counts(counts, n) for n in (2, 4)})


def type_guess(demo: ShannonGame, text: str) -> None:
    demo.controls["guess"].value = text


def answer(demo: ShannonGame) -> str:
    return demo.game.text[demo.game.place]


def press(demo: ShannonGame, control: str, label: str) -> None:
    (button,) = [each for each in demo.controls[control].children if each.description == label]
    button.click()


# Shannon's game


def test_the_bound_is_the_entropy_of_the_ranks() -> None:
    assert upper_bound([1] * 20) == 0
    assert upper_bound([1, 2, 3, 4] * 5) == pytest.approx(2)
    assert upper_bound([1, 1, 1, 2]) == pytest.approx(0.75 * math.log2(4 / 3) + 0.25 * 2)
    with pytest.raises(ValueError, match="Without a single letter"):
        upper_bound([])


def test_the_bound_lies_above_what_the_models_own_probabilities_say_on_much_text(counts: Counts) -> None:
    model = CharacterNGrams.from_counts(counts, 3)
    text = COUNTED.strip()
    ranks = [rank_of(text[i].lower().replace("\n", " "), model.distribution(text[:i])) for i in range(len(text))]
    bits = -sum(model.log_probabilities(text)) / len(text) / math.log(2)
    assert upper_bound(ranks) > bits


def test_a_rank_is_one_more_than_the_symbols_that_are_more_probable() -> None:
    distribution = {"T": 0.2, "t": 0.2, "e": 0.3, "\n": 0.05, " ": 0.15, "é": 0.1}
    assert folded(distribution)["t"] == pytest.approx(0.4) and folded(distribution)[" "] == pytest.approx(0.2)
    assert [rank_of(symbol, distribution) for symbol in "te "] == [1, 2, 3]
    assert rank_of("z", distribution) > 3


def test_passages_have_only_what_can_be_guessed_and_begin_after_headings() -> None:
    text = "The title\n\nThis is 1 odd sentence. " + STORY + "Another title\n\n" + STORY
    found = passages(text)
    assert found and all(set(each.lower()) <= set(SYMBOLS) and "title" not in each for each in found)
    assert all(each in " ".join(text.split()) and len(each) <= 145 for each in found)


def test_nothing_that_is_sent_to_the_browser_depends_on_what_is_still_to_be_guessed(counts: Counts) -> None:
    """Two passages that agree up to the present place look the same in every trait of every widget."""
    here = game(counts)
    place = here.game.place + 3
    others = STORY[:place] + "qzj xkw" + STORY[place + 7 :]
    there = game(counts, others)
    for letter in here.game.text[here.game.place : place]:
        for demo in (here, there):
            type_guess(demo, letter)
    for wrong in "vbm":
        for demo in (here, there):
            type_guess(demo, wrong)
    assert here.game.place == there.game.place == place and answer(here) != answer(there)
    sent = [json.dumps([demo.picture.scene, demo.picture.caption, demo.picture.problem]) for demo in (here, there)]
    assert sent[0] == sent[1]
    assert here.data == there.data
    plain = [demo._repr_mimebundle_()[0]["text/plain"] for demo in (here, there)]
    assert plain[0] == plain[1]


def test_the_picture_is_drawn_from_the_snapshot_and_not_from_the_game(counts: Counts) -> None:
    demo, untouched = game(counts), game(counts)
    for typed in (answer(demo), "z", "q"):
        type_guess(demo, typed)
    v = demo.values
    assert untouched.draw(v, untouched.compute(v)).spec == demo.scene.spec != untouched.scene.spec


def test_wrong_guesses_are_counted_and_the_right_one_moves_on(counts: Counts) -> None:
    demo = game(counts)
    start, letter = demo.game.place, answer(demo)
    wrong = [each for each in "qzx" if each != letter.lower()]
    for each in wrong:
        type_guess(demo, each)
    assert demo.data.tried == tuple(wrong) and demo.data.shown == demo.game.text[:start]
    type_guess(demo, letter.upper())
    assert demo.data.guesses == (*[0] * start, len(wrong) + 1) and demo.data.tried == ()
    assert demo.data.shown.endswith(letter) and demo.data.message.endswith(f"at guess {len(wrong) + 1}.")
    assert demo.controls["guess"].value == "", "the field is ready for the next guess"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("th", "These are 2 characters"),
        ("word " * 3000, "one at a time"),
        ("é", "“é” is not in the game"),
        ("7", "is not in the game"),
        ("🙂", "is not in the game"),
    ],
)
def test_what_cannot_be_a_guess_is_refused_and_costs_nothing(counts: Counts, typed: str, sentence: str) -> None:
    demo = game(counts)
    before = (demo.picture.scene, demo.data)
    type_guess(demo, typed)
    assert sentence in demo.problem and (demo.picture.scene, demo.data) == before
    assert demo.controls["guess"].value == ""


def test_the_same_wrong_guess_is_not_counted_twice(counts: Counts) -> None:
    demo = game(counts)
    for _ in range(2):
        type_guess(demo, "z")
    assert demo.data.tried == ("z",) and "tried “z” for this place already" in demo.problem


def test_enter_on_the_empty_field_is_complained_about_once(counts: Counts) -> None:
    demo = game(counts)
    demo.entered_by_hand = demo.controls["guess"]._handle_custom_msg
    demo.entered_by_hand({"event": "submit"}, [])
    assert "The field is empty" in demo.problem
    demo.entered_by_hand({"event": "submit"}, [])
    assert demo.problem == ""


def test_a_space_may_be_typed_or_pressed(counts: Counts) -> None:
    one, other = game(counts), game(counts)
    for demo in (one, other):
        while answer(demo) != " ":
            type_guess(demo, answer(demo))
    type_guess(one, " ")
    press(other, "other", "it is a space")
    assert one.data == other.data and one.data.shown.endswith(" ")


def test_giving_up_costs_what_it_takes_to_be_told_and_is_never_right_at_once(counts: Counts) -> None:
    demo = game(counts)
    while answer(demo) != " ":  # a space, too: the most frequent character is no gift
        type_guess(demo, answer(demo))
    solved = len(demo.game.mine)
    press(demo, "other", "I give up")
    assert demo.data.scores[0].first == pytest.approx(solved / (solved + 1))
    assert f"Being told which of the {len(SYMBOLS)} untried characters it is costs 5.2 bits." in demo.description
    type_guess(demo, "z" if answer(demo).lower() != "z" else "q")
    press(demo, "other", "I give up")
    assert demo.game.mine[-2:] == [-1, -2] and demo.data.guesses[-2:] == (-1, -2)
    assert f"of the {len(SYMBOLS) - 1} untried" in demo.description
    texts = [mark["text"] for mark in demo.scene.marks if mark["kind"] == "text"]
    assert texts.count("–") == 2 and "under each character: the guesses it took; –: given up" in texts


def test_who_always_gives_up_is_behind_every_model(counts: Counts) -> None:
    demo = game(counts)
    for _ in range(ENOUGH + 4):
        press(demo, "other", "I give up")
    you, *models = demo.data.scores
    assert you.first == 0 and you.bits == pytest.approx(math.log2(len(SYMBOLS)))
    assert all(you.bits > model.bits for model in models)
    assert "cannot show more than" not in demo.description, "what was told can be more"


def test_the_bound_holds_for_who_gives_up_sometimes() -> None:
    assert upper_bound([1, 1, -1, -1]) == pytest.approx(1 + math.log2(len(SYMBOLS)) / 2)
    assert upper_bound([-1, -2]) == pytest.approx(1 + (math.log2(len(SYMBOLS)) + math.log2(len(SYMBOLS) - 1)) / 2)
    assert upper_bound([-len(SYMBOLS)]) == 0, "when all others were tried, nothing is left to tell"


def test_counts_under_neighbouring_letters_do_not_run_into_each_other(counts: Counts) -> None:
    demo = game(counts)
    for _ in range(60):  # many of two digits: wrong guesses first
        if demo.game.finished:
            press(demo, "other", "another passage")
        for wrong in [each for each in SYMBOLS[:11] if each != answer(demo).lower()] if len(demo.game.mine) % 2 else "":
            type_guess(demo, wrong)
        type_guess(demo, answer(demo))
    marks = [mark for mark in demo.scene.marks if mark["kind"] == "text" and mark["text"].isdigit()]
    marks = [mark for mark in marks if mark["align"] == "center"]
    assert sum(len(mark["text"]) == 2 for mark in marks) > 5
    for one, other in pairwise(sorted(marks, key=lambda mark: (mark["y"], mark["x"]))):
        if one["y"] == other["y"]:
            wide = [0.64 * mark["size"] * len(mark["text"]) for mark in (one, other)]  # digits of a wide font
            assert other["x"] - one["x"] >= sum(wide) / 2 + 2, (one["text"], other["text"])


def test_the_score_comes_after_ten_characters_and_the_models_are_judged_on_the_same_ones(counts: Counts) -> None:
    demo = game(counts)
    start = demo.game.place
    for count in range(ENOUGH):
        assert demo.data.scores[0].bits is None and "bound" not in demo.description, count
        type_guess(demo, answer(demo))
    you, *models = demo.data.scores
    assert you.bits == 0 and you.first == 1 and you.characters == ENOUGH
    text = demo.game.text
    for row, order in zip(models, (2, 4), strict=True):
        model = CharacterNGrams.from_counts(counts, order)
        ranks = []
        for place in range(start, start + ENOUGH):
            chances = folded(model.distribution(text[:place]))
            ranks.append(1 + sum(chance > chances[text[place].lower()] for chance in chances.values()))
        assert row.who == f"order {order}" and row.bits == pytest.approx(upper_bound(ranks), abs=0.35)  # ties
    assert "So few make every figure too low" in demo.description


def test_a_finished_passage_says_what_to_press_and_the_score_goes_on(counts: Counts) -> None:
    demo = game(counts)
    while not demo.game.finished:
        press(demo, "other", "I give up")
    done = len(demo.game.mine)
    assert "press “another passage”" in demo.description
    type_guess(demo, "e")
    assert "This passage is finished" in demo.problem
    if len(demo.game.passages) > 1:
        press(demo, "other", "another passage")
        assert demo.problem == "" and demo.game.number == 1 and len(demo.game.mine) == done
    for _ in demo.game.passages:
        press(demo, "other", "another passage")
    assert "last passage" in demo.problem


def test_the_lines_are_wrapped_by_what_is_in_sight_and_hold_the_longest_passage() -> None:
    shown = ("seventeen letters and more " * 8)[:145]
    whole = layout(shown)
    for count in range(len(shown)):
        assert layout(shown[:count]) == whole[: count + 1]
    assert max(line for _, line in whole) <= 4 and max(column for column, _ in whole) < 40
    assert len(set(whole)) == len(whole)
    assert all(whole[i][1] == whole[i + 1][1] for i in range(len(shown) - 1) if " " not in shown[i : i + 2]), "broken"


def test_a_text_without_a_sentence_to_play_is_refused_with_a_sentence(counts: Counts) -> None:
    with pytest.raises(ValueError, match="at least one plain sentence"):
        game(counts, "日本語。")


def test_a_game_hands_out_ranks_that_recount_its_guesses(counts: Counts) -> None:
    play = Game(passages(STORY), {})
    letter = play.text[play.place]
    assert not play.guess("!") and play.guess(letter.lower()) and play.mine == [2]
    assert not play.guess("!")
    for refused in ("é", "!"):
        with pytest.raises(ValueError, match="cannot be guessed"):
            play.guess(refused)


# Smoothing


@pytest.mark.parametrize("order", [2, 3, 5])
@pytest.mark.parametrize("alpha", [0.001, 1.0, 50.0])
def test_bits_are_those_of_the_model_with_that_alpha(counts: Counts, order: int, alpha: float) -> None:
    model = CharacterNGrams.from_counts(counts, order, alpha=alpha)
    logs = model.log_probabilities(NEW)[order - 1 :]
    assert bits_at(seen(counts, NEW, order), alpha) == pytest.approx(-sum(logs) / len(logs) / math.log(2))


def test_much_smoothing_ends_at_all_characters_equally_probable_and_little_of_it_suits_only_counted_text(
    counts: Counts,
) -> None:
    demo = Smoothing(counts, COUNTED, NEW, order=3)
    texts = [mark["text"] for mark in demo.scene.marks if mark["kind"] == "text"]
    assert "2 characters back" in texts and "exponent −1" in texts
    counted, new = demo.curves[3]
    assert all(counted[1:] >= counted[:-1])
    assert new[0] > new.min() < new[-1]
    assert bits_at(seen(counts, COUNTED, 3), 1e9) == pytest.approx(math.log2(len(counts.alphabet)), 1e-3)


def test_the_sliders_place_and_the_order_are_what_is_shown(counts: Counts) -> None:
    demo = Smoothing(counts, COUNTED, NEW)
    demo.order, demo.exponent = 4, -2.0
    model = CharacterNGrams.from_counts(counts, 4, alpha=0.01)
    logs = model.log_probabilities(NEW)[3:]
    assert demo.data.new == pytest.approx(-sum(logs) / len(logs) / math.log(2))
    assert f"{demo.data.new:.2f}" in demo.description and "α = 0.01" in demo.description


# Sparsity


@pytest.mark.parametrize("order", [1, 2, 4, 5])
def test_unseen_contexts_are_those_that_a_set_of_strings_lacks(counts: Counts, order: int) -> None:
    width = order - 1
    known = {c if c in counts.alphabet else counts.alphabet[-1] for c in NEW}
    folded_new = "".join(c if c in known else counts.alphabet[-1] for c in NEW)
    contexts = {COUNTED[i : i + width] for i in range(len(COUNTED) - width)}
    missing = [folded_new[i : i + width] not in contexts for i in range(len(NEW) - width)]
    found = sparse(counts, NEW, order)
    assert found.unseen == pytest.approx(sum(missing) / len(missing))
    assert found.seen == len(contexts) and found.possible == len(counts.alphabet) ** width
    assert (found.example is None) == (not any(missing))
    if found.example is not None:
        assert missing[found.example]


def test_with_the_counted_text_the_orders_go_on_beyond_the_counts(counts: Counts) -> None:
    demo = Sparsity(counts, NEW, COUNTED, order=9)
    assert len(demo.rows) == 12 and demo.order == 9 and demo.controls["order"].max == 12
    for order in (6, 9, 12):
        width = order - 1
        coded, other = counts.encode(COUNTED).tolist(), counts.encode(NEW).tolist()
        contexts = {tuple(coded[i : i + width]) for i in range(len(coded) - width)}
        missing = [tuple(other[i : i + width]) not in contexts for i in range(len(other) - width)]
        row = demo.rows[order - 1]
        assert row.seen == len(contexts) and row.unseen == pytest.approx(sum(missing) / len(missing))
        assert row.possible == len(counts.alphabet) ** width and (row.example is None or missing[row.example])


def test_the_orders_under_the_charts_do_not_run_together_on_a_narrow_page(counts: Counts) -> None:
    marks = Sparsity(counts, NEW, COUNTED).scene.marks
    under = [mark for mark in marks if mark["kind"] == "text" and mark["y"] == 270 and mark["text"].isdigit()]
    for one, other in pairwise(sorted(under, key=lambda mark: mark["x"])):
        wide = text_width("12", 12 * 760 / 640)
        assert other["x"] - one["x"] >= wide + 4, (one["text"], other["text"])
    assert {"1", "9"} <= {mark["text"] for mark in under if mark["x"] > 400}


def test_more_context_is_never_seen_more_often(counts: Counts) -> None:
    demo = Sparsity(counts, NEW)
    shares = [row.unseen for row in demo.rows]
    assert shares == sorted(shares) and shares[0] == 0
    demo.order = 5
    assert demo.data == demo.rows[4] and "“" in demo.description
    demo.order = 1
    assert "the empty one" in demo.description


@pytest.mark.parametrize(
    ("number", "written"), [(1, "1"), (9_999_999, "9,999,999"), (33_362_176, "3.3 × 10⁷"), (99 * 10**20, "9.9 × 10²¹")]
)
def test_large_numbers_are_rounded_to_powers_of_ten(number: int, written: str) -> None:
    assert power_of_ten(number) == written
