"""Answers to 04.1."""

from __future__ import annotations

import math

import torch

from tests.checks.answers import right, wrong

DIVIDED = "Your weights are those of dot products divided by"
BROADCAST = "The mask may have any shape that broadcasts to (..., T, S)"
NOWHERE = "Where nothing may be looked at, the row of weights is all zeros"
HUGE = "Scores near 10,000, forbidden ones too, may not overflow"
NOT_MIXED = "your own weights times v give"


def scores_of(q, k):
    return q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])


def softmaxed(scores, mask):
    if mask is None:
        return scores.softmax(-1)
    return scores.masked_fill(~mask, -math.inf).softmax(-1).masked_fill(~mask, 0.0)


@right("04.1")
def softmax_by_hand(q, k, v, mask=None):
    scores = torch.matmul(q, k.mT) / q.size(-1) ** 0.5
    e = torch.exp(scores - scores.amax(-1, keepdim=True))
    if mask is not None:
        scores = torch.where(mask, scores, torch.tensor(-1e30, dtype=q.dtype))
        e = torch.exp(scores - scores.amax(-1, keepdim=True)) * mask
    weights = e / e.sum(-1, keepdim=True).clamp(min=1e-30)
    return weights @ v, weights


@right("04.1")
def finite_fill_then_zeros(q, k, v, mask=None):
    scores = scores_of(q, k)
    if mask is not None:
        scores = scores.masked_fill(torch.logical_not(mask), torch.finfo(q.dtype).min)
    weights = scores.softmax(dim=-1)
    if mask is not None:
        weights = weights * mask
    return weights.matmul(v), weights


@right("04.1")
def nan_rows_to_zeros(q, k, v, mask=None):
    scores = torch.einsum("...td,...sd->...ts", q, k).div(math.sqrt(k.shape[-1]))
    if mask is not None:
        scores = scores.masked_fill(mask == False, float("-inf"))  # noqa: E712
    weights = torch.nan_to_num(torch.softmax(scores, dim=-1), nan=0.0)
    return torch.einsum("...ts,...se->...te", weights, v), weights


@right("04.1")
def one_sentence_at_a_time(q, k, v, mask=None):
    T, S = q.shape[-2], k.shape[-2]
    allowed = torch.ones(T, S, dtype=torch.bool) if mask is None else mask
    allowed = allowed.expand(*q.shape[:-2], T, S).reshape(-1, T, S)
    outputs, weights = [], []
    for each_q, each_k, each_v, may in zip(
        q.reshape(-1, *q.shape[-2:]), k.reshape(-1, *k.shape[-2:]), v.reshape(-1, *v.shape[-2:]), allowed, strict=True
    ):
        weights.append(softmaxed(scores_of(each_q, each_k), may))
        outputs.append(weights[-1] @ each_v)
    front = q.shape[:-2]
    return torch.stack(outputs).reshape(*front, T, -1), torch.stack(weights).reshape(*front, T, S)


@right("04.1")
def a_list_comes_back(q, k, v, mask=None):
    weights = softmaxed(scores_of(q, k), mask)
    return [weights @ v, weights]


@wrong("04.1", told="root_of_the_number_of_keys", says="the square root of the number of keys")
def divided_by_the_root_of_the_number_of_keys(q, k, v, mask=None):
    weights = softmaxed(q @ k.mT / math.sqrt(k.shape[-2]), mask)
    return weights @ v, weights


@wrong("04.1", says=DIVIDED)
def divided_by_the_root_of_the_width_of_the_values(q, k, v, mask=None):
    weights = softmaxed(q @ k.mT / math.sqrt(v.shape[-1]), mask)
    return weights @ v, weights


@wrong("04.1", says=DIVIDED)
def divided_by_the_root_of_axis_1(q, k, v, mask=None):
    weights = softmaxed(q @ k.mT / math.sqrt(q.shape[1]), mask)
    return weights @ v, weights


@wrong("04.1", told="multiplied_by_the_root", says="multiplied by the square root of d")
def multiplied_by_the_root_of_the_width(q, k, v, mask=None):
    weights = softmaxed(q @ k.mT * q.shape[-1] ** 0.5, mask)
    return weights @ v, weights


@wrong("04.1", told="divided_by_the_width", says="divided by d")
def divided_by_the_root_twice(q, k, v, mask=None):
    q, k = q / math.sqrt(q.shape[-1]), k / math.sqrt(k.shape[-1])
    weights = softmaxed(q @ k.mT, mask)
    return weights @ v, weights


@wrong("04.1", says=DIVIDED)
def fourth_root(q, k, v, mask=None):
    weights = softmaxed(q @ k.mT / q.shape[-1] ** 0.25, mask)
    return weights @ v, weights


@wrong("04.1", says=DIVIDED)
def sign_turned_round(q, k, v, mask=None):
    weights = softmaxed(-scores_of(q, k), mask)
    return weights @ v, weights


