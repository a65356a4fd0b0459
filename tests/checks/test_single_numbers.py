"""Where a docstring takes a tensor of one number, the tensor may have an axis: tensor([2.5]) as well as tensor(2.5)."""

from __future__ import annotations

import inspect
from functools import wraps

import pytest
import torch

from unravelling.checks import registry
from unravelling.checks.declare import Exercise
from unravelling.checks.engine import run

OF_ONE = [
    each
    for each in registry.all_exercises()
    if len(each.functions) == 1 and "of one number" in " ".join((inspect.getdoc(each.reference) or "").split())
]


def with_an_axis(function):
    """The same function, each number that it returns in a tensor of shape (1,)."""

    def boxed(value):
        return torch.tensor([value], dtype=torch.float64 if isinstance(value, float) else torch.int64)

    @wraps(function)
    def made(*given, **named):
        found = function(*given, **named)
        if isinstance(found, dict):
            return {name: boxed(each) for name, each in found.items()}
        return tuple(map(boxed, found)) if isinstance(found, tuple) else boxed(found)

    return made


def test_there_are_such_exercises():
    assert {"01.3", "03.4", "10.4", "11.2", "11.3", "11.4"} <= {each.id for each in OF_ONE}


@pytest.mark.parametrize("exercise", OF_ONE, ids=lambda each: each.id)
def test_a_tensor_of_one_number_may_have_an_axis(exercise: Exercise):
    verdict = run(exercise, with_an_axis(exercise.reference))
    assert verdict.passed, verdict.plain()


def test_so_it_is_with_several_functions():
    exercise = registry.load("07.4")
    given = exercise.parts(exercise.reference)
    verdict = run(exercise, (given["transformer_parameters"], with_an_axis(given["width_from"])))
    assert verdict.passed, verdict.plain()


def test_so_it_is_with_a_function_that_comes_back():
    exercise = registry.load("01.4")
    ngram_model, interpolate = exercise.parts(exercise.reference).values()

    @wraps(interpolate)
    def mixture(models, weights):
        return with_an_axis(interpolate(models, weights))

    verdict = run(exercise, (ngram_model, mixture))
    assert verdict.passed, verdict.plain()
