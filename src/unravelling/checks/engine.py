"""Run a solution against an exercise: probe (call it), judge (compare plain values), and put the verdict in words."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from .cells import cell_for
from .compare import Problem, describe, difference, structure
from .declare import Case, Exercise
from .probing import Raised, call, observe, same

# Two answers that are the same to four digits show the same mistake.
ALIKE = 1e-4


@dataclass(frozen=True)
class Verdict:
    """What a check found. status: "pass", "unsolved" or "wrong"; the other fields are texts, empty where they do not
    apply; `case` is the failing case and `cell` Python text that shows the failure when it is run."""

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

    @property
    def passed(self) -> bool:
        return self.status == "pass"

    @property
    def points(self) -> int:
        return self.exercise.points if self.passed else 0

    def plain(self) -> str:
        """The verdict for terminals, logs and screen readers."""
        name = f"{self.exercise.id} {self.exercise.title}"
        if self.passed:
            return f"PASS {name}"
        if self.status == "unsolved":
            return self.symptom
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
        rows += [("Your code printed", self.printed.strip())]
        return [(label, text) for label, text in rows if text]


def probe(exercise: Exercise, solution: Any, case: Case) -> dict[str, Any]:
    """Call the learner's code on a case: plain values, as probing.observe describes them."""
    return observe(solution, case.inputs, exercise.probe or call, exercise.forbids, exercise.learns)


@lru_cache(maxsize=512)
def _expected(exercise: Exercise, case: Case) -> Any:
    return observe(exercise.reference, case.inputs, exercise.probe or call)["result"]


def judge(exercise: Exercise, case: Case, values: dict[str, Any]) -> list[Problem]:
    """The problems with what came back for a case, the most basic first; none if all is well."""
    got, again = values["result"], values.get("again", values["result"])
    want = _expected(exercise, case)
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
    symptoms = ((each.test(case, got), each.says) for each in exercise.properties)
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
    functions = solution if isinstance(solution, tuple) else (solution,)
    for problem in _callable(exercise, functions):
        return _verdict(exercise, problem)
    if len(functions) > 1:
        solution = SimpleNamespace(**dict(zip(exercise.functions, functions, strict=True)))
    else:
        solution = functions[0]
    for problem in _signature(exercise, functions):
        return _verdict(exercise, problem)

    cases = _cases(exercise, seed)
    all_values = []
    for case in cases:
        values = probe(exercise, solution, case)
        if _unsolved(values["result"]):
            return _verdict_unsolved(exercise, values["result"])
        all_values.append(values)
    found = [judge(exercise, case, values) for case, values in zip(cases, all_values, strict=True)]
    failing = [number for number, problems in enumerate(found) if problems]
    if not failing:
        return Verdict("pass", exercise)
    number = failing[0]
    name, sentence = _looks_like(exercise, cases, seed, [values["result"] for values in all_values], failing)
    first = found[number][0]
    cell = cell_for(exercise, cases[number], number, seed, first.kind, first.asked)
    return _verdict(exercise, first, cases[number], sentence, name, cell, all_values[number].get("printed", ""))


@lru_cache(maxsize=512)
def _cases(exercise: Exercise, seed: int) -> tuple[Case, ...]:
    return tuple(exercise.cases(seed))


@lru_cache(maxsize=512)
def _fingerprints(exercise: Exercise, seed: int) -> dict[str, list[Any]]:
    """What each misconception gives on every case of a seed."""
    cases = _cases(exercise, seed)
    return {
        each.name: [fingerprint(exercise, case, probe(exercise, each.solution, case)["result"]) for case in cases]
        for each in exercise.misconceptions
    }


def fingerprint(exercise: Exercise, case: Case, result: Any) -> Any:
    """What a result is recognised by when looking for a misconception."""
    if exercise.fingerprint is None or isinstance(result, Raised):
        return result
    try:
        return exercise.fingerprint(case, result)
    except Exception:  # a result of another structure has no such fingerprint
        return result


def _looks_like(
    exercise: Exercise, cases: tuple[Case, ...], seed: int, results: list[Any], failing: list[int]
) -> tuple[str, str]:
    """The misconception that gives the same results on all cases; failing that, the only one that gives the same on
    the first failing case and one more (two mistakes at once hide each other elsewhere)."""
    prints = [fingerprint(exercise, case, result) for case, result in zip(cases, results, strict=True)]
    partly = []
    for each in exercise.misconceptions:
        theirs = _fingerprints(exercise, seed)[each.name]
        alike = [same(a, b, ALIKE) for a, b in zip(prints, theirs, strict=True)]
        if all(alike):
            return each.name, each.sentence
        if alike[failing[0]] and sum(alike[number] for number in failing) > 1:
            partly.append(each)
    return (partly[0].name, partly[0].sentence) if len(partly) == 1 else ("", "")


