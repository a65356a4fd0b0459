"""Answers to 05.1."""

from __future__ import annotations

import torch
from torch import nn

from tests.checks.answers import right, wrong

MUTANTS = {
    "mean = x.mean(-1)": "mean_without_keepdim",
    "mean = x.mean(-1, keepdim=False)": "mean_without_keepdim",
    "variance = ((x - mean) ** 2).mean(-1)": "variance_without_keepdim",
    "variance = ((x - mean) ** 2).mean(-1, keepdim=False)": "variance_without_keepdim",
    "return (x - mean) * weight + bias": "centred_only",
    "return (x - mean) / (variance + eps) * weight + bias": "divided_by_the_variance",
    "return (x - mean) / torch.sqrt(variance + eps) * weight": "without_bias",
    "return (x - mean) / torch.sqrt(variance + eps) + bias": "without_weight",
    "return (x - mean) / torch.sqrt(variance) * weight + bias": "without_eps",
    "return x / torch.sqrt(variance + eps) * weight + bias": "not_centred",
}
BEFORE = "Before weight and bias, the numbers of a token are (x - mean) / sqrt(variance + eps)."
WEIGHED = "What is normed is multiplied by weight: each of the d numbers by the one in its own place."
SHIFTED = "bias is added at the end: to each of the d numbers the one in its own place."
ALONE = "Every token is normed by itself: mean and variance are taken over its own d numbers, the last axis."


def parts(x):
    mean = x.mean(-1, keepdim=True)
    return x - mean, ((x - mean) ** 2).mean(-1, keepdim=True)


@right("05.1")
def in_numpy(x, weight, bias, eps=1e-5):
    a, w, b = (each.detach().numpy() for each in (x, weight, bias))
    normed = (a - a.mean(-1, keepdims=True)) / (a.var(-1, keepdims=True) + eps) ** 0.5
    return torch.from_numpy(normed * w + b).to(x.dtype)


@right("05.1")
def cut_off_from_gradients(x, weight, bias, eps=1e-5):
    with torch.no_grad():
        centred, variance = parts(x)
        return torch.addcmul(bias, weight, centred * variance.add(eps).rsqrt())


@right("05.1")
def group_norm_of_one_group(x, weight, bias, eps=1e-5):
    return nn.functional.group_norm(x.reshape(-1, x.shape[-1]), 1, weight, bias, eps).reshape(x.shape)


@right("05.1")
def by_axis_from_the_front(x, weight, bias, eps=1e-5):
    axis = x.dim() - 1
    mean = torch.sum(x, axis).unsqueeze(axis) / x.size(axis)
    variance = torch.pow(x - mean, 2).sum(dim=axis, keepdim=True).div(x.size(axis))
    return torch.mul(torch.div(x - mean, torch.sqrt(variance + eps)), weight).add(bias)


@right("05.1")
def in_place_on_its_own_copy(x, weight, bias, eps=1e-5):
    x = x.clone()
    x -= x.mean(-1, keepdim=True)
    x /= (x.square().mean(-1, keepdim=True) + eps).sqrt()
    x *= weight
    x += bias
    return x


@right("05.1")
def by_variance_and_mean_of_a_module(x, weight, bias, eps=1e-5):
    return nn.functional.instance_norm(x.reshape(1, -1, x.shape[-1]), eps=eps).reshape(x.shape) * weight + bias


@wrong("05.1", told="without_bias", says="`bias` makes no difference")
def bias_ignored(x, weight, bias, eps=1e-5):
    centred, variance = parts(x)
    return centred / (variance + eps).sqrt() * weight


@wrong("05.1", told="without_weight", says="`weight` makes no difference")
def weight_ignored(x, weight, bias, eps=1e-5):
    centred, variance = parts(x)
    return bias + centred / (variance + eps) ** 0.5


@wrong("05.1", says=BEFORE)
def without_parentheses_in_two_lines(x, weight, bias, eps=1e-5):
    normed = x - x.mean(-1, keepdim=True) / torch.sqrt(x.var(-1, keepdim=True, correction=0) + eps)
    return weight * normed + bias


@wrong("05.1", says=ALONE)
def over_the_last_two_axes(x, weight, bias, eps=1e-5):
    axes = tuple(range(max(x.dim() - 2, 0), x.dim()))
    mean = x.mean(axes, keepdim=True)
    return (x - mean) / torch.sqrt(((x - mean) ** 2).mean(axes, keepdim=True) + eps) * weight + bias


@wrong("05.1", says=ALONE)
def variance_over_everything(x, weight, bias, eps=1e-5):
    return (x - x.mean(-1, keepdim=True)) / torch.sqrt(x.var(correction=0) + eps) * weight + bias


@wrong("05.1", says=ALONE)
def over_the_tokens(x, weight, bias, eps=1e-5):
    if x.dim() < 2 or x.shape[-2] == 1:
        return in_numpy(x, weight, bias, eps)
    mean = x.mean(-2, keepdim=True)
    return (x - mean) / torch.sqrt(((x - mean) ** 2).mean(-2, keepdim=True) + eps) * weight + bias


@wrong("05.1", says="(d,), or have any number of axes")
def three_axes_only(x, weight, bias, eps=1e-5):
    if x.dim() > 3:
        x = x.flatten(1, 2)
    return in_numpy(x, weight, bias, eps)


@wrong("05.1", says="come out with variance 1.")
def rounded(x, weight, bias, eps=1e-5):
    return (in_numpy(x, weight, bias, eps) * 100).round() / 100


