"""What must be true of every property of an exercise: without it, something wrong would pass or be worse explained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.checks.answers import collected
from unravelling.checks.declare import Exercise, LastCase, as_solution
from unravelling.checks.engine import cases, probe
from unravelling.checks.judge import LAST, judge


def known_wrong(exercise: Exercise) -> Iterator[Any]:
    """Every wrong answer that is kept: those of tests/checks/answers, the latest first, and the declared ones."""
    for each in reversed(collected()):
        if each.exercise.id == exercise.id and not each.passes:
            yield as_solution(each.solution, exercise.functions, exercise.reference)
    yield from (each.solution for each in exercise.misconceptions)


def what_catches(exercise: Exercise, solution: Any) -> tuple[set[str], str]:
    """All that is wrong with an answer: the properties that it lacks, by name, and what else, by kind; and which of
    these its card tells of ("" if it passes). Once the comparison of values has caught it, no more cases are tried."""
    caught: set[str] = set()
    told = ""
    for case in cases(exercise):
        if told and ("value" in caught or isinstance(case, LastCase)):
            break
        problems = judge(exercise, case, probe(exercise, solution, case))
        names = [(each.kind in ("property", "unsteady") and each.rule) or each.kind for each in problems]
        caught |= set(names)
        told = told or next((name for name in names if name not in LAST), "")
    return caught, told


def properties_are_needed(exercise: Exercise, instead: Mapping[str, str]) -> list[str]:
    """Each property catches a known wrong answer that nothing else catches, or says on a card, in better words, what
    else would catch it: the comparison, where values are compared, and elsewhere what `instead` names for it (one thing
    "or" another), which then catches all of its answers."""
    unproven = {each.name for each in exercise.properties}
    complaints = [f"{name} is listed and is no property" for name in instead if name not in unproven]
    unproven -= instead.keys()
    unsaid = set(instead)
    for solution in known_wrong(exercise):
        if not unproven and not unsaid:
            break
        caught, told = what_catches(exercise, solution)
        unproven -= caught if len(caught) == 1 else {told} if exercise.compares else set()
        unsaid.discard(told)
        for name in caught & instead.keys():
            if not caught.intersection(instead[name].split(" or ")):
                complaints.append(f"{name} catches an answer that {instead[name]} lets pass")
    complaints += [f"{name} catches nothing that others do not" for name in sorted(unproven)]
    return complaints + [f"{name} is told on no card" for name in sorted(unsaid)]
