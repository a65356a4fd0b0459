"""Answers to 10.3."""

from __future__ import annotations

import torch

from tests.checks.answers import right, wrong

MUTANTS = {
    "bias = torch.softmax(content_free, dim=1).mean()": "not_calibrated",
    "bias = torch.softmax(content_free, dim=1).mean(1)": "not_calibrated",
    "bias = torch.softmax(content_free, dim=1).mean(-1)": "not_calibrated",
    "return torch.softmax(scores + bias.log(), dim=1)": "multiplied",
    "return torch.softmax(scores - -bias.log(), dim=1)": "multiplied",
    "return torch.softmax(scores, dim=1)": "not_calibrated",
    "return torch.softmax(scores - bias.log(), dim=0)": "over_the_queries",
    "bias = torch.softmax(scores, dim=1).mean(0)": "mean_over_the_queries",
    "bias = torch.softmax(content_free, dim=0).mean(0)": "not_calibrated",
}


@right("10.3")
def divided_in_float32(scores, content_free):
    p = torch.softmax(scores, 1) / torch.softmax(content_free, 1).mean(0)
    return p / p.sum(1, keepdim=True)


@right("10.3")
def with_log_softmax_and_logsumexp(scores, content_free):
    bias = content_free.log_softmax(1).logsumexp(0)
    apart = scores.log_softmax(1) - bias
    return (apart - apart.logsumexp(1, keepdim=True)).exp()


@right("10.3")
def in_numpy(scores, content_free):
    import numpy

    def soft(x):
        e = numpy.exp(x - x.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)

    p = soft(scores.numpy().astype(float)) / soft(content_free.numpy().astype(float)).mean(0)
    return torch.tensor(p / p.sum(1, keepdims=True), dtype=torch.float32)


@right("10.3")
def solved_with_a_matrix(scores, content_free):
    bias = content_free.softmax(-1).mean(0)
    p = torch.linalg.solve(torch.diag(bias), scores.softmax(-1).T).T
    return p / p.sum(-1, keepdim=True)


@wrong("10.3")
def columns_sum_to_one(scores, content_free):
    p = torch.softmax(scores, 1) / torch.softmax(content_free, 1).mean(0)
    return p / p.sum(0, keepdim=True)


@wrong("10.3")
def one_mean_for_all_labels(scores, content_free):
    p = torch.softmax(scores, 1) / torch.softmax(content_free, 1).mean()
    return p / p.sum()


@wrong("10.3", told="not_calibrated", says="one number for each label, or one for all")
def divided_by_one_number(scores, content_free):
    p = torch.softmax(scores, 1) / torch.softmax(content_free, 1).mean()
    return p / p.sum(1, keepdim=True)


@wrong("10.3")
def divided_by_the_number_of_labels(scores, content_free):
    p = torch.softmax(scores, 1) / torch.softmax(content_free, 1).mean(0)
    return p / scores.shape[1]


@wrong("10.3")
def last_content_free_only(scores, content_free):
    p = torch.softmax(scores, 1) / torch.softmax(content_free[-1], 0)
    return p / p.sum(1, keepdim=True)


@wrong("10.3")
def medians_for_means(scores, content_free):
    p = torch.softmax(scores, 1) / torch.softmax(content_free, 1).median(0).values
    return p / p.sum(1, keepdim=True)


@wrong("10.3")
def clipped_difference(scores, content_free):
    p = (torch.softmax(scores, 1) - torch.softmax(content_free, 1).mean(0)).clamp(min=1e-6)
    return p / p.sum(1, keepdim=True)


@wrong("10.3", told="rows_not_normalised_before_the_mean", says="before each of them is brought to the sum 1")
def mean_of_unnormalised(scores, content_free):
    free = content_free.double().exp().mean(0)
    p = scores.double().softmax(1) / free
    return (p / p.sum(1, keepdim=True)).float()


@wrong("10.3", says="content-free input itself comes out")
def a_little_added_below(scores, content_free):
    p = torch.softmax(scores, 1) / (torch.softmax(content_free, 1).mean(0) + 1e-3)
    return p / p.sum(1, keepdim=True)


@wrong("10.3", says="rounded to 2 decimals")
def two_decimals(scores, content_free):
    p = divided_in_float32(scores, content_free)
    return (p * 100).round() / 100


@wrong("10.3")
def logarithms_come_back(scores, content_free):
    return divided_in_float32(scores, content_free).log()


@wrong("10.3", says="sums to")
def probabilities_are_not_taken_first(scores, content_free):
    p = (scores - scores.max()).exp() / torch.softmax(content_free, 1).mean(0)
    return p / p.sum()


@wrong("10.3", says="content-free input itself comes out")
def half_calibrated(scores, content_free):
    p = torch.softmax(scores, 1) / torch.softmax(content_free, 1).mean(0).sqrt()
    return p / p.sum(1, keepdim=True)


@wrong("10.3", says="changed its input scores")
def subtracts_in_place(scores, content_free):
    scores -= content_free.softmax(1).mean(0).log()
    return scores.softmax(1)


@wrong("10.3", says="torch tensor")
def a_list_of_rows(scores, content_free):
    return divided_in_float32(scores, content_free).tolist()


@wrong("10.3")
def double_precision_comes_back(scores, content_free):
    return divided_in_float32(scores.double(), content_free.double())


@wrong("10.3", told="mean_over_the_queries", says="mean over the queries")
def queries_for_content_free(scores, content_free):
    p = scores.softmax(-1) / scores.softmax(-1).mean(0)
    return p / p.sum(-1, keepdim=True)