@wrong("04.1", says="of the weights sums to")
def divided_after_the_softmax(q, k, v, mask=None):
    weights = softmaxed(q @ k.mT, mask) / math.sqrt(q.shape[-1])
    return weights @ v, weights


@wrong("04.1", says=NOT_MIXED)
def weights_from_before_the_softmax(q, k, v, mask=None):
    weights = softmaxed(scores_of(q, k), mask)
    return softmaxed(weights, mask) @ v, weights


@wrong("04.1", says="the score of key")
def softmax_twice(q, k, v, mask=None):
    weights = softmaxed(softmaxed(scores_of(q, k), mask), mask)
    return weights @ v, weights


@wrong("04.1", says=NOT_MIXED)
def output_without_the_mask(q, k, v, mask=None):
    return scores_of(q, k).softmax(-1) @ v, softmaxed(scores_of(q, k), mask)


@wrong("04.1", says="though the mask forbids it")
def weights_without_the_mask(q, k, v, mask=None):
    return softmaxed(scores_of(q, k), mask) @ v, scores_of(q, k).softmax(-1)


@wrong("04.1", says=HUGE)
def mask_after_the_softmax_and_shared_out_anew(q, k, v, mask=None):
    weights = scores_of(q, k).softmax(-1)
    if mask is not None:
        weights = weights * mask
        weights = weights / weights.sum(-1, keepdim=True).clamp(min=1e-30)
    return weights @ v, weights


@wrong("04.1", told="large_negative_number", says="spreads its weight evenly")
def smallest_number_for_the_forbidden(q, k, v, mask=None):
    scores = scores_of(q, k)
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(-1)
    return weights @ v, weights


@wrong("04.1", says=HUGE)
def minus_ten_thousand_then_zeros(q, k, v, mask=None):
    scores = scores_of(q, k)
    if mask is None:
        return scores.softmax(-1) @ v, scores.softmax(-1)
    weights = scores.masked_fill(~mask, -1e4).softmax(-1).masked_fill(~mask, 0.0)
    return weights @ v, weights


@wrong("04.1", says="though the mask forbids it")
def minus_a_hundred(q, k, v, mask=None):
    scores = scores_of(q, k)
    weights = (scores if mask is None else scores.masked_fill(~mask, -10.0)).softmax(-1)
    return weights @ v, weights


@wrong("04.1", says="NaN")
def exponentials_that_overflow(q, k, v, mask=None):
    e = torch.exp(scores_of(q, k))
    if mask is not None:
        e = e * mask
    total = e.sum(-1, keepdim=True)
    weights = e / total.masked_fill(total == 0, 1.0)
    return weights @ v, weights


@wrong("04.1", told="large_negative_number", says="where its NaN becomes an even share")
def nothing_allowed_is_spread_evenly(q, k, v, mask=None):
    scores = scores_of(q, k)
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    weights = scores.softmax(-1).nan_to_num(1 / k.shape[-2])
    return weights @ v, weights


@wrong("04.1", says=NOWHERE)
def nan_mended_in_the_output_only(q, k, v, mask=None):
    scores = scores_of(q, k)
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    weights = scores.softmax(-1)
    return (weights @ v).nan_to_num(), weights


@wrong("04.1", says=NOWHERE)
def nan_mended_in_the_weights_only(q, k, v, mask=None):
    scores = scores_of(q, k)
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    weights = scores.softmax(-1)
    return weights @ v, weights.nan_to_num()


@wrong("04.1", says=NOWHERE)
def nowhere_means_everywhere(q, k, v, mask=None):
    if mask is not None:
        mask = mask | ~mask.any(-1, keepdim=True)
    weights = softmaxed(scores_of(q, k), mask)
    return weights @ v, weights


@wrong("04.1", says=BROADCAST)
def masked_by_indexing(q, k, v, mask=None):
    scores = scores_of(q, k)
    if mask is not None:
        scores[~mask] = -math.inf
        weights = scores.softmax(-1).clone()
        weights[~mask] = 0.0
        return weights @ v, weights
    return scores.softmax(-1) @ v, scores.softmax(-1)


@wrong("04.1", says=BROADCAST)
def the_same_mask_for_the_whole_batch(q, k, v, mask=None):
    while mask is not None and mask.dim() > 2:
        mask = mask[0]
    weights = softmaxed(scores_of(q, k), mask)
    return weights @ v, weights


@wrong("04.1", says="For query")
def queries_asked_by_queries(q, k, v, mask=None):
    weights = softmaxed(k @ k.mT / math.sqrt(k.shape[-1]), None)[..., : q.shape[-2], :]
    return weights @ v, weights


@wrong("04.1", says=NOT_MIXED)
def weights_turned_before_mixing(q, k, v, mask=None):
    weights = softmaxed(scores_of(q, k), mask)
    square = weights.shape[-1] == weights.shape[-2]
    return (weights.mT if square else weights) @ v, weights


