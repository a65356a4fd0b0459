"""By which rule a training changed a model's numbers, told from the gradients that came back to it.

03.5 and 07.6 accept any way of writing the loop, so their checks watch from inside the model, which is the table of
`instruments/training.py`. From the gradients at its logits and the parameters before and after each step the rules
below are replayed, and the one that fits is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

# The rules other than "asked", in the order in which they are tried, and what is said where one fits.
STEPS = {
    "not clipped": "The parameters move as they do when the gradients reach Adam unclipped.",
    "nothing": "The parameters are the same before and after: no step changes the model.",
    # before the next, which does the same in a single step
    "left over": "In the first step, what stood in .grad before is still in the sum.",
    "added up": "From the second step on, the gradients of the steps before are still in the sum.",
    "added up, not clipped": "The gradients of earlier steps are still in the sum, and nothing clips it.",
    "clipped to 1": "The parameters move as they do when the gradients are clipped to a norm of 1, not to max_norm.",
    "all shortened": "The parameters move as they do when every gradient is brought to one norm, long or short.",
    "each clipped alone": "The parameters move as they do when the gradient of each is clipped by itself.",
    "clipped by value": "The parameters move as they do when each number of a gradient is cut off at max_norm.",
    "new optimiser": "The parameters move as they do when every step has a new Adam, which remembers nothing.",
    "plain descent": "The parameters move by the learning rate times the gradient: plain descent, not Adam.",
    "own learning rate": "The parameters move as with Adam's own learning rate, 0.001, not with learning_rate.",
    "decay": "The parameters move as with AdamW, which also shrinks all weights a little at each step.",
}
NO_CLIPPING = 1e9
CLOSE = 0.001  # of the learning rate: how near a replayed number must come


def clipped(gradients: list[torch.Tensor], max_norm: float) -> list[torch.Tensor]:
    total = torch.sqrt(sum(((each**2).sum() for each in gradients), torch.zeros(())))
    return [each * max_norm / total if total > max_norm else each for each in gradients]


class Stepper:
    """Changes parameters by one rule: "asked", or a key of STEPS. step(gradients) is one step, from the gradients of
    this step alone."""

    def __init__(
        self, rule: str, parameters: list[torch.nn.Parameter], learning_rate: float, max_norm: float = NO_CLIPPING
    ) -> None:
        self.rule, self.parameters = rule, parameters
        self.learning_rate, self.max_norm = learning_rate, max_norm
        self.gathered = [torch.zeros_like(each) if each.grad is None else each.grad.clone() for each in parameters]
        self.optimiser = self._optimiser()

    def _optimiser(self) -> torch.optim.Optimizer:
        if self.rule == "plain descent":
            return torch.optim.SGD(self.parameters, lr=self.learning_rate)
        if self.rule == "decay":
            return torch.optim.AdamW(self.parameters, lr=self.learning_rate)
        return torch.optim.Adam(self.parameters, lr=1e-3 if self.rule == "own learning rate" else self.learning_rate)

    def step(self, gradients: list[torch.Tensor]) -> None:
        if self.rule == "nothing":
            return
        if self.rule == "new optimiser":
            self.optimiser = self._optimiser()
        for parameter, gradient in zip(self.parameters, self._ready(gradients), strict=True):
            parameter.grad = gradient
        self.optimiser.step()

    def _ready(self, gradients: list[torch.Tensor]) -> list[torch.Tensor]:
        if self.rule.startswith("added up"):  # what an earlier step left is still there
            self.gathered = [old + new for old, new in zip(self.gathered, gradients, strict=True)]
            if self.rule == "added up":
                self.gathered = clipped(self.gathered, self.max_norm)
            return [each.clone() for each in self.gathered]
        if self.rule == "left over":
            gradients = [old + new for old, new in zip(self.gathered, gradients, strict=True)]
            self.gathered = [torch.zeros_like(each) for each in gradients]
        if self.rule == "all shortened":
            return clipped([each * 1e6 for each in gradients], 1.0)
        if self.rule == "clipped to 1":
            return clipped(gradients, 1.0)
        if self.rule == "not clipped":
            return gradients
        if self.rule == "each clipped alone":
            return [clipped([each], self.max_norm)[0] for each in gradients]
        if self.rule == "clipped by value":
            return [each.clamp(-self.max_norm, self.max_norm) for each in gradients]
        return clipped(gradients, self.max_norm)


def asked_for(back: torch.Tensor) -> torch.Tensor:
    """Which token the loss asks for at each place: the one whose score a step would raise; -1 where none."""
    return torch.where(back.amin(-1) < 0, back.argmin(-1), -1)


def rule_of(
    result: dict[str, Any],
    learning_rate: float,
    max_norm: float = NO_CLIPPING,
    rules: Iterable[str] = ("asked", *STEPS),
    scale: float = 1.0,
    left_over: float = 0.0,
) -> str:
    """The first of the rules that leads from the first parameters to all later ones; "" if none does.

    result: `seen` (n, B, T), the tokens of n steps; `back` (n, B, T, V), the gradients that came back to the logits;
    `parameters` (n + 1, V * V + V), those of the table before each step and at the end. scale: that of the table.
    left_over: what stood in .grad before.
    """
    return next((rule for rule in rules if _fits(rule, result, learning_rate, max_norm, scale, left_over)), "")


def _fits(
    rule: str, result: dict[str, Any], learning_rate: float, max_norm: float, scale: float, left_over: float
) -> bool:
    V = result["back"].shape[-1]
    start = result["parameters"][0].clone()
    table, bias = torch.nn.Parameter(start[: V * V].view(V, V)), torch.nn.Parameter(start[V * V :])
    for each in (table, bias):
        each.grad = torch.full_like(each, left_over)
    stepper = Stepper(rule, [table, bias], learning_rate, max_norm)
    for x, gradient, after in zip(result["seen"], result["back"], result["parameters"][1:], strict=True):
        flat = scale * gradient.flatten(0, 1)
        stepper.step([torch.zeros(V, V, dtype=flat.dtype).index_add(0, x.flatten(), flat), flat.sum(0)])
        if not torch.cat([table.detach().flatten(), bias.detach()]).sub(after).abs().max() < CLOSE * learning_rate:
            return False
    return True
