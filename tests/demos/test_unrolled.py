"""Inside an LSTM: gates and cells computed step by step, against torch's own module."""

from __future__ import annotations

import pytest
import torch

from unravelling.demos.recurrent_networks import Unrolled
from unravelling.demos.recurrent_networks.tiny_memory import signed
from unravelling.demos.recurrent_networks.unrolled import ORDERS, gates_of, order_of, read_text
from unravelling.language_models import STAND_IN, CharacterGPT, CharacterLSTM

ALPHABET = (*"\n abcdefghijklmnopqrstuvwxyz", STAND_IN)


def lstm(layers: int = 1) -> CharacterLSTM:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = CharacterLSTM(ALPHABET, d=12, layers=layers).eval()
        for weights in model.parameters():
            weights.data.mul_(2)  # gates that move
    return model


def unrolled() -> Unrolled:
    return Unrolled(lstm(), "the cat sat on the mat")


@pytest.mark.parametrize("layers", [1, 2])
def test_the_gates_by_hand_lead_to_the_states_of_torchs_module(layers: int) -> None:
    model = lstm(layers)
    with torch.no_grad():
        x = model.embedding(model.encode("\nthe cat"))
        theirs, (h, c) = model.lstm(x[None])
        found = gates_of(model.lstm, x)
    assert torch.allclose(found[-1].state, theirs[0], atol=1e-6)
    for layer in range(layers):
        assert torch.allclose(found[layer].state[-1], h[layer, 0], atol=1e-6)
        assert torch.allclose(found[layer].cell[-1], c[layer, 0], atol=1e-6)
        assert torch.equal(found[layer].before[1:], found[layer].cell[:-1])


def test_what_is_shown_is_the_unit_after_each_character_of_the_text() -> None:
    demo = unrolled()
    demo.order, demo.unit, demo.position = "number", 5, 3
    model = demo.lstm
    with torch.no_grad():
        _, (_, c) = model.lstm(model.embedding(model.encode("\nthe"))[None])
    assert demo.data.number == 4
    assert demo.data.gates.cell[2].item() == pytest.approx(c[0, 0, 4].item(), abs=1e-6)
    assert signed(c[0, 0, 4].item()) in demo.description and "“e”, unit 4" in demo.description
    assert torch.allclose(torch.from_numpy(demo.scene.values("gates").copy())[0], demo.data.gates.forget)


def test_units_of_an_upper_layer_come_after_those_below() -> None:
    demo = Unrolled(lstm(2), "the cat")
    demo.order, demo.unit = "number", 15
    assert "layer 2, unit 2" in demo.description
    assert torch.equal(read_text(demo.lstm, "the cat").cell[:, 14], demo.data.gates.cell)


def test_the_orders_put_the_unit_first_that_does_most_of_what_they_name() -> None:
    text = "the cat sat on the mat"
    gates = read_text(lstm(), text)
    for order in ORDERS:
        places, scores = order_of(gates, text, order)
        assert sorted(places.tolist()) == list(range(12))
        assert scores.tolist() == sorted(scores.tolist(), reverse=True)
    assert order_of(gates, text, "brackets")[1].max() == 0
    places, scores = order_of(gates, text, "spaces")
    spaces = torch.tensor([float(c == " ") for c in text])
    theirs = torch.corrcoef(torch.cat([spaces[None], gates.cell.T]))[0, 1:].abs()
    assert torch.allclose(scores, theirs.sort(descending=True).values, atol=1e-5)
    assert order_of(gates, text, "how long they keep")[0][0] == gates.forget.mean(dim=0).argmax()


def test_the_slider_goes_through_the_units_in_the_chosen_order() -> None:
    demo = unrolled()
    demo.order = "spaces"
    places, _ = order_of(read_text(demo.lstm, demo.text), demo.text, "spaces")
    found = []
    for demo.unit in range(1, 13):
        found.append(demo.data.number)
        assert torch.equal(demo.data.gates.cell, read_text(demo.lstm, demo.text).cell[:, found[-1]])
    assert found == places.tolist() != sorted(found)


