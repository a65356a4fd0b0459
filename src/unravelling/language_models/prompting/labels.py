"""A task of labels: which label is likelier after the prompt, what the prompt itself prefers, and how to take it out.

scores = label_scores(decoder, arrow(shown), ["A dull film."], ("negative", "positive"))     # (1, 2)
free = label_scores(decoder, arrow(shown), CONTENT_FREE, ("negative", "positive"))           # (3, 2)
calibrated(scores, free)                                                                     # rows sum to 1
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from unravelling.language_models.continuations import continuation_log_probabilities
from unravelling.language_models.prompting.model_answers import first_tokens
from unravelling.language_models.prompting.prompts import arrow, asked
from unravelling.language_models.prompting.tasks import Pair, PromptError, Task

# What says nothing, as in Zhao et al., 2021. They used "N/A", "[MASK]" and the empty string.
CONTENT_FREE = ("N/A", "[MASK]", "")


def label_scores(decoder: Any, prefix: str, texts: Sequence[str], labels: Sequence[str], whole: bool = False) -> Tensor:
    """(N, L): for each text the log-probability of each label after the arrow, in nats.

    By the first token of each label, which is enough where they begin differently and costs one reading of the text.
    whole: the log-probability of all tokens of the label and of the line's end after it, for labels that share a
    beginning. Raises PromptError for labels that cannot be told apart.
    """
    named = [f" {label.strip()}" for label in labels]
    if len(set(named)) < 2 or len(set(named)) < len(named):
        raise PromptError(f"Give at least two labels, all different, not {', '.join(labels) or 'none'}.")
    if not texts:
        raise PromptError("There is no text to be given a label: give at least one.")
    lines = [asked(text) for text in texts]
    if whole:
        pairs = [(line, f"{label}\n") for line in lines for label in named]
        sums = [sum(logs) for logs in continuation_log_probabilities(decoder, prefix, pairs)]
        return torch.tensor(sums).view(len(lines), len(named))
    tokens = [decoder.tokenizer(label, add_special_tokens=False)["input_ids"][0] for label in named]
    for i, token in enumerate(tokens):
        if token in tokens[:i]:
            one, other = labels[tokens.index(token)], labels[i]
            raise PromptError(
                f"'{one}' and '{other}' share their first token, {decoder.tokenizer.decode([token])!r}: choose labels "
                "that begin differently, or score them with whole=True."
            )
    return first_tokens(decoder, prefix, lines, tokens)


def calibrated(scores: Tensor, content_free: Tensor) -> Tensor:
    """(N, L): probabilities of the labels with the prompt's own preference taken out.

    scores: (N, L), content_free: (M, L), both log-probabilities; the latter for texts that say nothing. The shares of
    the labels are divided by those they get where nothing is said, on average, and brought back to the sum of 1: a
    content-free text comes out even. Source: Zhao et al., 2021, arXiv:2102.09690, without their second softmax.
    """
    shares = scores.softmax(-1) / content_free.softmax(-1).mean(0)
    return shares / shares.sum(-1, keepdim=True)


@dataclass(frozen=True)
class Verdicts:
    """What a prompt makes of a task's test. labels: (L,). truth: (N,) their numbers. scores: (N, L), raw, in nats.

    free: (M, L), those of the content-free texts. shown: the demonstrations.
    """

    shown: tuple[Pair, ...]
    labels: tuple[str, ...]
    truth: Tensor
    scores: Tensor
    free: Tensor

    def chosen(self, calibrate: bool = False) -> Tensor:
        """(N,): the number of the likeliest label."""
        return (calibrated(self.scores, self.free) if calibrate else self.scores).argmax(-1)

    def right(self, calibrate: bool = False) -> Tensor:
        """(N,): whether it is the right one."""
        return self.chosen(calibrate) == self.truth

    def share_of(self, label: str, calibrate: bool = False) -> float:
        """How often a label is chosen."""
        return (self.chosen(calibrate) == self.labels.index(label)).float().mean().item()


def verdicts(
    decoder: Any, task: Task, demonstrations: Sequence[Pair], content_free: Sequence[str] = CONTENT_FREE
) -> Verdicts:
    """Score each item of the test, and the texts that say nothing, behind these demonstrations.

    Raises PromptError for a task without labels or without demonstrations: what zero shots prefer is no label.
    """
    if not task.labels:
        raise PromptError(f"'{task.name}' has a different answer to each question: take a task of a few labels.")
    if not demonstrations:
        raise PromptError("There is no demonstration, so the model cannot know the labels: show at least one.")
    prefix = arrow(demonstrations)
    texts = [text for text, _ in task.test]
    both = label_scores(decoder, prefix, [*texts, *content_free], task.labels)
    truth = torch.tensor([task.labels.index(answer) for _, answer in task.test])
    return Verdicts(tuple(demonstrations), task.labels, truth, both[: len(texts)], both[len(texts) :])


def in_order(task: Task, pattern: str) -> tuple[Pair, ...]:
    """Demonstrations with labels in this order, each named by its first letter: "PPN" takes two positive, one negative.

    Always the first ones of the pool with that label, so that orders of the same letters show the same pairs. Raises
    PromptError for a letter that no label begins with, or more than the pool has.
    """
    by_letter = {label[0].upper(): [pair for pair in task.pool if pair[1] == label] for label in task.labels}
    if not task.labels or len(by_letter) < len(task.labels):
        raise PromptError(f"The labels of '{task.name}' cannot be told apart by their first letters.")
    left = {letter: list(pairs) for letter, pairs in by_letter.items()}
    found = []
    for letter in pattern.upper():
        if not left.get(letter):
            known = ", ".join(f"{len(pairs)} {letter}" for letter, pairs in by_letter.items())
            raise PromptError(f"There is no demonstration left for '{letter}' in {pattern!r}: the pool has {known}.")
        found.append(left[letter].pop(0))
    return tuple(found)


def flipped(demonstrations: Sequence[Pair], task: Task, count: int) -> tuple[Pair, ...]:
    """The same with the labels of the last `count` of them exchanged for another (the next in the alphabet)."""
    if not task.labels:
        raise PromptError(f"'{task.name}' has no labels to flip: take a task of a few labels.")
    first = len(demonstrations) - count
    following = dict(zip(task.labels, task.labels[1:] + task.labels[:1], strict=True))
    return tuple((text, following[label] if i >= first else label) for i, (text, label) in enumerate(demonstrations))
