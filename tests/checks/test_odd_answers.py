"""Whatever an answer returns or raises, its check says so in a sentence, in the notebook and in the grader alike."""

from __future__ import annotations

import inspect
import json
import signal
import warnings
from dataclasses import replace
from functools import cache

import pytest
import torch

from tests.checks.odd import EXCEPTIONS, RESULTS
from unravelling.checks import registry
from unravelling.checks.declare import Exercise, source_of
from unravelling.checks.engine import run
from unravelling.grading.in_kernel import published_checks
from unravelling.grading.probe_judge import Judge
from unravelling.learning import progress
from unravelling.notebook import check
from unravelling.notebook.verdict_card import Card

# A tensor, what a probe makes of an answer, two functions, an int, several tensors, two functions, a text, two lists.
EXERCISES = ("00.1", "01.1", "01.4", "03.4", "04.1", "04.3", "10.1", "11.1")
LARGE = ("long list", "list of itself", "list 100,000 deep", "long text")  # seconds each, and the same everywhere


@cache
def asked(id: str) -> Exercise:
    """The exercise with its probe as a kernel has it: here pytest has rewritten what our own files assert."""
    exercise = registry.load(id)
    return (
        exercise
        if exercise.probe is None
        else replace(exercise, probe=published_checks._probe(source_of(exercise.probe)))
    )


@pytest.fixture(scope="module")
def judges():
    return {module: Judge(module, 0) for module in {each[:2] for each in EXERCISES}}


@pytest.fixture
def graded(judges, tmp_path, monkeypatch):
    """What the grader says of functions: called as in a kernel that is graded, judged from what comes out of it."""

    def judged(exercise: str, functions: tuple):
        sent = []
        (tmp_path / "tasks.json").write_text(judges[exercise[:2]].tasks, encoding="utf-8")
        monkeypatch.setenv(published_checks.TASKS, str(tmp_path / "tasks.json"))
        monkeypatch.setattr(published_checks, "_publish", sent.append)
        published_checks.check(exercise, *functions)
        (text,) = sent
        return judges[exercise[:2]].verdict(exercise, [{"data": {published_checks.MIME: json.loads(json.dumps(text))}}])

    return judged


def answers(exercise: str, make) -> tuple:
    """Functions that take what is asked for, and all give this."""
    found = []
    for name, reference in asked(exercise).parts(asked(exercise).reference).items():
        parameters = inspect.signature(reference).parameters.values()
        takes = ", ".join(p.name if p.default is p.empty else f"{p.name}={p.default!r}" for p in parameters)
        found.append(eval(compile(f"lambda {takes}: make()", "<her cell>", "eval"), {"make": make}))
        found[-1].__name__ = name
    return tuple(found)


def both(exercise: str, make, graded):
    """The verdicts in the notebook and in the grader; nothing is printed beside them, and no warning shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        here = run(asked(exercise), answers(exercise, make))
        there = graded(exercise, answers(exercise, make))
    for verdict in (here, there):
        for text in (verdict.plain(), Card(verdict).html(), Card(verdict).plain()):
            text.encode()  # it can be shown
            assert len(text) < 20_000
    return here, there


def the_same(here, there):
    """Both are wrong, for one reason."""
    assert here.status == there.status == "wrong"
    assert here.symptom.strip() and here.symptom == there.symptom


@pytest.mark.parametrize(
    ("exercise", "name"),
    [(exercise, name) for exercise in EXERCISES for name in RESULTS if exercise == "00.1" or name not in LARGE],
)
def test_an_odd_result_gets_a_card_with_a_sentence(exercise, name, graded):
    here, there = both(exercise, RESULTS[name], graded)
    the_same(here, there)


@pytest.mark.parametrize("exercise", ["00.1", "01.1", "01.4", "03.4", "04.3", "10.1"])
@pytest.mark.parametrize("name", EXCEPTIONS)
def test_an_odd_exception_gets_a_card_with_a_sentence(exercise, name, graded):
    here, there = both(exercise, EXCEPTIONS[name], graded)
    the_same(here, there)


@pytest.mark.parametrize("name", ["int too long to write", "liar", "nested tensor", "coroutine"])
def test_check_shows_the_card_and_lets_the_notebook_run_on(name, monkeypatch, capsys):
    monkeypatch.setattr(progress, "record", lambda *_, **__: None)
    monkeypatch.delenv("UNRAVELLING_CHECK", raising=False)
    check.check("00.1", *answers("00.1", RESULTS[name]))
    assert "Not yet: 00.1 softmax" in capsys.readouterr().out


def test_an_interrupt_from_the_keyboard_ends_the_check():
    def interrupted():
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(registry.load("00.1"), answers("00.1", interrupted))


@pytest.mark.parametrize("name", RESULTS)
def test_an_odd_thing_in_place_of_the_function_gets_a_sentence(name, graded):
    thing = RESULTS[name]()
    here, there = run(registry.load("00.1"), (thing,)), graded("00.1", (RESULTS[name](),))
    assert here.status == there.status == "wrong"
    assert here.symptom.strip() and here.plain() == there.plain()
    getattr(thing, "close", int)() if name == "coroutine" else None


def test_many_large_results_are_told_as_that_and_not_as_tampering(graded):
    verdict = graded("03.4", answers("03.4", lambda: torch.ones(500_000)))  # 25 cases of two results
    assert verdict.status == "wrong" and "result that is far too large" in verdict.symptom
