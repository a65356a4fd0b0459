"""The notes that 11.5 asks for, and right answers to it that are written otherwise."""

from __future__ import annotations

import random

import torch

from ...declare import alternative
from ..permutation_p_value.exercise import PermutationPValue

permutation_p_value = PermutationPValue.reference
NOTES = ("model", "version", "data", "measured", "does_not_show")


@alternative
def step_by_step(x, y, notes, generator):
    section = dict(notes)
    if any(name not in section or section[name].isspace() or not section[name] for name in NOTES):
        raise ValueError("a note is missing")
    if len(x[0]) != len(y[0]):
        raise ValueError("other templates")
    dice = random.Random(generator.initial_seed())
    first, second = [sum(row) / len(row) for row in x.tolist()], [sum(row) / len(row) for row in y.tolist()]

    def apart(a, b):
        return sum(a) / len(a) - sum(b) / len(b)

    drawn = sorted(apart(dice.choices(first, k=len(first)), dice.choices(second, k=len(second))) for _ in range(5000))
    section["by_template"] = [float(a.mean() - b.mean()) for a, b in zip(x.T, y.T, strict=True)]
    section["spread"] = max(section["by_template"]) - min(section["by_template"])
    section |= {"items": len(first) + len(second), "templates": len(x[0]), "estimate": apart(first, second)}
    section |= {"interval": [drawn[125], drawn[-126]], "authors": "several"}
    section["p_value"] = permutation_p_value(torch.tensor(first), torch.tensor(second), 20_000, generator)
    return section


@alternative
def with_tensors_in_it(x, y, notes, generator):
    if {*NOTES} - {name for name, text in notes.items() if text.split()}:
        raise ValueError("a note is missing")
    if x.shape[1:] != y.shape[1:]:
        raise ValueError("other templates")
    rows = (torch.rand(20_000, len(each), generator=generator) for each in (x, y))
    # an item with all its templates
    means = [each[(row * len(each)).long()].mean((1, 2)) for each, row in zip((x, y), rows, strict=True)]
    apart = (x.mean(0, keepdim=True) - y.mean(0, keepdim=True))[0]
    return notes | {
        "items": len(torch.cat([x, y])),
        "templates": len(apart),
        "estimate": apart.mean(),
        "interval": torch.quantile(means[0] - means[1], torch.tensor([0.025, 0.975])),
        "p_value": permutation_p_value(x.mean(1), y.mean(1), 20_000, generator),
        "by_template": apart,
        "spread": apart.max() - apart.min(),
    }
