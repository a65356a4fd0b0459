"""The demos of module 10: what they show, against the harness and the decoder asked directly."""

from __future__ import annotations

import time

import pytest
import torch

from tests.demos import made_measurements
from tests.demos.made_measurements import measured
from unravelling import models
from unravelling.demos.few_shot_prompting import FlipLabels, Order, Shots, TemplateEditor
from unravelling.demos.few_shot_prompting.prompt_picture import ENTER, lines_of, quoted, visible
from unravelling.language_models import prompting
from unravelling.language_models.prompting import Curve


@pytest.fixture
def shots() -> Shots:
    return made_measurements.shots()


@pytest.fixture
def order() -> Order:
    return made_measurements.order()


@pytest.fixture(scope="module")
def flip(pretrained) -> FlipLabels:
    return FlipLabels(pretrained("decoder"))


@pytest.fixture(scope="module")
def editor(pretrained) -> TemplateEditor:
    return TemplateEditor(pretrained("decoder"))


@pytest.fixture
def prompting_demo(request, shots, order, flip, editor):
    return {"shots": shots, "order": order, "flip": flip, "editor": editor}[request.param]


every_demo = pytest.mark.parametrize("prompting_demo", ["shots", "order", "flip", "editor"], indirect=True)


def test_the_slider_goes_on_to_the_next_measured_number_the_way_it_was_going(shots) -> None:
    shots.shots = 0
    shots.shots = 2
    assert shots.shots == 4
    shots.shots = 3
    assert shots.shots == 1


def test_shots_says_the_interval_that_the_harness_computes(shots) -> None:
    shots.task, shots.shots = "antonyms", 4
    assert str(shots.curves["antonyms"][4].interval) in shots.description
    curve = shots.curves["antonyms"]
    assert f"Compared with 0: {prompting.difference(curve[4].right, curve[0].right)}." in shots.description
    assert "may be chance" not in shots.description and "With the answers mixed up: " in shots.description
    assert "square, dashed: the answers mixed up" in [mark.get("text") for mark in shots.scene.marks]
    shots.shots = 1
    assert "antonyms, 1 demonstration:" in shots.description
    shots.curves["plurals"] = Curve(prompting.task("plurals"), {0: measured(1, 20), 4: measured(3, 21)})
    shots.task, shots.shots = "plurals", 4
    assert "may be chance" in shots.description
    shots.task, shots.shots = "antonyms", 4
    shots.task = "plurals"
    assert "mixed up" not in shots.description


def test_where_nothing_is_shown_there_is_one_draw_and_the_slider_stays_at_it(shots) -> None:
    shots.task, shots.shots, shots.draw_number = "antonyms", 4, 3
    assert shots.description.endswith(f"Draw 3: {shots.data.here.by_draw[2]:.2f}.")
    shots.shots = 0
    assert shots.draw_number == 1 and shots.description.endswith("Nothing is shown, so there is nothing to draw.")
    shots.draw_number = 2
    assert shots.draw_number == 1


def test_the_numbers_of_another_task_are_its_own(shots) -> None:
    shots.curves["plurals"] = Curve(prompting.task("plurals"), {0: measured(1, 5), 2: measured(2, 9)})
    shots.shots = 4
    shots.task = "plurals"
    assert shots.shots == 2 and str(shots.curves["plurals"][2].interval) in shots.description


def test_nothing_measured_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="at least one measured task"):
        Shots({})
    with pytest.raises(ValueError, match="two labels"):
        Order({})


def test_calibration_takes_out_what_the_prompt_prefers(order) -> None:
    order.order, order.read = "NPPP", "as it is"
    assert order.data.share > 0.95 and order.data.accuracy < 0.6
    order.read = "calibrated"
    assert order.data.accuracy == 1 and order.data.share == pytest.approx(0.5, abs=0.01)
    assert "calibrated 100%" in order.description


def test_flipped_labels_are_those_that_the_model_is_asked_with(flip, pretrained) -> None:
    decoder, task = pretrained("decoder"), prompting.task("sentiment")
    for count in (0, 4):
        flip.turned = count
        shown = prompting.flipped(prompting.in_order(task, "PNPN"), task, count)
        text = prompting.arrow(shown) + prompting.asked(flip.sentence)
        with torch.no_grad():
            logits = decoder.model(torch.tensor([decoder.ids(text)])).logits[0, -1]
        first = [decoder.tokenizer(f" {label}").input_ids[0] for label in task.labels]
        assert flip.data.shares == pytest.approx(logits[first].softmax(-1).tolist(), abs=2e-3)


