"""Each property of each exercise catches a wrong answer that nothing else catches, or stands here with what would.

Where a property stands here, its reason to be is its words: they name what is wrong, where "value", the comparison with
the right values, or a property that compares everything, would say that something is.
"""

from __future__ import annotations

import pytest

from tests.checks.proofs import properties_are_needed
from unravelling.checks import registry


def compared(*names: str) -> dict[str, str]:
    """Properties that say in better words what the comparison of values would say."""
    return dict.fromkeys(names, "value")


IN_BETTER_WORDS = {
    "00.1": compared("sums_to_one", "are_shares", "ratios_are_exponentials"),
    "01.1": {"all_pieces_are_counted": "counts_are_right"},
    "01.2": dict.fromkeys(("unseen_is_uniform", "huge_alpha_is_uniform", "sums_to_one"), "every_probability_is_right"),
    "01.3": compared("at_least_one", "equally_likely_gives_their_number"),
    "03.1": compared("the_formula", "stays_within_bounds"),
    "03.2": compared("the_sums", "the_cell", "what_is_shown", "keeps", "shown_within_bounds"),
    "03.3": compared("short_enough", "long_enough", "leaves_short_ones", "keeps_the_direction"),
    "03.4": compared("the_count"),
    "03.5": {"targets_are_next": "losses_are_means or minimises_the_mean"},
    "04.1": compared("rows_sum_to_one", "masked_weights_are_zero", "ratios_follow_the_scores", "output_is_the_mix"),
    "04.2": compared("future_is_hidden", "sees_itself", "sees_the_past"),
    "04.3": compared("heads_keep_tokens_apart", "merging_is_the_inverse"),
    "04.4": compared(
        *("parameters", "order_does_not_matter", "every_layer_can_learn", "equal_scores_give_the_mean"),
        *("scores_are_scaled", "nothing_is_kept"),
    ),
    "05.1": compared("mean_0_and_variance_1"),
    "05.2": compared("row_0"),
    "05.3": compared("every_layer_can_learn"),
    "05.4": compared("causal_in_self_attention", "whole_memory_is_read", "every_layer_can_learn"),
    "05.6": compared("causal", "source_is_read", "likeliest_is_written", "every_layer_can_learn"),
    "07.2": compared("is_a_number"),
    "07.3": compared("not_above_zero"),
    "07.4": compared("width_fits"),
    "10.1": compared("answer_is_not_told", "ends_with_the_arrow", "demonstrations_are_right"),
    "10.2": compared("none_above_zero", "finite", "all_tokens_count", "divided_by_the_length", "each_token_is_scored"),
    "10.3": compared("rows_sum_to_one", "content_free_is_uniform", "shares_are_divided"),
    "10.4": {"in_order": "ends_are_quantiles"},
    "11.2": compared("finite", "antisymmetric"),
    "11.3": compared("finite", "nothing_for_equal_sets", "sign_flips"),
    "11.4": {"between_0_and_1": "exact or counted or close_to_the_truth"},
}


@pytest.mark.parametrize("exercise", registry.all_exercises(), ids=lambda exercise: exercise.id)
def test_each_property_catches_what_nothing_else_does_or_says_it_in_better_words(exercise):
    assert properties_are_needed(exercise, IN_BETTER_WORDS.get(exercise.id, {})) == []


def test_what_is_listed_belongs_to_exercises_that_there_are():
    assert IN_BETTER_WORDS.keys() <= {each.id for each in registry.all_exercises()}
