"""The demos of module 11: what they show, against the measures and the models asked directly."""

from __future__ import annotations

import math
import time

import pytest
import torch
from cachetools import LRUCache
from torch import Tensor

from tests.demos import made_measurements
from tests.demos.made_measurements import FIGURES, TEMPLATES, WORDS, gaps
from unravelling import models
from unravelling.demos.measuring_bias import (
    Association,
    Mitigation,
    Occupations,
    SwapWord,
    Templates,
    TwoGroups,
)
from unravelling.demos.measuring_bias.association import FLOWERS, INSECTS, MOST
from unravelling.demos.measuring_bias.occupations import ALL
from unravelling.demos.measuring_bias.swap_word import named, ratio
from unravelling.language_models import bias
from unravelling.language_models.bias import Estimate, Mitigated
from unravelling.language_models.continuations import next_token_log_probabilities

SENTENCE = "The {} came home late because"


@pytest.fixture(scope="module")
def swap(pretrained) -> SwapWord:
    return SwapWord(pretrained("decoder"), SENTENCE, "nurse", "mechanic")


@pytest.fixture(scope="module")
def lists(pretrained) -> Association:
    return Association(pretrained("encoder"))


@pytest.fixture
def occupations() -> Occupations:
    return Occupations(WORDS, gaps(), TEMPLATES)


@pytest.fixture
def templates() -> Templates:
    return Templates(WORDS, gaps(), TEMPLATES)


@pytest.fixture
def mitigation() -> Mitigation:
    return made_measurements.mitigation()


@pytest.fixture(scope="module")
def groups(pretrained) -> TwoGroups:
    return TwoGroups(pretrained("decoder"))


@pytest.fixture
def bias_demo(request, swap, lists, occupations, templates, groups, mitigation):
    return {
        "swap": swap, "lists": lists, "occupations": occupations, "templates": templates, "groups": groups,
        "mitigation": mitigation
    }[request.param]  # fmt: skip


every_demo = pytest.mark.parametrize(
    "bias_demo", ["swap", "lists", "occupations", "templates", "groups", "mitigation"], indirect=True
)


def test_the_bars_of_a_swapped_word_are_the_models_own_probabilities(swap, pretrained) -> None:
    decoder = pretrained("decoder")
    chances = []
    for word in ("nurse", "mechanic"):
        with torch.no_grad():
            logits = decoder.model(torch.tensor([decoder.ids(SENTENCE.format(word))])).logits[0, -1]
        chances.append(logits.float().softmax(-1))
    best = torch.maximum(*chances).topk(8).indices.tolist()
    assert {token for token, *_ in swap.data.rows} == {decoder.tokenizer.decode([i]) for i in best}
    shown = {token: both for token, *both in swap.data.rows}
    for word in (" she", " he"):
        number = decoder.tokenizer(word, add_special_tokens=False).input_ids[0]
        assert shown[word] == pytest.approx([each[number].item() for each in chances], abs=2e-3)


def test_the_caption_names_the_likeliest_word_after_each_and_picks_no_difference(pretrained) -> None:
    swap = SwapWord(pretrained("decoder"), SENTENCE, "nurse", "mechanic")
    chances = torch.stack([swap._read(SENTENCE, word) for word in ("nurse", "mechanic")])
    moved = (chances[0] - chances[1]).abs().sum().item() / 2
    assert f"moves {moved:.0%} of the probability" in swap.description
    likeliest = [max(swap.data.rows, key=lambda row: row[place]) for place in (1, 2)]
    assert likeliest[0] == likeliest[1]
    token, one, other = likeliest[0]
    assert f"“{named(token)}” after both words ({one:.1%} and {other:.1%})" in swap.description
    assert "differs most" not in swap.description and "is read as" not in swap.description
    swap.sentence = "Yesterday the {} told us that"
    for place in (1, 2):
        best = max(swap.data.rows, key=lambda row: row[place])
        assert f"“{named(best[0])}” after" in swap.description and f"{best[place]:.1%}" in swap.description


def test_a_name_that_is_cut_into_several_tokens_is_said_to_be(pretrained) -> None:
    swap = SwapWord(pretrained("decoder"), SENTENCE, "nurse", "mechanic")
    swap.one = "Lakisha"
    count = dict(swap.data.tokens)["Lakisha"]
    assert count > 1 and f"“Lakisha”, with the space before it, is read as {count} tokens." in swap.description