def test_the_editors_bars_are_the_models_own_probabilities(editor, pretrained) -> None:
    decoder = pretrained("decoder")
    for form in ("examples", "instruction and examples", "a chat"):
        editor.form = form
        text = editor.data.prefix + editor.data.question
        with torch.no_grad():
            chances = decoder.model(torch.tensor([decoder.ids(text)])).logits[0, -1].softmax(-1)
        assert editor.data.likeliest[0][1] == pytest.approx(chances.max().item(), abs=2e-3)
        assert "hot -> cold" in text and "big ->" in text
        assert editor.instruction in text or form == "examples"
        assert ("<|im_start|>" in text) == (form == "a chat")
    editor.form = "instruction and examples"


@pytest.mark.parametrize(
    ("control", "text", "says"),
    [
        ("examples", ";;", "no example"),
        ("examples", "hot cold", "is no pair"),
        ("examples", "hot ->", "half empty"),
        ("examples", "", "is empty"),
        ("question", "hot", "is among the examples"),
        ("question", "word " * 3000, "3,000 words"),
        ("template", "{text} is", "needs {answer} exactly once"),
        ("template", "{answer} of {text}", "comes before"),
    ],
)
def test_what_makes_no_prompt_gets_a_sentence_and_loses_nothing(editor, control, text, says) -> None:
    good, picture = getattr(editor, control), editor.scene
    setattr(editor, control, text)
    assert says in editor.problem and editor.scene is picture
    setattr(editor, control, good)
    assert not editor.problem


def test_a_prompt_longer_than_the_context_is_refused(editor, monkeypatch) -> None:
    monkeypatch.setattr(type(editor.decoder), "context", 12)
    editor.question = "narrow and long"
    assert "too long" in editor.problem and "at most 12" in editor.problem
    monkeypatch.undo()
    editor.question = "big"
    assert not editor.problem


def test_an_arrow_in_the_sentence_is_refused(flip) -> None:
    good = flip.sentence
    flip.sentence = "Fine. -> positive"
    assert "without '->'" in flip.problem
    flip.sentence = good


def test_a_token_that_cannot_be_seen_or_read_has_a_name() -> None:
    assert [visible(token) for token in (" small", "\n", " ", "", "\ufffd")] == [
        "small", ENTER, "a space", "nothing", "part of a letter"
    ]  # fmt: skip


def test_only_what_a_token_says_is_put_in_quotation_marks() -> None:
    assert [quoted(token) for token in (" small", "\n", " ", "\ufffd")] == [
        "“small”", f"“{ENTER}”", "a space", "part of a letter"
    ]  # fmt: skip


def test_a_prompts_lines_show_where_they_end() -> None:
    assert lines_of("a -> b\nc ->", 400) == [f"a -> b{ENTER}", "c ->"]
    assert all(10.1 * len(line) <= 384 for line in lines_of("x" * 200, 400))


def test_names_are_enough(monkeypatch, flip) -> None:
    monkeypatch.setattr(models, "load", {"decoder": flip.decoder}.__getitem__)
    assert TemplateEditor("decoder").data is not None


@every_demo
def test_every_control_changes_the_picture(prompting_demo) -> None:
    demo = prompting_demo
    for name, widget in demo.controls.items():
        before = (demo.scene.spec, demo.scene.numbers, demo.description)
        good = widget.value
        if hasattr(widget, "options"):
            widget.value = next(o for o in widget.options if o != widget.value)
        elif name == "examples":
            widget.value = "wet -> dry; fast -> slow"
        elif name == "template":
            widget.value = "The opposite of {text} is {answer}"
        elif isinstance(widget.value, str):
            widget.value = "another few words"
        else:
            widget.value = widget.min if widget.value != widget.min else widget.max
        assert (demo.scene.spec, demo.scene.numbers, demo.description) != before, name
        widget.value = good


@pytest.mark.parametrize("prompting_demo", ["shots", "order"], indirect=True)
def test_what_was_measured_is_looked_up(prompting_demo) -> None:
    """Processor time, not seconds: the machine may be shared."""
    demo, costs = prompting_demo, []
    for widget in demo.controls.values():
        begun = time.process_time()
        widget.value = next(o for o in widget.options if o != widget.value) if hasattr(widget, "options") else 1
        costs.append(time.process_time() - begun)
    assert max(costs) < 0.1
