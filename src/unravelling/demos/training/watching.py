"""Follow a training for so many seconds, with or without a view, and notice what should be told of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

from unravelling.demos.training.live import Training
from unravelling.demos.training.run import Run, follow
from unravelling.demos.training.stop_button import interrupts_asked
from unravelling.language_models import training
from unravelling.language_models.training import Step

SAMPLE = 100  # characters that a model writes at a moment
ALREADY = 0.8  # a first loss below this share of guessing is that of a model that has learned something
BEGINNING = "The "  # given to it, since a barely trained LSTM does not find into words from nothing
UNMOVED = " No parameter has moved, so nothing was learnt: is the learning rate 0, or the optimiser's step missing?"


def train(
    model: Any,
    text: str,
    seconds: float = 15,
    learning_rate: float = 3e-3,
    batch: int = 32,
    length: int = 64,
    seed: int = 0,
    show: bool = True,
) -> Run:
    """Train a CharacterNetwork on a text for so many seconds, in sight, and return what happened.

    It ends earlier when Stop or the notebook's interrupt button is pressed, or when the loss leaves all bounds; the
    model is usable and in eval mode however it ended. batch, length, learning_rate, seed: see
    `language_models.training.steps`, which raises ValueError for what cannot be used. show: draw it.
    """
    steps = training.steps(model, text, batch=batch, length=length, learning_rate=learning_rate, seed=seed)
    title = f"{model.kind} of {sum(each.numel() for each in model.parameters()):,} parameters"
    return watch(steps, seconds, math.log(len(model.alphabet)), title, model, show=show)


def watch(
    steps: Iterable[Step],
    seconds: float,
    guessing: float,
    title: str = "Training",
    model: nn.Module | None = None,
    sample: Callable[[], str] | None = None,
    show: bool = True,
    view: Training | None = None,
    every: int | None = None,
) -> Run:
    """Follow any training for so many seconds and return what happened.

    steps: yields a `training.Step` after each whole step, such as a generator with your own loop. guessing: the loss
    of a blind guess, in nats per token. model: what is trained; with it, the cost in FLOPs is told, weights that do not
    move are noticed, and it is left in eval mode. sample: what the model writes now, by default a hundred characters
    if it has a method `sample` as CharacterNetwork has. view: one that stands on the page already; it takes the run.
    every: the steps from one sample to the next; without it most are taken at the beginning. Raises ValueError for
    seconds that are no positive number.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < math.inf:
        raise ValueError(f"seconds must be a number above 0, not {seconds!r}.")
    if not 0 < guessing < math.inf:
        raise ValueError(f"guessing must be the loss of a blind guess, a number above 0, not {guessing!r}.")
    run = Run(float(seconds), float(guessing))
    before = []
    if model is not None:
        run.unit = "characters" if hasattr(model, "alphabet") else "tokens"
        run.weights = round(training.flops(model, 1) / 6)
        before = [each.detach().clone() for each in model.parameters() if each.requires_grad]
        if sample is None and (write := getattr(model, "sample", None)) is not None:
            sample = lambda: BEGINNING + write(BEGINNING, SAMPLE, torch.Generator().manual_seed(0))  # noqa: E731
    on_page = view is not None
    if view is not None:
        view.take(run, title)
    elif show:
        view = Training(run, title)
    with interrupts_asked() as interrupted:  # showing takes its time too, and should end in no traceback either

        def asked() -> str:
            return "interrupted" if interrupted.is_set() else "stopped" if view and view.button.asked.is_set() else ""

        seen = view.follow if view else lambda: None
        try:
            if view and not on_page:
                view.show()
            follow(run, steps, asked=asked, sample=sample and _aside(model, sample), seen=seen, every=every)
            if model is not None and run.losses and before and not _moved(before, model):
                run.sentence += UNMOVED
            if model is not None and run.losses and run.losses[0] < ALREADY * guessing:
                run.sentence += f" Its first loss was {run.losses[0]:.2f} already: the model had been trained before."
        finally:
            if model is not None:
                model.eval()
            if view:
                run.ended, run.sentence = run.ended or "interrupted", run.sentence or "It broke off with an error."
                view.finish()
    return run


def _aside(model: nn.Module | None, sample: Callable[[], str]) -> Callable[[], str]:
    """`sample` with the model in eval mode and no gradients, and the model afterwards as it was."""

    def write() -> str:
        was = model is not None and model.training
        if model is not None:
            model.eval()
        try:
            with torch.no_grad():
                return str(sample())
        finally:
            if model is not None:
                model.train(was)

    return write


def _moved(before: list[torch.Tensor], model: nn.Module) -> bool:
    now = [each for each in model.parameters() if each.requires_grad]
    return any(not torch.equal(old, new) for old, new in zip(before, now, strict=True))
