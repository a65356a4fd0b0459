"""Answers to the exercises, right and wrong, beside the declared ones: each once got a false verdict, or a false story.

A file for each exercise (e01_1.py) holds functions with one of two marks:

    @right("01.1")
    def with_a_counter(tokens, n): ...

    @wrong("01.1", told="last_piece_missing", says="one too early")
    def stops_too_early(tokens, n): ...

`told`: the misconception whose story is true of this answer, which must be told then; empty: no story is, and only
facts may be told. `says`: words that the learner must read. With several functions the mark stands on a class that
holds those which differ from the reference.

    MUTANTS = {"return T + layers": "one_too_many"}

names the mutants of the reference of which a story is told, each read and found true of it
(`python -m tests.checks.matrix --mutants 03.4` prints what is told now).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tests.checks.proofs import given
from unravelling.checks import registry
from unravelling.checks.declare import Exercise, as_solution


@dataclass(frozen=True)
class Answer:
    """An answer that was tried once, with the verdict that is right for it."""

    exercise: Exercise
    name: str
    solution: Any
    passes: bool
    told: str = ""
    says: str = ""

    @property
    def handed_in(self) -> tuple[Any, ...]:
        return given(self.exercise, as_solution(self.solution, self.exercise.functions, self.exercise.reference))

    def __str__(self) -> str:
        return f"{self.exercise.id} {self.name}"


_found: list[Answer] = []


def right(exercise: str) -> Callable[[Any], Any]:
    """Mark an answer that must pass."""
    return _marked(exercise, passes=True)


def wrong(exercise: str, *, told: str = "", says: str = "") -> Callable[[Any], Any]:
    """Mark an answer that must be caught, with the story that is true of it and words that must be read."""
    return _marked(exercise, passes=False, told=told, says=says)


def _marked(exercise: str, **verdict: Any) -> Callable[[Any], Any]:
    def mark(solution: Any) -> Any:
        _found.append(Answer(registry.load(exercise), solution.__name__, solution, **verdict))
        return solution

    return mark


@lru_cache
def mutants_read(exercise: str) -> dict[str, str]:
    """The mutants of an exercise of which a story is told that was found true of them; none as long as it has no file
    here."""
    name = f"e{exercise.replace('.', '_')}"
    if name not in {each.name for each in pkgutil.iter_modules(__path__)}:
        return {}
    return getattr(importlib.import_module(f"{__name__}.{name}"), "MUTANTS", {})


@lru_cache
def collected() -> tuple[Answer, ...]:
    """Every answer of every module here."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return tuple(_found)