def test_the_order_may_be_asked_for_from_the_start() -> None:
    assert "follows brackets" in Unrolled(lstm(), "the cat (a tom) sat", order="brackets").description
    with pytest.raises(ValueError, match="has no option 'size'"):
        Unrolled(lstm(), order="size")


def test_half_is_gone_when_the_forget_gates_have_taken_it() -> None:
    demo = unrolled()
    for position in (1, 8, 22):
        left, gone = 1.0, None
        for step, forget in enumerate(demo.data.gates.forget[position:].tolist(), start=1):
            left *= forget
            if left < 0.5 and gone is None:
                gone = step
        assert demo.data.half_gone(position) == gone
    demo.position = 22
    assert "Here the text ends" in demo.description


def test_any_text_is_read_and_strange_characters_are_counted() -> None:
    demo = unrolled()
    for text, strange in [("a", 0), ("😀 שלום", 5), ("Über", 1), ("a" * 72, 0), ("ab\u0301\u200b", 2)]:
        demo.text = text
        assert not demo.problem and demo.controls["position"].max == len(text)
        assert (f"Shown as □: {strange} of {len(text)}" in demo.description) == bool(strange)
    good = demo.scene
    for text, sentence in [("", "is empty"), ("   ", "is empty"), ("a" * 73, "73 characters, and 72 fit")]:
        demo.text = text
        assert sentence in demo.problem and demo.scene is good


def test_every_control_changes_the_picture() -> None:
    demo = unrolled()
    for name, widget in demo.controls.items():
        before = (demo.scene.spec, demo.scene.numbers, demo.description)
        if hasattr(widget, "options"):
            widget.value = "spaces"
        elif isinstance(widget.value, str):
            widget.value = "another text"
        else:
            widget.value = widget.min if widget.value != widget.min else widget.max
        assert not demo.problem
        assert (demo.scene.spec, demo.scene.numbers, demo.description) != before, name


def test_a_network_that_was_trained_further_is_read_anew() -> None:
    demo = unrolled()
    before = demo.data.gates.forget
    demo.redraw()
    assert torch.equal(demo.data.gates.forget, before)
    with torch.no_grad():
        demo.lstm.lstm.bias_ih_l0.add_(1.0)
    demo.redraw()
    assert not torch.allclose(demo.data.gates.forget, before)


@pytest.mark.parametrize("foolish", ["LSTM", None, CharacterGPT(ALPHABET, d=8, layers=1, heads=1)])
def test_another_model_is_refused_with_a_sentence(foolish) -> None:
    with pytest.raises(ValueError, match=f"takes a CharacterLSTM.*not this {type(foolish).__name__}"):
        Unrolled(foolish)


@pytest.mark.parametrize(
    ("text", "order", "said"),
    [
        ("1234", "capital letters", "no capital letters"),
        ("the", "spaces", "no spaces"),
        ("the cat", "brackets", "nothing in brackets"),
        ("(the", "brackets", "nothing outside brackets"),
        ("ABC", "capital letters", "nothing but capital letters"),
        ("a", "letters since the last space", "nothing to count"),
    ],
)
def test_units_that_nothing_can_sort_are_not_said_to_follow_anything(text: str, order: str, said: str) -> None:
    demo = Unrolled(lstm(), text, order=order)
    texts = [mark["text"] for mark in demo.scene.marks if mark["kind"] == "text"]
    assert f"{said} in this text: not sorted" in texts
    assert f"The units are not sorted: {said} in this text." in demo.description
    assert "correlation" not in demo.description + "".join(texts)


def test_it_says_why_the_cell_state_does_not_begin_at_0() -> None:
    demo = unrolled()
    demo.position = 1
    assert "Before your text it has read the end of a line" in demo.description
    demo.position = 2
    assert "end of a line" not in demo.description


def test_a_single_strange_character_is_not_counted() -> None:
    assert "Shown as □: the only character, which its alphabet lacks." in Unrolled(lstm(), "🐈").description
    assert "Shown as □: 1 of 5 characters, which its alphabet lacks." in Unrolled(lstm(), "a 🐈 b").description
    assert "2 of 5 characters, which its alphabet lacks; all look alike" in Unrolled(lstm(), "🐈 a 🐈").description
