"""The cases of every exercise keep numbers apart that two mistakes could confuse, or say here why they do not."""

from __future__ import annotations

import pytest

from tests.checks.distinct_numbers import confusable
from unravelling.checks import registry

# What is one and the same number by the docstring.
ONE_NUMBER: dict[str, tuple[str, ...]] = {
    "03.1": ("x[-2] h[-2]", "x[-1] w_x[-1]", "h[-1] w_x[-2] w_h[-1] w_h[-2] b[-1]"),
    "03.2": ("x[-2] h[-2] c[-2]", "x[-1] w_x[-1]", "h[-1] c[-1] w_h[-1]", "w_x[-2] w_h[-2] b[-1]"),
    "04.1": ("q[-1] k[-1]", "k[-2] v[-2] mask[-1]", "q[-3] k[-3] v[-3]", "q[-4] k[-4] v[-4] mask[-4]"),
    "04.4": (
        "d in_weight[-1] out_weight[-1] out_weight[-2] out_bias[-1] x[-1]",
        "in_weight[-2] in_bias[-1]",
        "x[-2] mask[-1] mask[-2]",
        "x[-3] mask[-4]",
    ),
    "04.5": ("x[-2] positions[-1]",),
    "05.1": ("x[-1] weight[-1] bias[-1]",),
    "05.3": ("d x[-1]", "x[-3] mask[-2]", "x[-2] mask[-1]"),
    "05.4": ("d x[-1] memory[-1]", "x[-3] memory[-3] mask[-2]", "memory[-2] mask[-1]"),
    "05.6": ("source[-2] target[-2]",),
    "06.2": ("logits[-3] targets[-2]", "logits[-2] targets[-1]"),
    "07.2": ("logits[-3] labels[-2]", "logits[-2] labels[-1]"),
    "09.5": ("logits[-2] ids[-2]",),
    "09.7": ("table[-1] table[-2] earlier[-1] earlier[-2]",),
    "09.8": (
        "q[-1] k[-1] v[-1] keys[-1] values[-1]",
        "q[-2] k[-2] v[-2]",
        "keys[-2] values[-2]",
        "q[-3] k[-3] v[-3] keys[-3] values[-3]",
    ),
    "10.2": ("table[-1] table[-2]",),
    "10.3": ("scores[-1] content_free[-1]",),
    "10.5": ("len(sentences) len(topics)",),
    "11.3": ("X[-1] Y[-1] A[-1] B[-1]",),
}

UNRELATED = "sizes of different parameters, of which each is only summed over"
SELF = "a sentence that attends to itself has as many keys as queries; other cases have more"
SINGLE = "one row of the mask for all heads and queries of a sentence, as padding has it"
EXCEPTIONS: dict[str, dict[str, str]] = {
    "03.3": {
        "a bound of 5: first[-1] = second[-1]": UNRELATED,
        "below the bound: first[-1] = second[-2]": UNRELATED,
        "three gradients of different shapes: first[-2] = second[-1] = third[-1]": UNRELATED,
        "three gradients, the last the shortest: first[-1] = second[-2] = third[-1]": UNRELATED,
    },
    "04.1": {
        "2 sentences of 3 tokens: q[-2] = k[-2]": SELF,
        "2 sentences, 3 heads, each sentence with its own padding: mask[-3] = mask[-2]": SINGLE,
    },
}


@pytest.mark.parametrize("exercise", registry.all_exercises(), ids=lambda exercise: exercise.id)
def test_numbers_that_could_be_confused_differ_in_some_case_of_each_kind_whatever_the_seed(exercise):
    one_number, excused = (table.get(exercise.id, ()) for table in (ONE_NUMBER, EXCEPTIONS))
    for seed in range(20):
        assert confusable(exercise, one_number, seed) == set(excused)


def test_what_is_listed_belongs_to_exercises_that_there_are():
    assert {*ONE_NUMBER, *EXCEPTIONS} <= {each.id for each in registry.all_exercises()}
