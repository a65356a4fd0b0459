"""Answers to 10.2."""

from __future__ import annotations

import math

import torch

from tests.checks.answers import right, wrong

MUTANTS = {
    "def reference(log_probabilities, prompt, labels, mean=True):": "always_the_mean",
    "logs = rows.gather(1, torch.tensor(label)[None, :])": "all_after_the_prompt",
    "scores.append(logs.mean() if log_probabilities else logs.sum())": "always_the_mean",
    "scores.append(logs.mean() if mean else logs.mean())": "always_the_mean",
}


def logs_of(log_probabilities, prompt, label):
    if not prompt or not label:
        raise ValueError("empty")
    rows = log_probabilities(prompt + label)
    return [rows[len(prompt) + k - 1, token] for k, token in enumerate(label)]


def scored(log_probabilities, prompt, labels, mean, change=lambda logs: logs):
    found = []
    for label in labels:
        logs = torch.stack(change(logs_of(log_probabilities, prompt, label)))
        found.append(logs.mean() if mean else logs.sum())
    return torch.stack(found)


@right("10.2")
def a_list_of_floats(log_probabilities, prompt, labels, mean=False):
    return [float(each) for each in scored(log_probabilities, prompt, labels, mean)]


@wrong("10.2", says="a score is a number")
def a_list_of_texts(log_probabilities, prompt, labels, mean=False):
    return [f"{float(each):.3f}" for each in scored(log_probabilities, prompt, labels, mean)]


@right("10.2")
def token_by_token(log_probabilities, prompt, labels, mean=False):
    if len(prompt) < 1:
        raise ValueError("prompt")
    scores = []
    for label in labels:
        if len(label) < 1:
            raise ValueError("label")
        logs = [log_probabilities(prompt + label[:k])[-1][label[k]].item() for k in range(len(label))]
        scores.append(sum(logs) / (len(label) if mean else 1))
    return torch.tensor(scores)


@right("10.2")
def with_nll_loss(log_probabilities, prompt, labels, mean=False):
    if not prompt or any(not label for label in labels):
        raise ValueError("empty")
    how = "mean" if mean else "sum"
    return torch.stack(
        [
            -torch.nn.functional.nll_loss(
                log_probabilities(prompt + label)[len(prompt) - 1 : -1], torch.tensor(label), reduction=how
            )
            for label in labels
        ]
    )


@right("10.2")
def the_model_is_asked_with_a_tensor(log_probabilities, prompt, labels, mean=False):
    if not len(prompt) or not all(len(label) for label in labels):
        raise ValueError("empty")
    scores = torch.zeros(len(labels))
    for i, label in enumerate(labels):
        ids = torch.tensor(list(prompt) + list(label))
        rows = log_probabilities(ids)[:-1]
        picked = rows[torch.arange(len(ids) - 1), ids[1:]][-len(label) :]
        scores[i] = picked.mean() if mean else picked.sum()
    return scores


@wrong("10.2")
def without_the_last_token(log_probabilities, prompt, labels, mean=False):
    return scored(log_probabilities, prompt, labels, mean, lambda logs: logs[:-1] or logs)


@wrong("10.2")
def without_the_first_token(log_probabilities, prompt, labels, mean=False):
    return scored(log_probabilities, prompt, labels, mean, lambda logs: logs[1:] or logs)


@wrong("10.2")
def the_likeliest_token(log_probabilities, prompt, labels, mean=False):
    return scored(log_probabilities, prompt, labels, mean, lambda logs: [max(logs)])


@wrong("10.2")
def the_least_likely_token(log_probabilities, prompt, labels, mean=False):
    return scored(log_probabilities, prompt, labels, mean, lambda logs: [min(logs)])


@wrong("10.2", says="the natural logarithm of 2")
def in_bits(log_probabilities, prompt, labels, mean=False):
    return scored(log_probabilities, prompt, labels, mean) / math.log(2)