def test_a_sentence_that_was_read_is_looked_up_and_not_too_many_are_kept(swap, monkeypatch) -> None:
    asked = []

    def counted(decoder, prefix, texts):
        asked.append([prefix + text for text in texts])
        return next_token_log_probabilities(decoder, prefix, texts)

    monkeypatch.setattr("unravelling.demos.measuring_bias.swap_word.next_token_log_probabilities", counted)
    few: LRUCache[tuple[str, str], Tensor] = LRUCache(3)
    few.update(swap._known)
    monkeypatch.setattr(swap, "_known", few)
    first = swap.data
    swap.other = "judge"
    assert asked == [[SENTENCE.format("judge")]]  # the one that is new
    swap.other = "mechanic"
    assert len(asked) == 1 and swap.data.rows == first.rows
    for word in ("pilot", "clerk", "baker"):
        swap.other = word
    assert len(swap._known) == 3
    swap.other = "mechanic"
    for (token, *both), (then, *before) in zip(swap.data.rows, first.rows, strict=True):
        assert token == then and both == pytest.approx(before, abs=1e-5)


@pytest.mark.parametrize(
    ("control", "text", "says"),
    [
        ("sentence", "The nurse came home because", "needs {} once"),
        ("sentence", "{} and {} came", "needs {} once"),
        ("sentence", "", "is empty"),
        ("sentence", "word " * 3000, "3,000 words"),
        ("one", "", "is empty"),
        ("other", "nurse ", "Both words are 'nurse'"),
        ("one", "word " * 3000, "3,000 words"),
    ],
)
def test_what_cannot_be_swapped_gets_a_sentence_and_loses_nothing(swap, control, text, says) -> None:
    good, picture = getattr(swap, control), swap.scene
    setattr(swap, control, text)
    assert says in swap.problem and swap.scene is picture
    setattr(swap, control, good)
    assert not swap.problem


def test_a_sentence_longer_than_the_context_is_refused(swap, monkeypatch) -> None:
    monkeypatch.setattr(type(swap.decoder), "context", 9)
    swap.sentence = "When after all that time the {} came home,"
    assert "too long" in swap.problem and "at most 9" in swap.problem
    monkeypatch.undo()
    swap.sentence = SENTENCE
    assert not swap.problem


def test_how_many_times_likelier_and_what_a_white_token_is_called() -> None:
    assert ratio(0.2, 0.1) == "A: 2.0 times" and ratio(0.1, 0.4) == "B: 4.0 times" and ratio(0.1, 0.105)[0] == "a"
    assert (named(" she"), named("\n\n"), named(" ")) == ("she", "a line's end", "a space")


def test_occupations_stand_at_their_labour_figure_and_the_models_share(occupations) -> None:
    order = sorted(range(len(WORDS)), key=FIGURES.__getitem__)
    wanted = (100 * bias.share(gaps().mean(1)))[order].tolist()
    assert occupations.words == [WORDS[place] for place in order]  # in the list too
    assert occupations.data.shares == pytest.approx(wanted) and occupations.data.figures == sorted(FIGURES)
    assert str(bias.rank_correlation(gaps().mean(1), FIGURES)) in occupations.description
    occupations.word = "plumber"
    assert f"After “plumber” the model gives 'she' {wanted[0]:.0f}%" in occupations.description
    assert "1% were women" in occupations.description
    occupations.template = TEMPLATES[3]
    assert occupations.data.shares == pytest.approx((100 * bias.share(gaps()[:, 3]))[order].tolist())
    assert bias.signed(bias.rank_correlation(gaps()[:, 3], FIGURES, resamples=1).value) in occupations.description
    occupations.template = ALL
    assert occupations.data.shares == pytest.approx(wanted)


def test_a_click_on_any_dot_names_its_occupation(occupations) -> None:
    places = [mark for mark in occupations.scene.marks if mark["kind"] == "picks"]
    assert [mark["value"] for mark in places] == occupations.words
    dots = [mark for mark in occupations.scene.marks if mark["kind"] == "circle"]
    for place, dot in zip(places, dots, strict=False):  # the last circle is the large one on the chosen dot
        assert (place["x"] + place["w"] / 2, place["y"] + place["h"] / 2) == pytest.approx((dot["x"], dot["y"]))
        occupations.picture.pick = {"control": "word", "value": place["value"], "time": 1}
        assert occupations.word == place["value"] and place["value"] in occupations.description


