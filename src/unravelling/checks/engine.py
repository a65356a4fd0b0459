"""Run a solution against an exercise: probe (call it), judge (compare plain values), and put the verdict in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from .cells import cell_for
from .compare import Problem, describe, difference, structure
from .declare import Case, Exercise, Misconception
from .fitting import not_as_asked
from .probing import Raised, call, described, observe, same, together, unsolved

# Two answers that are the same to four digits show the same mistake.
ALIKE = 1e-4


@dataclass(frozen=True)
class Verdict:
    """What a check found. status: "pass", "unsolved" or "wrong"; the other fields are texts, empty where they do not
    apply; `case` is the failing case and `cell` Python text that shows the failure when it is run; `right`: those of
    several functions that are right by themselves; `waits_for`: the exercise whose stub the learner's code calls."""

    status: str
    exercise: Exercise
    symptom: str = ""
    cause: str = ""
    misconception: str = ""
    case: Case | None = None
    cell: str = ""
    asked: str = ""
    came_back: str = ""
    look_at: str = ""
    kind: str = ""
    printed: str = ""
    right: tuple[str, ...] = ()
    waits_for: str = ""

    @property
    def passed(self) -> bool:
        return self.status == "pass"

    @property
    def points(self) -> int:
        if self.passed:
            return self.exercise.points
        return sum(each.points for each in self.exercise.shares if each.name in self.right)

    def plain(self) -> str:
        """The verdict for terminals, logs and screen readers."""
        name = f"{self.exercise.id} {self.exercise.title}"
        if self.passed:
            return f"PASS {name}"
        if self.status == "unsolved":
            return f"{self.symptom}\n{self.already()}".strip()
        lines = [f"Not yet: {name}", self.symptom]
        lines += [self.cause] if self.cause else []
        for label, text in self.rows():
            lines.append(f"{label}: {text}")
        if self.cell:
            lines += ["To see it happen, paste this into a new cell and run it:", ""]
            lines += ["    " + line if line else "" for line in self.cell.splitlines()]
        return "\n".join(lines)

    def rows(self) -> list[tuple[str, str]]:
        """The labelled lines of the card that are not empty."""
        rows = [("Asked", self.asked), ("Came back", self.came_back), ("Look at", self.look_at)]
        rows += [("Your code printed", self.printed.strip()), ("Right already", self._worth())]
        return [(label, text) for label, text in rows if text]

    def already(self) -> str:
        """What is right although the whole is not, in a line; empty if nothing is."""
        return f"Right already: {self._worth()}" if self.right else ""

    def _worth(self) -> str:
        of = self.exercise.points
        return f"{', '.join(self.right)} ({self.points} of {of} points)" if self.right else ""


def probe(exercise: Exercise, solution: Any, case: Case) -> dict[str, Any]:
    """Call the learner's code on a case: plain values, as probing.observe describes them."""
    return observe(solution, case.inputs, exercise.probe or call, exercise.forbids, exercise.learns)


@lru_cache(maxsize=512)
def expected(exercise: Exercise, case: Case) -> Any:
    """What the reference gives on a case."""
    return observe(exercise.reference, case.inputs, exercise.probe or call)["result"]


def judge(exercise: Exercise, case: Case, values: dict[str, Any]) -> list[Problem]:
    """The problems with what came back for a case, the most basic first; none if all is well."""
    got, again = values["result"], values.get("again", values["result"])
    want = expected(exercise, case)
    asked = _named(exercise, want)
    problems = [
        Problem(
            "forbidden",
            f"Your code calls {name}, which this exercise asks you to do without.",
            "the same result from simpler operations",
            f"a call of {name}",
        )
        for name in values.get("used", [])
    ]
    if isinstance(got, Raised):
        return problems if isinstance(want, Raised) and got.is_a(want.kind) else [*problems, _raised(got, asked)]
    for name in values.get("changed", []):
        text = f"Your function changed its input {name}; whoever called it still needs it."
        look = "operations that end in an underscore, and assignments such as x[...] = or x += ..."
        problems.append(Problem("changed", text, f"{name} as it was before the call", "another value in it", look))
    if isinstance(want, Raised):
        came_back = describe(_named(exercise, got))
        text = f"Your function returned {came_back}; here it should raise {want.kind}."
        look = "the word before it: raise, not return" if came_back == want.kind else ""
        return [*problems, Problem("type", text, describe(want), came_back, look)]
    found = _judged(exercise, case, got, want)
    if not any(each.kind in ("type", "shape", "dtype") for each in found) and not same(got, again, ALIKE):
        if exercise.compares:
            text = "Two calls with the same inputs gave two different results."
            look = "random numbers, or something remembered from one call to the next"
            problems.append(Problem("unsteady", text, "the same result each time", describe(got), look))
        elif not found:  # where many answers are right, each call may give another, as long as it is right
            found = [_raised(again, asked)] if isinstance(again, Raised) else _judged(exercise, case, again, want)
    return problems + found or _cannot_learn(exercise, values)


