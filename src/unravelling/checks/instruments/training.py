"""What the probes of training loops and their pasted cells share: small models, what there is to learn for them, a
recorder of what a model sees and of what comes back to it, and the form that losses must have. Like `probing`, it knows
no reference and no exercise, and a sandbox may read it."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import torch
from torch import Tensor, nn


class Table(nn.Module):
    """Scores for V tokens at each place, looked up by the token that is seen there: it remembers nothing, and what it
    should learn in a step can be worked out. All scores are multiplied by `scale`, and so are the gradients."""

    def __init__(self, V: int, scale: float = 1.0) -> None:
        super().__init__()
        self.scale = scale
        self.table = nn.Parameter(torch.arange(V * V, dtype=torch.float64).sin().view(V, V) / 10)
        self.bias = nn.Parameter(torch.arange(V, dtype=torch.float64).cos() / 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * (self.table[x] + self.bias)

    def reset_parameters(self) -> None:
        """As torch's own layers have it: nobody should call it."""
        nn.init.zeros_(self.table)


class Lstm(nn.Module):
    """Scores for the next of V tokens from a small LSTM, whose numbers are the same each time that it is made."""

    def __init__(self, V: int) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(0)
            self.embedding = nn.Embedding(V, 16)
            self.lstm = nn.LSTM(16, 16, batch_first=True)
            self.output = nn.Linear(16, V)

    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.lstm(self.embedding(x))[0])


def numbered_texts(rows: int, words: int) -> Tensor:
    """(rows, words + 2): texts between start 0 and end 1, each of words that are in no other. 2 is the mask."""
    inner = torch.arange(3, 3 + rows * words).view(rows, words)
    return torch.cat([torch.zeros(rows, 1), inner, torch.ones(rows, 1)], dim=1).long()


class Recorder:
    """Writes down every call of a model: `seen`, what it was given; `logits`, what it gave; `back`, the gradient that
    came back to these (zeros where none does); `modes`, whether it was in training mode; `parameters`, those that it
    had, in one row. With `aloud` it prints the first rows of what is seen, too, and in which mode."""

    def __init__(self, model: nn.Module, aloud: bool = False) -> None:
        self.model, self.aloud = model, aloud
        self.seen: list[Tensor] = []
        self.logits: list[Tensor] = []
        self.back: list[Tensor] = []
        self.modes: list[bool] = []
        self.parameters: list[Tensor] = []
        self._at_first = self._now()
        model.register_forward_hook(lambda _, given, logits: self._note(given[0], logits))

    def _now(self) -> Tensor:
        return torch.cat([each.detach().flatten().clone() for each in self.model.parameters()])

    def _note(self, x: Tensor, logits: Tensor) -> None:
        call = len(self.seen)
        self.seen.append(x.clone())
        self.logits.append(logits.detach().clone())
        self.back.append(torch.zeros_like(logits))
        self.modes.append(self.model.training)
        self.parameters.append(self._now())
        if logits.requires_grad:
            logits.register_hook(lambda gradient: self.back.__setitem__(call, gradient.clone()))
        if self.aloud:
            more = " ..." if len(x) > 4 else ""
            print(f"training: {self.model.training}  the model sees {x[:4].tolist()}{more}")

    def began_as_given(self) -> bool:
        """Whether the model came to its first call with the parameters that it had; to the end, if there was none."""
        return torch.equal(self._at_first, [*self.parameters, self._now()][0])

    def stacked(self) -> dict[str, Tensor]:
        """The notes of n calls, each as one tensor, (n, ...); `parameters` has a row more, those that the model has
        now. All are empty where there was no call."""
        if not self.seen:
            return {name: torch.zeros(0) for name in ("logits", "back", "parameters")} | {"seen": torch.zeros(0).long()}
        return {
            "seen": torch.stack(self.seen).long(),
            "logits": torch.stack(self.logits),
            "back": torch.stack(self.back),
            "parameters": torch.stack([*self.parameters, self._now()]),
        }


def _counted(n: int, thing: str) -> str:
    return f"{n} {thing}" + ("" if n == 1 else "es" if thing.endswith("s") else "s")


def check_losses(losses: Any, steps: int, of_tensors: str) -> None:
    """AssertionError unless losses are a list of floats, one for each step. of_tensors: what is said of tensors."""
    what = "nothing (None)" if losses is None else f"a value of type {type(losses).__name__}"
    assert isinstance(losses, (list, tuple)), f"Your function returned {what}, not a list of losses."
    there = f"in {_counted(steps, 'step')} there should be {steps}."
    assert len(losses) == steps, f"Your list has {_counted(len(losses), 'loss')}; {there}"
    assert not any(isinstance(each, Tensor) for each in losses), of_tensors
    other = next((type(each).__name__ for each in losses if not isinstance(each, Real)), "")
    assert not other, f"Your losses are not all floats: one is of type {other}."


def check_calls(notes: Recorder, steps: int, axes: Mapping[str, int], enough: str) -> None:
    """AssertionError unless a model was called once a step, on tensors with these axes. enough: why once is enough."""
    shapes = [tuple(each.shape) for each in notes.seen]
    often = f"In {_counted(steps, 'step')} the model is called {_counted(len(shapes), 'time')}"
    assert len(shapes) == steps, f"{often}; {enough}"
    names, want = ", ".join(axes), tuple(axes.values())
    wrong = next((each for each in shapes if each != want), None)
    assert wrong is None, f"The model gets a tensor of shape {wrong}, not ({names}) = {want}."
