"""The training of 07.6 with one thing changed, so that each wrong answer shows its one difference and no more."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from ...optimizer_replay import Stepper
from ..mask_tokens.variants import mask_by
from ..mlm_loss import mean_over, surprise


def read(
    model: nn.Module,
    texts: torch.Tensor,
    steps: int,
    batch: int,
    p: float,
    learning_rate: float,
    generator: torch.Generator,
    special: torch.Tensor,
    mask_id: int,
    V: int,
    *,
    sees: str = "masked",
    asks: str = "chosen",
    masks: str = "anew",
    rows: str = "anew",
    rule: str = "asked",
    share: float | None = None,
    learning_mode: bool = True,
    left_in_eval: bool = True,
    note: Any = torch.Tensor.item,
) -> list[Any]:
    """As 07.6 asks for, as long as no keyword is given.

    sees: the model is given the "masked" text, or the "original". asks: for the "chosen" places, for "all", or for what
    stands in the "masked" text. masks: "anew" in each step, "once" for all texts, "elsewhere" (not from the generator).
    rows: "anew", "once", "one" for all rows, "in order", "elsewhere". rule: "asked", or a name in STEPS. share: chosen
    in place of p.
    """
    parameters = list(model.parameters())
    stepper = Stepper(rule, parameters, learning_rate)
    given = (p if share is None else share, None if masks == "elsewhere" else generator, special, mask_id, V)
    once = mask_by(texts, *given) if masks == "once" else None
    model.train(learning_mode)
    losses, which = [], None
    for step in range(steps):
        if which is None or rows != "once":
            which = torch.randint(len(texts), (batch,), generator=None if rows == "elsewhere" else generator)
        if rows == "one":
            which = which[:1].expand(batch)
        if rows == "in order":
            which = torch.arange(step * batch, (step + 1) * batch) % len(texts)
        original = texts[which]
        masked, labels = (each[which] for each in once) if once else mask_by(original, *given)
        logits = model(original if sees == "original" else masked)
        answers = {"chosen": labels, "all": original, "masked": torch.where(labels == -100, labels, masked)}[asks]
        loss = mean_over(surprise(logits, answers), answers != -100)
        stepper.step(list(torch.autograd.grad(loss, parameters)))
        losses.append(note(loss.detach()))
    model.train(not left_in_eval)
    return losses
