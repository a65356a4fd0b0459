"""The demos of module 03: what they compute, against formulas written another way; and what their controls do."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from unravelling.demos.base import BadInput
from unravelling.demos.recurrent_networks import GradientOverDistance, SequentialDepth, TinyMemory
from unravelling.demos.recurrent_networks.gradient_over_distance import (
    HIGH,
    LOW,
    in_words,
    logarithms,
    lstm_gradients,
    opening,
    recurrent_matrix,
    rnn_gradients,
)
from unravelling.demos.recurrent_networks.sequential_depth import earliest, sequential_steps
from unravelling.demos.recurrent_networks.tiny_memory import read_row, remember, signed, states


def written(demo) -> str:
    return " | ".join(mark["text"] for mark in demo.scene.marks if mark["kind"] == "text")


# A memory of one number


@pytest.mark.parametrize(("w_x", "w_h", "b"), [(1.0, 0.8, 0.0), (-2.0, 2.5, 0.3), (0.5, -1.5, -1.0)])
def test_the_states_are_those_of_torchs_cell_with_one_unit(w_x: float, w_h: float, b: float) -> None:
    cell, row = nn.RNNCell(1, 1), [1, 0, -1, 0, 1]
    with torch.no_grad():
        for weights, value in zip(cell.parameters(), (w_x, w_h, b, 0.0), strict=True):
            weights.fill_(value)
        h, theirs = torch.zeros(1, 1), []
        for x in row:
            h = cell(torch.tensor([[float(x)]]), h)
            theirs.append(h.item())
    assert states(row, w_x, w_h, b) == pytest.approx(theirs, abs=1e-6)


def test_what_is_left_is_the_difference_that_the_first_number_makes() -> None:
    found = remember([1, 0, 0], 1.0, 0.5, 0.0)
    assert found.left == pytest.approx([math.tanh(1), math.tanh(0.5 * math.tanh(1)), found.states[2]])
    assert remember([0, 0], 1.0, 0.5, 0.0).other == 1


def test_a_weak_loop_forgets_and_a_strong_one_remembers_for_good() -> None:
    weak, strong = TinyMemory(w_h=0.3), TinyMemory(w_h=2.5)
    assert "forgotten" in weak.description
    assert "still makes its difference" in strong.description and strong.data.left[-1] > 0.9
    assert "% of the difference is left" in TinyMemory(w_h=0.8).description


def test_a_note_that_ends_between_the_two_is_not_called_a_memory_of_the_first_number() -> None:
    said = TinyMemory("1 0 0 0 -1 0 0 0", w_h=1.3).description
    assert "At the end it is −0.044" in said and "it would be −0.754" in said and "remembered" not in said


def test_the_sum_of_the_chosen_step_is_written_out() -> None:
    demo = TinyMemory("1 1 0", w_x=2.0, w_h=-1.0, b=0.5)
    demo.step = 2
    inside = 2.0 + -1.0 * math.tanh(2.5) + 0.5
    assert f"tanh({signed(inside, 3)})" in written(demo)
    assert signed(math.tanh(inside), 3) in written(demo) and signed(math.tanh(inside), 3) in demo.description


def test_the_step_slider_goes_as_far_as_the_row() -> None:
    demo = TinyMemory()
    demo.step = 8
    demo.row = "1, 0 −1"
    assert (demo.controls["step"].max, demo.step) == (3, 3)
    assert demo.data.row == [1, 0, -1]
    assert TinyMemory("0 " * 10, step=10).values.step == 10
    with pytest.raises(ValueError, match="'look at number' must be a number from 1 to 3, not 5"):
        TinyMemory("1 0 1", step=5)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("1 2", "“2” is none of them"),
        ("1 0.5", "“0.5” is none"),
        ("one", "“one” is none"),
        ("100000", "spaces between"),
        ("x" * 3000, "x…”"),
        ("0 " * 40, "40 numbers, and 10 fit"),
    ],
)
def test_a_row_of_anything_else_is_answered_with_a_sentence_and_the_picture_stays(row: str, sentence: str) -> None:
    demo = TinyMemory()
    good = demo.scene
    demo.row = row
    assert sentence in demo.problem and len(demo.problem) < 200
    assert demo.scene is good
    with pytest.raises(BadInput):
        read_row(row)


# Gradients


def test_without_tanh_the_gradient_is_the_power_of_the_matrix() -> None:
    radius, d = 0.7, 8
    weights = radius * recurrent_matrix(d, torch.Generator().manual_seed(5))
    assert torch.linalg.eigvals(weights).abs().max().item() == pytest.approx(radius)
    found = rnn_gradients([radius], tanh=False, d=d, steps=10, seed=5)[0]
    for k in (0, 1, 4, 10):
        assert found[k].item() == pytest.approx(torch.linalg.matrix_power(weights, k).norm().item() / math.sqrt(d))


def test_with_tanh_the_gradient_is_the_product_of_slopes_and_matrices() -> None:
    d, steps, radius = 6, 12, 1.2
    generator = torch.Generator().manual_seed(2)
    weights = radius * recurrent_matrix(d, generator)
    inputs = 0.1 * torch.randn(20 + steps, d, generator=generator, dtype=torch.float64)
    h, found, jacobians = torch.zeros(d, dtype=torch.float64), [], []
    for x in inputs:
        h = torch.tanh(x + weights @ h)
        jacobians.append(torch.diag(1 - h**2) @ weights)
    product = torch.eye(d, dtype=torch.float64)
    for jacobian in [None, *reversed(jacobians[20:])]:
        product = product if jacobian is None else product @ jacobian
        found.append(product.norm().item() / math.sqrt(d))
    assert rnn_gradients([radius], d=d, steps=steps, seed=2)[0].tolist() == pytest.approx(found)


def test_the_lstm_is_torchs_lstm_and_its_gradient_what_a_small_push_does() -> None:
    d, steps = 4, 6
    found = lstm_gradients([1.0], d=d, steps=steps, seed=7)[0]
    generator = torch.Generator().manual_seed(7)
    weights = (2 * torch.rand(4 * d, d, generator=generator, dtype=torch.float64) - 1) * 0.3 / math.sqrt(d)
    inputs = 0.6 * torch.randn(20 + steps, 4 * d, generator=generator, dtype=torch.float64)
    cell = nn.LSTMCell(4 * d, d).double()
    cell.weight_ih.data, cell.weight_hh.data = torch.eye(4 * d, dtype=torch.float64), weights
    cell.bias_ih.data.zero_()
    cell.bias_hh.data.zero_()[d : 2 * d] = 1.0

    def run(h, c, rows):
        for row in rows:
            h, c = (part[0] for part in cell(row[None], (h[None], c[None])))
        return h, c

    with torch.no_grad():
        for k in (1, 3, 6):
            h, c = run(torch.zeros(d).double(), torch.zeros(d).double(), inputs[: 20 + steps - k])
            rest, push = inputs[20 + steps - k :], 1e-6
            columns = [
                (run(h, c + push * e, rest)[1] - run(h, c - push * e, rest)[1]) / (2 * push)
                for e in torch.eye(d, dtype=torch.float64)
            ]
            assert found[k].item() == pytest.approx(torch.stack(columns).norm().item() / math.sqrt(d), rel=1e-5)


def test_each_row_is_what_its_setting_alone_gives() -> None:
    together, alone = rnn_gradients([0.5, 1.3], d=6, steps=9), rnn_gradients([1.3], d=6, steps=9)
    assert torch.allclose(together[1], alone[0])
    both, one = lstm_gradients([0.0, 4.0], d=6, steps=9), lstm_gradients([4.0], d=6, steps=9)
    assert torch.allclose(both[1], one[0])


def test_the_demo_shows_vanishing_exploding_and_what_an_open_gate_does() -> None:
    demo = GradientOverDistance()
    ends = {}
    for cell, radius, bias in [
        ("RNN", 0.5, 0.0), ("RNN", 0.9, 0.0), ("RNN without tanh", 1.3, 0.0), ("LSTM", 0.5, 0.0), ("LSTM", 0.5, 5.0),
    ]:  # fmt: skip
        demo.cell, demo.radius, demo.bias = cell, radius, bias
        ends[cell, radius, bias] = float(demo.data.sizes[100]), demo.description
        assert demo.data.sizes[0] == 1
        assert demo.data.line[100].item() == pytest.approx((opening(bias) if cell == "LSTM" else radius) ** 100)
    for place, word in zip(ends.values(), ["vanishes", "vanishes", "explodes", "vanishes", "lasts"], strict=True):
        assert word in place[1] and in_words(place[0]) in place[1]
    assert ends["RNN", 0.5, 0.0][0] < ends["RNN", 0.9, 0.0][0] < 0.9**100


@pytest.mark.parametrize(
    ("network", "radius", "word"),
    [
        ("RNN without tanh", 0.95, "vanishes"),
        ("RNN without tanh", 1.0, "lasts"),
        ("RNN without tanh", 1.05, "explodes"),
    ],
)
def test_a_little_above_1_it_explodes_and_a_little_below_it_vanishes_as_the_lesson_says(network, radius, word) -> None:
    demo = GradientOverDistance()
    demo.cell, demo.radius = "RNN without tanh", radius
    assert word in demo.description, demo.description


def test_tanh_never_lets_the_gradient_grow_as_much_as_it_would_without() -> None:
    demo = GradientOverDistance()
    for radius in (0.5, 0.8, 1.0, 1.2, 1.5):
        demo.cell, demo.radius = "RNN", radius
        with_tanh = demo.data.sizes[20:]
        demo.cell = "RNN without tanh"
        assert (with_tanh < demo.data.sizes[20:]).all()
    demo.cell = "RNN"
    assert "holds that back" in demo.description


def test_what_no_float_holds_and_zero_stay_at_the_edge_of_the_picture() -> None:
    values = torch.tensor([math.inf, math.nan, 1e300, 1.0, 0.0])
    assert logarithms(values).tolist() == pytest.approx([HIGH + 2, HIGH + 2, HIGH + 2, 0, LOW - 2])
    assert in_words(math.inf) == "more than a float can hold"
    assert (in_words(0.0), in_words(2.4e-9), in_words(0.0123), in_words(4100.0)) == (
        "0", "2.4 × 10⁻⁹", "0.0123", "4,100",
    )  # fmt: skip


# What has to wait


@pytest.mark.parametrize(("T", "layers"), [(1, 1), (1, 5), (7, 1), (5, 3), (64, 6)])
@pytest.mark.parametrize("architecture", ["lstm", "transformer decoder training", "transformer decoder generating"])
def test_the_count_is_the_longest_chain_of_units_that_wait(T: int, layers: int, architecture: str) -> None:
    done: dict[tuple[int, int], int] = {}
    for t in range(T):
        for layer in range(layers):
            waits_for = [(layer - 1, t)]
            if architecture != "transformer decoder training":
                waits_for.append((layer, t - 1))
            if architecture == "transformer decoder generating":
                waits_for.append((layers - 1, t - 1))
            done[layer, t] = 1 + max(done.get(each, 0) for each in waits_for)
    assert sequential_steps(architecture, T, layers) == max(done.values())
    table = earliest(architecture, T, layers)
    assert {(layer, t): table[layer, t] for layer in range(layers) for t in range(T)} == done


@pytest.mark.parametrize(("T", "layers"), [(1, 1), (1, 5), (7, 1), (5, 3), (6, 4)])
def test_two_directions_leave_no_staircase(T: int, layers: int) -> None:
    below = [0] * T
    for layer in range(layers):
        forwards, backwards = [0] * T, [0] * T
        for t in range(T):
            forwards[t] = 1 + max(below[t], forwards[t - 1] if t else 0)
        for t in reversed(range(T)):
            backwards[t] = 1 + max(below[t], backwards[t + 1] if t + 1 < T else 0)
        below = [max(pair) for pair in zip(forwards, backwards, strict=True)]
        assert earliest("bidirectional lstm", T, layers)[layer].tolist() == below
    assert sequential_steps("bidirectional lstm", T, layers) == max(below) == T * layers


@pytest.mark.parametrize(("T", "layers"), [(1, 1), (9, 1), (12, 4)])
def test_the_exercise_counts_the_same(T: int, layers: int) -> None:
    from unravelling.checks.recurrent_networks.sequential_steps import ARCHITECTURES, SequentialSteps

    for architecture in ARCHITECTURES:
        assert sequential_steps(architecture, T, layers) == SequentialSteps.reference(architecture, T, layers)


def test_the_picture_shows_what_can_be_done_at_once_and_what_must_wait() -> None:
    demo = SequentialDepth()
    assert "65 steps" in demo.description and "a transformer 2." in demo.description
    demo.doing = "writing"
    assert "128 steps in every architecture" in demo.description
    assert "each token waits until the token before has gone through all layers" in demo.description
    said = [mark["text"] for mark in demo.scene.marks if mark["kind"] == "text"]
    assert "transformer: a layer at a time" not in said and "transformer: token after token, too" in said
    assert "the same, so one line for both" in said
    assert demo.scene.values("LSTM").tolist() == demo.scene.values("transformer").tolist()
    demo.doing, demo.layers, demo.length = "training", 3, 5
    assert demo.scene.values("LSTM").tolist() == [[3, 4, 5, 6, 7], [2, 3, 4, 5, 6], [1, 2, 3, 4, 5]]
    assert demo.scene.values("transformer").tolist() == [[3] * 5, [2] * 5, [1] * 5]


# All of them


@pytest.mark.parametrize("make", [TinyMemory, GradientOverDistance, SequentialDepth], ids=lambda make: make.__name__)
def test_every_control_changes_the_picture(make) -> None:
    demo = make()
    for name, widget in demo.controls.items():
        before = (demo.scene.spec, demo.scene.numbers, demo.description)
        if hasattr(widget, "options"):
            widget.value = [o[1] if isinstance(o, tuple) else o for o in widget.options if o != widget.value][-1]
        elif isinstance(widget.value, str):
            widget.value = "-1 0 1"
        else:
            widget.value = widget.min if widget.value != widget.min else widget.max
        assert not demo.problem
        assert (demo.scene.spec, demo.scene.numbers, demo.description) != before, name


@pytest.mark.parametrize("make", [TinyMemory, GradientOverDistance, SequentialDepth], ids=lambda make: make.__name__)
def test_sliders_at_both_ends_give_a_picture_and_a_sentence(make) -> None:
    demo = make()
    for end in ("min", "max"):
        for widget in demo.controls.values():
            if hasattr(widget, end):
                widget.value = getattr(widget, end)
                assert not demo.problem and demo.description.endswith((".", "?")) and "nan" not in demo.description


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: sequential_steps("CNN", 4), "no architecture 'CNN'"),
        (lambda: sequential_steps("lstm", 0), "T must be a whole number of at least 1"),
        (lambda: sequential_steps("lstm", 4, layers=1.5), "layers must be a whole number"),
    ],
)
def test_foolish_arguments_are_refused_with_a_sentence(make, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make()
