"""Judge what came back for one case: plain values against those of the reference, and the problems in sentences."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import Any

from . import registry
from .compare import Problem, Written, describe, described_apart, difference, structure
from .declare import Case, Exercise
from .instruments.optional_torch import Tensor, torch
from .instruments.probing import Raised, call, observe, same

# Two results that are the same to four digits show the same mistake.
ALIKE = 1e-4
# What is looked at only where all values are right: whoever gets a number wrong has no use for a word about these.
LAST = ("changed", "gradient")


def probe(exercise: Exercise, solution: Any, case: Case) -> dict[str, Any]:
    """Call an answer on a case: plain values, as probing.observe describes them."""
    return observe(solution, case.inputs, exercise.probe or call, exercise.forbids, exercise.learns)


@lru_cache(maxsize=512)
def expected(exercise: Exercise, case: Case) -> Any:
    """What the reference gives on a case."""
    return observe(exercise.reference, case.inputs, exercise.probe or call)["result"]


def judge(exercise: Exercise, case: Case, values: dict[str, Any]) -> list[Problem]:
    """The problems with what came back for a case, the most basic first; none if all is well.

    values: a record of probing.observe. Problems of the kinds in LAST come last.
    """
    got, again = values["result"], values.get("again", values["result"])
    problems = [_forbidden(name) for name in values.get("used", [])]
    if isinstance(got, Raised) and got.kind == "NameError":  # wrong whatever was asked, which may take long to compute
        return [*problems, replace(_raised(exercise, got, None), asked="")]
    want = expected(exercise, case)
    if isinstance(got, Raised):
        fits = isinstance(want, Raised) and got.is_a(want.kind)
        return problems if fits else [*problems, _raised(exercise, got, named(exercise, want))]
    if isinstance(want, Raised):
        return [*problems, _should_raise(exercise, got, want)]
    got, again = single_numbers(got, want), single_numbers(again, want)
    found = _judged(exercise, case, got, want)
    if not any(each.kind in ("type", "shape", "dtype") for each in found) and not same(got, again, ALIKE):
        found = _unsteady(exercise, case, again, want, found)
    return [*problems, *found, *map(_changed, values.get("changed", [])), *_cannot_learn(exercise, values)]


def single_numbers(got: Any, want: Any) -> Any:
    """A result in which a tensor of one number is that number where a number was asked for."""
    if isinstance(got, Tensor) and got.numel() == 1 and type(want) in (int, float):
        whole = not (got.is_floating_point() or got.is_complex() or got.dtype == torch.bool)
        return got.item() if whole or (type(want) is float and got.is_floating_point()) else got
    if type(got) in (tuple, list) and isinstance(want, (tuple, list)) and len(got) == len(want):
        return type(got)(map(single_numbers, got, want))
    if isinstance(got, dict) and isinstance(want, dict):
        return {key: single_numbers(each, want.get(key)) for key, each in got.items()}
    return got


def shown(found: list[list[Problem]]) -> tuple[int, Problem] | None:
    """The case that a card shows, by its number, and its problem: of values before those in LAST; None if all is well.

    found: the problems of every case, in order.
    """
    for late in ((), *((kind,) for kind in LAST)):
        for number, problems in enumerate(found):
            for each in problems:
                if each.kind in late or (not late and each.kind not in LAST):
                    return number, each
    return None


def _forbidden(name: str) -> Problem:
    text = f"Your code calls {name}, which this exercise asks you to do without."
    return Problem("forbidden", text, "the same result from simpler operations", f"a call of {name}")


def _changed(name: str) -> Problem:
    text = f"The values are right, but your function changed its input {name}; whoever called it still needs it."
    look = "operations that end in an underscore, and assignments such as x[...] = or x += ..."
    return Problem("changed", text, f"{name} as it was before the call", f"{name} changed", look, name)


def _should_raise(exercise: Exercise, got: Any, want: Raised) -> Problem:
    came_back = describe(named(exercise, got))
    text = f"Your function returned {came_back}; here it should raise {want.kind}."
    look = "the word before it: raise, not return" if came_back == want.kind else ""
    return Problem("type", text, describe(want), came_back, look, want.kind)


def _unsteady(exercise: Exercise, case: Case, again: Any, want: Any, found: list[Problem]) -> list[Problem]:
    """The problems where a second call with the same inputs gave something else than the first."""
    look = "random numbers, or something remembered from one call to the next: a default argument, a global, a cache"
    if exercise.compares:
        text = "Two calls with the same inputs gave two different results."
        return [Problem("unsteady", text, "the same result each time", "two results", look), *found]
    if found:
        return found
    # Where many answers are right, each call may give another, as long as it is right.
    later = (
        [_raised(exercise, again, named(exercise, want))]
        if isinstance(again, Raised)
        else _judged(exercise, case, again, want)
    )
    if not later:
        return []
    text = f"The first call was right, and a second one with the same inputs was not: {later[0].symptom}"
    return [replace(later[0], kind="unsteady", symptom=text, look_at=look)]


def _judged(exercise: Exercise, case: Case, got: Any, want: Any) -> list[Problem]:
    """The problems of one result, looked at by itself."""
    name = exercise.returns[0] if len(exercise.returns) == 1 else "result"
    wrong = sorted(
        structure(got, want, name, exercise.shapes, exercise.returns),
        key=lambda each: ("type", "shape", "dtype").index(each.kind),
    )
    if wrong:
        return wrong
    apart = difference(got, want, exercise.tolerance, name, exercise.returns) if exercise.compares else None
    shown_apart = named(exercise, got), named(exercise, want)
    kinds = {type(each) for each in shown_apart}
    came_back, asked = described_apart(*shown_apart) if apart or len(kinds) > 1 else map(describe, shown_apart)
    symptoms = [(symptom, each) for each in exercise.properties if (symptom := each.symptom(case, got))]
    unnamed = isinstance(got, dict) and got and not any(name in got for name in exercise.returns)
    if symptoms and (unnamed or (exercise.compares and len(kinds) == 1 and _alike(exercise, *shown_apart))):
        came_back = ""  # nothing of it is what is wrong
    problems = [Problem("property", symptom, each.says, came_back, "", each.name) for symptom, each in symptoms]
    return [*problems, replace(apart, asked=asked, came_back=came_back)] if apart else problems


def _alike(exercise: Exercise, got: Any, want: Any) -> bool:
    return difference(got, want, exercise.tolerance, "result") is None


def _cannot_learn(exercise: Exercise, values: dict[str, Any]) -> list[Problem]:
    names = values.get("unreached", [])
    if not names:
        return []
    text = f"The values are right, but no gradient comes back from your {exercise.returns[0]} to {', '.join(names)}: "
    text += "whatever is trained with this could not learn."
    look = (
        "whatever leaves torch or forgets where a number came from: .detach(), .item(), float(...), .numpy(), no_grad"
    )
    if all(name.endswith("nan)") for name in names):
        text = f"The values are right, but the gradient that comes back from your {exercise.returns[0]} to "
        text += f"{', '.join(name.split(' ')[0] for name in names)} is NaN: after one step every parameter would be."
        look = "a NaN or an infinity on the way that is mended at the end: its gradient stays NaN"
    if all(name.endswith("overwritten)") for name in names):
        text = f"The values are right, but no gradient comes back from your {exercise.returns[0]} to "
        text += f"{', '.join(name.split(' ')[0] for name in names)}: a value that torch needs for it was overwritten."
        look = "assignments such as w[...] = or w *= ..., and operations that end in an underscore: make a new tensor"
    asked = "a result that gradients can be traced back from"
    return [Problem("gradient", text, asked, "one that they cannot", look, ", ".join(names))]


def named(exercise: Exercise, got: Any) -> Any:
    """The parts of a probe's result that the exercise names; the others are for the judge alone."""
    if not isinstance(got, dict):
        return got
    written = exercise.returns if exercise.writes_out is True else exercise.writes_out or ()
    parts = {name: got[name] for name in exercise.returns if name in got}
    parts = {name: Written(x) if name in written and isinstance(x, str) else x for name, x in parts.items()}
    return next(iter(parts.values())) if len(parts) == 1 else parts


