"""The demos of module 07: what they compute, against the models asked directly and against figures written down."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch

from unravelling import models
from unravelling.demos import pictures
from unravelling.demos.bert_and_gpt import FillOrContinue, Similarity, Timeline, Visibility
from unravelling.demos.bert_and_gpt.fill_or_continue import SCALES, reads_leftwards
from unravelling.demos.bert_and_gpt.similarity import BY, SENTENCES
from unravelling.demos.bert_and_gpt.timeline import KINDS, QUANTITIES, marks
from unravelling.demos.bert_and_gpt.visibility import CROSS, FAMILIES, NOTHING, SELF, role_of, visible
from unravelling.demos.pictures import fifteen_of_hundred
from unravelling.drawing.text_metrics import text_width
from unravelling.language_models.fill_mask import Accuracy
from unravelling.language_models.milestones import MILESTONES

SENTENCE = "The children are asleep upstairs."


@pytest.fixture(scope="module")
def fill_or_continue(pretrained) -> FillOrContinue:
    return FillOrContinue(pretrained("masked_lm"), pretrained("decoder"), SENTENCE)


@pytest.fixture(scope="module")
def alike(pretrained) -> Similarity:
    return Similarity(pretrained("encoder"))


@pytest.fixture
def pretrained_demo(request, fill_or_continue, alike):
    return {"fill or continue": fill_or_continue, "alike": alike, "visibility": Visibility(), "timeline": Timeline()}[
        request.param
    ]


every_demo = pytest.mark.parametrize(
    "pretrained_demo", ["fill or continue", "alike", "visibility", "timeline"], indirect=True
)


@pytest.mark.parametrize("blank", [1, 2, 5])
def test_the_masked_models_answers_are_its_own_probabilities_at_the_mask(fill_or_continue, blank: int) -> None:
    demo = fill_or_continue
    demo.sentence, demo.blank = SENTENCE, blank
    words = SENTENCE[:-1].split()
    text = " ".join([*words[: blank - 1], "[MASK]", *words[blank:]]) + "."
    tokens, scores = demo.masked.logits(text)
    chances = scores[tokens.index("[MASK]")].softmax(-1)
    own = demo.masked.tokenizer(words[blank - 1], add_special_tokens=False).input_ids
    assert len(own) == 1 and demo.data.filled.chance == pytest.approx(chances[own[0]].item(), rel=1e-3)
    assert demo.data.filled.likeliest[0].probability == pytest.approx(chances.max().item(), rel=1e-3)
    share, words = f"{demo.masked.facts['top1']:.0%}", [m["text"] for m in demo.scene.marks if m["kind"] == "text"]
    assert share in " ".join(words) and share not in demo.description  # beside every fill, and read out no second time


@pytest.mark.parametrize("blank", [1, 3])
def test_the_decoders_answers_follow_from_what_stands_before(fill_or_continue, blank: int) -> None:
    demo = fill_or_continue
    demo.sentence, demo.blank = SENTENCE, blank
    words = SENTENCE[:-1].split()
    before = " ".join(words[: blank - 1])
    ids = demo.decoder.ids(before) if before else demo.decoder.ids("a")[:1]
    with torch.no_grad():
        chances = demo.decoder.model(torch.tensor([ids])).logits[0, -1].softmax(-1)
    assert demo.data.gone_on.likeliest[0].probability == pytest.approx(chances.max().item(), rel=1e-3)
    name = (" " if before else "") + words[blank - 1]
    (own,) = demo.decoder.tokenizer(name, add_special_tokens=False).input_ids
    assert demo.data.gone_on.chance == pytest.approx(chances[own].item(), rel=1e-3)


def test_changing_a_later_word_moves_only_the_masked_model(fill_or_continue) -> None:
    demo = fill_or_continue
    demo.sentence, demo.blank = SENTENCE, 2
    before = demo.data
    demo.sentence = "The children is asleep upstairs."
    now, then = ([each.probability for each in data.gone_on.likeliest] for data in (demo.data, before))
    assert now == pytest.approx(then, abs=1e-5)
    assert demo.data.filled.likeliest != before.filled.likeliest


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ("", "is empty"),
        ("Word", "at least two words"),
        ("The ___ are asleep.", "slider makes the blank"),
        ("word " * 30, "at most 24"),
        ("!!! ???", "at least two words"),
    ],
)
def test_a_sentence_that_cannot_be_shown_gets_a_sentence_and_loses_nothing(fill_or_continue, sentence, says) -> None:
    demo = fill_or_continue
    demo.sentence, demo.blank = SENTENCE, 2
    good = demo.scene
    demo.sentence = sentence
    assert says in demo.problem and demo.scene is good
    demo.sentence = SENTENCE
    assert not demo.problem


def test_a_word_of_several_tokens_is_named_as_such(fill_or_continue) -> None:
    demo = fill_or_continue
    demo.sentence, demo.blank = "The antidisestablishmentarianism is old.", 2
    assert demo.data.filled.chance is None and demo.data.filled.pieces > 1
    assert "tokens, and a blank is one" in demo.description


def test_a_model_without_a_record_shows_what_the_learner_measured(pretrained) -> None:
    stranger = pretrained("masked_lm")
    facts, stranger.facts = stranger.facts, {}
    try:
        assert "has not been measured" in _said(FillOrContinue(stranger, pretrained("decoder")))
        measured = FillOrContinue(stranger, pretrained("decoder"), measured=Accuracy(30, 120, 0.2, 0.3, 0.05))
        assert "It named 25% of 120 hidden tokens" in _said(measured)
    finally:
        stranger.facts = facts


def test_models_in_the_wrong_order_are_refused_with_a_sentence(pretrained) -> None:
    with pytest.raises(ValueError, match=r'models\.load\("masked_lm"\) returns. This is of another kind: decoder'):
        FillOrContinue(pretrained("decoder"), pretrained("masked_lm"))


def test_each_family_opens_the_pairs_that_its_definition_names() -> None:
    for count in range(1, 7):
        for given in range(1, count + 1):
            tables = {family: visible(family, count, given) for family in FAMILIES}
            for i in range(count):
                for j in range(count):
                    earlier, both_given = j <= i, i < given and j < given
                    assert tables["encoder"][i, j] == SELF
                    assert tables["decoder"][i, j] == (SELF if earlier else NOTHING)
                    assert tables["prefix decoder"][i, j] == (SELF if earlier or both_given else NOTHING)
                    crossing = CROSS if i >= given > j else tables["prefix decoder"][i, j]
                    assert tables["encoder-decoder"][i, j] == crossing


def test_the_tables_are_those_of_pytorchs_masks() -> None:
    causal = torch.nn.Transformer.generate_square_subsequent_mask(5) == 0
    assert np.array_equal(visible("decoder", 5, 2) != NOTHING, causal.numpy())


def test_what_a_word_sees_is_said() -> None:
    demo = Visibility("a b c d", given=2)
    demo.family, demo.word = "decoder", 2
    assert "sees only “a” and “b”. There are 10 of 16 pairs in which one may" in demo.description
    demo.given = 1
    assert "with 1 word given" in demo.description
    demo.given = 2
    demo.family = "encoder"
    assert "sees every word" in demo.description
    demo.family, demo.word = "encoder-decoder", 3
    assert "2 of them by cross-attention" in demo.description
    demo.sentence = "alone"
    assert "at least two" in demo.problem


@pytest.mark.parametrize(("family", "given"), [("mixture", 1), ("decoder", 0), ("decoder", 4)])
def test_a_table_that_there_is_not_is_refused(family: str, given: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        visible(family, 3, given)


def _texts(demo) -> list[dict]:
    return [mark for mark in demo.scene.marks if mark["kind"] == "text"]


def _said(demo) -> str:
    return " ".join(mark["text"] for mark in _texts(demo))


def test_nothing_of_a_note_is_cut_and_every_line_of_it_ends_within_the_picture(fill_or_continue) -> None:
    fill_or_continue.sentence, fill_or_continue.blank = SENTENCE, 2
    notes = [mark for mark in _texts(fill_or_continue) if mark.get("size") == 12 and mark["x"] == 10]
    said = " ".join(mark["text"] for mark in notes)
    assert fill_or_continue.masked.note in said and fill_or_continue.decoder.note in said
    assert all(mark["x"] + text_width(mark["text"], 12) <= fill_or_continue.scene.width for mark in notes)


@pytest.mark.parametrize("blank", [1, 2, 5])
def test_the_bars_of_both_models_have_one_scale_whose_ends_are_written_above_them(fill_or_continue, blank) -> None:
    demo = fill_or_continue
    demo.sentence, demo.blank = SENTENCE, blank
    most = max(each.probability for answer in (demo.data.filled, demo.data.gone_on) for each in answer.likeliest)
    top = next(each for each in SCALES if each >= most)
    ends = [mark for mark in _texts(demo) if mark["text"] in ("0%", f"{top:.0%}")]
    assert [mark["text"] for mark in ends] == ["0%", f"{top:.0%}"] * 2
    bars = [mark for mark in demo.scene.marks if mark["kind"] == "rect" and mark["h"] == 24 and mark["fill"] != "grid"]
    assert max(mark["w"] for mark in bars) == pytest.approx((ends[1]["x"] - ends[0]["x"]) * most / top)


def test_each_family_has_one_colour_in_all_of_lesson_07(fill_or_continue) -> None:
    roles = {mark["text"]: mark["role"] for mark in _texts(fill_or_continue)}
    assert roles["the masked model sees both sides"] == KINDS["encoder"]
    assert roles["the decoder sees what comes before"] == KINDS["decoder"]
    roles = {mark["text"]: mark["role"] for mark in _texts(pictures.WhoMayBeAsked())}
    assert (roles["BERT: all see all"], roles["GPT: only what came before"]) == (KINDS["encoder"], KINDS["decoder"])
    fates = {role for _, role, _ in fifteen_of_hundred.KINDS.values()}
    assert fates & set(KINDS.values()) == {KINDS["encoder"]}  # the masks are BERT's
    for family in FAMILIES[:3]:
        cells = {role_of(family, SELF, reads) for reads in (True, False)}
        assert cells == {KINDS[family.split()[-1]]}
    stacks = [role_of("encoder-decoder", SELF, reads) for reads in (True, False)]
    assert stacks == [KINDS["encoder"], KINDS["decoder"]]
    assert role_of("encoder-decoder", CROSS, False) == KINDS["encoder-decoder"]
    demo = Visibility()
    for family in FAMILIES:
        demo.family = family
        used = {mark.get(part) for mark in demo.scene.marks for part in ("role", "fill", "stroke")}
        theirs = set(KINDS.values()) if family == "encoder-decoder" else {KINDS[family.split()[-1]]}
        assert used & set(KINDS.values()) <= theirs | {KINDS["encoder-decoder"]}, family  # its ring is in the key


@pytest.mark.parametrize(
    ("text", "leftwards"), [("The door.", False), ("1. الباب ضيق", True), ("הדלת", True), ("…", False)]
)
def test_a_text_is_laid_out_the_way_its_first_letter_is_written(text: str, leftwards: bool) -> None:
    assert reads_leftwards(text) is leftwards


@pytest.mark.parametrize("by", BY)
def test_the_two_headings_of_alike_do_not_meet(alike, by: str) -> None:
    alike.by = by
    what, near = (mark for mark in _texts(alike) if mark["y"] == 14)
    assert what["x"] + text_width(what["text"], what["size"]) < near["x"]


def test_the_caption_says_what_the_line_between_input_and_output_means_in_a_whole_sentence() -> None:
    demo = Visibility("a b c d", given=2)
    for family in FAMILIES:
        demo.family = family
        assert demo.description.count(". ") >= 2 and ("input" in demo.description.rpartition(". ")[2])


def test_no_figure_is_missing_that_a_source_of_ours_gives() -> None:
    context = {each.name: each.context for each in MILESTONES}
    assert (context["PaLM"], context["DeepSeek-V3"], context["SmolLM2 135M"]) == (2048, 128_000, 8192)
    largest = next(each for each in MILESTONES if each.name.startswith("T5"))
    assert (largest.parameters, largest.data, largest.context) == (11e9, 1e12, 512)


def test_what_the_caption_tells_of_a_model_does_not_stand_in_the_picture_as_well() -> None:
    demo = Timeline()
    chosen = marks("parameters", demo.model).chosen
    assert chosen.new in demo.description
    assert not any(chosen.new in mark["text"] or chosen.source in mark["text"] for mark in _texts(demo))


@pytest.mark.parametrize("quantity", list(QUANTITIES))
def test_the_timeline_shows_every_model_on_the_scale_or_named_beside_it(quantity: str) -> None:
    found = marks(quantity, "GPT-3")
    names = [each.name for each, _ in found.shown] + [each.name for each in found.missing]
    assert sorted(names) == sorted(each.name for each in MILESTONES)
    _, low, high = QUANTITIES[quantity]
    assert all(low <= value <= high for _, value in found.shown)


def test_what_is_not_disclosed_is_said_and_every_figure_has_its_source() -> None:
    demo = Timeline()
    for name in ("ChatGPT", "GPT-4"):
        demo.model = name
        assert "not disclosed" in demo.description and "(family not in our source, 202" in demo.description
    assert "arXiv:2303.08774" in demo.description
    demo.quantity = "training text"
    assert "from GPT (800M words) to Llama 3 405B (15.6T tokens)" in demo.description
    assert all(each.source and each.new for each in MILESTONES)
    figures = {each.name: (each.parameters, each.data, each.context) for each in MILESTONES}
    assert figures["GPT-3"] == (175e9, 300e9, 2048)
    assert figures["GPT"][0] == 116_534_784 and figures["BERT large"][0] == 335_141_888
    assert [each.when for each in MILESTONES] == sorted(each.when for each in MILESTONES)


def test_alike_is_the_cosine_of_the_mean_rows(alike, pretrained) -> None:
    alike.by = "the encoder's vectors"
    encoder = pretrained("encoder")
    rows = []
    for sentence in SENTENCES:
        with torch.no_grad():
            last = encoder.model(torch.tensor([encoder.ids(sentence)])).last_hidden_state[0]
        rows.append(last.mean(0))
    wanted = torch.nn.functional.cosine_similarity(torch.stack(rows)[:, None], torch.stack(rows)[None], dim=-1)
    np.testing.assert_allclose(alike.data.table, wanted, atol=1e-4)
    row = np.where(np.arange(5) == alike.data.asked, -1, wanted[alike.data.asked])
    assert alike.data.nearest == int(row.argmax())


def test_an_empty_or_endless_sentence_is_refused(alike) -> None:
    for wrong, says in (("", "is empty"), ("word " * 300, "at most 40")):
        before = alike.two
        alike.two = wrong
        assert says in alike.problem
        alike.two = before
    assert not alike.problem
    with pytest.raises(ValueError, match="takes 5 sentences, not 2"):
        Similarity(alike.encoder, ("one", "two"))


@every_demo
def test_every_control_changes_the_picture(pretrained_demo) -> None:
    demo = pretrained_demo
    for name, widget in demo.controls.items():
        before = (demo.scene.spec, demo.scene.numbers, demo.description)
        good = widget.value
        if hasattr(widget, "options"):
            values = [o[1] if isinstance(o, tuple) else o for o in widget.options]
            widget.value = next(o for o in values if o != widget.value)
        elif isinstance(widget.value, str):
            widget.value = "another few words"
        else:
            widget.value = widget.min if widget.value != widget.min else widget.max
        assert (demo.scene.spec, demo.scene.numbers, demo.description) != before, name
        widget.value = good


@every_demo
def test_a_press_costs_little_computing(pretrained_demo) -> None:
    """Processor time, not seconds: the machine may be shared. What has been seen is looked up."""
    demo, costs = pretrained_demo, []
    for _ in range(2):
        for name, widget in demo.controls.items():
            if isinstance(widget.value, str) and not hasattr(widget, "options"):
                continue
            begun = time.process_time()
            if hasattr(widget, "options"):
                setattr(demo, name, next(o for o in widget.options if o != widget.value))
            else:
                setattr(demo, name, widget.max if widget.value != widget.max else widget.min)
            costs.append(time.process_time() - begun)
    assert sorted(costs)[len(costs) // 2] < 0.1


def test_names_are_enough(monkeypatch, fill_or_continue) -> None:
    loaded = {"masked_lm": fill_or_continue.masked, "decoder": fill_or_continue.decoder}
    monkeypatch.setattr(models, "load", loaded.__getitem__)
    assert FillOrContinue("masked_lm", "decoder").data is not None
