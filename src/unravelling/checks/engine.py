"""Run a solution against an exercise: probe (call it), judge (compare plain values), and put the verdict in words."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from . import diagnosis
from .compare import Problem
from .declare import Case, Exercise, LastCase
from .diagnosis import fingerprint
from .instruments.probing import Raised, described, together, unsolved
from .judge import LAST, exercise_not_run, exercise_of, expected, judge, probe, shown
from .repro_cell import cell_for
from .signatures import not_as_asked
from .verdict import PASSED, UNSOLVED, WRONG, Verdict

__all__ = [
    "Verdict", "blaming", "cases", "conclude", "expected", "fingerprint", "judge", "misfit", "passes", "probe", "run",
    "with_shares",
]  # fmt: skip


def run(exercise: Exercise, solution: Any, seed: int = 0) -> Verdict:
    """Check a solution (the function; a tuple of functions where several are asked for). Same seed, same verdict."""
    functions = _each(solution)
    given = described(functions)
    if wrong := misfit(exercise, given):
        return wrong
    solution = together(exercise.functions, functions)
    verdict = conclude(exercise, _observed(exercise, solution, seed), seed)
    if verdict.passed:
        return verdict
    pieces = {name: _observed(piece, solution, seed) for name, piece in exercise.pieces.items()}
    scope = _scope(functions[0])

    def is_right(other: Exercise) -> bool:
        helper = tuple(scope.get(each) for each in other.functions)
        return None in helper or passes(other, helper, seed)

    return blaming(with_shares(verdict, pieces, seed), given, is_right)


def _scope(solution: Any) -> dict[str, Any]:
    """The notebook that a function or a class was written in: its names and their values."""
    methods = vars(solution).values() if inspect.isclass(solution) else [solution]
    return next((each.__globals__ for each in methods if inspect.isfunction(each)), {})


def _observed(exercise: Exercise, solution: Any, seed: int) -> list[dict[str, Any]]:
    values = []
    for case in cases(exercise, seed):
        values.append(probe(exercise, solution, case))
        if unsolved(values[-1]["result"]):
            break
    return values


def passes(exercise: Exercise, solution: Any, seed: int = 0) -> bool:
    """Whether `run` would pass it. Stops at the first case that fails, and looks for no reason: much quicker."""
    functions = _each(solution)
    if misfit(exercise, described(functions)):
        return False
    solution = together(exercise.functions, functions)
    values = ((case, probe(exercise, solution, case)) for case in cases(exercise, seed))
    return not any(unsolved(each["result"]) or judge(exercise, case, each) for case, each in values)


def _each(solution: Any) -> tuple[Any, ...]:
    return solution if isinstance(solution, tuple) else (solution,)


def misfit(exercise: Exercise, given: Sequence[dict[str, Any]]) -> Verdict | None:
    """The verdict on functions that are not what was asked for, whatever they compute; None if they are.

    given: what probing.described says of each. It may come from another process.
    """
    problem = not_as_asked(exercise, given)
    return None if problem is None else _verdict(exercise, problem)


def conclude(exercise: Exercise, values: Sequence[dict[str, Any]], seed: int = 0) -> Verdict:
    """The verdict on what came back for the cases of a seed, in order. It may come from another process.

    values: one record of probing.observe for each case, or fewer, if the last of them says that it is unsolved.
    """
    drawn = cases(exercise, seed)
    if values and unsolved(values[-1]["result"]):
        return _verdict_unsolved(exercise, values[-1]["result"])
    found = [judge(exercise, case, each) for case, each in zip(drawn, values, strict=True)]
    before_last = sum(not isinstance(case, LastCase) for case in drawn)
    if any(found[:before_last]):
        drawn, values, found = drawn[:before_last], values[:before_last], found[:before_last]
    first = shown(found)
    if first is None:
        return Verdict(PASSED, exercise, found=_measured(exercise, drawn, values))
    number, problem = first
    if other := exercise_not_run(exercise, values[number]["result"]):
        return _verdict_not_run(exercise, values[number]["result"], other)
    late = problem.kind in LAST
    traces = [
        diagnosis.trace(exercise, case, each["result"], problems, late)
        for case, each, problems in zip(drawn, values, found, strict=True)
    ]
    failing = [n for n, each in enumerate(traces) if each.rules]
    name, cause = diagnosis.told(diagnosis.fitting(exercise, drawn, traces, number, late))
    earlier = None
    if not name:
        if problem.kind in ("value", "property", "shape"):
            earlier = diagnosis.kept(exercise, drawn, values, failing, number)
        cause = "" if earlier is None else _kept(drawn[earlier])
        cause = cause or diagnosis.fact(exercise, drawn, values, failing, problem)
        cause = " ".join(each for each in (cause, diagnosis.rule_broken(drawn, failing, number, problem.kind)) if each)
    if name and problem.kind == "shape":  # the story says where to look
        problem = replace(problem, look_at="")
    before = None if earlier is None else drawn[earlier]
    cell = cell_for(exercise, drawn[number], number, seed, problem.kind, problem.rule, problem.asked, before)
    verdict = _verdict(exercise, problem, drawn[number], cause, name, cell, values[number].get("printed", ""))
    return replace(verdict, tried=diagnosis.tried(drawn, failing))


def _measured(exercise: Exercise, drawn: Sequence[Case], values: Sequence[dict[str, Any]]) -> str:
    """What a right answer says of itself on the last case on which it says something."""
    results = [(case, each["result"]) for case, each in zip(drawn, values, strict=True)]
    told = (exercise.found(*each) for each in reversed(results) if exercise.found and not isinstance(each[1], Raised))
    return next(filter(None, told), "")


def _kept(earlier: Case) -> str:
    return (
        f"What came back is the very result that was right for an earlier input (case: {earlier.name}). Is something "
        "kept from one call to the next, or is one of the inputs left out?"
    )


def with_shares(verdict: Verdict, pieces: Mapping[str, Sequence[dict[str, Any]]], seed: int = 0) -> Verdict:
    """A verdict that is no pass, with those of several functions that are right whatever the others are.

    pieces: by name of the function, what came back when its own probe was called on the cases of a seed.
    """
    exercise = verdict.exercise
    drawn = cases(exercise, seed)
    right = tuple(
        name
        for name, piece in exercise.pieces.items()
        if len(pieces[name]) == len(drawn)
        and not any(judge(piece, case, each) for case, each in zip(drawn, pieces[name], strict=True))
    )
    if right and len(right) == len(exercise.pieces):  # so what is wrong is what they do to each other
        text = f"Each of {' and '.join(right)} is right by itself, and together they are not. What do they share?"
        return replace(verdict, cause=verdict.cause or text)
    return replace(verdict, right=right)


def blaming(verdict: Verdict, given: Sequence[dict[str, Any]], is_right: Callable[[Exercise], bool]) -> Verdict:
    """A verdict that is no pass, on code that calls a function of another exercise which does not pass its own check:
    then that is said first, with its cell, and no story of this exercise is told, since the fault may lie there.

    given: what probing.described says of the functions. is_right: whether the answer to another exercise passes.
    """
    unknown = verdict.kind == "raised" and verdict.came_back.startswith("NameError")  # that is no other cell's fault
    for name in (
        () if verdict.waits_for or unknown else dict.fromkeys(name for each in given for name in each.get("calls", []))
    ):
        other = exercise_of(verdict.exercise, name)
        if other is not None and not is_right(other):
            text = f"Your code calls {name}, and that is not right yet: mend your cell of {other.id} first, since what "
            text += f"is wrong here may come from there. {verdict.symptom}"
            return replace(verdict, symptom=text, cause="", misconception="", waits_for=other.id)
    return verdict


@lru_cache(maxsize=512)
def cases(exercise: Exercise, seed: int = 0) -> tuple[Case, ...]:
    """The cases of an exercise for a seed."""
    return tuple(exercise.cases(seed))


_STUB = re.compile(r"(\d\d\.\d+) is not solved yet")  # what building puts where the solution was


def _verdict_unsolved(exercise: Exercise, raised: Raised) -> Verdict:
    other = _STUB.match(raised.message)
    if other and other[1] != exercise.id:
        text = f"Your code calls {raised.where}, which is still the stub of {other[1]}: solve that first."
        return Verdict(UNSOLVED, exercise, symptom=text, waits_for=other[1])
    name = raised.where if raised.where in exercise.functions else exercise.title
    text = (
        f'{exercise.id} {name} is not solved yet: replace the line "raise NotImplementedError" in the cell above, '
        "run that cell, then this one."
    )
    return Verdict(UNSOLVED, exercise, symptom=text)


def _verdict_not_run(exercise: Exercise, raised: Raised, other: Exercise) -> Verdict:
    """Where a name is missing that an earlier cell gives."""
    name = raised.missing
    text = f"Your code uses {name}, which this notebook does not know yet: run your cell of {other.id} first, then "
    text += "this one and the check again."
    return Verdict(WRONG, exercise, symptom=text, came_back=f"{raised.kind}: {raised.message}", waits_for=other.id)


def _verdict(
    exercise: Exercise,
    problem: Problem,
    case: Case | None = None,
    cause: str = "",
    misconception: str = "",
    cell: str = "",
    printed: str = "",
) -> Verdict:
    where = f" (case: {case.name})" if case else ""
    text = problem.symptom
    symptom = (text[:-1] + where + ".") if text.endswith(".") else text + where
    return Verdict(
        WRONG,
        exercise,
        symptom=symptom,
        cause=cause,
        misconception=misconception,
        case=case,
        cell=cell,
        asked=problem.asked,
        came_back=problem.came_back,
        look_at=problem.look_at,
        kind=problem.kind,
        printed=printed,
    )
