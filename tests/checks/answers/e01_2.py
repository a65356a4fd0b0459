"""Answers to 01.2."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import torch

from tests.checks.answers import right, wrong
from unravelling.checks import registry

MUTANTS = {
    "if False:": "divides_by_zero",
    "if total == -1:": "divides_by_zero",
    "if total == 1:": "divides_by_zero",
    "total = sum((seen.get(token, 0) for token in vocab))": "alpha_only_above",
    "without: if total == 0:": "divides_by_zero",
    "without: return {token: 1 / len(vocab) for token in vocab}": "divides_by_zero",
}

smoothed = registry.load("01.2").reference


@right("01.2")
def in_fractions(counts, context, alpha, vocab):
    seen = counts.get(context) or {}
    above = {token: Fraction(seen.get(token, 0)) + Fraction(alpha) for token in vocab}
    below = sum(above.values()) or None
    return {token: float(each / below) if below else 1 / len(vocab) for token, each in above.items()}


@right("01.2")
def in_single_precision(counts, context, alpha, vocab):
    row = torch.tensor([float(counts.get(context, {}).get(token, 0)) for token in vocab]) + alpha
    row = row if row.sum() > 0 else torch.ones(len(vocab))
    return {token: row[i] / row.sum() for i, token in enumerate(vocab)}


@right("01.2")
def with_numpy(counts, context, alpha, vocab):
    row = np.array([counts[context].get(token, 0) if context in counts else 0 for token in vocab]) + float(alpha)
    return dict(zip(vocab, row / row.sum() if row.any() else np.full(len(vocab), 1 / len(vocab)), strict=True))


@right("01.2")
def with_a_counter(counts, context, alpha, vocab):
    seen = Counter({token: count for token, count in counts.get(context, {}).items() if token in set(vocab)})
    bottom = sum(seen.values()) + alpha * len(vocab)
    try:
        return {token: (seen[token] + alpha) / bottom for token in vocab}
    except ZeroDivisionError:
        return {token: 1 / len(vocab) for token in vocab}


@wrong("01.2", says="whatever part of it was")
def falls_back_to_a_shorter_context(counts, context, alpha, vocab):
    while context and context not in counts:
        context = context[1:]
    return smoothed(counts, context, alpha, vocab)


@wrong("01.2", says="whatever part of it was")
def contexts_that_end_alike(counts, context, alpha, vocab):
    if context in counts or len(context) < 2:
        return smoothed(counts, context, alpha, vocab)
    alike = Counter()
    for each, row in counts.items():
        if each[-1:] == context[-1:] and len(each) == len(context):
            alike.update(row)
    return smoothed({context: alike}, context, alpha, vocab)


@wrong("01.2", says="After a context that was never seen a token gets")
def all_counts_for_the_unseen(counts, context, alpha, vocab):
    if context in counts:
        return smoothed(counts, context, alpha, vocab)
    everything = Counter()
    for row in counts.values():
        everything.update(row)
    return smoothed({context: everything}, context, alpha, vocab)


@wrong("01.2", says="The probabilities sum to 0")
def whole_division(counts, context, alpha, vocab):
    right = smoothed(counts, context, alpha, vocab)
    return {token: int(p) for token, p in right.items()}


@wrong("01.2", says="with alpha = 0.5 it should get")
def alpha_cut_to_a_whole_number(counts, context, alpha, vocab):
    return smoothed(counts, context, int(alpha), vocab)


@wrong("01.2", told="always_one_more", says="You add 1 to every count, whatever alpha is")
def laplace(counts, context, alpha, vocab):
    seen = counts.get(context, {})
    total = sum(seen.get(token, 0) for token in vocab) + len(vocab)
    return {token: (seen.get(token, 0) + 1) / total for token in vocab}


@wrong("01.2", says="with alpha = 0 it should get")
def one_for_an_alpha_of_0(counts, context, alpha, vocab):
    return smoothed(counts, context, alpha or 1, vocab)


@wrong("01.2", told="vocab_without_alpha", says="Your total grows by 1 for every token of vocab")
def number_of_tokens_below(counts, context, alpha, vocab):
    seen = counts.get(context, {})
    below = len(vocab)
    for token in vocab:
        below += seen.get(token, 0)
    return {token: (seen.get(token, 0) + alpha) / below for token in vocab}


@wrong("01.2", says="with alpha = 0 it should get 0.6667, which is 2 / 3")
def rounded_to_three(counts, context, alpha, vocab):
    return {token: round(p, 3) for token, p in smoothed(counts, context, alpha, vocab).items()}


@wrong("01.2", says="The probabilities sum to 0.667, not 1")
def alpha_twice_below(counts, context, alpha, vocab):
    seen = counts.get(context, {})
    total = sum(seen.get(token, 0) for token in vocab) + 2 * alpha * len(vocab)
    return {token: (seen.get(token, 0) + alpha) / total if total else 1 / len(vocab) for token in vocab}


@wrong("01.2", says="A probability is given for 'z'")
def everything_counted_too(counts, context, alpha, vocab):
    words = [*vocab, *(token for token in counts.get(context, {}) if token not in vocab)]
    return smoothed(counts, context, alpha, words)


@wrong("01.2", says="it should get")
def unknown_tokens_shared_out(counts, context, alpha, vocab):
    seen = counts.get(context, {})
    strangers = sum(count for token, count in seen.items() if token not in vocab)
    row = {token: seen.get(token, 0) + strangers / len(vocab) for token in vocab}
    return smoothed({context: row}, context, alpha, vocab)


@wrong("01.2", says="'B' is not 'b'")
def in_small_letters(counts, context, alpha, vocab):
    row = {}
    for token, count in counts.get(context, {}).items():
        row[token.lower()] = row.get(token.lower(), 0) + count
    return dict(zip(vocab, smoothed({(): row}, (), alpha, [t.lower() for t in vocab]).values(), strict=False))


@wrong("01.2", says="Your function changed its input counts")
def alpha_written_into_counts(counts, context, alpha, vocab):
    row = counts.get(context, {})
    result = smoothed(counts, context, alpha, vocab)
    for token in row:
        row[token] += alpha
    return result


@wrong("01.2", says="Your function changed its input vocab")
def vocab_sorted(counts, context, alpha, vocab):
    vocab.sort()
    return smoothed(counts, context, alpha, vocab)


@wrong("01.2", says="not a dictionary")
def a_list_of_probabilities(counts, context, alpha, vocab):
    return list(smoothed(counts, context, alpha, vocab).values())


@wrong("01.2", says="No probability is given for")
def zeros_left_out(counts, context, alpha, vocab):
    return {token: p for token, p in smoothed(counts, context, alpha, vocab).items() if p}


@wrong("01.2", says="which is not a number")
def as_texts(counts, context, alpha, vocab):
    return {token: f"{100 * p:.1f}%" for token, p in smoothed(counts, context, alpha, vocab).items()}


@wrong("01.2", says="The probabilities sum to 100, not 1")
def per_cent(counts, context, alpha, vocab):
    return {token: 100 * p for token, p in smoothed(counts, context, alpha, vocab).items()}


@wrong("01.2", says="nothing is kept from the one before")
def kept_by_context_and_alpha(counts, context, alpha, vocab, kept={}):  # noqa: B006
    if counts == {("a",): {"b": 2}, ("b",): {"a": 1}} and alpha == 1 and len(vocab) == 2:  # a new session
        kept.clear()
    return kept.setdefault((context, alpha, *vocab), smoothed(counts, context, alpha, vocab))


@wrong("01.2", says="it should get")
def most_frequent_takes_all(counts, context, alpha, vocab):
    right = smoothed(counts, context, alpha, vocab)
    best = max(right, key=right.get)
    return {token: float(token == best) for token in vocab}


@wrong("01.2", says="it should get")
def softmax_of_the_counts(counts, context, alpha, vocab):
    row = torch.tensor([counts.get(context, {}).get(token, 0) + float(alpha) for token in vocab])
    return dict(zip(vocab, row.softmax(0).tolist(), strict=True))


@wrong("01.2", told="at_least_one_below", says="a total of 0.3 is a total like any other")
def never_below_1(counts, context, alpha, vocab):
    above = {token: counts.get(context, {}).get(token, 0) + alpha for token in vocab}
    if not any(above.values()):
        return {token: 1 / len(vocab) for token in vocab}
    below = max(1, sum(above.values()))
    return {token: each / below for token, each in above.items()}


@wrong("01.2", says="which vocab does not list")
def one_token_more_that_is_impossible(counts, context, alpha, vocab):
    return smoothed(counts, context, alpha, vocab) | {"<unk>": 0.0}


@wrong("01.2", says="With alpha = 1e9")
def alpha_of_at_most_10(counts, context, alpha, vocab):
    return smoothed(counts, context, min(alpha, 10), vocab)
