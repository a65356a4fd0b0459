"""Answers to 04.1."""

from __future__ import annotations

MUTANTS = {
    "if True:": "mask_ignored",
    "return (weights, weights @ v)": "weights_before_the_output",
    "scores = q @ k.transpose(-2, -1)": "no_scaling",
    "scores = q @ k.transpose(-2, -1) / q.shape[-1]": "divided_by_the_width",
    "scores = scores": "mask_after_softmax",
    "weights = torch.softmax(scores, dim=-1)": "nan_where_nothing_is_allowed",
    "without: scores = scores.masked_fill(~mask, float('-inf'))": "mask_after_softmax",
}
