"""Answers to 00.1."""

from __future__ import annotations

import math

import torch

from tests.checks.answers import right, wrong

RATIO = "their shares should be in the ratio exp("
NEAR_10000 = "Adding the same number to every entry changes nothing, and entries near 10,000 must not overflow."
ANY_AXIS = "`dim` may be any axis of x, counted from the front or from the end."


@right("00.1")
def with_max_and_its_indices(x, dim=-1):
    top, _ = torch.max(x, dim=dim, keepdim=True)
    e = (x - top).exp()
    return torch.div(e, torch.sum(e, dim=dim, keepdim=True))


@right("00.1")
def in_numpy(x, dim=-1):
    import numpy as np

    values = x.detach().numpy()
    e = np.exp(values - values.max(axis=dim, keepdims=True))
    return torch.from_numpy(e / e.sum(axis=dim, keepdims=True))


@right("00.1")
def in_double_precision_and_back(x, dim=-1):
    wide = x.double()
    e = torch.exp(wide - wide.amax(dim, keepdim=True))
    return (e / e.sum(dim, keepdim=True)).to(x.dtype)


@right("00.1")
def by_differences(x, dim=-1):
    x = x.movedim(dim, -1)
    return (1 / torch.exp(x.unsqueeze(-2) - x.unsqueeze(-1)).sum(-1)).movedim(-1, dim)


@right("00.1")
def with_a_little_added(x, dim=-1):
    e = torch.exp(x - x.amax(dim=dim, keepdim=True))
    return e / (e.sum(dim=dim, keepdim=True) + 1e-8)


@right("00.1")
def in_place_on_a_copy(x, dim=-1):
    e = x.clone()
    e -= e.max(dim, keepdim=True).values
    e.exp_()
    e /= e.sum(dim, keepdim=True)
    return e


@right("00.1")
def with_powers_of_e(x, dim=-1):
    powers = math.e ** (x - x.amax(dim, keepdim=True))
    return powers / powers.sum(dim, keepdim=True)


@right("00.1")
def through_the_logarithm(x, dim=-1):
    x = x - x.amax(dim, keepdim=True)
    return torch.exp(x - torch.log(torch.exp(x).sum(dim, keepdim=True)))


@wrong("00.1", says=NEAR_10000)
def cut_off_at_80(x, dim=-1):
    e = torch.exp(x.clamp(-80, 80))
    return e / e.sum(dim, keepdim=True)


@wrong("00.1", says=NEAR_10000)
def infinity_mended_afterwards(x, dim=-1):
    e = torch.exp(x)
    return torch.nan_to_num(e / e.sum(dim, keepdim=True))


@wrong("00.1", told="smallest_subtracted", says="the smallest number of each row is subtracted")
def minimum_subtracted(x, dim=-1):
    e = torch.exp(x - x.min(dim, keepdim=True)[0])
    return e / e.sum(dim, keepdim=True)


@wrong("00.1", says="NaN stands where a number should")
def first_one_subtracted(x, dim=-1):
    e = torch.exp(x - x.select(dim, 0).unsqueeze(dim))
    return e / e.sum(dim, keepdim=True)


@wrong("00.1", told="median_subtracted", says="the median of each row is subtracted")
def median_subtracted(x, dim=-1):
    e = torch.exp(x - x.median(dim, keepdim=True)[0])
    return e / e.sum(dim, keepdim=True)


