"""Answers to 09.5."""

from __future__ import annotations

import torch

from tests.checks.answers import right, wrong


def refused(penalty):
    if penalty <= 0:
        raise ValueError("The penalty must be above 0.")


@right("09.5")
def by_counting(logits, ids, penalty):
    refused(penalty)
    V = logits.shape[-1]
    counts = torch.nn.functional.one_hot(ids, V).sum(1)
    factor = torch.where(logits < 0, penalty, 1 / penalty)
    return torch.where(counts > 0, logits * factor, logits)


@right("09.5")
def by_indices(logits, ids, penalty):
    refused(penalty)
    result = logits.clone()
    rows = torch.arange(len(ids))[:, None].expand_as(ids)
    score = logits[rows, ids]
    score[score > 0] /= penalty
    score[score < 0] *= penalty
    result[rows, ids] = torch.where(logits[rows, ids] == 0, logits[rows, ids], score)
    return result


@wrong("09.5", told="always_divided", says="Scores below 0 are divided, too")
def as_the_paper_has_it(logits, ids, penalty):
    refused(penalty)
    result = logits.clone()
    for row, tokens in zip(result, ids):
        row[tokens.unique()] /= penalty
    return result


@wrong("09.5", told="once_for_each_time", says="punished twice")
def a_power_of_the_penalty(logits, ids, penalty):
    refused(penalty)
    counts = torch.nn.functional.one_hot(ids, logits.shape[-1]).sum(1)
    factor = penalty**counts
    return torch.where(logits > 0, logits / factor, logits * factor)


@wrong("09.5", says="and its score changes from")
def softmax_first_and_back(logits, ids, penalty):
    refused(penalty)
    probs = logits.softmax(-1)
    written = probs.gather(1, ids) / penalty
    probs = probs.scatter(1, ids, written)
    return (probs / probs.sum(-1, keepdim=True)).log()


@wrong("09.5", says="and its score changes from")
def the_token_before(logits, ids, penalty):
    refused(penalty)
    ids = (ids - 1) % logits.shape[1]
    written = logits.gather(1, ids)
    return logits.scatter(1, ids, torch.where(written > 0, written / penalty, written * penalty))


@wrong("09.5", says="changed its input logits")
def in_place(logits, ids, penalty):
    refused(penalty)
    written = logits.gather(1, ids)
    return logits.scatter_(1, ids, torch.where(written > 0, written / penalty, written * penalty))


@wrong("09.5", says="Where nothing has been written yet")
def something_must_have_been_written(logits, ids, penalty):
    refused(penalty)
    assert ids.shape[1] > 0, "nothing to punish"
    written = logits.gather(1, ids)
    return logits.scatter(1, ids, torch.where(written > 0, written / penalty, written * penalty))


@wrong("09.5", says="A penalty below 1 is a reward")
def rewards_are_refused(logits, ids, penalty):
    if penalty <= 0:
        raise ValueError
    if penalty < 1:
        raise ValueError("A penalty should be at least 1.")
    written = logits.gather(1, ids)
    return logits.scatter(1, ids, torch.where(written > 0, written / penalty, written * penalty))


@wrong("09.5", says="A penalty below 1 is a reward")
def the_smaller_of_the_two(logits, ids, penalty):
    refused(penalty)
    written = logits.gather(1, ids)
    return logits.scatter(1, ids, torch.minimum(written / penalty, written * penalty))


MUTANTS = {
    "without: if penalty <= 0:": "any_penalty_accepted",
    "if False:": "any_penalty_accepted",
    "if penalty < 0:": "zero_accepted",
    "without: raise ValueError(f'The penalty is {penalty}; it must be above 0.')": "any_penalty_accepted",
    "written = torch.where(written > 0, written * penalty, written / penalty)": "the_wrong_way_round",
    "if penalty <= -1:": "zero_accepted",
    "written = torch.where(written < 0, written / penalty, written * penalty)": "the_wrong_way_round",
    "written = torch.where(written > 0, written * penalty, written * penalty)": "always_multiplied",
    "written = torch.where(written > 0, written / penalty, written / penalty)": "always_divided",
    "written = torch.where(written > 0, written / penalty, written)": "only_above_zero",
}
