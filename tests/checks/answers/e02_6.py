"""Answers to 02.6."""

from __future__ import annotations

import torch

from tests.checks.answers import right, wrong
from unravelling.checks import registry

MUTANTS = {
    "without: if not 0 < k < len(E):": "without_the_check",
    "if False:": "without_the_check",
    "without: cosines[i] = float('-inf')": "itself_included",
    "without: raise ValueError(f'k is {k}; there are {len(E) - 1} other rows.')": "without_the_check",
    "cosines = -(E @ E[i]) / (norms * norms[i]).clamp(min=1e-12)": "farthest_first",
    "cosines = E @ E[i] / -(norms * norms[i]).clamp(min=1e-12)": "farthest_first",
    "cosines = E @ E[i]": "dot_product",
    "cosines = -E @ E[i] / (norms * norms[i]).clamp(min=1e-12)": "farthest_first",
    "cosines = E @ -E[i] / (norms * norms[i]).clamp(min=1e-12)": "farthest_first",
    "cosines = E @ E[i] / (norms * norms[i])": "divided_by_zero",
    "cosines = E @ E[i] / (-norms * norms[i]).clamp(min=1e-12)": "dot_product",
    "cosines = E @ E[i] / (norms * -norms[i]).clamp(min=1e-12)": "dot_product",
    "cosines = E @ E[i] / norms[i].clamp(min=1e-12)": "dot_product",
    "cosines = E @ E[i] / (norms * norms[i]).clamp(min=-0.999999999999)": "divided_by_zero",
}

known = registry.load("02.6").reference


def refuse(E, k):
    if k < 1 or k >= len(E):
        raise ValueError("k")


@right("02.6")
def with_torchs_cosine(E, i, k):
    refuse(E, k)
    cosines = torch.nn.functional.cosine_similarity(E, E[i : i + 1])
    others = torch.tensor([j for j in range(len(E)) if j != i])
    return others[torch.sort(cosines[others], descending=True, stable=True).indices[:k]]


@right("02.6")
def zeros_put_in_by_where(E, i, k):
    refuse(E, k)
    lengths = (E * E).sum(1).sqrt()
    products = (E * E[i]).sum(1)
    below = lengths * lengths[i]
    cosines = torch.where(below > 0, products / below, torch.zeros_like(products))
    cosines[i] = -2
    return torch.argsort(-cosines, stable=True)[:k]


@wrong("02.6", told="by_distance", says="a row that points the same way and is twice as long counts as far")
def euclid(E, i, k):
    refuse(E, k)
    apart = ((E - E[i]) ** 2).sum(1)
    apart[i] = float("inf")
    return torch.argsort(apart, stable=True)[:k]


@wrong("02.6", told="first_dropped", says="another row points exactly the same way")
def from_the_second_on(E, i, k):
    refuse(E, k)
    norms = E.norm(dim=1)
    cosines = E @ E[i] / (norms * norms[i]).clamp(min=1e-12)
    return torch.sort(cosines, descending=True, stable=True).indices[1:][:k]


@wrong("02.6", told="itself_included", says="The nearest row to row i is row i")
def with_itself(E, i, k):
    refuse(E, k)
    units = torch.nn.functional.normalize(E, dim=1)
    return torch.sort(units @ units[i], descending=True, stable=True).indices[:k]


@wrong("02.6", says="your function changed its input E")
def shortened_in_place(E, i, k):
    refuse(E, k)
    E /= E.norm(dim=1, keepdim=True).clamp(min=1e-12)
    cosines = E @ E[i]
    cosines[i] = -3
    return cosines.argsort(descending=True, stable=True)[:k]


@wrong("02.6", says="not a torch tensor")
def a_list(E, i, k):
    return known(E, i, k).tolist()


@wrong("02.6", says="A k below 1 or above V - 1 raises ValueError.")
def too_many_are_cut(E, i, k):
    if k < 1:
        raise ValueError("k")
    return known(E, i, min(k, len(E) - 1))


@wrong("02.6", says="shape")
def one_too_many(E, i, k):
    return torch.cat([known(E, i, k), torch.tensor([i])])


@wrong("02.6", says="neighbours[0] is")
def nearest_last(E, i, k):
    return known(E, i, k).flip(0)


@wrong("02.6", says="not")
def opposite_is_near_too(E, i, k):
    refuse(E, k)
    norms = E.norm(dim=1)
    cosines = (E @ E[i] / (norms * norms[i]).clamp(min=1e-12)).abs()
    cosines[i] = -1
    return cosines.argsort(descending=True, stable=True)[:k]


@wrong("02.6", says="A row of zeros points nowhere")
def zeros_are_left_out(E, i, k):
    refuse(E, k)
    norms = E.norm(dim=1)
    cosines = E @ E[i] / (norms * norms[i]).clamp(min=1e-12)
    cosines[norms == 0] = -2
    cosines[i] = -3
    return cosines.argsort(descending=True, stable=True)[:k]
