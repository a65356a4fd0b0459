"""Answers to 03.3."""

from __future__ import annotations

import math

import torch

from tests.checks.answers import right, wrong

MUTANTS = {
    "factor = total / max_norm if total > max_norm else 1.0": "factor_upside_down",
    "return [each / factor for each in grads]": "factor_upside_down",
    "return [each for each in grads]": "unchanged",
    "total = sum((each.square().sum() for each in grads))": "root_forgotten",
}


def length(grads):
    return math.sqrt(sum(float((each.double() ** 2).sum()) for each in grads))


def shortened(grads, max_norm, total):
    return [each * (max_norm / total) if total > max_norm else each.clone() for each in grads]


@right("03.3")
def clones_when_short(grads, max_norm):
    return shortened(grads, max_norm, length(grads))


@right("03.3")
def a_tuple_of_new_tensors(grads, max_norm):
    return tuple(shortened(grads, max_norm, length(grads)))


@right("03.3")
def with_numpy(grads, max_norm):
    import numpy as np

    total = np.sqrt(sum(np.sum(each.numpy() ** 2) for each in grads))
    return [torch.from_numpy(each.numpy() * min(1, max_norm / max(total, 1e-12))).to(each.dtype) for each in grads]


@right("03.3")
def views_of_one_new_vector(grads, max_norm):
    flat = torch.cat([each.flatten() for each in grads])
    flat = flat * (max_norm / (flat.norm() + 1e-6)).clamp(max=1.0)
    parts = flat.split([each.numel() for each in grads])
    return [part.view(each.shape) for part, each in zip(parts, grads, strict=True)]


@right("03.3")
def norm_of_norms(grads, max_norm):
    total = torch.linalg.norm(torch.tensor([float(torch.linalg.vector_norm(each)) for each in grads]))
    new = []
    for each in grads:
        copy = each.detach().clone()
        if total > max_norm:
            copy *= max_norm / total
        new.append(copy)
    return new


@wrong("03.3", told="old_tensors_when_short", says="the tensors of grads themselves come back")
def grads_when_short(grads, max_norm):
    total = length(grads)
    return grads if total <= max_norm else shortened(grads, max_norm, total)


@wrong("03.3", told="old_tensors_when_short", says="the tensors of grads themselves come back")
def a_new_list_of_old_tensors_when_short(grads, max_norm):
    total = length(grads)
    return [each * max_norm / total if total > max_norm else each for each in grads]


@wrong("03.3", told="old_tensors_when_short", says="the tensors of grads themselves come back")
def detached_when_short(grads, max_norm):
    total = length(grads)
    return [each.detach() for each in grads] if total <= max_norm else shortened(grads, max_norm, total)


@wrong("03.3", says="What came back is your input grads as it was")
def copies_as_they_were(grads, max_norm):
    return [each.clone() for each in grads]


@wrong("03.3", told="unchanged", says="torch's own clip_grad_norm_ wants parameters")
def with_torchs_own_on_the_gradients(grads, max_norm):
    torch.nn.utils.clip_grad_norm_(grads, max_norm)
    return grads


@wrong("03.3", told="absolute_values", says="You add up absolute values")
def sum_of_absolute_values(grads, max_norm):
    return shortened(grads, max_norm, sum(float(each.abs().sum()) for each in grads))


@wrong("03.3", told="norms_added", says="You add up the norms of the gradients")
def sum_of_norms(grads, max_norm):
    return shortened(grads, max_norm, sum(length([each]) for each in grads))


@wrong("03.3", says="it should be at most 1")
def norm_of_the_last(grads, max_norm):
    return shortened(grads, max_norm, length(grads[-1:]))


@wrong("03.3", says="it should be at most 1")
def norm_of_the_first(grads, max_norm):
    return shortened(grads, max_norm, length(grads[:1]))


@wrong("03.3", says="it should be at most 1")
def largest_single_number(grads, max_norm):
    return shortened(grads, max_norm, max(float(each.abs().max()) for each in grads))


@wrong("03.3", told="longest_only", says="You take the norm of the longest gradient")
def norm_of_the_longest(grads, max_norm):
    return shortened(grads, max_norm, max(length([each]) for each in grads))


@wrong("03.3", says="it should be at most 1")
def biases_left_as_they_are(grads, max_norm):
    total = length(grads)
    return [each.clone() if each.dim() == 1 else each * min(1, max_norm / max(total, 1e-12)) for each in grads]


@wrong("03.3", says="it should be at most 1")
def biases_not_measured(grads, max_norm):
    matrices = [each for each in grads if each.dim() > 1] or grads
    return shortened(grads, max_norm, length(matrices))


@wrong("03.3", told="factor_upside_down", says="become longer still")
def total_over_max_norm(grads, max_norm):
    total = length(grads)
    return [each * total / max_norm if total > max_norm else each + 0 for each in grads]


@wrong("03.3", told="divides_by_zero", says="You divide without asking first")
def always_scaled(grads, max_norm):
    total = torch.tensor(length(grads))
    return [(each * (max_norm / total)).to(each.dtype) for each in grads]


@wrong("03.3", told="stretches_short_ones", says="Short gradients are stretched to max_norm")
def always_scaled_with_a_small_number(grads, max_norm):
    total = length(grads)
    return [each * (max_norm / (total + 1e-12)) for each in grads]


@wrong("03.3", says="The first digits agree, the later ones do not")
def with_a_tenth_of_a_percent_added(grads, max_norm):
    return [each * min(1.0, max_norm / (length(grads) + 1e-3)) for each in grads]


@wrong("03.3", told="each_by_itself", says="Each gradient is shortened by itself")
def one_after_the_other(grads, max_norm):
    return [shortened([each], max_norm, length([each]))[0] for each in grads]


@wrong("03.3", told="always_to_one", says="Long gradients come back with a norm of 1")
def to_unit_length(grads, max_norm):
    total = length(grads)
    return [each / total if total > max_norm else each.clone() for each in grads]


@wrong("03.3", says="Within one result every number is multiplied by one and the same")
def squares_without_a_root_in_the_factor(grads, max_norm):
    total = length(grads)
    return [each * max_norm / total**2 if total > max_norm else each.clone() for each in grads]


@wrong("03.3", says="a list of 2 was asked for")
def one_flat_tensor(grads, max_norm):
    return torch.cat([each.flatten() for each in shortened(grads, max_norm, length(grads))])


@wrong("03.3", says="a list of 2 was asked for")
def a_generator(grads, max_norm):
    return (each for each in shortened(grads, max_norm, length(grads)))


@wrong("03.3", says="Your gradients[1] has shape (2,), not (1, 2)")
def flattened(grads, max_norm):
    return [
        each.flatten() if each.dim() > 1 and each.shape[1] > 1 else each for each in clones_when_short(grads, max_norm)
    ]


@wrong("03.3", told="in_place", says="you changed the tensors you were given")
def shortened_in_place(grads, max_norm):
    total = length(grads)
    for each in grads:
        if total > max_norm:
            each *= max_norm / total
    return grads


@wrong("03.3", says="changed its input grads")
def in_place_and_copied(grads, max_norm):
    total = length(grads)
    for each in grads:
        if total > max_norm:
            each *= max_norm / total
    return [each.clone() for each in grads]


@wrong("03.3", told="by_value", says="Every number is cut off at max_norm by itself")
def clamped(grads, max_norm):
    return [torch.clamp(each, min=-max_norm, max=max_norm) for each in grads]


@wrong("03.3", says="torch.float64")
def in_double_precision(grads, max_norm):
    return [each.double() for each in clones_when_short(grads, max_norm)]