@wrong("04.1", says=NOT_MIXED)
def output_is_divided_too(q, k, v, mask=None):
    weights = softmaxed(scores_of(q, k), mask)
    return weights @ v / math.sqrt(q.shape[-1]), weights


@wrong("04.1", says="Your function returned one tensor; two things were asked for")
def output_alone(q, k, v, mask=None):
    return softmaxed(scores_of(q, k), mask) @ v


@wrong("04.1", says="Two calls with the same inputs gave two different results")
def with_dropout(q, k, v, mask=None):
    weights = torch.dropout(softmaxed(scores_of(q, k), mask), 0.5, True)
    return weights @ v, weights


@wrong("04.1", says="torch.float32, not torch.float64")
def single_precision_throughout(q, k, v, mask=None):
    weights = softmaxed(scores_of(q.float(), k.float()), mask)
    return weights @ v.float(), weights


@wrong("04.1", says="changed its input q")
def writes_into_q(q, k, v, mask=None):
    q /= math.sqrt(q.shape[-1])
    weights = softmaxed(q @ k.mT, mask)
    return weights @ v, weights


@wrong("04.1", says="changed its input mask")
def turns_the_mask_in_place(q, k, v, mask=None):
    scores = scores_of(q, k)
    if mask is None:
        return scores.softmax(-1) @ v, scores.softmax(-1)
    mask.logical_not_()
    weights = scores.masked_fill(mask, -math.inf).softmax(-1).masked_fill(mask, 0.0)
    return weights @ v, weights


@wrong("04.1", says="no gradient comes back from your output to q, k, v")
def in_numpy(q, k, v, mask=None):
    import numpy as np

    a, b, c = (each.detach().numpy() for each in (q, k, v))
    scores = a @ np.swapaxes(b, -1, -2) / np.sqrt(a.shape[-1])
    allowed = np.ones_like(scores, dtype=bool) if mask is None else np.broadcast_to(mask.numpy(), scores.shape)
    scores = np.where(allowed, scores, -1e30)
    e = np.exp(scores - scores.max(-1, keepdims=True)) * allowed
    weights = e / np.maximum(e.sum(-1, keepdims=True), 1e-30)
    return tuple(torch.from_numpy(each).to(q.dtype) for each in (weights @ c, weights))


@wrong("04.1", says="no gradient comes back from your output to q, k")
def weights_cut_off(q, k, v, mask=None):
    weights = softmaxed(scores_of(q, k), mask).detach()
    return weights @ v, weights


@wrong("04.1", says="the gradient that comes back from your output to q, k is NaN")
def nan_on_the_way(q, k, v, mask=None):
    scores = scores_of(q, k)
    if mask is not None:
        scores = scores + torch.zeros(mask.shape, dtype=q.dtype).masked_fill(~mask, -math.inf)
    e = torch.exp(scores - scores.amax(-1, keepdim=True))
    weights = torch.nan_to_num(e / e.sum(-1, keepdim=True))
    return weights @ v, weights


@wrong("04.1", says="a value that torch needs for it was overwritten")
def nan_overwritten(q, k, v, mask=None):
    scores = scores_of(q, k)
    weights = (scores if mask is None else scores.masked_fill(~mask, -math.inf)).softmax(-1)
    weights[weights.isnan()] = 0.0
    return weights @ v, weights


@wrong("04.1", says="yours are in the ratio 0")
def causal_without_being_asked(q, k, v, mask=None):
    if mask is None and q.shape[-2] == k.shape[-2]:
        mask = torch.ones(q.shape[-2], q.shape[-2], dtype=torch.bool).tril()
    weights = softmaxed(scores_of(q, k), mask)
    return weights @ v, weights


@wrong("04.1", says="2 sentences, 3 heads")
def the_first_head_for_all(q, k, v, mask=None):
    if q.dim() == 4:
        q = q[:, :1].expand_as(q)
    weights = softmaxed(scores_of(q, k), mask)
    return weights @ v, weights


MUTANTS = {
    "if True:": "mask_ignored",
    "scores = q @ k.transpose(-2, -1) * sqrt(q.shape[-1])": "multiplied_by_the_root",
    "scores = q @ k.transpose(-2, -1)": "no_scaling",
    "without: scores = scores.masked_fill(~mask, float('-inf'))": "mask_after_softmax",
    "return (weights, weights @ v)": "weights_before_the_output",
    "scores = q @ k.transpose(-2, -1) / q.shape[-1]": "divided_by_the_width",
    "scores = scores": "mask_after_softmax",
    "weights = torch.softmax(scores, dim=-1)": "nan_where_nothing_is_allowed",
}


@wrong("04.1")
def always_causal(q, k, v, mask=None):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    T, S = scores.shape[-2:]
    causal = torch.ones(T, S, dtype=torch.bool).tril()
    allowed = causal if mask is None else causal & mask
    scores = scores.masked_fill(~allowed, torch.finfo(scores.dtype).min)
    weights = torch.where(allowed, scores.softmax(-1), 0.0)
    return weights @ v, weights
