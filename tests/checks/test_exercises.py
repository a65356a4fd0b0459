"""Every exercise, whichever there are: a new declaration is covered without a line here."""

from __future__ import annotations

import dataclasses
import inspect
import random
from types import SimpleNamespace

import pytest
import torch
from cachetools import LRUCache, cached

from tests.checks import proofs
from tests.checks.proofs import PROOFS
from unravelling.checks import diagnosis, engine, registry
from unravelling.checks.declare import Misconception

EXERCISES = registry.all_exercises()


@pytest.fixture(autouse=True, scope="module")
def looked_up():
    """What a declared answer gives on a case, computed once: proofs see it as an answer and as a known mistake. On the
    first seed it is computed both times, so that a mistake that gives something else each time is noticed."""
    plain = engine.probe

    def key(exercise, solution, case):
        parts = vars(solution).values() if isinstance(solution, SimpleNamespace) else [solution]
        return (exercise, *parts, case)

    remembered = cached(LRUCache(maxsize=4000), key=key)(plain)

    def probe(exercise, solution, case):
        first = case in engine.cases(exercise, proofs.SEEDS[0])
        return (plain if first else remembered)(exercise, solution, case)

    with pytest.MonkeyPatch.context() as patch:
        for module in (engine, diagnosis, proofs):
            patch.setattr(module, "probe", probe)
        yield


def test_looking_up_hides_no_known_mistake_that_gives_something_else_each_time():
    known = registry.load("04.2")
    drawn = random.SystemRandom()  # which no probe can seed
    erratic = Misconception("erratic", "Drawn anew. Why?", lambda T: torch.tensor(
        [[drawn.random() < 0.5 for _ in range(T)] for _ in range(T)]))  # fmt: skip
    complaints = proofs.misconceptions_are_named(dataclasses.replace(known, misconceptions=(erratic,)))
    assert any("erratic is taken for nothing known" in each for each in complaints), complaints


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.__name__)
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_every_exercise_holds_every_proof(exercise, proof):
    assert proof(exercise) == []


def test_ids_are_unique_and_in_order():
    ids = [each.id for each in EXERCISES]
    assert ids == sorted(set(ids), key=lambda id: [int(part) for part in id.split(".")])


def test_every_module_has_at_least_four_exercises_but_for_module_00():
    for number in registry.MODULES:
        assert len(registry.module(number)) >= (1 if number == "00" else 4)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_the_first_case_is_small_enough_to_be_written_out_in_full(exercise):
    from unravelling.checks.repro_cell import cell_for

    assert "inputs(" not in cell_for(exercise, exercise.cases()[0], 0, 0, "value")


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_docstrings_fit_a_notebook_line(exercise):
    for reference in exercise.parts(exercise.reference).values():
        assert all(len(line) <= 120 for line in (inspect.getdoc(reference) or "").splitlines())
