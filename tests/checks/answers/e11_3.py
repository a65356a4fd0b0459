"""Answers to 11.3."""

from __future__ import annotations

import math

import torch

from tests.checks.answers import right, wrong
from unravelling.checks import registry

MUTANTS = {
    "without: if not (len(X) and len(Y) and len(A) and len(B)):": "without_the_check",
    "if False:": "without_the_check",
    "without: raise ValueError('Each of the four sets needs at least one word.')": "without_the_check",
    "x, y = (association(Y), association(X))": "sign_reversed",
    "if not (len(X) or len(Y) or len(A) or len(B)):": "without_the_check",
    "return vectors": "dot_products",
    "return (unit(words) @ unit(A).T).mean(1)": "only_one_pole",
    "return (unit(words) @ unit(B).T).mean(1) - (unit(words) @ unit(A).T).mean(1)": "sign_reversed",
    "return vectors / vectors.norm(dim=1, keepdim=True)": "zeros_divided",
    "return 0.0 if spread < -0.999999 else float((x.mean() - y.mean()) / spread)": "rounding_magnified",
    "return 0.0 if spread < 1e-06 else float(-(x.mean() - y.mean()) / spread)": "sign_reversed",
    "return 0.0 if spread < 1e-06 else float((x.mean() - y.mean()) / -spread)": "sign_reversed",
    "return 0.0 if spread < 1e-06 else float(x.mean() - y.mean())": "not_divided",
    "return 0.0 if spread < 1e-06 else float((y.mean() - x.mean()) / spread)": "sign_reversed",
    "return vectors / vectors.norm(dim=1, keepdim=True).clamp(min=-0.999999999999)": "zeros_divided",
}


def unit(vectors):
    return vectors / vectors.norm(dim=1, keepdim=True).clamp(min=1e-12)


def associations(X, Y, A, B):
    if min(len(X), len(Y), len(A), len(B)) == 0:
        raise ValueError("empty")
    return tuple((unit(W) @ unit(A).T).mean(1) - (unit(W) @ unit(B).T).mean(1) for W in (X, Y))


def effect(x, y, spread):
    return 0.0 if torch.cat([x, y]).std() < 1e-6 else float((x.mean() - y.mean()) / spread)


@right("11.3")
def a_tensor_of_one_number(X, Y, A, B):
    x, y = associations(X, Y, A, B)
    return torch.tensor(effect(x, y, torch.cat([x, y]).std()))


@right("11.3")
def with_cosine_similarity(X, Y, A, B):
    if not (len(X) and len(Y) and len(A) and len(B)):
        raise ValueError("empty")

    def s(w):
        to = lambda other: torch.nn.functional.cosine_similarity(w[None], other, dim=1).mean()
        return float(to(A) - to(B))

    x, y = [s(w) for w in X], [s(w) for w in Y]
    middle = sum(x + y) / len(x + y)
    spread = math.sqrt(sum((v - middle) ** 2 for v in x + y) / (len(x + y) - 1))
    return 0.0 if spread < 1e-6 else (sum(x) / len(x) - sum(y) / len(y)) / spread


@right("11.3")
def in_double_precision(X, Y, A, B):
    x, y = associations(*(each.double() for each in (X, Y, A, B)))
    return effect(x, y, torch.cat([x, y]).std())


@right("11.3")
def by_hand_with_sums(X, Y, A, B):
    x, y = associations(X, Y, A, B)
    both = torch.cat([x, y])
    spread = ((both - both.mean()).square().sum() / (len(both) - 1)).sqrt()
    return effect(x, y, spread)


@wrong("11.3", says="A single word has none by itself")
def standard_deviation_of_x_only(X, Y, A, B):
    x, y = associations(X, Y, A, B)
    return effect(x, y, x.std())


@wrong("11.3", says="A single word has none by itself")
def mean_of_both_standard_deviations(X, Y, A, B):
    x, y = associations(X, Y, A, B)
    return effect(x, y, (x.std() + y.std()) / 2)


@wrong("11.3", says="A single word has none by itself")
def pooled_standard_deviation(X, Y, A, B):
    x, y = associations(X, Y, A, B)
    return effect(x, y, ((x.var() + y.var()) / 2).sqrt())


@wrong("11.3", told="standard_error", says="over the root of the number of words")
def divided_by_the_standard_error(X, Y, A, B):
    x, y = associations(X, Y, A, B)
    return effect(x, y, torch.cat([x, y]).std() / math.sqrt(len(x) + len(y)))