def test_more_templates_settle_the_mean_and_single_ones_are_told_apart(templates) -> None:
    templates.word, templates.count = "baker", 1
    assert templates.data.found is None and "no interval" in templates.description
    templates.count = 4
    own = gaps()[WORDS.index("baker")].tolist()
    assert templates.data.gaps == pytest.approx(own)
    assert str(bias.mean(own)) in templates.description
    assert f"{bias.signed(min(own))} to {bias.signed(max(own))}" in templates.description
    single = [bias.rank_correlation(gaps()[:, k], FIGURES, resamples=1).value for k in range(4)]
    assert templates.data.single == pytest.approx(single)
    together = bias.rank_correlation(gaps().mean(1), FIGURES, resamples=1).value
    assert templates.data.together == pytest.approx(together)


@pytest.mark.parametrize("demo", [Occupations, Templates])
def test_measurements_that_do_not_fit_are_refused(demo) -> None:
    with pytest.raises(ValueError, match="do not fit gaps"):
        demo(WORDS[:3], gaps(), TEMPLATES)
    with pytest.raises(ValueError, match="no labour figure for 'astronaut'"):
        demo([*WORDS[:7], "astronaut"], gaps(), TEMPLATES)
    with pytest.raises(ValueError, match="at least two"):
        Templates(WORDS, gaps()[:, :1], TEMPLATES[:1])


def test_the_association_is_that_of_the_measure(lists, pretrained) -> None:
    given = [text.split() for text in (lists.x, lists.y, lists.a, lists.b)]
    assert lists.data == bias.association(pretrained("encoder"), *given, most=MOST)
    assert bias.signed(lists.data.effect) in lists.description and f"{lists.data.p:.4f}" in lists.description


def test_the_picture_says_how_many_ways_there_are_and_how_many_were_tried(lists) -> None:
    def said() -> str:
        return next(mark["text"] for mark in lists.scene.marks if mark.get("text", "").startswith("chance"))

    assert "all 924 ways" in said()
    lists.x = FLOWERS + ", cherry; garden;tree"
    assert f"4,000 of {math.comb(15, 9):,} ways" in said()
    lists.x = FLOWERS


@pytest.mark.parametrize(
    ("control", "text", "says"),
    [
        ("x", "", "'X' is empty"),
        ("x", ",", "The list X is empty"),
        ("x", INSECTS, "X and Y are the same"),
        ("y", "ant love", "'love' stands in Y and in A"),
        ("a", "love peace love", "stands twice in the list A"),
        ("b", "antidisestablishmentarianism", "is 8 tokens to the encoder"),
        ("b", "word " * 3000, "3,000 words"),
    ],
)
def test_lists_that_cannot_be_compared_get_a_sentence_and_lose_nothing(lists, control, text, says) -> None:
    good, picture = getattr(lists, control), lists.scene
    setattr(lists, control, text)
    assert says in lists.problem and lists.scene is picture
    setattr(lists, control, good)
    assert not lists.problem


def test_a_single_word_on_each_side_is_enough(lists) -> None:
    lists.x, lists.y, lists.a, lists.b = "rose", "ant", "love", "pain"
    assert not lists.problem and (lists.data.splits, lists.data.x) == (2, 1)
    lists.x, lists.y, lists.a, lists.b = FLOWERS, INSECTS, type(lists).a.value, type(lists).b.value


def test_words_left_out_of_two_groups_move_the_interaction_and_its_interval(groups, pretrained) -> None:
    decoder = pretrained("decoder")
    able, looks = (bias.usable(decoder, words) for words in (bias.INTELLIGENCE, bias.APPEARANCE))
    whole = bias.both_ways(decoder, able, looks)
    assert groups.data.interaction == pytest.approx(whole.interaction, abs=1e-4)
    assert str(groups.data.interaction) in groups.description and str(groups.data.over_templates) in groups.description
    assert ("includes 0" in groups.description) == (whole.interaction.low <= 0 <= whole.interaction.high)
    groups.able = " ".join(able[1:])
    fewer = bias.both_ways(decoder, able[1:], looks)
    assert groups.data.interaction == pytest.approx(fewer.interaction, abs=1e-4) and able[0] not in groups.data.by_word
    for text, says in (
        ("", "is empty"),
        (looks[0], "both lists"),
        ("Lakisha", "not one token"),
        ("thin thin", "twice"),
    ):
        groups.able = text
        assert says in groups.problem
    groups.able = " ".join(able)
    assert not groups.problem


