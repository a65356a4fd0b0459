"""Measurements that no model made, for demos that only show what was measured."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import torch

from unravelling.demos.few_shot_prompting import Order, Shots
from unravelling.demos.measuring_bias import Mitigation
from unravelling.language_models import bias, prompting, reversal_task
from unravelling.language_models.bias import Mitigated
from unravelling.language_models.prompting import Curve, Measured, Verdicts

WORDS = ["nurse", "librarian", "teacher", "baker", "lawyer", "chemist", "mechanic", "plumber"]
FIGURES = [bias.labour()[word] for word in WORDS]
TEMPLATES = bias.TEMPLATES[:4]


def gaps() -> torch.Tensor:
    """(8, 4) gaps that go with the labour figures, less so in the last template, and not alike in any two."""
    noise = torch.randn(8, 4, generator=torch.Generator().manual_seed(2))
    return (torch.tensor(FIGURES)[:, None] - 50) / 15 + noise * torch.tensor([0.3, 0.6, 1.0, 3.0])


def row(name: str, gaps: torch.Tensor, stated: float, bits: float) -> Mitigated:
    means = gaps.mean(1)
    return Mitigated(name, gaps, bias.mean(means.abs()), bias.rank_correlation(means, FIGURES), stated, bits)


def mitigation() -> Mitigation:
    plain = row("none", gaps(), 1.0, 4.0)
    others = (row("a sentence", gaps() * 0.6 + 0.2, 0.9, 4.1), row("projection", gaps() * 0.1, 0.5, 4.6))
    return Mitigation(WORDS, [plain, *others])


def measured(draws: int, right: int) -> Measured:
    """40 items, of which the first `right` are right in each draw, one fewer in each further one."""
    table = np.array([[item < right - draw for item in range(40)] for draw in range(draws)])
    return Measured(table, tuple(tuple("yes" if each else "no" for each in row) for row in table))


def curve(name: str, first: int = 4) -> Curve:
    return Curve(prompting.task(name), {0: measured(1, first), 1: measured(3, 20), 4: measured(3, 30)})


def shots() -> Shots:
    random = Curve(prompting.task("antonyms"), {1: measured(3, 6), 4: measured(3, 8)})
    return Shots({"antonyms": curve("antonyms"), "plurals": curve("plurals", 12)}, {"antonyms": random})


def verdicts(name: str, lean: float) -> Verdicts:
    """A prompt that tells the labels apart and leans by `lean` nats towards the second."""
    task = prompting.task("sentiment")
    truth = torch.tensor([task.labels.index(answer) for _, answer in task.test])
    second = (truth * 2.0 - 1) * torch.linspace(0.5, 2, len(truth)) + lean
    scores = torch.stack([torch.zeros_like(second), second], dim=1)
    free = torch.tensor([[0.0, lean]] * 3)
    return Verdicts(prompting.in_order(task, name), task.labels, truth, scores, free)


def order() -> Order:
    return Order({"NPPP": verdicts("NPPP", 3.0), "PPPN": verdicts("PPPN", 0.0)})


def six_words() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, list[str]]:
    """Queries, keys and values (6, 4) of six tokens, and the tokens."""
    q, k, v = torch.randn(3, 6, 4, generator=torch.Generator().manual_seed(4))
    return q, k, v, ["the", "piano", "blocks", "the", "door", "."]


def untrained() -> reversal_task.Reverser:
    torch.manual_seed(0)
    return reversal_task.Reverser()


def pairs() -> dict[str, Counter[str]]:
    """What followed each word of lesson 01's fifteen, and how often."""
    text = "the cat saw the dog and the dog saw the cat and the cat ran"
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for word, following in pairwise(text.split()):
        counted[word][following] += 1
    return counted
