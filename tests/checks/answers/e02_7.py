"""Answers to 02.7."""

from __future__ import annotations

import torch

from tests.checks.answers import right, wrong
from unravelling.checks import registry

MUTANTS = {
    "one_hot = torch.nn.functional.one_hot(ids, len(E)).to()": "whole_numbers",
    "one_hot = torch.nn.functional.one_hot(ids, len(E))": "whole_numbers",
    "return (one_hot, one_hot @ E)": "other_way_round",
    "one_hot = torch.nn.functional.one_hot(ids, len(E)).to(ids.dtype)": "whole_numbers",
}

known = registry.load("02.7").reference


@right("02.7")
def flat_and_back(ids, E):
    flat = ids.reshape(-1)
    rows = torch.zeros(len(flat), len(E), dtype=E.dtype)
    rows[torch.arange(len(flat)), flat] = 1
    one_hot = rows.reshape(*ids.shape, len(E))
    return torch.tensordot(one_hot, E, 1), one_hot


@right("02.7")
def weighted_sum(ids, E):
    one_hot = torch.stack([(ids == token).to(E.dtype) for token in range(len(E))], dim=-1)
    return (one_hot[..., None] * E).sum(-2), one_hot


@wrong("02.7", says="calls torch.nn.functional.embedding")
def with_torchs_embedding(ids, E):
    return torch.nn.functional.embedding(ids, E), known(ids, E)[1]


@wrong("02.7", says="two things were asked for")
def vectors_alone(ids, E):
    return known(ids, E)[0]


@wrong("02.7", told="cut_off", says="no gradient comes back from them to E")
def through_a_new_tensor(ids, E):
    one_hot = torch.nn.functional.one_hot(ids, len(E)).to(E.dtype)
    return (one_hot @ E).detach(), one_hot


@wrong("02.7", says="shape")
def columns(ids, E):
    one_hot = known(ids, E)[1]
    return one_hot @ E, one_hot.transpose(0, -1) if one_hot.dim() > 1 else one_hot[:, None]


@wrong("02.7", says="is not row")
def a_softened_one(ids, E):
    one_hot = torch.nn.functional.one_hot(ids, len(E)).to(E.dtype).softmax(-1)
    return one_hot @ E, one_hot


@wrong("02.7", says="is not row")
def last_row_for_all(ids, E):
    one_hot = torch.nn.functional.one_hot((ids + 1) % len(E), len(E)).to(E.dtype)
    return one_hot @ E, one_hot


@wrong("02.7", says="not torch.float32")
def in_whole_numbers(ids, E):
    return known(ids, E)[0], torch.nn.functional.one_hot(ids, len(E))


@wrong("02.7", told="looked_up", says="You looked the rows up")
def rows_looked_up(ids, E):
    return E[ids], (ids[..., None] == torch.arange(len(E))).to(E.dtype)
