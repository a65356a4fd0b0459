"""Whether functions are what an exercise asks for, before any of them is called: how many, which, what they take."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from .compare import Problem
from .declare import Exercise
from .instruments.probing import described


def not_as_asked(exercise: Exercise, given: Sequence[dict[str, Any]]) -> Problem | None:
    """The first thing that does not fit, or None. given: what probing.described says of the learner's functions."""
    return next(chain(_callable(exercise, given), _signatures(exercise, given)), None)


def _callable(exercise: Exercise, given: Sequence[dict[str, Any]]) -> Iterator[Problem]:
    """Whether the right number of functions came, in the right order, and can be called."""
    names = exercise.functions
    call_text = f'check("{exercise.id}", {", ".join(names)})'
    if len(given) != len(names):
        wants = "one function" if len(names) == 1 else f"{len(names)} functions"
        yield Problem("exists", f"{exercise.id} checks {wants}; you gave {len(given)}. Write {call_text}.")
        return
    called = tuple(each["name"] for each in given)
    if called != names and set(called) == set(names):
        order = ", ".join(called)
        yield Problem("exists", f"You gave the functions in the order {order}. Write {call_text}.")
    for name, each in zip(names, given, strict=True):
        kind = each["kind"]
        what = f"the function {each['name']}" if kind == "function" else f"a value of type {each['type']}"
        if exercise.wants_class and kind != "class":
            what = f"a {each['type']} object" if each["type"] == name else what
            yield Problem("exists", f"{exercise.id} checks a class; you gave {what}. Write {call_text}.")
        elif not exercise.wants_class and kind == "class":
            yield Problem("exists", f"{exercise.id} checks a function; you gave the class {each['name']}.")
        elif each["type"].startswith("builtin") and any(part in each["name"] for part in exercise.forbids):
            text = f"You gave torch's own {each['name']}, which this exercise asks you to do without."
            yield Problem("forbidden", text, "the same result from simpler operations", f"torch's {each['name']}")
        elif kind == "value":
            yield Problem("exists", f"{exercise.id} checks a function; you gave {what}. Write {call_text}.")


def _signatures(exercise: Exercise, given: Sequence[dict[str, Any]]) -> Iterator[Problem]:
    """Whether each function takes the parameters of the stub, with and without those that have a default."""
    for (name, reference), theirs in zip(exercise.parts(exercise.reference).items(), given, strict=True):
        asked = described((reference,))[0]
        for part, where in (("takes", name), ("forward", f"{name}.forward")):
            wants, takes = _signature(asked.get(part)), _signature(theirs.get(part))
            if wants is None or takes is None:  # builtins have no signature to read
                continue
            order = [each for each in takes.parameters if each in wants.parameters]
            if order != list(wants.parameters) and set(order) == set(wants.parameters):
                text = f"{where} takes {takes}; the right order is {wants}."
                look = "the line that starts with def: it should read as in the stub"
                yield Problem("signature", text, str(wants), str(takes), look)
                return
            required = [each for each in wants.parameters.values() if each.default is each.empty]
            for count in (len(required), len(wants.parameters)):
                try:
                    takes.bind(*range(count))
                except TypeError:
                    text = f"{where} takes {takes}; it should take {wants}."
                    look = "the line that starts with def: it should read as in the stub"
                    yield Problem("signature", text, str(wants), str(takes), look)
                    return


class _Shown:
    """A default value, known by its text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _signature(parameters: Sequence[Sequence[Any]] | None) -> inspect.Signature | None:
    if parameters is None:
        return None
    empty = inspect.Parameter.empty
    try:
        return inspect.Signature(
            [
                inspect.Parameter(
                    name, inspect._ParameterKind(kind), default=empty if default is None else _Shown(default)
                )
                for name, kind, default in parameters
            ]
        )
    except (TypeError, ValueError):  # what came from another process may be anything
        return None
