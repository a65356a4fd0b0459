"""A right section of which one field may be changed, and right answers to 11.5 written otherwise."""

from __future__ import annotations

import random

import torch

from ...declare import alternative
from ..permutation_p_value.exercise import PermutationPValue
from ..permutation_p_value.variants import p_by

permutation_p_value = PermutationPValue.reference
NOTES = ("model", "version", "data", "measured", "does_not_show")


def section_by(x, y, notes, generator, **others):
    """A right section in which some fields have another value."""
    if any(not notes.get(name, "").strip() for name in NOTES) or x.shape[1] != y.shape[1]:
        raise ValueError("not complete")
    a, b, apart = x.mean(1), y.mean(1), x.mean(0) - y.mean(0)
    section = notes | {"items": len(x) + len(y), "templates": x.shape[1], "estimate": float(a.mean() - b.mean())}
    section |= {"by_template": apart.tolist(), "spread": float(apart.max() - apart.min())}
    if "p_value" not in others:
        section["p_value"] = p_by()(a, b, 20_000, generator)
    if "interval" not in others:
        section["interval"] = interval_of(redrawn(a, generator) - redrawn(b, generator))
    return section | others


def interval_of(drawn, level=0.95):
    """The interval that holds this share of the drawn differences in its middle."""
    edges = torch.tensor([(1 - level) / 2, (1 + level) / 2])
    return tuple(drawn.quantile(edges).tolist())


def redrawn(values, generator, times=4000):
    """(times,): means of as many values, drawn from them with replacement."""
    return values[torch.randint(len(values), (times, len(values)), generator=generator)].mean(1)


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
    means = [
        each[(row * len(each)).long()].mean((1, 2)) for each, row in zip((x, y), rows, strict=True)
    ]  # an item with all its templates
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