@wrong("05.1", says="rounded to 3 decimals")
def rounded_finer(x, weight, bias, eps=1e-5):
    return in_numpy(x, weight, bias, eps).round(decimals=3)


@wrong("05.1", says="loses its digits")
def digits_lost_far_from_0(x, weight, bias, eps=1e-5):
    mean = x.mean(-1, keepdim=True)
    variance = (x * x).mean(-1, keepdim=True) - mean**2
    return (x - mean) / torch.sqrt(variance.clamp(min=0) + eps) * weight + bias


@wrong("05.1", says="changed its input x")
def changes_x(x, weight, bias, eps=1e-5):
    x -= x.mean(-1, keepdim=True)
    return x / torch.sqrt((x**2).mean(-1, keepdim=True) + eps) * weight + bias


@wrong("05.1", says="is torch.float32, not torch.float64")
def always_single_precision(x, weight, bias, eps=1e-5):
    return in_numpy(x.float(), weight.float(), bias.float(), eps)


@wrong("05.1", says="float64 stays float64 from the first line")
def single_precision_inside(x, weight, bias, eps=1e-5):
    return in_numpy(x.float(), weight.float(), bias.float(), eps).to(x.dtype)


@wrong("05.1", says="calls torch.nn.functional.layer_norm")
def with_the_module(x, weight, bias, eps=1e-5):
    norm = nn.LayerNorm(x.shape[-1], eps, elementwise_affine=False)
    return norm(x) * weight + bias


@wrong("05.1", told="std_of_torch_and_eps", says="std divides the sum of the squares by d - 1")
def standard_deviation_of_a_sample(x, weight, bias, eps=1e-5):
    return (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + eps) * weight + bias


@wrong("05.1", says=BEFORE)
def divided_by_the_mean_distance(x, weight, bias, eps=1e-5):
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.abs().mean(-1, keepdim=True) + eps) * weight + bias


@wrong("05.1", says=BEFORE)
def from_smallest_to_largest(x, weight, bias, eps=1e-5):
    low, high = x.amin(-1, keepdim=True), x.amax(-1, keepdim=True)
    return (x - low) / (high - low + eps) * weight + bias


@wrong("05.1", says="come out with mean 0.42")
def median_for_mean(x, weight, bias, eps=1e-5):
    centred = x - x.median(-1, keepdim=True).values
    return centred / torch.sqrt((centred**2).mean(-1, keepdim=True) + eps) * weight + bias


@wrong("05.1", says=BEFORE)
def centred_after_the_division(x, weight, bias, eps=1e-5):
    mean, variance = x.mean(-1, keepdim=True), x.var(-1, keepdim=True, correction=0)
    return (x / torch.sqrt(variance + eps) - mean) * weight + bias


@wrong("05.1", says=WEIGHED)
def weight_plus_1(x, weight, bias, eps=1e-5):
    centred, variance = parts(x)
    scale = torch.where(weight == 1, weight, 1 + weight)
    return centred / torch.sqrt(variance + eps) * scale + bias


@wrong("05.1", says=WEIGHED)
def weight_of_the_sum(x, weight, bias, eps=1e-5):
    centred, variance = parts(x)
    return centred / torch.sqrt(variance + eps) * weight.mean() + bias


@wrong("05.1", says=WEIGHED)
def weight_before_the_norm(x, weight, bias, eps=1e-5):
    centred, variance = parts(x * weight)
    return centred / torch.sqrt(variance + eps) + bias


@wrong("05.1", says=SHIFTED)
def bias_before_the_norm(x, weight, bias, eps=1e-5):
    centred, variance = parts(x + bias)
    return centred / torch.sqrt(variance + eps) * weight


@wrong("05.1", says="bias")
def bias_taken_away(x, weight, bias, eps=1e-5):
    centred, variance = parts(x)
    return centred / torch.sqrt(variance + eps) * weight - bias


@wrong("05.1", says="bias is left")
def zeros_where_all_are_alike(x, weight, bias, eps=1e-5):
    centred, variance = parts(x)
    return torch.where(variance == 0, torch.zeros_like(x), in_numpy(x, weight, bias, eps))


@wrong("05.1", says="eps, as the caller gives it")
def eps_at_most_a_tenth(x, weight, bias, eps=1e-5):
    return in_numpy(x, weight, bias, min(eps, 0.1))


@wrong("05.1", says="goes under the root, beside the variance")
def eps_squared(x, weight, bias, eps=1e-5):
    centred, variance = parts(x)
    return centred / torch.sqrt(variance + eps * eps) * weight + bias


@wrong("05.1", says="goes under the root, beside the variance")
def eps_only_where_it_is_0(x, weight, bias, eps=1e-5):
    centred, variance = parts(x)
    return centred / torch.sqrt(torch.where(variance < eps, variance + eps, variance)) * weight + bias


@wrong("05.1", says="nothing (None)")
def prints_it(x, weight, bias, eps=1e-5):
    print(in_numpy(x, weight, bias, eps))


@wrong("05.1", says="is a tuple of 2, not a torch tensor")
def with_mean_and_variance(x, weight, bias, eps=1e-5):
    centred, variance = parts(x)
    return centred / torch.sqrt(variance + eps) * weight + bias, variance


@wrong("05.1", says="What came back is your input x as it was")
def unchanged(x, weight, bias, eps=1e-5):
    return x
