"""The facts that are told of wrong numbers are true of them."""

from __future__ import annotations

import torch

from unravelling.checks import relations


def said(got, want):
    return relations.said([relations.Pair("a case", got, want)])


def test_rows_that_are_alike_are_not_said_to_stand_in_reverse_order():
    want = torch.tensor([[-0.92, -0.04, 0.29], [-0.92, -0.04, 0.29]])
    assert "reverse order" not in said(want + 0.00003, want)


def test_rows_in_reverse_order_are_said_to_be():
    want = torch.tensor([[1.0, 2.0], [3.0, 5.0]])
    assert said(want.flip(0), want) == "The numbers are right, in reverse order along the first axis."