@pytest.mark.parametrize(("able", "looks"), [("clever", None), (None, "slim"), ("clever", "slim")])
def test_one_word_in_a_list_has_no_interval_over_words(groups, able, looks) -> None:
    before = groups.able, groups.looks

    def said() -> list[str]:
        return [mark["text"] for mark in groups.scene.marks if "text" in mark]

    def intervals() -> int:
        return sum(mark.get("width") == 3 for mark in groups.scene.marks)

    assert "and over words" in said() and intervals() == 2
    groups.able, groups.looks = able or before[0], looks or before[1]
    assert not groups.problem
    assert "One word has no interval over words" in groups.description
    assert str(groups.data.over_templates) in groups.description
    assert not any(each in groups.description for each in (str(groups.data.interaction), "leaves 0", "includes 0"))
    assert "no interval over words" in said() and "and over words" not in said() and intervals() == 1
    groups.able, groups.looks = before


def test_before_and_after_tell_the_measured_rows(mitigation) -> None:
    plain, told, projected = mitigation.rows
    assert mitigation.method == "a sentence" and str(told.gap).replace("+", "") in mitigation.description
    assert str(plain.correlation) in mitigation.description and str(told.correlation) in mitigation.description
    assert mitigation.data.before == pytest.approx(plain.gaps.mean(1).tolist())
    assert mitigation.data.after == pytest.approx(told.gaps.mean(1).tolist())
    mitigation.method, mitigation.show = "projection", "off target"
    assert "in 50% of the sentences (without: 100%)" in mitigation.description
    assert f"{projected.bits:.2f} bits a token on other text (without: {plain.bits:.2f})" in mitigation.description


def test_gaps_that_are_all_alike_have_no_order() -> None:
    plain = made_measurements.row("none", gaps(), 1.0, 4.0)
    alike = Mitigated("projection", gaps() * 0, Estimate(0, 0, 0), Estimate(0, 0, 0), 0.5, 4.6)
    said = Mitigation(WORDS, [plain, alike]).description
    assert "to 0.00 (0.00 to 0.00) bits" in said and "no order" in said and "correlation" not in said


def test_a_mitigation_needs_something_to_be_compared_with() -> None:
    plain = Mitigated("none", gaps(), Estimate(1, 0, 2), Estimate(0, 0, 0), 1.0, 4.0)
    for words, rows in ((WORDS, [plain]), (WORDS[:3], [plain, plain])):
        with pytest.raises(ValueError, match="at least two rows"):
            Mitigation(words, rows)


@every_demo
def test_every_control_changes_the_picture(bias_demo) -> None:
    demo = bias_demo
    others = {"sentence": "When the {} saw us,", "x": "tree garden", "y": "cat dog", "a": "joy", "b": "dark cold"}
    others |= {"able": "clever quick", "looks": "tall thin"}
    for name, widget in demo.controls.items():
        before = (demo.scene.spec, demo.scene.numbers, demo.description)
        good = widget.value
        if hasattr(widget, "options"):
            widget.value = next(o for o in widget.options if o != widget.value)
        elif isinstance(widget.value, str):
            widget.value = others.get(name, "captain")
        else:
            widget.value = widget.min if widget.value != widget.min else widget.max
        assert not demo.problem and (demo.scene.spec, demo.scene.numbers, demo.description) != before, name
        widget.value = good


@every_demo
def test_nothing_is_drawn_outside_the_picture(bias_demo) -> None:
    for mark in bias_demo.scene.marks:
        if "y" in mark:
            assert 0 <= mark["y"] <= bias_demo.scene.height and 0 <= mark["x"] <= bias_demo.scene.width


@pytest.mark.parametrize("bias_demo", ["lists", "occupations", "templates", "groups", "mitigation"], indirect=True)
def test_what_was_measured_is_looked_up(bias_demo) -> None:
    """Processor time, not seconds: the machine may be shared."""
    demo, costs = bias_demo, []
    for name, widget in demo.controls.items():
        good, begun = widget.value, time.process_time()
        if hasattr(widget, "options"):
            widget.value = next(o for o in widget.options if o != good)
        else:
            widget.value = widget.max if name == "count" else f"{good} world"
        costs.append(time.process_time() - begun)
        widget.value = good
    assert sorted(costs)[-1] < 0.1


def test_names_are_enough(monkeypatch, swap, lists) -> None:
    monkeypatch.setattr(models, "load", {"decoder": swap.decoder, "encoder": lists.encoder}.__getitem__)
    assert SwapWord("decoder").data is not None and Association("encoder").data is not None
