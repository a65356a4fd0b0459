"""Answers to 03.3."""

from __future__ import annotations

import math

import torch

from tests.checks.answers import right, wrong

MUTANTS = {
    "total = sum((each.square().sum() for each in grads))": "root_forgotten",
    "factor = total / max_norm if total > max_norm else 1.0": "upside_down",
    "return [each / factor for each in grads]": "upside_down",
}


def total(grads):
    return math.sqrt(sum(float((each.double() ** 2).sum()) for each in grads))


def times(grads, factor):
    return [each * factor for each in grads]


def clipped(grads, max_norm, norm):
    return times(grads, max_norm / norm if norm > max_norm else 1.0)


@right("03.3")
def with_stacked_norms(grads, max_norm):
    norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(each) for each in grads]))
    return [each.clone() if norm <= max_norm else each * (max_norm / norm) for each in grads]


@right("03.3")
def a_tuple(grads, max_norm):
    norm = total(grads)
    return tuple(each / norm * max_norm if norm > max_norm else each + 0 for each in grads)


@right("03.3")
def with_a_small_number_below(grads, max_norm):
    factor = min(1.0, max_norm / (total(grads) + 1e-6))
    return [each * factor if factor < 1 else each.clone() for each in grads]


@right("03.3")
def in_numpy(grads, max_norm):
    norm = total(grads)
    factor = max_norm / norm if norm > max_norm else 1
    return [torch.from_numpy(each.numpy() * factor).to(each.dtype) for each in grads]


@wrong("03.3", told="the_same_tensors", says="you hand back the tensors that came in")
def the_same_list_where_short(grads, max_norm):
    norm = total(grads)
    return times(grads, max_norm / norm) if norm > max_norm else grads


@wrong("03.3", told="the_same_tensors", says="you hand back the tensors that came in")
def the_same_tensors_where_short(grads, max_norm):
    norm = total(grads)
    return times(grads, max_norm / norm) if norm > max_norm else list(grads)


@wrong("03.3", told="sizes_added", says="sum of the sizes of all numbers")
def sum_of_absolute_values(grads, max_norm):
    return clipped(grads, max_norm, sum(float(each.abs().sum()) for each in grads))


@wrong("03.3")
def norm_of_the_last_only(grads, max_norm):
    for each in grads:
        norm = float(each.norm())
    return clipped(grads, max_norm, norm)


@wrong("03.3")
def norm_of_the_first_only(grads, max_norm):
    return clipped(grads, max_norm, float(grads[0].norm()))


@wrong("03.3", told="largest_number", says="largest single number")
def largest_single_number(grads, max_norm):
    return clipped(grads, max_norm, max(float(each.abs().max()) for each in grads))


@wrong("03.3")
def vectors_are_left_as_they_are(grads, max_norm):
    norm = total(grads)
    factor = max_norm / norm if norm > max_norm else 1.0
    return [each * (factor if each.dim() > 1 else 1.0) for each in grads]


@wrong("03.3", told="upside_down", says="stands upside down")
def factor_upside_down(grads, max_norm):
    norm = total(grads)
    return times(grads, norm / max_norm if norm > max_norm else 1.0)


@wrong("03.3")
def the_last_is_forgotten(grads, max_norm):
    return clipped(grads, max_norm, total(grads[:-1]))


@wrong("03.3")
def mean_of_the_norms(grads, max_norm):
    return clipped(grads, max_norm, sum(float(each.norm()) for each in grads) / len(grads))


@wrong("03.3", says="it should be 1")
def half_as_long(grads, max_norm):
    norm = total(grads)
    return times(grads, max_norm / norm / 2 if norm > max_norm else 1.0)


@wrong("03.3")
def subtracts_what_is_too_much(grads, max_norm):
    norm = total(grads)
    return [each - (norm - max_norm) * each.sign() / len(grads) if norm > max_norm else each.clone() for each in grads]


@wrong("03.3")
def loses_the_sign(grads, max_norm):
    return [each.abs() for each in clipped(grads, max_norm, total(grads))]


@wrong("03.3", says="a list of 2 was asked for")
def one_long_tensor(grads, max_norm):
    return torch.cat([each.flatten() for each in clipped(grads, max_norm, total(grads))])


@wrong("03.3", says="a list of 2 was asked for")
def a_generator(grads, max_norm):
    norm = total(grads)
    return (each * (max_norm / norm if norm > max_norm else 1.0) for each in grads)


@wrong("03.3", told="in_place", says="you changed the tensors you were given")
def with_mul_(grads, max_norm):
    norm = total(grads)
    if norm > max_norm:
        for each in grads:
            each.mul_(max_norm / norm)
    return [each.clone() for each in grads]


@wrong("03.3", told="the_same_tensors", says="you hand back the tensors that came in")
def with_mul_and_the_same_list(grads, max_norm):
    norm = total(grads)
    for each in grads:
        each *= min(1.0, max_norm / norm) if norm else 1.0
    return grads


@wrong("03.3", says="changed the list grads")
def writes_into_the_list(grads, max_norm):
    norm = total(grads)
    for i, each in enumerate(grads):
        grads[i] = each * (max_norm / norm if norm > max_norm else 1.0)
    return grads


@wrong("03.3", told="divides_by_zero", says="without asking first")
def no_question_asked(grads, max_norm):
    norm = torch.cat([each.flatten() for each in grads]).norm()
    return [max_norm * each / norm for each in grads]


@wrong("03.3", says="shape")
def flat_tensors_come_back(grads, max_norm):
    return [each.flatten() for each in clipped(grads, max_norm, total(grads))]
