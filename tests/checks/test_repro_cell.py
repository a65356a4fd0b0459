"""The values of a failing case are written out exactly, or fetched where they would be too long to read."""

from __future__ import annotations

import pytest
import torch

from unravelling.checks.repro_cell import LONGEST, WIDEST, literal


@pytest.mark.parametrize(
    "value",
    [
        [],
        (),
        (1,),
        [("hot", "cold"), ("big", "small")],
        ("it's", 'a "quote"'),
        [[3, 1], [3]],
        {"a": [1, 2]},
        [None],
        [float("-inf"), 1.5],
    ],
)
def test_lists_and_tuples_are_written_so_that_they_read_back(value):
    assert eval(literal(value)) == value


def test_numbers_that_are_none_stand_in_a_tensor_so_that_they_read_back():
    value = torch.tensor([[1.5, float("nan")], [float("-inf"), 0.37]])
    assert torch.equal(eval(literal(value)).nan_to_num(7.0), value.nan_to_num(7.0))


@pytest.mark.parametrize("value", [[0] * (LONGEST + 1), ["word" * 20] * (WIDEST // 80 + 1), [object()], [[object()]]])
def test_what_is_too_long_or_not_plain_is_not_written_out(value):
    assert literal(value) is None