@wrong("11.3", told="sign_reversed", says="do you take distances")
def distances_for_cosines(X, Y, A, B):
    associations(X, Y, A, B)
    near = lambda W: (1 - unit(W) @ unit(A).T).mean(1) - (1 - unit(W) @ unit(B).T).mean(1)
    x, y = near(X), near(Y)
    return effect(x, y, torch.cat([x, y]).std())


@wrong("11.3", told="sign_reversed", says="Did two sets change places")
def attributes_exchanged(X, Y, A, B):
    x, y = associations(X, Y, B, A)
    return effect(x, y, torch.cat([x, y]).std())


@wrong("11.3")
def euclidean_distances(X, Y, A, B):
    associations(X, Y, A, B)
    x, y = (torch.cdist(W, B).mean(1) - torch.cdist(W, A).mean(1) for W in (X, Y))
    return effect(x, y, torch.cat([x, y]).std())


@wrong("11.3", says="Every number is")
def twice_the_effect(X, Y, A, B):
    x, y = associations(X, Y, A, B)
    return effect(x, y, torch.cat([x, y]).std() / 2)


@wrong("11.3")
def rounded_to_two_decimals(X, Y, A, B):
    x, y = associations(X, Y, A, B)
    return round(effect(x, y, torch.cat([x, y]).std()), 2)


@wrong("11.3", told="one_cosine_with_the_mean", says="mean of the attributes' vectors first")
def centre_of_the_attributes(X, Y, A, B):
    associations(X, Y, A, B)
    near = lambda W, O: torch.nn.functional.cosine_similarity(W, O.mean(0, keepdim=True).expand_as(W), dim=1)
    x, y = (near(W, A) - near(W, B) for W in (X, Y))
    return effect(x, y, torch.cat([x, y]).std())


@wrong("11.3")
def largest_cosine_for_the_mean(X, Y, A, B):
    associations(X, Y, A, B)
    x, y = ((unit(W) @ unit(A).T).amax(1) - (unit(W) @ unit(B).T).amax(1) for W in (X, Y))
    return effect(x, y, torch.cat([x, y]).std())


@wrong("11.3")
def words_brought_to_length_one_in_place(X, Y, A, B):
    associations(X, Y, A, B)
    for W in (X, Y, A, B):
        W.div_(W.norm(dim=1, keepdim=True).clamp(min=1e-12))
    x, y = associations(X, Y, A, B)
    return effect(x, y, torch.cat([x, y]).std())


@wrong("11.3", told="without_the_check", says="a set without words goes through")
def nothing_refused(X, Y, A, B):
    x, y = ((unit(W) @ unit(A).T).mean(1) - (unit(W) @ unit(B).T).mean(1) for W in (X, Y))
    return effect(x, y, torch.cat([x, y]).std())


@wrong("11.3", says="ValueError")
def attributes_are_not_asked_for_emptiness(X, Y, A, B):
    if len(X) == 0 or len(Y) == 0:
        raise ValueError("empty")
    x, y = ((unit(W) @ unit(A).T).mean(1) - (unit(W) @ unit(B).T).mean(1) for W in (X, Y))
    return effect(x, y, torch.cat([x, y]).std())


@wrong("11.3")
def cosine_along_the_wrong_axis(X, Y, A, B):
    associations(X, Y, A, B)
    unit = lambda v: v / v.norm(dim=0, keepdim=True).clamp(min=1e-12)
    x, y = ((unit(W) @ unit(A).T).mean(1) - (unit(W) @ unit(B).T).mean(1) for W in (X, Y))
    return effect(x, y, torch.cat([x, y]).std())


@wrong("11.3", says="hold the same words, so there is nothing to tell apart")
def one_where_nothing_differs(X, Y, A, B):
    return registry.load("11.3").reference(X, Y, A, B) or 1.0


@right("11.3")
def a_tensor_with_an_axis_of_one(X, Y, A, B):
    return torch.tensor([registry.load("11.3").reference(X, Y, A, B)])


@wrong("11.3", told="nothing_for_an_empty_set", says="gets an effect of its own, 0")
def zero_for_a_set_without_words(X, Y, A, B):
    return registry.load("11.3").reference(X, Y, A, B) if all(map(len, (X, Y, A, B))) else 0.0
