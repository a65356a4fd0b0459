"""Answers to 11.2."""

from __future__ import annotations

import math

import torch

from tests.checks.answers import right, wrong

MUTANTS = {
    "without: if set(first.tolist()) & set(second.tolist()):": "the_same_word_twice",
    "if False: (2)": "the_same_word_twice",
    "without: raise ValueError('A token stands in both groups.')": "the_same_word_twice",
    "gaps = torch.logsumexp(log_probs[:, second], 1) - torch.logsumexp(log_probs[:, first], 1)": "sign_reversed",
    "return float(gaps.mean()) * math.log(2)": "the_wrong_way_to_bits",
    "return -float(gaps.mean()) / math.log(2)": "sign_reversed",
    "return float(gaps.mean()) / -math.log(2)": "sign_reversed",
    "return float(gaps.mean())": "natural_units",
    "if set() & set(second.tolist()):": "the_same_word_twice",
    "if set(first.tolist()) & set():": "the_same_word_twice",
    "if set(first) & set(second.tolist()):": "the_same_word_twice",
    "if set(first.tolist()) & set(second):": "the_same_word_twice",
}


def fit(first, second):
    if first.numel() == 0 or second.numel() == 0:
        raise ValueError("an empty group")
    if bool(torch.isin(first, second).any()):
        raise ValueError("in both")


def groups(log_probs, first, second):
    fit(first, second)
    return log_probs[:, first].logsumexp(1), log_probs[:, second].logsumexp(1)


@right("11.2")
def a_tensor_of_one_number(log_probs, first, second):
    a, b = groups(log_probs, first, second)
    return ((a - b) / math.log(2)).mean()


@right("11.2")
def with_index_select_and_log2(log_probs, first, second):
    fit(first, second)
    probs = log_probs.double().exp()
    return float((probs.index_select(1, first).sum(1).log2() - probs.index_select(1, second).sum(1).log2()).mean())


@right("11.2")
def in_numpy(log_probs, first, second):
    import numpy

    rows, a, b = log_probs.numpy().astype("float64"), first.numpy(), second.numpy()
    if not a.size or not b.size or set(a) & set(b):
        raise ValueError("groups")
    return numpy.mean(
        [
            numpy.logaddexp2.reduce(row[a] / numpy.log(2)) - numpy.logaddexp2.reduce(row[b] / numpy.log(2))
            for row in rows
        ]
    )


@right("11.2")
def means_first(log_probs, first, second):
    a, b = groups(log_probs, first, second)
    return a.mean().item() / math.log(2) - b.mean().item() / math.log(2)


@wrong("11.2")
def logarithm_of_the_logarithm(log_probs, first, second):
    a, b = groups(log_probs, first, second)
    return float(((-a).log2() - (-b).log2()).mean())


@wrong("11.2", says="the logarithm to the base 10 of 2")
def to_the_base_10(log_probs, first, second):
    a, b = groups(log_probs, first, second)
    return float((a - b).mean()) / math.log(10)


@wrong("11.2", says="A group without a token raises ValueError.")
def empty_groups_go_through(log_probs, first, second):
    if set(first.tolist()) & set(second.tolist()):
        raise ValueError("both")
    gaps = log_probs[:, first].logsumexp(1) - log_probs[:, second].logsumexp(1)
    return float(gaps.mean()) / math.log(2)


@wrong("11.2", says="A group without a token raises ValueError.")
def only_the_first_group_is_asked(log_probs, first, second):
    if not len(first) or set(first.tolist()) & set(second.tolist()):
        raise ValueError("groups")
    gaps = log_probs[:, first].logsumexp(1) - log_probs[:, second].logsumexp(1)
    return float(gaps.mean()) / math.log(2)


@wrong("11.2", says="A group without a token raises ValueError.")
def nothing_for_an_empty_group(log_probs, first, second):
    if not len(first) or not len(second):
        return 0.0
    a, b = groups(log_probs, first, second)
    return float((a - b).mean()) / math.log(2)


@wrong("11.2", told="the_same_word_twice", says="a word in both groups goes through")
def only_equal_groups_are_refused(log_probs, first, second):
    if not len(first) or not len(second) or first.tolist() == second.tolist():
        raise ValueError("groups")
    gaps = log_probs[:, first].logsumexp(1) - log_probs[:, second].logsumexp(1)
    return float(gaps.mean()) / math.log(2)


@wrong("11.2")
def the_middle_template(log_probs, first, second):
    a, b = groups(log_probs, first, second)
    return float((a - b).median()) / math.log(2)


@wrong("11.2", says="with the two groups exchanged")
def only_the_preferred_counts(log_probs, first, second):
    a, b = groups(log_probs, first, second)
    return max(float((a - b).mean()) / math.log(2), 0.0)


@wrong("11.2")
def share_of_the_first(log_probs, first, second):
    a, b = groups(log_probs, first, second)
    return float((a.exp() / (a.exp() + b.exp())).mean())


@wrong("11.2", told="difference_of_probabilities", says="You subtract probabilities")
def probabilities_subtracted(log_probs, first, second):
    fit(first, second)
    return float((log_probs[:, first].exp().sum(1) - log_probs[:, second].exp().sum(1)).mean())


@wrong("11.2", told="through_probabilities", says="leave the logarithms on the way")
def log_of_the_sum_of_exponentials(log_probs, first, second):
    fit(first, second)
    a, b = (torch.log2(log_probs[:, each].exp().sum(dim=1)) for each in (first, second))
    return (a - b).mean().item()


@wrong("11.2", says="Probabilities as small as e ** -150 must work.")
def a_small_number_is_added(log_probs, first, second):
    fit(first, second)
    a, b = ((log_probs[:, each].exp().sum(1) + 1e-9).log2() for each in (first, second))
    return float((a - b).mean())


@wrong("11.2", says="rounded to 3 decimals")
def three_decimals(log_probs, first, second):
    a, b = groups(log_probs, first, second)
    return round(float((a - b).mean()) / math.log(2), 3)


@wrong("11.2", told="likeliest_word_alone", says="its likeliest word alone")
def the_likeliest_word_of_each(log_probs, first, second):
    fit(first, second)
    return float((log_probs[:, first].amax(1) - log_probs[:, second].amax(1)).mean()) / math.log(2)


@wrong("11.2", says="not a number")
def one_gap_for_each_template(log_probs, first, second):
    a, b = groups(log_probs, first, second)
    return ((a - b) / math.log(2)).tolist()


@wrong("11.2", told="averaged_too_early", says="(as a mean or a sum)")
def rows_and_words_in_one_sum(log_probs, first, second):
    fit(first, second)
    return float(log_probs[:, first].flatten().logsumexp(0) - log_probs[:, second].flatten().logsumexp(0)) / math.log(2)


@right("11.2")
def a_tensor_with_an_axis_of_one(log_probs, first, second):
    a, b = groups(log_probs, first, second)
    return ((a - b) / math.log(2)).mean(0, keepdim=True)


@wrong("11.2", says="case: two templates that disagree")
def a_number_for_each_template(log_probs, first, second):
    a, b = groups(log_probs, first, second)
    return (a - b) / math.log(2)
