"""Every known kind of mistake against the story that is told of it: nobody is told a mistake that is not hers.

The rows are the declared misconceptions (proofs.misconceptions_are_named), the answers of tests/checks/answers, and the
mutants of each reference (test_mutants.py); the columns are the declared stories. `python -m tests.checks.matrix 04.1`
prints the table.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections import defaultdict
from functools import cache

import pytest

from tests.checks.answers import Answer, collected
from tests.checks.proofs import outcome
from unravelling.checks import registry
from unravelling.checks.engine import Verdict, run
from unravelling.checks.instruments.probing import same, together

SEEDS = range(3)
ANSWERS = collected()


@cache  # two tests look at the verdict of the first seed
def verdict_on(answer: Answer, seed: int) -> Verdict:
    return run(answer.exercise, answer.handed_in, seed)


@pytest.mark.parametrize("answer", [each for each in ANSWERS if each.passes], ids=str)
def test_a_right_answer_passes(answer):
    assert [verdict_on(answer, seed).plain() for seed in SEEDS] == [
        f"PASS {answer.exercise.id} {answer.exercise.title}" for _ in SEEDS
    ]


@pytest.mark.parametrize("answer", [each for each in ANSWERS if not each.passes], ids=str)
def test_a_wrong_answer_is_caught_and_told_nothing_but_what_is_true_of_it(answer):
    for seed in SEEDS:
        verdict = verdict_on(answer, seed)
        assert not verdict.passed, f"it passes with seed {seed}"
        assert verdict.misconception == answer.told, verdict.plain()
        assert answer.says in verdict.plain()
        assert verdict.asked != verdict.came_back or not verdict.asked


@pytest.mark.parametrize("answer", [each for each in ANSWERS if not each.passes], ids=str)
def test_the_cell_to_paste_shows_what_the_card_tells_of(answer):
    verdict = verdict_on(answer, 0)
    if verdict.kind in ("forbidden", "exists", "signature"):  # there the call works, or there is none
        return
    exercise, theirs = answer.exercise, together(answer.exercise.functions, answer.handed_in)
    found, asked = (outcome(verdict.cell, exercise, each) for each in (theirs, exercise.reference))
    assert verdict.cell and not same(found, asked, 1e-7), verdict.cell


@pytest.mark.parametrize("answer", [each for each in ANSWERS if each.told], ids=str)
def test_of_two_kinds_that_no_case_tells_apart_the_sentence_speaks_of_both(answer):
    sentence = next(each.sentence for each in answer.exercise.misconceptions if each.name == answer.told)
    assert answer.says, "`says` must quote the words of the sentence that speak of this kind"
    assert answer.says in sentence


def code_of(solution) -> str:
    """The code of a function or a class, whatever it is called."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(solution))).body[0]
    tree.name, tree.decorator_list = "", []
    return ast.dump(tree)


def test_no_answer_stands_here_twice():
    declared = [
        (each.id, kind.name, kind.solution)
        for each in registry.all_exercises()
        for kind in (*each.misconceptions, *each.alternatives)
        if inspect.isfunction(kind.solution) or inspect.isclass(kind.solution)
    ]
    found = defaultdict(list)
    for exercise, name, solution in declared + [(each.exercise.id, each.name, each.solution) for each in ANSWERS]:
        found[exercise, code_of(solution)].append(f"{exercise} {name}")
    assert [names for names in found.values() if len(names) > 1] == []
    assert len({str(each) for each in ANSWERS}) == len(ANSWERS), "two answers have one name"
