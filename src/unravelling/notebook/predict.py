"""predict and reveal, as a learner calls them in a notebook. It runs to its end by itself: none waits for a guess."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from unravelling.learning import predictions
from unravelling.learning.predictions import Prediction

from .shown import show_page

if TYPE_CHECKING:
    from unravelling.notebook.choice import Choice


def predict(
    key: str,
    question: str,
    options: Sequence[str] | None = None,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
) -> None:
    """Ask for a guess before the answer is known: one of `options`, or a number from `low` to `high` in `unit`.

    The last choice counts; `reveal(key, answer)` compares. Raises ValueError if neither options nor low and high fit.
    """
    asked = predictions.ask(key, question, options, low, high, unit)
    plain = f"Your guess first. {question}\nChoose: {asked.choices()}."
    show_page("prediction", plain, prediction_widget(key, asked), asked=asked)


def reveal(key: str, answer: Any, note: str = "", measured: bool = True) -> None:
    """Show what was measured beside the guess made in `predict(key, ...)`, if there was one.

    answer: one of the options, or a number; None where this run does not decide it, which `note` should explain.
    note: a sentence to add. measured: False where the answer was worked out or looked up, not measured here. Raises
    ValueError if the answer is none of these.
    """
    sentence = predictions.compare(key, answer, measured)
    show_page("measured", f"{sentence} {note}".strip(), sentence=sentence, note=note)


def prediction_widget(key: str, asked: Prediction) -> Choice:
    """The live form of one prediction; each choice replaces the guess."""
    from unravelling.notebook.choice import Choice

    question: dict[str, Any] = {"id": key, "text": asked.question}
    if asked.options:
        question["options"] = [{"text": option} for option in asked.options]
    else:
        question |= {"low": asked.low, "high": asked.high, "unit": asked.unit, "step": asked.step()}
    answers: dict[str, Any] = {}
    if asked.guess is not None:
        answers[key] = asked.options.index(str(asked.guess)) if asked.options else asked.guess
    widget = Choice(
        questions=[question], answers=answers, kept="Your guess is kept. Run on to see; you may still change it."
    )

    def chosen(change: Any) -> None:
        value = change["new"].get(key)
        if value is not None:
            asked.guess = asked.options[int(value)] if asked.options else float(value)

    widget.observe(chosen, names="answers")
    return widget
