"""Each property of each exercise catches a wrong answer that nothing else catches, or says it in better words.

Where values are compared, the comparison catches whatever a property does: there a property is for its words, and must
be what the card of a known wrong answer tells of. Where they are not, such a property stands here with what would catch
all of its answers in poorer words: most often the property that compares everything.
"""

from __future__ import annotations

import pytest

from tests.checks.needed_properties import properties_are_needed
from unravelling.checks import registry

IN_BETTER_WORDS = {
    "01.1": {"all_pieces_are_counted": "counts_are_right"},
    "01.2": dict.fromkeys(("unseen_is_uniform", "huge_alpha_is_uniform", "sums_to_one"), "every_probability_is_right"),
    "03.5": {"targets_are_next": "losses_are_means or minimises_the_mean"},
    "10.4": {"in_order": "ends_are_quantiles"},
    "11.4": {"between_0_and_1": "exact or counted or close_to_the_truth"},
}


@pytest.mark.parametrize("exercise", registry.all_exercises(), ids=lambda exercise: exercise.id)
def test_each_property_catches_what_nothing_else_does_or_says_it_in_better_words(exercise):
    assert properties_are_needed(exercise, IN_BETTER_WORDS.get(exercise.id, {})) == []


def test_what_is_listed_belongs_to_exercises_that_there_are():
    assert IN_BETTER_WORDS.keys() <= {each.id for each in registry.all_exercises()}