@wrong("10.2", says="never above 0")
def surprises(log_probabilities, prompt, labels, mean=False):
    return -scored(log_probabilities, prompt, labels, mean)


@wrong("10.2")
def divided_by_the_root_of_the_length(log_probabilities, prompt, labels, mean=False):
    sums = scored(log_probabilities, prompt, labels, False)
    return sums / torch.tensor([len(each) for each in labels]).sqrt() if mean else sums


@wrong("10.2")
def divided_by_the_number_of_labels(log_probabilities, prompt, labels, mean=False):
    sums = scored(log_probabilities, prompt, labels, False)
    return sums / len(labels) if mean else sums


@wrong("10.2", told="probabilities", says="You return probabilities")
def exponentials_come_back(log_probabilities, prompt, labels, mean=False):
    return scored(log_probabilities, prompt, labels, mean).exp()


@wrong("10.2")
def mean_of_the_probabilities(log_probabilities, prompt, labels, mean=False):
    if not mean:
        return scored(log_probabilities, prompt, labels, False)
    return torch.stack([torch.stack(logs_of(log_probabilities, prompt, each)).exp().mean().log() for each in labels])


@wrong("10.2", says="A label without tokens raises ValueError.")
def labels_without_tokens_get_0(log_probabilities, prompt, labels, mean=False):
    if not prompt:
        raise ValueError("prompt")
    full = [label for label in labels if label]
    scores = iter(scored(log_probabilities, prompt, full, mean))
    return torch.stack([next(scores) if label else torch.zeros(()) for label in labels])


@wrong("10.2", says="ValueError")
def labels_without_tokens_are_left_out(log_probabilities, prompt, labels, mean=False):
    return scored(log_probabilities, prompt, [label for label in labels if label], mean)


@wrong("10.2", says="A prompt without tokens raises ValueError.")
def the_prompt_is_not_asked(log_probabilities, prompt, labels, mean=False):
    if not all(labels):
        raise ValueError("label")
    found = []
    for label in labels:
        rows = (
            torch.cat([torch.zeros(1, 9) - 2.0, log_probabilities(prompt + label)])
            if not prompt
            else log_probabilities(prompt + label)
        )
        logs = torch.stack([rows[max(len(prompt) - 1 + k, 0), token] for k, token in enumerate(label)])
        found.append(logs.mean() if mean else logs.sum())
    return torch.stack(found)


@wrong("10.2", says="changed its input prompt")
def the_label_is_appended_to_the_prompt(log_probabilities, prompt, labels, mean=False):
    if not prompt or not all(labels):
        raise ValueError("empty")
    found, n = [], len(prompt)
    for label in labels:
        prompt += label
        rows = log_probabilities(prompt)
        logs = torch.stack([rows[n + k - 1, token] for k, token in enumerate(label)])
        found.append(logs.mean() if mean else logs.sum())
        if label is not labels[-1]:
            del prompt[n:]
    return torch.stack(found)


@wrong("10.2", told="own_row", says="each token in its own row")
def one_row_too_late(log_probabilities, prompt, labels, mean=False):
    if not prompt or not all(labels):
        raise ValueError("empty")
    found = []
    for label in labels:
        rows = log_probabilities(prompt + label)
        logs = torch.stack([rows[len(prompt) + k, token] for k, token in enumerate(label)])
        found.append(logs.mean() if mean else logs.sum())
    return torch.stack(found)


@wrong("10.2", told="prompt_grows", says="the list in front of a label has grown")
def labels_are_read_one_after_the_other(log_probabilities, prompt, labels, mean=False):
    if not prompt or not all(labels):
        raise ValueError("empty")
    found, read = [], list(prompt)
    for label in labels:
        logs = torch.stack(logs_of(log_probabilities, read, label))
        read = read + label
        found.append(logs.mean() if mean else logs.sum())
    return torch.stack(found)


@wrong("10.2")
def one_number_for_all_labels(log_probabilities, prompt, labels, mean=False):
    return scored(log_probabilities, prompt, labels, mean).sum()