def _judged(exercise: Exercise, case: Case, got: Any, want: Any) -> list[Problem]:
    """The problems of one result, looked at by itself."""
    name = exercise.returns[0] if len(exercise.returns) == 1 else "result"
    wrong = sorted(
        structure(got, want, name, exercise.shapes, exercise.returns),
        key=lambda each: ("type", "shape", "dtype").index(each.kind),
    )
    if wrong:
        return wrong
    symptoms = ((each.symptom(case, got), each.says) for each in exercise.properties)
    problems = [
        Problem("property", symptom, says, describe(_named(exercise, got))) for symptom, says in symptoms if symptom
    ]
    apart = difference(got, want, exercise.tolerance, name, exercise.returns) if exercise.compares else None
    return [*problems, apart] if apart else problems


def _cannot_learn(exercise: Exercise, values: dict[str, Any]) -> list[Problem]:
    names = values.get("unreached", [])
    if not names:
        return []
    text = f"The values are right, but no gradient comes back from your {exercise.returns[0]} to {', '.join(names)}: "
    text += "a layer built on this could not learn."
    look = (
        "whatever leaves torch or forgets where a number came from: .detach(), .item(), float(...), .numpy(), no_grad"
    )
    return [Problem("gradient", text, "a result that gradients can be traced back from", "one that they cannot", look)]


def _named(exercise: Exercise, got: Any) -> Any:
    """The parts of a probe's result that the exercise names; the others are for the judge alone."""
    parts = {name: got[name] for name in exercise.returns if name in got} if isinstance(got, dict) else got
    return next(iter(parts.values())) if isinstance(got, dict) and len(parts) == 1 else parts


def _raised(got: Raised, want: Any) -> Problem:
    if got.kind == "AssertionError" and got.line is None:  # a probe's own sentence
        return Problem("raised", got.message)
    where = "" if got.line is None else f" on line {got.line} of your cell" + (f" ({got.code})" if got.code else "")
    text = f"Your code stopped{where} with {describe(got)}"
    ended = text.endswith((".", "!", "?"))
    if isinstance(want, Raised):
        text += f" Here it should raise {want.kind}." if ended else f"; it should raise {want.kind}."
    else:
        text += "" if ended else "."
    return Problem("raised", text, describe(want), describe(got), _look_at(got))


_SHAPES = re.compile(r"shape|size|dimension|broadcast|must match|out of range|mat1|invalid for input", re.IGNORECASE)


def _look_at(got: Raised) -> str:
    if got.line is None:
        return ""
    if got.kind in ("AttributeError", "TypeError") and re.search("tuple|return_types", got.message):
        return f"line {got.line}: one of its values is a tuple; two things that come back need two names: a, b = ..."
    if not got.own and got.kind in ("RuntimeError", "IndexError", "ValueError") and _SHAPES.search(got.message):
        return f"line {got.line}: print the shapes of what it uses"
    return f"line {got.line} of your cell"