_STUB = re.compile(r"(\d\d\.\d+) is not solved yet")  # what building puts where the solution was


def _unsolved(result: Any) -> bool:
    """Whether a raise of the learner's own said so: torch raises NotImplementedError too, for types it lacks."""
    return isinstance(result, Raised) and result.kind == "NotImplementedError" and result.own


def _verdict_unsolved(exercise: Exercise, raised: Raised) -> Verdict:
    other = _STUB.match(raised.message)
    if other and other[1] != exercise.id:
        text = f"Your code calls {raised.where}, which is still the stub of {other[1]}: solve that first."
        return Verdict("unsolved", exercise, symptom=text)
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


def _callable(exercise: Exercise, functions: tuple[Any, ...]) -> Iterator[Problem]:
    """Whether the right number of functions came, in the right order, and can be called."""
    names = exercise.functions
    call_text = f'check("{exercise.id}", {", ".join(names)})'
    if len(functions) != len(names):
        wants = "one function" if len(names) == 1 else f"{len(names)} functions"
        yield Problem("exists", f"{exercise.id} checks {wants}; you gave {len(functions)}. Write {call_text}.")
        return
    given = tuple(getattr(each, "__name__", "") for each in functions)
    if given != names and set(given) == set(names):
        order = ", ".join(given)
        yield Problem("exists", f"You gave the functions in the order {order}. Write {call_text}.")
    for name, each in zip(names, functions, strict=True):
        if exercise.wants_class and not inspect.isclass(each):
            what = f"a {type(each).__name__} object" if type(each).__name__ == name else _what(each)
            yield Problem("exists", f"{exercise.id} checks a class; you gave {what}. Write {call_text}.")
        elif not exercise.wants_class and inspect.isclass(each):
            yield Problem("exists", f"{exercise.id} checks a function; you gave the class {each.__name__}.")
        elif getattr(each, "__name__", "") in exercise.forbids and not inspect.isfunction(each):
            text = f"You gave torch's own {each.__name__}, which this exercise asks you to do without."
            yield Problem("forbidden", text, "the same result from simpler operations", f"torch's {each.__name__}")
        elif not callable(each):
            yield Problem("exists", f"{exercise.id} checks a function; you gave {_what(each)}. Write {call_text}.")


def _what(value: Any) -> str:
    return f"the function {value.__name__}" if inspect.isfunction(value) else f"a value of type {type(value).__name__}"


def _signature(exercise: Exercise, functions: tuple[Any, ...]) -> Iterator[Problem]:
    """Whether each function takes the parameters of the stub, with and without those that have a default."""
    for (name, reference), theirs in zip(exercise.parts(exercise.reference).items(), functions, strict=True):
        pairs: list[tuple[str, Callable, Callable]] = [(name, reference, theirs)]
        if inspect.isclass(reference) and hasattr(reference, "forward") and hasattr(theirs, "forward"):
            pairs.append((f"{name}.forward", reference.forward, theirs.forward))
        for each, asked, given in pairs:
            try:
                wants, takes = inspect.signature(asked), inspect.signature(given)
            except (TypeError, ValueError):  # builtins have no signature to read
                continue
            order = [name for name in takes.parameters if name in wants.parameters]
            if order != list(wants.parameters) and set(order) == set(wants.parameters):
                text = f"{each} takes {_parameters(takes)}; the order asked for is {_parameters(wants)}."
                look = "the line that starts with def: it should read as in the stub"
                yield Problem("signature", text, _parameters(wants), _parameters(takes), look)
                return
            required = [p for p in wants.parameters.values() if p.default is p.empty]
            for count in (len(required), len(wants.parameters)):
                try:
                    takes.bind(*range(count))
                except TypeError:
                    text = f"{each} takes {_parameters(takes)}; asked for is {_parameters(wants)}."
                    look = "the line that starts with def: it should read as in the stub"
                    yield Problem("signature", text, _parameters(wants), _parameters(takes), look)
                    return


def _parameters(signature: inspect.Signature) -> str:
    bare = [p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))
