"""More answers to 10.3, by another hand."""

from __future__ import annotations

import numpy as np
import torch

from tests.checks.answers import right, wrong
from unravelling.checks.few_shot_prompting.contextual_calibration import bias


def rows_to_1(p):
    return p / p.sum(1, keepdim=True)


@right("10.3")
def largest_subtracted_by_hand(scores, content_free):
    def shares(x):
        e = torch.exp(x - x.max(dim=1, keepdim=True).values)
        return e / e.sum(dim=1, keepdim=True)

    return rows_to_1(shares(scores) / shares(content_free).mean(dim=0))


@right("10.3")
def in_logarithms(scores, content_free):
    free = content_free.log_softmax(1).logsumexp(0)
    return (scores.log_softmax(1) - free).softmax(1)


@right("10.3")
def in_numpy_throughout(scores, content_free):
    def shares(x):
        e = np.exp(x - x.max(1, keepdims=True, initial=-np.inf))
        return e / e.sum(1, keepdims=True)

    p = shares(scores.double().numpy()) / shares(content_free.double().numpy()).mean(0)
    return torch.from_numpy(p / p.sum(1, keepdims=True)).float()


@right("10.3")
def weights_for_the_labels(scores, content_free):
    weight = 1 / content_free.softmax(dim=-1).mean(dim=0, keepdim=True)
    return torch.einsum("nl,nk->nl", rows_to_1(scores.softmax(-1) * weight), torch.ones(len(scores), 1))


@wrong("10.3", says="Row 0 of your probabilities sums to")
def columns_to_1(scores, content_free):
    p = torch.softmax(scores, dim=1) / bias(content_free)
    return p / p.sum(0, keepdim=True)


@wrong("10.3", told="mean_of_the_logarithms", says="which are logarithms")
def scores_subtracted(scores, content_free):
    return (scores - content_free.mean(dim=0, keepdim=True)).softmax(dim=1)


@wrong("10.3", says="Divided, and made to sum to 1")
def last_content_free_subtracted(scores, content_free):
    return torch.softmax(scores - content_free[-1], dim=1)


@wrong("10.3", says="Divided, and made to sum to 1")
def largest_share_of_each_label(scores, content_free):
    return rows_to_1(scores.softmax(1) / content_free.softmax(1).max(0).values)


@wrong("10.3", says="Divided, and made to sum to 1")
def median_of_the_shares(scores, content_free):
    return rows_to_1(scores.softmax(1) / content_free.softmax(1).median(0).values)


@wrong("10.3", says="it should give each label 1/2")
def geometric_mean_of_the_shares(scores, content_free):
    return rows_to_1(scores.softmax(1) / content_free.log_softmax(1).mean(0).exp() ** 2)


@wrong("10.3", says="it should give each label 1/2")
def half_of_the_way(scores, content_free):
    return rows_to_1(scores.softmax(1) / bias(content_free).sqrt())


@wrong("10.3", told="multiplied", says="You multiply by what the prompt prefers")
def times_the_bias(scores, content_free):
    return rows_to_1(scores.softmax(1) * bias(content_free))


@wrong("10.3", says="Row 0 of your probabilities sums to")
def bias_taken_away(scores, content_free):
    return scores.softmax(1) - bias(content_free)


@wrong("10.3", says="Divided, and made to sum to 1")
def bias_taken_away_and_cut_off(scores, content_free):
    return rows_to_1((scores.softmax(1) - bias(content_free)).clamp(min=1e-3))


@wrong("10.3", says="Divided, and made to sum to 1")
def softmax_to_the_base_2(scores, content_free):
    return rows_to_1((2.0**scores) / (2.0**content_free).mean(0))


@wrong("10.3", says="Row 0 of your probabilities sums to")
def logarithms(scores, content_free):
    return (scores - bias(content_free).log()).log_softmax(1)


@wrong("10.3", says="Divided, and made to sum to 1")
def queries_among_the_content_free(scores, content_free):
    return rows_to_1(scores.softmax(1) / bias(torch.cat([scores, content_free])))


@wrong("10.3", says="Nothing is cut off")
def next_to_nothing_added_below(scores, content_free):
    return rows_to_1(scores.softmax(1) / (bias(content_free) + 1e-7))


@wrong("10.3", told="plain_exponentials", says="0 divided by 0 is no number")
def exponentials_as_they_are(scores, content_free):
    free = content_free.exp() / content_free.exp().sum(1, keepdim=True)
    return rows_to_1(scores.exp() / free.mean(0))


@wrong("10.3", says="float64")
def in_double_precision(scores, content_free):
    return torch.softmax(scores.double() - bias(content_free).log(), dim=1)


@wrong("10.3", says="Divided, and made to sum to 1")
def rounded(scores, content_free):
    return torch.softmax(scores - bias(content_free).log(), dim=1).round(decimals=2)


@wrong("10.3", says="Of no queries no rows come back")
def refuses_no_query(scores, content_free):
    if len(scores) == 0:
        raise ValueError("no query")
    return torch.softmax(scores - bias(content_free).log(), dim=1)


@wrong("10.3", says="changed its input scores")
def in_place(scores, content_free):
    scores -= bias(content_free).log()
    return scores.softmax(1)


@wrong("10.3", says="not a torch tensor")
def a_list(scores, content_free):
    return torch.softmax(scores - bias(content_free).log(), dim=1).tolist()


@wrong("10.3", says="Divided, and made to sum to 1")
def given_in_the_wrong_order(scores, content_free):
    return torch.softmax(content_free.mean(0) - scores, dim=1)
