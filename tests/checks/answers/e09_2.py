"""Answers to 09.2."""

from __future__ import annotations

import torch

from tests.checks.answers import right, wrong

TIES = "Of equal probabilities the token with the lower number comes first"
MORE = "If there are fewer than k tokens, all are kept"


def shared(kept):
    return kept / kept.sum(-1, keepdim=True)


@right("09.2")
def one_at_a_time(probs, k):
    if k <= 0:
        raise ValueError("k must be positive")
    rest, kept = probs.clone(), torch.zeros_like(probs)
    for _ in range(min(k, probs.shape[-1])):
        best = rest.argmax(-1, keepdim=True)
        kept.scatter_(-1, best, probs.gather(-1, best))
        rest.scatter_(-1, best, -1.0)
    return shared(kept)


@right("09.2")
def counting_who_stands_before(probs, k):
    if k < 1:
        raise ValueError
    V = probs.shape[-1]
    mine, other = probs.unsqueeze(-1), probs.unsqueeze(-2)
    lower = torch.arange(V)[None, :] < torch.arange(V)[:, None]
    before = ((other > mine) | ((other == mine) & lower)).sum(-1)
    return shared(torch.where(before < k, probs, 0))


@right("09.2")
def by_a_mask(probs, k):
    if k < 1:
        raise ValueError
    order = torch.sort(probs, descending=True, stable=True, dim=-1).indices
    gone = torch.zeros_like(probs, dtype=torch.bool).scatter(-1, order[..., k:], True)
    return shared(probs.masked_fill(gone, 0.0))


@wrong("09.2", told="all_that_tie", says="all that are equal to it stay")
def as_in_many_repositories(probs, k):
    if k < 1:
        raise ValueError
    v, _ = torch.topk(probs, min(k, probs.size(-1)))
    return shared(probs.masked_fill(probs < v[..., [-1]], 0))


@wrong("09.2", says=MORE)
def more_than_there_are(probs, k):
    if k < 1:
        raise ValueError
    if k > probs.shape[-1]:
        raise ValueError("k is larger than the vocabulary")
    order = probs.argsort(dim=-1, descending=True, stable=True)[..., :k]
    return shared(torch.zeros_like(probs).scatter(-1, order, probs.gather(-1, order)))


@wrong("09.2", says="tokens are left, where k is")
def one_too_many(probs, k):
    if k < 1:
        raise ValueError
    order = probs.argsort(dim=-1, descending=True, stable=True)[..., : k + 1]
    return shared(torch.zeros_like(probs).scatter(-1, order, probs.gather(-1, order)))


@wrong("09.2", says="2 rows of 4")
def one_threshold_for_all(probs, k):
    if k < 1:
        raise ValueError
    order = probs.argsort(dim=-1, descending=True, stable=True)[..., :k]
    kept = torch.zeros_like(probs).scatter(-1, order, probs.gather(-1, order))
    return kept / kept.sum()


@wrong("09.2", says="have shape")
def only_the_kept_ones(probs, k):
    if k < 1:
        raise ValueError
    return shared(probs.sort(dim=-1, descending=True, stable=True).values[..., :k])


@wrong("09.2", says="another ratio")
def logarithms_shared(probs, k):
    if k < 1:
        raise ValueError
    order = probs.argsort(dim=-1, descending=True, stable=True)[..., :k]
    kept = torch.zeros_like(probs).scatter(-1, order, probs.gather(-1, order))
    return torch.where(kept > 0, (2 * kept).exp(), 0.0) / torch.where(kept > 0, (2 * kept).exp(), 0.0).sum(
        -1, keepdim=True
    )


@wrong("09.2", says="changed its input probs")
def in_place(probs, k):
    if k < 1:
        raise ValueError
    order = probs.argsort(dim=-1, descending=True, stable=True)
    probs.scatter_(-1, order[..., k:], 0.0)
    return shared(probs)


MUTANTS = {
    "without: if k < 1:": "no_limit_below",
    "if False:": "no_limit_below",
    "without: raise ValueError(f'k is {k}; at least one token must be kept.')": "no_limit_below",
    "order = probs.argsort(stable=True)": "the_unlikeliest",
    "return filtered": "not_divided",
    "order = probs.argsort(descending=False, stable=True)": "the_unlikeliest",
}
