"""The training loop of 03.5 with one thing changed, so that each wrong answer shows its one difference and no more."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from ...optimizer_replay import Stepper
from .diagnosis import LOSSES

QUICK = 20  # steps


def train(
    model: nn.Module,
    ids: torch.Tensor,
    steps: int,
    batch: int,
    length: int,
    learning_rate: float,
    max_norm: float,
    generator: torch.Generator,
    *,
    targets: str = "next",
    loss: str = "mean",
    rule: str = "asked",
    draws: str = "anew",
    learning_mode: bool = True,
    left_in_eval: bool = True,
    refuses: int = 1,
    note: Any = torch.Tensor.item,
) -> list[Any]:
    """As 03.5 asks for, as long as no keyword is given.

    targets: "next", "same" or "previous". loss: a name in LOSSES. rule: "asked", or a name in STEPS. draws: "anew",
    "once" (before the loop), "one place" (all rows alike), "neighbours" (of one place), "without the last" place,
    "beyond the end", "seeded anew" (in each step) or "elsewhere" (another generator).
    refuses: texts of fewer than length + this many characters.
    """
    if steps > QUICK:  # the longer cases tell no two mistakes apart, and a card should not wait for twenty trainings
        return [0.0] * steps
    if len(ids) < length + refuses:
        raise ValueError("The text is too short.")
    parameters = list(model.parameters())
    stepper = Stepper(rule, parameters, learning_rate, max_norm)
    model.train(learning_mode)
    losses, first = [], None
    for _ in range(steps):
        starts = (
            first
            if draws == "once" and first is not None
            else _starts(draws, len(ids) - length, length, batch, generator)
        )
        first = starts
        runs = ids[starts[:, None] + torch.arange(length + 1)]  # (batch, length + 1)
        x = runs[:, 1:] if targets == "previous" else runs[:, :-1]
        y = {"next": runs[:, 1:], "same": runs[:, :-1], "previous": runs[:, :-1]}[targets]
        value = LOSSES[loss](model(x), y)
        stepper.step(list(torch.autograd.grad(value, parameters)))
        losses.append(note(value.detach()))
    model.train(not left_in_eval)
    return losses


def _starts(draws: str, places: int, length: int, batch: int, generator: torch.Generator) -> torch.Tensor:
    if draws == "one place":
        return torch.randint(places, (1,), generator=generator).expand(batch)
    if draws == "neighbours":
        return (torch.randint(places, (1,), generator=generator) + torch.arange(batch)) % places
    if draws == "seeded anew":
        generator.manual_seed(0)
    if draws == "without the last":
        return torch.randint(places - 1, (batch,), generator=generator)
    if draws == "beyond the end":
        return torch.randint(places + length, (batch,), generator=generator)
    return torch.randint(places, (batch,), generator=None if draws == "elsewhere" else generator)
