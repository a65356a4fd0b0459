"""More answers to 10.2, by another hand."""

from __future__ import annotations

import math

import torch

from tests.checks.answers import right, wrong


def refuse(prompt, labels) -> None:
    """The two errors that the stub names."""
    if not prompt or not all(labels):
        raise ValueError("nothing to read, or nothing to score")


def each_token(log_probabilities, prompt, labels) -> list[torch.Tensor]:
    """The log-probability of each token of each label, one tensor a label."""
    refuse(prompt, labels)
    found = []
    for label in labels:
        rows = log_probabilities([*prompt, *label])[len(prompt) - 1 : -1]
        found.append(rows.gather(1, torch.tensor(label)[:, None])[:, 0])
    return found


def told(values: list[torch.Tensor], mean: bool) -> torch.Tensor:
    """Sum or mean of each."""
    return torch.stack([each.mean() if mean else each.sum() for each in values])


@right("10.2")
def token_by_token_from_behind(log_probabilities, prompt, labels, mean=False):
    refuse(prompt, labels)
    scores = torch.zeros(len(labels))
    for place, label in enumerate(labels):
        rows = log_probabilities(prompt + label)
        for back, token in enumerate(reversed(label), 2):
            scores[place] += rows[-back, token]
        if mean:
            scores[place] /= len(label)
    return scores


@right("10.2")
def in_numbers_of_python(log_probabilities, prompt, labels, mean=False):
    if not prompt:
        raise ValueError("no prompt")
    scores = []
    for label in labels:
        if not label:
            raise ValueError("no label")
        rows = log_probabilities([*prompt, *label]).tolist()
        total = math.fsum(rows[len(prompt) - 1 + i][token] for i, token in enumerate(label))
        scores.append(total / len(label) if mean else total)
    return tuple(scores)


@right("10.2")
def on_a_copy_that_grows(log_probabilities, prompt, labels, mean=False):
    refuse(prompt, labels)
    scores = []
    for label in labels:
        read, logs = prompt.copy(), []
        for token in label:
            logs.append(log_probabilities(read)[-1, token])
            read.append(token)
        scores.append(torch.stack(logs).mean() if mean else sum(logs))
    return torch.stack(scores).double()


@right("10.2")
def with_nll(log_probabilities, prompt, labels, mean=False):
    refuse(prompt, labels)
    nll = torch.nn.functional.nll_loss
    rows = [log_probabilities(torch.tensor([*prompt, *label]))[len(prompt) - 1 :][: len(label)] for label in labels]
    kind = "mean" if mean else "sum"
    return -torch.stack(
        [nll(row, torch.tensor(label), reduction=kind) for row, label in zip(rows, labels, strict=True)]
    )


@wrong("10.2", told="prompt_grows", says="Each label is read after the labels before it")
def prompt_extended(log_probabilities, prompt, labels, mean=False):
    refuse(prompt, labels)
    scores = []
    for label in labels:
        before = len(prompt)
        prompt.extend(label)
        logs = log_probabilities(prompt)[before - 1 : -1].gather(1, torch.tensor(label)[:, None])
        scores.append(logs.mean() if mean else logs.sum())
    return torch.stack(scores)


@wrong("10.2", told="always_the_sum", says="You never divide by the number of tokens")
def mean_left_aside(log_probabilities, prompt, labels, mean=None):
    return told(each_token(log_probabilities, prompt, labels), False)


@wrong("10.2", says="1.44 (1 / the natural logarithm of 2) times what it should be")
def divided_by_log_2(log_probabilities, prompt, labels, mean=False):
    return told(each_token(log_probabilities, prompt, labels), mean) / math.log(2)


@wrong("10.2", says="Every number has the wrong sign.")
def losses(log_probabilities, prompt, labels, mean=False):
    return -told(each_token(log_probabilities, prompt, labels), mean)


@wrong("10.2", says="Your scores have shape ()")
def best_label(log_probabilities, prompt, labels, mean=False):
    return told(each_token(log_probabilities, prompt, labels), mean).argmax()


@wrong("10.2", says="is what token 1 of the label gives")
def first_token_left_out(log_probabilities, prompt, labels, mean=False):
    found = [each[1:] if len(each) > 1 else each for each in each_token(log_probabilities, prompt, labels)]
    return told(found, mean)


@wrong("10.2", says="is what token 0 of the label gives")
def last_token_left_out(log_probabilities, prompt, labels, mean=False):
    found = [each[:-1] if len(each) > 1 else each for each in each_token(log_probabilities, prompt, labels)]
    return told(found, mean)


@wrong("10.2", says="of the label gives; it has")
def worst_token(log_probabilities, prompt, labels, mean=False):
    return torch.stack([each.min() for each in each_token(log_probabilities, prompt, labels)])


@wrong("10.2", says="each after what stands before it")
def probabilities_added_up(log_probabilities, prompt, labels, mean=False):
    found = [each.exp().sum().log() for each in each_token(log_probabilities, prompt, labels)]
    return torch.stack(found)


@wrong("10.2", says="divided by 4; the label has 2 tokens")
def mean_by_the_longest_label(log_probabilities, prompt, labels, mean=False):
    sums = told(each_token(log_probabilities, prompt, labels), False)
    return sums / max(map(len, labels)) if mean else sums


@wrong("10.2", says="divided by 1.41; the label has 2 tokens")
def mean_by_the_root_of_the_length(log_probabilities, prompt, labels, mean=False):
    sums = told(each_token(log_probabilities, prompt, labels), False)
    return sums / torch.tensor([len(each) ** 0.5 for each in labels]) if mean else sums


@wrong("10.2", says="each after what stands before it")
def label_before_the_prompt(log_probabilities, prompt, labels, mean=False):
    refuse(prompt, labels)
    found = []
    for label in labels:
        rows = log_probabilities([*label, *prompt])[: len(label)]
        found.append(rows[torch.arange(len(label)), label])
    return told(found, mean)


@wrong("10.2", says="each after what stands before it")
def label_turned_round(log_probabilities, prompt, labels, mean=False):
    return told(each_token(log_probabilities, prompt, [label[::-1] for label in labels]), mean)


@wrong("10.2", says="each after what stands before it")
def rounded(log_probabilities, prompt, labels, mean=False):
    return told(each_token(log_probabilities, prompt, labels), mean).round(decimals=1)


@wrong("10.2", says="without tokens raises ValueError.")
def a_label_without_tokens_gets_0(log_probabilities, prompt, labels, mean=False):
    if not prompt:
        raise ValueError("no prompt")
    found = [each_token(log_probabilities, prompt, [label])[0] if label else torch.zeros(1) for label in labels]
    return told(found, mean)


@wrong("10.2", says="without tokens raises ValueError.")
def labels_without_tokens_left_out(log_probabilities, prompt, labels, mean=False):
    return told(each_token(log_probabilities, prompt, [label for label in labels if label]), mean)


@wrong("10.2", says="without tokens raises ValueError.")
def no_look_at_the_prompt(log_probabilities, prompt, labels, mean=False):
    if not all(labels):
        raise ValueError("a label without tokens")
    return told(each_token(log_probabilities, prompt or [0], labels), mean)


@wrong("10.2", says="Your scores have shape (1, 1)")
def a_list_for_each_label(log_probabilities, prompt, labels, mean=False):
    return [each.tolist() for each in each_token(log_probabilities, prompt, labels)]


@wrong("10.2", says="changed its input labels")
def labels_emptied(log_probabilities, prompt, labels, mean=False):
    scores = told(each_token(log_probabilities, prompt, labels), mean)
    for label in labels:
        label.clear()
    return scores
