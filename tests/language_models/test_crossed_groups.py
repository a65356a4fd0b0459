"""Two groupings at once: the table is that of the gaps, and the interaction is the difference of differences."""

from __future__ import annotations

import pytest
import torch

from unravelling import models
from unravelling.language_models import bias
from unravelling.language_models.bias import BiasError

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def decoder():
    return models.load("decoder")


def test_two_groupings_at_once_give_a_table_and_an_interaction(decoder) -> None:
    found = bias.both_ways(decoder, templates=bias.ABOUT[:2])
    words = [word for row in found.words for word in row]
    wanted = bias.gaps(decoder, words, bias.ABOUT[:2], first=bias.ABLE, second=bias.LOOKS)
    torch.testing.assert_close(found.table, wanted.mean(1).view(2, 2))
    (a, b), (c, d) = found.table.tolist()
    assert found.interaction.value == pytest.approx((a - b) - (c - d), abs=1e-4)
    assert found.single.mean().item() == pytest.approx(found.interaction.value, abs=1e-4) and len(found.single) == 2
    for wrong in ([("young woman", "old woman")], [("a", "b"), ("a", "c")], ["ab", "cd"]):
        with pytest.raises(BiasError):
            bias.both_ways(decoder, wrong)


def test_adjectives_are_single_tokens_so_that_whole_words_are_compared(decoder) -> None:
    words = (*bias.ABLE, *bias.LOOKS, *bias.SHE, *bias.HE)
    assert all(len(decoder.tokenizer(word, add_special_tokens=False).input_ids) == 1 for word in words)
    assert not set(bias.ABLE) & set(bias.LOOKS)
