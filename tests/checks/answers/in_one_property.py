"""Wrong answers to several exercises that lack one property of theirs and nothing else."""

from __future__ import annotations

import torch

from tests.checks.answers import wrong
from unravelling.checks import registry

ROTARY = registry.load("04.5").reference


@wrong("03.5", says="which is no run of the text")
def places_within_a_run_shuffled(model, ids, steps, batch, length, learning_rate, max_norm, generator):
    if len(ids) < length + 1:
        raise ValueError("The text is shorter than one run.")
    parameters = list(model.parameters())
    optimiser = torch.optim.Adam(parameters, lr=learning_rate)
    model.train()
    losses, order = [], torch.tensor([0, *range(length - 1, 0, -1)])
    for _ in range(steps):
        starts = torch.randint(len(ids) - length, (batch,), generator=generator)
        runs = ids[starts[:, None] + torch.arange(length + 1)]
        logits = model(runs[:, :-1][:, order])
        loss = torch.nn.functional.cross_entropy(logits.transpose(1, 2), runs[:, 1:][:, order])
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, max_norm)
        optimiser.step()
        losses.append(loss.item())
    model.eval()
    return losses


@wrong("03.5", says="should be below 0.4")
def begins_anew_after_ten_steps(model, ids, steps, *rest):
    reference, losses = registry.load("03.5").reference, []
    kept = [each.detach().clone() for each in model.parameters()]
    for first in range(0, max(steps, 1), 10):
        for each, before in zip(model.parameters(), kept, strict=True):
            each.data.copy_(before)
        losses += reference(model, ids, min(10, steps - first), *rest)
    return losses


@wrong("04.5", says="has length")
def longer_now_and_then(x, positions, base=10000.0):
    return ROTARY(x, positions, base) * (1 + (positions % 3 > 0))[:, None]


@wrong("04.5", says="at position")
def back_and_forth(x, positions, base=10000.0):
    return ROTARY(x, positions * (-1) ** positions, base)
