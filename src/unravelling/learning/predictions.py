"""Guesses before an answer is known, and the sentence that sets one beside what was measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass
class Prediction:
    """A question, and the guess, if there is one: one of `options`, or a number from `low` to `high` in `unit`."""

    question: str
    options: tuple[str, ...] = ()
    low: float = 0
    high: float = 0
    unit: str = ""
    guess: str | float | None = None

    def choices(self) -> str:
        """What there is to choose from, in a line."""
        if self.options:
            return (", " if all("," not in option for option in self.options) else "; ").join(self.options)
        return f"a number from {_with(self.low, self.unit)} to {_with(self.high, self.unit)}"

    def step(self) -> float:
        """How far apart the numbers are that can be chosen."""
        if isinstance(self.low, int) and isinstance(self.high, int) and self.high - self.low >= 10:
            return 1
        least = (self.high - self.low) / 100
        power = 10.0 ** math.floor(math.log10(least))
        # 1, 2 or 5 of a power of ten, so that round numbers can be chosen
        return float(f"{next(each * power for each in (1, 2, 5, 10) if each * power > 0.999 * least):.0e}")


predictions: dict[str, Prediction] = {}  # of this session, by key


def ask(key: str, question: str, options: Sequence[str] | None, low: Any, high: Any, unit: str) -> Prediction:
    """Ask for a guess; asked again with the same choices, the guess stays. Raises ValueError as `predict` says."""
    if options is not None:
        texts = tuple(str(option) for option in options)
        if len(texts) < 2 or len(set(texts)) < len(texts):
            raise ValueError(f"predict needs at least two options, all different, not {list(texts)}.")
        asked = Prediction(question, texts)
    elif low is None or high is None or not low < high:
        raise ValueError("predict needs either options=[...] or low= and high= with low below high.")
    else:
        asked = Prediction(question, (), low, high, unit)
    before = predictions.get(key)
    if before is not None and (before.options, before.low, before.high) == (asked.options, asked.low, asked.high):
        asked.guess = before.guess
    predictions[key] = asked
    return asked


def compare(key: str, answer: Any, measured: bool = True) -> str:
    """The sentence that sets a guess beside the answer, which may not have been measured; None: it was not decided.

    Raises ValueError if the answer does not fit.
    """
    asked = predictions.get(key) or Prediction("")
    is_ = "Measured" if measured else "Answer"
    if answer is None:
        guessed = "No guess this time." if asked.guess is None else f"You guessed {_with(asked.guess, asked.unit)}."
        return f"{guessed} Not decided here."
    if asked.options:
        answer = str(answer)
        if answer not in asked.options:
            raise ValueError(f"'{answer}' is not one of the options of this prediction: {asked.choices()}.")
        if asked.guess is None:
            return f"No guess this time. {is_}: {answer}."
        return f"You guessed {asked.guess}. {is_}: {answer}." + (" You were right." if asked.guess == answer else "")
    try:
        value = float(answer)
    except (TypeError, ValueError) as error:
        if asked.question:
            raise ValueError(f"This prediction asks for a number, and the answer given is {answer!r}.") from error
        return f"No guess this time. {is_}: {answer}."
    if asked.guess is None:
        return f"No guess this time. {is_}: {_with(value, asked.unit)}."
    off = float(asked.guess) - value
    start = f"You guessed {_with(asked.guess, asked.unit)}. {is_}: {_with(value, asked.unit)}."
    if off == 0:
        return f"{start} You were right."
    if abs(off) <= asked.step() / 2:
        return f"{start} As near as the slider goes."
    if asked.unit == "times":  # "3 times too low" would be a factor
        both = f"{_with(asked.guess, '')} against {_with(value, '')}"
        return f"{start} Your guess was too {'high' if off > 0 else 'low'}: {both}."
    unit = "percentage points" if asked.unit == "%" else asked.unit
    return f"{start} Your guess was {_with(abs(off), unit)} too {'high' if off > 0 else 'low'}."


def _with(value: Any, unit: str) -> str:
    if isinstance(value, str):
        return value
    number = f"{float(value):,.4g}" if abs(float(value)) < 10_000 else f"{float(value):,.0f}"
    number = number.replace("-", "−")
    if unit.endswith("s") and abs(float(value)) == 1:
        unit = unit[:-1]  # 1 step
    return f"{number}{unit}" if unit == "%" else f"{number} {unit}".strip()
