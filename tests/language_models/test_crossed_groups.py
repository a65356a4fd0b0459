"""Two groupings at once: what the model itself says, word by word, and an interval over words and templates."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from unravelling import models
from unravelling.language_models import bias
from unravelling.language_models.bias import BiasError

ABLE, LOOKS = ["clever", "smart"], ["beautiful", "thin", "ugly"]

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def decoder():
    return models.load("decoder")


def test_two_groupings_at_once_give_a_table_and_an_interaction(decoder) -> None:
    templates = bias.ABOUT[:2]
    found = bias.both_ways(decoder, ABLE, LOOKS, templates=templates)
    people = [word for row in found.words for word in row]
    one = {word: bias.gaps(decoder, people, templates, first=[f" {word}"], second=[" the"]) for word in ABLE + LOOKS}
    mean = sum(one[word] for word in ABLE) / 2 - sum(one[word] for word in LOOKS) / 3  # (4, 2): " the" cancels
    torch.testing.assert_close(found.table, mean.mean(1).view(2, 2), atol=1e-3, rtol=0)
    (a, b), (c, d) = found.table.tolist()
    for estimate in (found.interaction, found.over_templates):
        assert estimate.value == pytest.approx((a - b) - (c - d), abs=1e-3)
        assert estimate.low <= estimate.value <= estimate.high
    alone = {word: ((gaps[0] - gaps[1]) - (gaps[2] - gaps[3])).mean().item() for word, gaps in one.items()}
    for word in ABLE + LOOKS:  # compared with another word, so that " the" cancels here too
        wanted = alone[word] - alone["clever"]
        assert found.by_word[word] - found.by_word["clever"] == pytest.approx(wanted, abs=1e-3)


def test_what_cannot_be_crossed_is_refused_with_a_sentence(decoder) -> None:
    for wrong in ([("young woman", "old woman")], [("a", "b"), ("a", "c")], ["ab", "cd"]):
        with pytest.raises(BiasError):
            bias.both_ways(decoder, words=wrong)
    for lists, says in (
        ((ABLE, []), "empty"),
        ((ABLE, ["beautiful", "clever"]), "both lists"),
        ((ABLE, ["thin", "thin"]), "twice"),
        ((ABLE, ["voluptuous"]), "not one token"),
    ):
        with pytest.raises(BiasError, match=says):
            bias.both_ways(decoder, *lists)
    with pytest.raises(BiasError, match="slot"):
        bias.both_ways(decoder, ABLE, LOOKS, templates=["They are very"])


def test_the_adjectives_are_those_that_the_rule_leaves(decoder) -> None:
    able, looks = (bias.usable(decoder, words) for words in (bias.INTELLIGENCE, bias.APPEARANCE))
    assert set(bias.LEFT_OUT) <= {*bias.INTELLIGENCE, *bias.APPEARANCE}  # nothing is left out that was not listed
    assert not set(bias.LEFT_OUT) & {*able, *looks}
    for chosen, published in ((able, bias.INTELLIGENCE), (looks, bias.APPEARANCE)):
        rest = [word for word in published if word not in bias.LEFT_OUT and word not in chosen]
        for word in rest:
            assert len(decoder.tokenizer(f" {word}", add_special_tokens=False).input_ids) > 1
        assert len(chosen) >= 6
    assert "wise" in bias.usable(decoder, bias.INTELLIGENCE, left_out=())
    everything = bias.both_ways(decoder, templates=bias.ABOUT[:1])
    assert list(everything.by_word) == [*able, *looks]


def test_no_template_of_two_groupings_names_an_age_or_a_sex() -> None:
    for each in bias.ABOUT:
        assert each.endswith(" very")
        assert not {"she", "he", "her", "his", "him", "young", "old"} & set(each.lower().split())


def test_an_interval_over_words_too_is_wider_than_one_over_templates_where_words_disagree() -> None:
    random = np.random.default_rng(5)
    words = random.normal(size=(8, 1)) + np.zeros((8, 6))  # each word its own, in every template alike
    found, templates = bias.contrast(words, np.zeros((8, 6))), bias.mean(words.mean(0))
    assert templates.high - templates.low < 1e-6 < 0.5 < found.high - found.low
    assert math.isclose(found.value, words.mean())
    rows = words[random.integers(8, size=(4000, 8)), 0].mean(1)
    assert (found.low, found.high) == pytest.approx(np.quantile(rows, (0.025, 0.975)), abs=0.06)


def test_a_contrast_draws_templates_for_both_tables_alike() -> None:
    table = np.linspace(0, 5, 6)[None].repeat(3, 0)  # templates differ, words do not: both tables move together
    found = bias.contrast(table + 1, table)
    assert found == pytest.approx((1, 1, 1))
    with pytest.raises(ValueError, match="same columns"):
        bias.contrast(table, table[:, :2])
    with pytest.raises(ValueError, match="same columns"):
        bias.contrast(table[:0], table)
