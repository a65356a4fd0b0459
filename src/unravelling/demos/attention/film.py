"""A head while it learns: its weights and its loss after each step of a training run that the learner made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor

from unravelling.demos.attention.arguments import as_tensor
from unravelling.demos.attention.weights_and_masks import word_room
from unravelling.demos.base import Demo, Scene, Slider, Values


class Frame(NamedTuple):
    """weights (T, T) and loss (nats) at a step, before parameters move; mean weight from a token to the one before."""

    weights: Tensor
    loss: float
    to_previous: float


class Film(Demo):
    """Move through a training run, one training step after the other.

    weights: one (T, T) table a step, T at least 2; a list of them or a tensor (steps, T, T).
    losses: one number a step, in nats. guessing: the loss of a blind guess. It opens at the last step.
    """

    title = "A head learns"
    step = Slider("training step", 0, 1, wide=520)

    def __init__(self, weights: Sequence[Tensor], losses: Sequence[float], guessing: float) -> None:
        tables, losses = list(weights), [float(loss) for loss in losses]
        if not tables or len(tables) != len(losses):
            raise ValueError(f"Film needs one table and one loss a step, not {len(tables)} and {len(losses)}.")
        if not all(math.isfinite(loss) for loss in losses):
            raise ValueError("The loss is not a number: the run broke. Try a smaller learning rate.")
        stack = as_tensor(tables, "The weights")
        if stack.ndim != 3 or stack.shape[1] != stack.shape[2] or stack.shape[1] < 2:
            raise ValueError(
                f"Film needs tables of shape (T, T) with T of at least 2, not {tuple(stack.shape[1:])}: with a single "
                "token there is nobody to look at."
            )
        super().__init__()
        self.weights, self.losses, self.guessing = stack, losses, float(guessing)
        self.set_range("step", 0, len(losses) - 1, value=len(losses) - 1)

    def compute(self, v: Values) -> Frame:
        weights = self.weights[v.step]
        return Frame(weights, self.losses[v.step], weights.diagonal(offset=-1).mean().item())

    def draw(self, v: Values, data: Frame) -> Scene:
        names = [str(place) for place in range(len(data.weights))]
        room, side = word_room(names), 290
        scene = Scene(height=side + room + 50)
        scene.text(room + 8, 12, "down: who asks; across: who is seen", role="muted")
        scene.heat(
            room + 8, room + 24, side, side, data.weights, rows=names, columns=names, label="weights", title=False
        )
        top = max(self.guessing, *self.losses) * 1.08
        axes = scene.axes(
            430, room + 24, 290, side - 40, (0, max(len(self.losses) - 1, 1)), (0, top), "training step", "loss (nats)"
        )
        axes.plot([0, len(self.losses) - 1], [self.guessing] * 2, role="muted", dash=True)
        scene.text(720, axes.y(self.guessing) - 10, "guessing", role="muted", align="right")
        axes.plot(range(len(self.losses)), self.losses, role="output")
        axes.points([v.step], [data.loss], role="output", r=7)
        return scene

    def describe(self, v: Values, data: Frame) -> str:
        return (
            f"At training step {v.step}, a token gives the one before it {data.to_previous:.0%} of its attention on "
            "average; "
            f"the loss is {data.loss:.2f} nats, and guessing gives {self.guessing:.2f}."
        )