@wrong("00.1", says="NaN stands where a number should")
def largest_without_its_sign(x, dim=-1):
    e = torch.exp(x - x.abs().amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


@wrong("00.1", told="mean_of_everything", says="infinity divided by infinity is NaN")
def mean_of_everything(x, dim=-1):
    e = torch.exp(x - x.mean())
    return e / e.sum(dim, keepdim=True)


@wrong("00.1", told="base_two", says="powers of 2")
def powers_of_two_that_overflow(x, dim=-1):
    e = 2**x
    return e / e.sum(dim, keepdim=True)


@wrong("00.1", says=RATIO)
def powers_of_ten(x, dim=-1):
    e = 10 ** (x - x.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


@wrong("00.1", told="smaller_for_larger", says="the larger a number, the smaller its share")
def largest_minus_x(x, dim=-1):
    e = torch.exp(x.amax(dim, keepdim=True) - x)
    return e / e.sum(dim, keepdim=True)


@wrong("00.1", told="smaller_for_larger", says="the larger a number, the smaller its share")
def minus_x(x, dim=-1):
    e = torch.exp(-x)
    return e / e.sum(dim, keepdim=True)


@wrong("00.1", told="smaller_for_larger", says="in an absolute value")
def distance_from_the_largest(x, dim=-1):
    e = torch.exp((x - x.amax(dim, keepdim=True)).abs())
    return e / e.sum(dim, keepdim=True)


@wrong("00.1", told="one_sum_for_everything", says="The sum runs over all the entries")
def one_sum_and_nothing_subtracted(x, dim=-1):
    return torch.exp(x) / torch.exp(x).sum()


@wrong("00.1", says="The shares along dim=0 sum to")
def subtracts_along_dim_and_divides_along_the_last(x, dim=-1):
    e = torch.exp(x - x.amax(dim, keepdim=True))
    return e / e.sum(-1, keepdim=True)


@wrong("00.1", says="The shares along dim=0 sum to")
def last_axis_and_nothing_subtracted(x, dim=-1):
    e = torch.exp(x)
    return e / e.sum(dim=-1, keepdim=True)


@wrong("00.1", says="The shares along dim=-1 sum to")
def always_the_first_axis(x, dim=-1):
    e = torch.exp(x - x.amax(0, keepdim=True))
    return e / e.sum(0, keepdim=True)


@wrong("00.1", says=ANY_AXIS)
def two_axes_at_most(x, dim=-1):
    flipped = dim == 0
    x = x.T if flipped and x.dim() == 2 else x
    e = torch.exp(x - x.amax(-1, keepdim=True))
    e = e / e.sum(-1, keepdim=True)
    return e.T if flipped and x.dim() == 2 else e


@wrong("00.1", says=RATIO)
def squares(x, dim=-1):
    return x**2 / (x**2).sum(dim, keepdim=True)


@wrong("00.1", says=RATIO)
def sigmoids(x, dim=-1):
    s = torch.sigmoid(x)
    return s / s.sum(dim, keepdim=True)


@wrong("00.1", says="sum to")
def never_divided(x, dim=-1):
    return torch.exp(x - x.amax(dim, keepdim=True))


@wrong("00.1", says="sum to")
def divided_by_the_largest(x, dim=-1):
    e = torch.exp(x - x.amax(dim, keepdim=True))
    return e / e.amax(dim, keepdim=True)


@wrong("00.1", says="one and the same")
def divided_by_the_mean(x, dim=-1):
    e = torch.exp(x - x.amax(dim, keepdim=True))
    return e / e.mean(dim, keepdim=True)


@wrong("00.1", says="The shares along dim=-1 sum to -")
def logarithms_of_the_shares(x, dim=-1):
    x = x - x.amax(dim, keepdim=True)
    return x - x.exp().sum(dim, keepdim=True).log()


@wrong("00.1", says="Your code calls torch.logsumexp, which this exercise asks you to do without")
def through_a_relative(x, dim=-1):
    return torch.exp(x - torch.logsumexp(x, dim, keepdim=True))


@wrong("00.1", says=RATIO)
def exponential_twice(x, dim=-1):
    e = torch.exp(x - x.amax(dim, keepdim=True))
    e = torch.exp(e / e.sum(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


@wrong("00.1", says=RATIO)
def divided_by_the_largest_before(x, dim=-1):
    e = torch.exp(x / x.abs().amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


@wrong("00.1", says="rounded to 3 decimals")
def rounded(x, dim=-1):
    e = torch.exp(x - x.amax(dim, keepdim=True))
    return (e / e.sum(dim, keepdim=True)).round(decimals=3)


@wrong("00.1", says="The first digits agree")
def in_half_precision(x, dim=-1):
    narrow = (x - x.amax(dim, keepdim=True)).half()
    e = torch.exp(narrow)
    return (e / e.sum(dim, keepdim=True)).to(x.dtype)


@wrong("00.1", says="torch.float32, not torch.float64")
def always_single_precision(x, dim=-1):
    x = x.float()
    e = torch.exp(x - x.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


@wrong("00.1", says="changed its input x")
def writes_into_x(x, dim=-1):
    x -= x.amax(dim, keepdim=True)
    e = torch.exp(x)
    return e / e.sum(dim, keepdim=True)


@wrong("00.1", says="not a torch tensor")
def a_list(x, dim=-1):
    e = torch.exp(x - x.amax(dim, keepdim=True))
    return (e / e.sum(dim, keepdim=True)).tolist()


MUTANTS = {
    "without: x = x - x.amax(dim, keepdim=True)": "without_subtracting_the_largest",
    "x = x + x.amax(dim, keepdim=True)": "without_subtracting_the_largest",
    "x = -x - x.amax(dim, keepdim=True)": "smaller_for_larger",
    "x = x - -x.amax(dim, keepdim=True)": "without_subtracting_the_largest",
    "x = x": "without_subtracting_the_largest",
    "x = x.amax(dim, keepdim=True) - x": "smaller_for_larger",
    "x = x - x.amax(keepdim=True)": "largest_of_everything",
    "e = torch.exp2(x)": "base_two",
    "x = x - x.amin(dim, keepdim=True)": "smallest_subtracted",
}


@wrong("00.1", told="something_else_subtracted", says="infinity divided by infinity is NaN")
def minus_the_mean_of_the_row(x, dim=-1):
    e = torch.exp(x - x.sum(dim, keepdim=True) / x.shape[dim])
    return e / e.sum(dim=dim, keepdim=True)


@wrong("00.1", told="a_number_for_all", says="You take 100 off, whatever the numbers are")
def minus_a_hundred(x, dim=-1):
    e = (x - 100).exp()
    return e / e.sum(dim, keepdim=True)
