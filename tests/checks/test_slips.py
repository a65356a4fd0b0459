"""A wrong answer declared as an edit of the reference."""

from __future__ import annotations

import inspect
from types import SimpleNamespace

import pytest
import torch

from unravelling.checks.declare import DeclarationError, exercise, share
from unravelling.checks.slips import SlipError, slip

HINTS = ("nudge", "sketch", "near-code")
FACTOR = 2


def declared(**wrong):
    def twice(x):
        """FACTOR times x. Source: none."""
        return FACTOR * torch.relu(x)

    body = {
        "__doc__": "Double.",
        "functions": ("twice",),
        "hints": HINTS,
        "cases": lambda rng: iter(()),
        "reference": twice,
    }
    return exercise("99.1", points=1, difficulty=1, minutes=1)(type("Twice", (), body | wrong))


def test_an_edit_of_the_reference_sees_what_the_reference_sees():
    (found,) = declared(thrice=slip("Three? Why?", "FACTOR", "(FACTOR + 1)")).misconceptions
    assert (found.name, found.sentence) == ("thrice", "Three? Why?")
    assert found.solution(torch.tensor([2.0, -1.0])).tolist() == [6.0, 0.0]
    assert "(FACTOR + 1)" in inspect.getsource(found.solution)


def test_an_edit_may_be_in_several_places_one_after_the_other():
    (found,) = declared(other=slip("Which?", ("FACTOR", "3"), ("torch.relu(x)", "x"))).misconceptions
    assert found.solution(torch.tensor([-1.0])).tolist() == [-3.0]


class Twice:
    """2 times x."""

    def __call__(self, x):
        return 2 * x


def test_the_source_of_an_edited_class_is_its_own():
    thrice = slip("Three? Why?", "2 * x", "3 * x").made_from(Twice)
    assert thrice()(2) == 6
    assert "3 * x" in inspect.getsource(thrice)
    assert "2 * x" in inspect.getsource(Twice)


@pytest.mark.parametrize(("old", "says"), [("FACTR", "does not stand"), ("x", "stands 2 times")])
def test_what_does_not_stand_there_once_is_refused_with_file_and_line(old, says):
    with pytest.raises(SlipError, match=rf"test_slips\.py:\d+: '{old}' {says} in the reference"):
        declared(wrong=slip("Which?", old, "y"))


@pytest.mark.parametrize("edit", [(), ("one",), ("one", "two", "three"), (("one", "two"), "three"), (("one",),)])
def test_an_edit_without_its_other_half_is_refused_with_file_and_line(edit):
    with pytest.raises(SlipError, match=r"test_slips\.py:\d+: a slip needs pairs"):
        slip("Which?", *edit)


def test_of_several_functions_the_one_that_is_edited_is_named():
    def first(x):
        return x + 1

    def second(x):
        return x + 2

    def probe_first(solution, x):
        return solution.first(x)

    def probe_second(solution, x):
        return solution.second(x)

    probe_first.__name__, probe_second.__name__ = "first", "second"
    body = {
        "__doc__": "Two.",
        "functions": ("first", "second"),
        "hints": HINTS,
        "cases": lambda rng: iter(()),
        "reference": SimpleNamespace(first=first, second=second),
        "one": share(points=1)(probe_first),
        "two": share(points=1)(probe_second),
    }
    declare = exercise("99.2", points=2, difficulty=1, minutes=1)
    (found,) = declare(type("Two", (), body | {"off": slip("Which?", "x + 2", "x + 3", of="second")})).misconceptions
    assert (found.solution.first(1), found.solution.second(1)) == (2, 4)
    with pytest.raises(DeclarationError, match=r"test_slips\.py:\d+: a slip of 99\.2 needs of=, one of first, second"):
        declare(type("Two", (), body | {"off": slip("Which?", "x + 2", "x + 3")}))