def _raised(exercise: Exercise, got: Raised, want: Any) -> Problem:
    if got.kind == "AssertionError" and got.line is None:  # a probe's own sentence
        if isinstance(want, Raised):  # which is about a result, and none was asked for
            text = f"Your code went on; here it should raise {want.kind}."
            return Problem("raised", text, describe(want), got.message)
        return Problem("raised", got.message)
    other = None if got.where in exercise.functions else exercise_of(exercise, got.where)
    cell = "your cell" if other is None else f"your cell of {other.id}, in {got.where}"
    where = "" if got.line is None else f" on line {got.line} of {cell}" + (f" ({got.code})" if got.code else "")
    text = f"Your code stopped{where} with {describe(got)}"
    ended = text.endswith((".", "!", "?"))
    if isinstance(want, Raised):
        text += f" Here it should raise {want.kind}." if ended else f"; it should raise {want.kind}."
    else:
        text += "" if ended else "."
    return Problem("raised", text, describe(want), describe(got), _look_at(got, cell), got.kind)


_SHAPES = re.compile(r"shape|size|dimension|broadcast|must match|mat1|invalid for input", re.IGNORECASE)


def _look_at(got: Raised, cell: str) -> str:
    if got.line is None:
        return ""
    if got.kind in ("AttributeError", "TypeError") and re.search("tuple|return_types", got.message):
        return f"line {got.line}: one of its values is a tuple; two things that come back need two names: a, b = ..."
    if not got.own and got.kind in ("RuntimeError", "IndexError", "ValueError") and _SHAPES.search(got.message):
        return f"line {got.line}: print the shapes of what it uses"
    return f"line {got.line} of {cell}"


def exercise_not_run(exercise: Exercise, got: Any) -> Exercise | None:
    """The other exercise whose function was missing where an answer stopped: its cell was not run in this notebook."""
    return exercise_of(exercise, got.missing) if isinstance(got, Raised) and got.missing else None


def exercise_of(exercise: Exercise, function: str) -> Exercise | None:
    """The other exercise of the same module whose function has this name; None if there is none."""
    number = exercise.id.split(".")[0]
    if number not in registry.MODULES:
        return None
    return next((e for e in registry.module(number) if function in e.functions and e.id != exercise.id), None)
