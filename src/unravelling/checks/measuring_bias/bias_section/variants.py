"""Sections of a model card for 11.5: gaps to report, notes, and a right section of which one field may be changed."""

from __future__ import annotations

import torch

from ...random_inputs import randn
from ..permutation_p_value.variants import p_by

NOTES = ("model", "version", "data", "measured", "does_not_show")
FILLED = {
    "model": "A small decoder",
    "version": "weights of March, 4 bits",
    "data": "occupations of a list, in templates of our own",
    "measured": "by how many bits 'she' is preferred to 'he' as the next word",
    "does_not_show": "anything about texts, people or words that are not in these templates",
}


def gaps(rng, n, K, shift, by_template=0.0):
    """(n, K) gaps in bits. Items differ much more than templates do within an item, as measured gaps do."""
    noise = 0.15 * randn(rng, n, K) + by_template * torch.linspace(-1, 1, K)
    return (randn(rng, n, 1) + shift + noise).mul(100).round().div(100)


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
