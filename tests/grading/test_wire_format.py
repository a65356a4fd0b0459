"""Plain values cross the wall unchanged, and nothing else does."""

from __future__ import annotations

import json

import pytest
import torch

from unravelling.checks import engine, registry
from unravelling.checks.instruments.plain import Foreign
from unravelling.checks.instruments.probing import Raised, same
from unravelling.grading.in_kernel.wire_format import NotPlain, packed, unpacked


def there_and_back(value):
    return unpacked(json.loads(json.dumps(packed(value))))


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -1, 2**70, 0.1, float("inf"), "é\u2028", [], (), {}, [1, (2.5, "a")],
        {"a": [1], 2: "b", ("x", "y"): 0.5, (): 1}, {1, 2}, Foreign("set", "{1}"),
        Raised("ValueError", "no", 3, "raise", "f", True, ("ValueError", "Exception")),
    ],
)  # fmt: skip
def test_a_plain_value_comes_back_as_it_was(value):
    back = there_and_back(value)
    assert back == value and type(back) is type(value)


def test_not_a_number_comes_back():
    back = there_and_back(float("nan"))
    assert back != back


@pytest.mark.parametrize("kind", ["float32", "float64", "float16", "bfloat16", "int64", "int32", "uint8", "bool"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3)])
def test_a_tensor_comes_back_number_for_number(kind, shape):
    value = (torch.rand(shape) * 5).to(getattr(torch, kind))
    back = there_and_back(value)
    assert torch.equal(back, value) and back.dtype == value.dtype and back.shape == value.shape


def test_a_tensor_that_wants_gradients_still_does():
    assert there_and_back(torch.ones(2, requires_grad=True)).requires_grad


@pytest.mark.parametrize(
    "text",
    [
        [1], {"tensor": ["float32", [2], "AAAA", False]}, {"tensor": ["float32", [-1], "", False]},
        {"tensor": ["object", [1], "AAAA", False]}, {"tensor": ["float32", [10**12], "", False]}, {"list": 3},
        {"pickle": "x"}, {"a": 1, "b": 2}, {}, {"int": "9" * 5000}, {"dict": [[{"list": []}, 1]]}, {"raised": []},
        {"foreign": []}, {"float": "one"}, {"tensor": ["bool", [1], "!!", 0]},
    ],
)  # fmt: skip
def test_a_text_that_carries_no_value_is_refused(text):
    with pytest.raises(NotPlain):
        unpacked(text)


def test_a_text_that_is_nested_without_end_is_refused():
    text = 0
    for _ in range(50):
        text = {"list": [text]}
    with pytest.raises(NotPlain):
        unpacked(text)


def test_a_value_that_is_not_plain_is_refused():
    with pytest.raises(NotPlain):
        packed(object())


@pytest.mark.parametrize("exercise", registry.all_exercises(), ids=lambda exercise: exercise.id)
def test_the_inputs_of_every_exercise_can_be_carried(exercise):
    for case in engine.cases(exercise, 1):
        back = there_and_back(dict(case.inputs))
        assert list(back) == list(case.inputs)
        assert all(same(back[name], value) for name, value in case.inputs.items())