def run(exercise: Exercise, solution: Any, seed: int = 0) -> Verdict:
    """Check a solution (the function; a tuple of functions where several are asked for). Same seed, same verdict."""
    functions = _each(solution)
    if wrong := misfit(exercise, described(functions)):
        return wrong
    solution = together(exercise.functions, functions)
    verdict = conclude(exercise, _observed(exercise, solution, seed), seed)
    if verdict.passed:
        return verdict
    pieces = {name: _observed(piece, solution, seed) for name, piece in exercise.pieces.items()}
    return replace(verdict, right=right_by_themselves(exercise, pieces, seed))


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
    failing = [number for number, problems in enumerate(found) if problems]
    if not failing:
        return Verdict("pass", exercise)
    number = failing[0]
    name, sentence = _looks_like(exercise, drawn, [each["result"] for each in values], failing)
    first = found[number][0]
    cell = cell_for(exercise, drawn[number], number, seed, first.kind, first.asked)
    return _verdict(exercise, first, drawn[number], sentence, name, cell, values[number].get("printed", ""))


def right_by_themselves(
    exercise: Exercise, pieces: Mapping[str, Sequence[dict[str, Any]]], seed: int = 0
) -> tuple[str, ...]:
    """Which of several functions are right whatever the others are.

    pieces: by name of the function, what came back when its own probe was called on the cases of a seed.
    """
    drawn = cases(exercise, seed)
    return tuple(
        name
        for name, piece in exercise.pieces.items()
        if len(pieces[name]) == len(drawn)
        and not any(judge(piece, case, each) for case, each in zip(drawn, pieces[name], strict=True))
    )


@lru_cache(maxsize=512)
def cases(exercise: Exercise, seed: int = 0) -> tuple[Case, ...]:
    """The cases of an exercise for a seed."""
    return tuple(exercise.cases(seed))


@lru_cache(maxsize=4096)
def _mistaken(exercise: Exercise, misconception: Misconception, case: Case) -> Any:
    """What a misconception gives on a case."""
    return fingerprint(exercise, case, observe(misconception.solution, case.inputs, exercise.probe or call)["result"])


def fingerprint(exercise: Exercise, case: Case, result: Any) -> Any:
    """What a result is recognised by when looking for a misconception."""
    if exercise.fingerprint is None or isinstance(result, Raised):
        return result
    try:
        return exercise.fingerprint(case, result)
    except Exception:  # a result of another structure has no such fingerprint
        return result


def _looks_like(exercise: Exercise, drawn: tuple[Case, ...], results: list[Any], failing: list[int]) -> tuple[str, str]:
    """The misconception that gives the same results on all cases; failing that, the only one that gives the same on
    the first failing case and one more (two mistakes at once hide each other elsewhere)."""
    prints = [fingerprint(exercise, case, result) for case, result in zip(drawn, results, strict=True)]
    first, partly = failing[0], []
    for each in exercise.misconceptions:
        # Most are told apart by the first failing case: only the others are run on all of them.
        if not same(prints[first], _mistaken(exercise, each, drawn[first]), ALIKE):
            continue
        alike = [same(a, _mistaken(exercise, each, case), ALIKE) for a, case in zip(prints, drawn, strict=True)]
        if all(alike):
            return each.name, each.sentence
        # Torch's own errors are alike whatever their reason: they say too little of the mistake behind them.
        telling = [n for n in failing if not isinstance(results[n], Raised) or results[n].own]
        if sum(alike[number] for number in telling) > 1:
            partly.append(each)
    return (partly[0].name, partly[0].sentence) if len(partly) == 1 else ("", "")


_STUB = re.compile(r"(\d\d\.\d+) is not solved yet")  # what building puts where the solution was


def _verdict_unsolved(exercise: Exercise, raised: Raised) -> Verdict:
    other = _STUB.match(raised.message)
    if other and other[1] != exercise.id:
        text = f"Your code calls {raised.where}, which is still the stub of {other[1]}: solve that first."
        return Verdict("unsolved", exercise, symptom=text, waits_for=other[1])
    name = raised.where if raised.where in exercise.functions else exercise.title
    text = (
        f'{exercise.id} {name} is not solved yet: replace the line "raise NotImplementedError" in the cell above, '
        "run that cell, then this one."
    )
    return Verdict("unsolved", exercise, symptom=text)


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
        "wrong",
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
