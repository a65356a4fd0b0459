"""The words of a card fit what came back: the right verb, the right kind, no rule that is beside the point."""

from __future__ import annotations

import linecache

import pytest
import torch

from tests.checks.proofs import given
from unravelling.checks import registry
from unravelling.checks.compare import described_apart, is_, structure
from unravelling.checks.engine import expected, run
from unravelling.checks.relations import Pair, said

SOFTMAX, MASK = map(registry.load, ["00.1", "04.2"])


# Of the right number and the right kind


@pytest.mark.parametrize(
    ("name", "verb"),
    [("logits", "are"), ("scores", "are"), ("loss", "is"), ("number of steps", "is"), ("split_heads", "is")],
)
def test_the_verb_agrees_with_the_name_of_what_came_back(name, verb):
    assert is_(name) == verb
    (problem,) = structure(torch.ones(2), torch.ones(3), name, True)
    assert problem.symptom == f"Your {name} {'have' if verb == 'are' else 'has'} shape (2,), not (3,)."
    (problem,) = structure(None, torch.ones(3), name, True)
    assert problem.symptom.startswith(f"Your {name} {verb} nothing (None), not")


@pytest.mark.parametrize(
    ("empty", "said"), [([], "an empty list"), ((), "an empty tuple"), ({}, "an empty dict"), ("", "an empty str")]
)
def test_what_is_empty_is_called_so(empty, said):
    verdict = run(SOFTMAX, lambda x, dim=-1: empty)
    assert verdict.symptom == f"Your result is {said}, not a torch tensor (case: three numbers)."
    assert verdict.came_back == said


def test_a_float_beside_the_whole_number_asked_for_is_written_as_one():
    assert described_apart(8.0, 8) == ("8.0", "8")
    verdict = run(registry.load("05.5"), lambda config: float(registry.load("05.5").reference(config)))
    assert verdict.came_back.endswith(".0")
    assert not verdict.asked.endswith(".0")


@pytest.mark.parametrize("answer", [True, False])
def test_truths_that_are_all_alike_are_not_called_numbers(answer):
    want = [torch.eye(2).bool(), torch.eye(3).bool()]
    found = said([Pair("", torch.full_like(each, answer), each) for each in want])
    assert found == f"Everything that came back is {answer}, whatever was asked."


def test_lists_of_truths_that_changed_places_are_not_called_numbers():
    pairs = [Pair("", [False, True, True], [True, False, False]), Pair("", [True, False], [False, True])]
    assert said(pairs) == "True and False have changed places throughout."


# The rule of a case


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        (
            "05.1",
            lambda x, weight, bias, eps=1e-5: registry.load("05.1").reference(x + 0 * x.mean(-1), weight, bias, eps),
        ),
        ("05.2", lambda T, d: registry.load("05.2").reference(T, d).tolist()),
        ("05.2", lambda T, d: registry.load("05.2").reference(T, d).numpy()),
        ("05.2", lambda T, d: registry.load("05.2").reference(T, d).double()),
    ],
)
def test_what_is_wrong_of_type_or_stops_under_many_rules_is_told_none_of_them(number, wrong):
    verdict = run(registry.load(number), wrong)
    assert verdict.kind in ("raised", "type", "dtype")
    assert verdict.case.rule
    assert verdict.case.rule not in verdict.cause


def test_of_an_unknown_name_nothing_is_computed_that_takes_long(monkeypatch):
    exercise = registry.load("05.6")

    class Unknown(exercise.reference):
        def forward(self, source, target):
            return sinusoidal_positions(source.shape[1], 4)  # noqa: F821

    monkeypatch.setattr("unravelling.checks.engine.passes", lambda *_: pytest.fail("another exercise is checked"))
    asked = []
    monkeypatch.setattr("unravelling.checks.judge.expected", lambda *of: asked.append(of[1].name) or expected(*of))
    verdict = run(exercise, Unknown)
    assert len(set(asked)) <= 1
    assert "run your cell of 05.2 first" in verdict.symptom
    assert "Asked" not in verdict.plain()


def test_beside_a_story_of_a_shape_stands_no_advice_that_leads_elsewhere():
    verdict = run(MASK, lambda T: torch.tensor([[column <= row for column in range(T)] for row in range(T)]))
    assert (verdict.misconception, verdict.kind, verdict.look_at) == ("from_nested_lists", "shape", "")


def test_a_name_that_another_exercise_makes_is_looked_for_there():
    source = "def causal_mask(T):\n    return split_heads(torch.ones(T, T), 1)\n"
    linecache.cache["<cell>"] = (len(source), None, source.splitlines(keepends=True), "<cell>")
    scope = {"torch": torch}
    exec(compile(source, "<cell>", "exec"), scope)
    assert "run your cell of 04.3 first" in run(MASK, scope["causal_mask"]).symptom


def test_what_came_back_is_not_shown_where_nothing_of_it_is_wrong():
    """06.6 had "an empty dict", 06.3 its right losses, and 06.5 the shapes of what was observed."""
    saving, step, patients = (registry.load(each) for each in ("06.6", "06.3", "06.5"))
    known = {each.name: each.solution for exercise in (saving, step, patients) for each in exercise.misconceptions}
    for exercise, name in ((saving, "any_error_will_do"), (step, "all_held_at_once"), (patients, "larger_steps")):
        verdict = run(exercise, given(exercise, known[name]))
        assert verdict.misconception == name and verdict.came_back == ""
