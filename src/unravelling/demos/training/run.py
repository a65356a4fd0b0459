"""A training run: what is kept of it, and the loop that lets it go on for a while. No widgets here."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from unravelling.language_models.training import Diverged, Step

MEAN_OF = 20  # a single batch's loss jumps about: what is told is the mean of so many steps
HALVINGS = 6  # samples are taken after 1/64, 1/32, ... of the time, since most happens at the beginning


class Moment(NamedTuple):
    """A moment of a run: steps made, seconds trained, what the model then wrote ("" if it cannot), tokens read."""

    step: int
    seconds: float
    text: str
    tokens: int = 0


@dataclass(repr=False)
class Run:
    """What a training run did. Times are in seconds of training: samples and drawing are not counted.

    losses: one a step, in nats per token. at: the seconds after each step. tokens: those read, with repetition.
    ended: "time", "stopped" (the button), "interrupted", "diverged" or "finished" (no step was left); "" while it runs,
    and "waiting" before it was begun.
    sentence: why it ended. limit: the seconds it had. guessing: the loss of a blind guess, in nats.
    weights: N, the parameters that take part in each step's sums; None if unknown. unit: what the tokens are.
    """

    limit: float
    guessing: float
    unit: str = "tokens"
    weights: int | None = None
    losses: list[float] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    tokens: int = 0
    seconds: float = 0.0
    moments: list[Moment] = field(default_factory=list)
    ended: str = ""
    sentence: str = ""
    undone: int = 0  # steps taken back, since they led out of all bounds

    def __repr__(self) -> str:
        steps = f"{len(self.losses):,} step" + ("" if len(self.losses) == 1 else "s")
        return f"<a run of {steps} in {duration(self.seconds)}, loss {self.loss:.2f} nats. {self.sentence}>"

    @property
    def flops(self) -> float | None:
        """About how many additions and multiplications it took, by 6 N D; see `language_models.training.flops`."""
        return self.flops_for(self.tokens)

    def flops_for(self, tokens: int) -> float | None:
        """The same for so many tokens."""
        return None if self.weights is None else 6.0 * self.weights * tokens

    def loss_at(self, step: int) -> float:
        """Mean loss of the last `MEAN_OF` steps up to `step`, in nats; at step 0, that of the model before any."""
        if not self.losses:
            return math.nan
        last = self.losses[max(0, step - MEAN_OF) : step] or self.losses[:1]
        return sum(last) / len(last)

    @property
    def loss(self) -> float:
        """Mean loss of the last steps, in nats per token."""
        return self.loss_at(len(self.losses))


def follow(
    run: Run,
    steps: Iterable[Step],
    *,
    asked: Callable[[], str] = lambda: "",
    sample: Callable[[], str] | None = None,
    seen: Callable[[], None] = lambda: None,
    every: int | None = None,
) -> None:
    """Take steps until the seconds are over, none is left, it is asked to stop, or the loss has left all bounds.

    Fills in `run`. asked: "" to go on, or the word for how it ended; it is asked between two steps only. sample: what
    the model writes now; called at a few moments, the first before any step, or, with `every`, after each so many
    steps. seen: called after each step.
    """

    def remember() -> None:
        step = len(run.losses) - run.undone
        run.moments.append(Moment(step, run.seconds, sample() if sample else "", run.tokens))

    due = [] if every else [run.limit / 2**half for half in range(1, HALVINGS + 1)]
    iterator = iter(steps)
    remember()
    try:
        while not run.ended:
            run.ended = asked() or ("time" if run.seconds >= run.limit else "")
            if not run.ended:
                _one(run, iterator)
                seen()
            if not run.ended and due and run.seconds >= due[-1]:
                while due and run.seconds >= due[-1]:
                    due.pop()
                remember()
            elif not run.ended and every and len(run.losses) % every == 0:
                remember()
    finally:
        if hasattr(iterator, "close"):
            iterator.close()
    if run.moments[-1].step < len(run.losses) - run.undone:
        remember()
    run.sentence = run.sentence or _why(run)


def _one(run: Run, iterator: Any) -> None:
    """One step, or the reason why there is none."""
    begun = time.perf_counter()
    try:
        step = next(iterator)
    except StopIteration:
        run.ended = "finished"
        return
    except Diverged as problem:
        run.ended, run.sentence, run.undone = "diverged", str(problem), min(1, len(run.losses))
        return
    spent = time.perf_counter() - begun
    # Before its first step a loop makes its optimiser, for which torch imports for seconds: that is no training.
    run.seconds += spent if run.losses else min(spent, step.seconds or spent)
    if not math.isfinite(step.loss):
        run.ended = "diverged"
        run.sentence = (
            f"The loss was no longer a number at step {len(run.losses) + 1}: make a new model and take a smaller "
            "learning rate."
        )
        return
    run.losses.append(float(step.loss))
    run.at.append(run.seconds)
    run.tokens = int(step.tokens)


def _why(run: Run) -> str:
    spent, limit = duration(run.seconds), duration(run.limit)
    return {
        "time": f"It stopped when its {limit} {'was' if limit == '1 second' else 'were'} up.",
        "stopped": f"You stopped it after {spent}, between two steps.",
        "interrupted": f"It was interrupted after {spent}; the step at hand was finished first.",
        "finished": f"It finished all its steps in {spent}." if run.losses else "There was no step to make.",
    }[run.ended]


def duration(seconds: float) -> str:
    """Seconds in words, with one decimal where they are few and not whole: "15 seconds", "2.5 seconds"."""
    number = round(seconds, 1 if seconds < 10 else 0)
    return f"{number:g} second" + ("" if number == 1 else "s")


def large(number: float, unit: str = "") -> str:
    """A number with two or three significant digits and a prefix before its unit: "1.8 TFLOP", "356 kB"."""
    for power, prefix in ((15, "P"), (12, "T"), (9, "G"), (6, "M"), (3, "k")):
        if number >= 10**power:
            value = number / 10**power
            return f"{value:.2g} {prefix}{unit}" if value < 99.5 else f"{value:.0f} {prefix}{unit}"
    return f"{number:.0f} {unit}".rstrip()
