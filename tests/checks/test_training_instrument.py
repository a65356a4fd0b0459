"""The instrument of the probes that watch a training: what it writes down, and what it says."""

from __future__ import annotations

import copy

import pytest
import torch
from torch.nn.functional import cross_entropy

from unravelling.checks import registry
from unravelling.checks.instruments.training import (
    Lstm,
    Recorder,
    Table,
    check_calls,
    check_losses,
    numbered_texts,
)
from unravelling.checks.optimizer_replay import STEPS, Stepper, asked_for, rule_of

X, Y = torch.tensor([[0, 2, 1], [1, 1, 0]]), torch.tensor([[2, 1, 0], [1, 0, 2]])


def one_step(model, stepper=None, x=X, y=Y):
    parameters = list(model.parameters())
    loss = cross_entropy(model(x).transpose(1, 2), y)
    (stepper or Stepper("asked", parameters, 0.3)).step(list(torch.autograd.grad(loss, parameters)))
    return loss.item()


def test_a_recorder_writes_down_what_a_model_sees_and_what_comes_back_to_it():
    model = Table(3).train()
    before = torch.cat([each.detach().flatten() for each in model.parameters()])
    notes = Recorder(model)
    loss = one_step(model)
    model.eval()
    with torch.no_grad():
        model(Y)
    assert [each.tolist() for each in notes.seen] == [X.tolist(), Y.tolist()]
    assert notes.modes == [True, False]
    assert -notes.logits[0].log_softmax(-1).gather(-1, Y[..., None]).mean() == pytest.approx(loss)
    right = torch.nn.functional.one_hot(Y, 3)
    assert torch.allclose(notes.back[0], (notes.logits[0].softmax(-1) - right) / Y.numel())
    assert not notes.back[1].any()
    stacked = notes.stacked()
    assert {name: tuple(each.shape) for name, each in stacked.items()} == {
        "seen": (2, 2, 3),
        "logits": (2, 2, 3, 3),
        "back": (2, 2, 3, 3),
        "parameters": (3, 12),
    }
    assert torch.equal(stacked["parameters"][0], before)
    assert torch.equal(stacked["parameters"][1], stacked["parameters"][2])
    assert not torch.equal(stacked["parameters"][0], stacked["parameters"][1])


def test_notes_are_copies_and_calls_of_a_copy_of_the_model_are_noted_as_well():
    model, x = Table(3), X.clone()
    notes = Recorder(model)
    logits = model(x)
    with torch.no_grad():
        x.zero_(), logits.zero_()
    assert torch.equal(notes.seen[0], X)
    assert notes.logits[0].any()
    copy.deepcopy(model)(Y)
    assert torch.equal(notes.seen[1], Y)


def test_a_model_that_nobody_calls_leaves_empty_notes():
    notes = Recorder(Table(3))
    assert {name: each.numel() for name, each in notes.stacked().items()} == dict.fromkeys(
        ("seen", "logits", "back", "parameters"), 0
    )
    assert notes.stacked()["seen"].dtype == torch.int64


@pytest.mark.parametrize("called", [True, False])
def test_whether_a_model_began_with_the_parameters_it_had(called):
    for changed in (True, False):
        model = Table(3)
        notes = Recorder(model)
        if changed:
            model.reset_parameters()
        if called:
            one_step(model)
        assert notes.began_as_given() is not changed


def test_only_aloud_is_what_a_model_sees_read_out_and_then_its_first_rows(capsys):
    model = Table(3)
    Recorder(model)
    model(X)
    assert capsys.readouterr().out == ""
    Recorder(model, aloud=True)
    model.eval()(torch.cat([X, X, X]))
    model(X)
    first, second = capsys.readouterr().out.splitlines()
    assert first == "training: False  the model sees [[0, 2, 1], [1, 1, 0], [0, 2, 1], [1, 1, 0]] ..."
    assert second == "training: False  the model sees [[0, 2, 1], [1, 1, 0]]"


def test_a_small_lstm_has_the_same_numbers_each_time_and_draws_none_of_the_learners():
    before = torch.get_rng_state()
    one, other = Lstm(5), Lstm(5)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
    assert one(X).shape == (2, 3, 5)


def test_numbered_texts_share_no_word():
    assert numbered_texts(2, 3).tolist() == [[0, 3, 4, 5, 1], [0, 6, 7, 8, 1]]


@pytest.mark.parametrize(
    ("losses", "says"),
    [
        (None, "Your function returned nothing (None), not a list of losses."),
        (0.5, "Your function returned a value of type float, not a list of losses."),
        ([0.5], "Your list has 1 loss; in 2 steps there should be 2."),
        ([0.5] * 3, "Your list has 3 losses; in 2 steps there should be 2."),
        ([0.5, torch.tensor(0.5)], "Tensors!"),
        ([0.5, "0.5"], "Your losses are not all floats: one is of type str."),
        ([0.5, 1], ""),
        ((0.5, 0.25), ""),
    ],
)
def test_losses_of_another_form_are_told_what_they_are(losses, says):
    assert said_by(check_losses, losses, 2, "Tensors!") == says


@pytest.mark.parametrize(
    ("calls", "says"),
    [
        ([X], "In 2 steps the model is called 1 time; once will do."),
        ([X, X, X], "In 2 steps the model is called 3 times; once will do."),
        ([X, X[:1]], "The model gets a tensor of shape (1, 3), not (batch, T) = (2, 3)."),
        ([X, Y], ""),
    ],
)
def test_calls_of_another_number_or_shape_are_told(calls, says):
    notes = Recorder(Table(3))
    for x in calls:
        notes.model(x)
    assert said_by(check_calls, notes, 2, {"batch": 2, "T": 3}, "once will do.") == says


def said_by(check, *given) -> str:
    try:
        check(*given)
    except AssertionError as error:
        return str(error).splitlines()[0]  # below, pytest writes what was compared
    return ""


@pytest.mark.parametrize("rule", ["asked", *STEPS])
def test_the_rule_by_which_the_table_moved_is_found_again_from_the_notes(rule):
    max_norm = 1000.0 if rule in ("clipped to 1", "all shortened") else 0.05  # whether there is anything to clip
    scale = 1 if rule == "all shortened" else 4  # whether gradients are shorter than 1, or longer
    model = Table(3, scale)
    for each in model.parameters():
        each.grad = torch.full_like(each, 0.5)
    notes, stepper = Recorder(model), Stepper(rule, list(model.parameters()), 0.3, max_norm)
    for x, y in ((X, Y), (Y, X), (X, Y)):
        one_step(model, stepper, x, y)
    result = notes.stacked()
    assert rule_of(result, 0.3, max_norm, scale=scale, left_over=0.5) == rule
    assert torch.equal(asked_for(result["back"]), torch.stack([Y, X, Y]))


@pytest.mark.parametrize("id", ["03.5", "07.6"])
def test_a_cell_shows_what_the_probe_did(id):
    """The model of the cell sees what that of the probe saw, and ends with the same parameters."""
    exercise = registry.load(id)
    for case in exercise.cases()[:4]:
        known = exercise.probe(exercise.reference, **case.inputs)
        here = {"torch": torch, exercise.functions[0]: exercise.reference, **case.inputs}
        exec(exercise.show(case), here)
        theirs = here["notes"].stacked()
        assert len(known["seen"]) == case["steps"]
        assert torch.equal(theirs["seen"], known["seen"])
        assert torch.allclose(theirs["parameters"].to(known["parameters"].dtype), known["parameters"], atol=1e-7)
        assert here["result"]["losses"] == known["losses" if id == "03.5" else "each_loss"].tolist()
