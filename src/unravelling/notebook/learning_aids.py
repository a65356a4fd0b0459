"""hint, quiz, predict, reveal and progress, as a learner calls them in a notebook.

Each shows itself at once: live where a kernel runs, static HTML or plain text elsewhere. None of them needs an answer
to go on, so that a notebook runs from top to bottom by itself.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from unravelling.learning import hints, quizzes
from unravelling.learning import progress as kept

if TYPE_CHECKING:
    from unravelling.notebook.choice import Choice

_BOX = (
    "border: 1px solid var(--jp-border-color2, #bbb); border-radius: 6px; padding: 0.5em 1em; margin: 0.25em 0; "
    "max-width: 52em; line-height: 1.5; overflow-wrap: anywhere"
)


@dataclass(frozen=True)
class Shown:
    """Static HTML and its plain twin, with a live widget before them if there is one."""

    html: str
    plain: str
    widget: Choice | None = None

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle, metadata = {"text/html": self.html, "text/plain": self.plain}, {}
        if self.widget is not None:
            live = self.widget._repr_mimebundle_()
            live, metadata = live if isinstance(live, tuple) else (live or {}, {})
            bundle = {**live, **bundle}
        return bundle, metadata


@dataclass
class Prediction:
    """A question asked with `predict`, and the guess, if there is one."""

    question: str
    options: tuple[str, ...] = ()
    low: float = 0
    high: float = 0
    unit: str = ""
    guess: str | float | None = None


predictions: dict[str, Prediction] = {}


def hint(exercise_id: str) -> None:
    """Open the next hint of an exercise, and show those opened before it: hint("04.1"). Run it again for the next."""
    try:
        number, of, _ = hints.next_hint(exercise_id)
    except LookupError as unknown:
        _show(_sentence(str(unknown)))
        return
    after = "Run this cell again for the next one." if number < of else "This was the last one."
    texts = hints.opened(exercise_id)
    plain = "\n".join([f"Hint {n} of {of}: {text}" for n, text in enumerate(texts, start=1)] + [after])
    items = "".join(
        f'<p style="margin: 0.35em 0"><strong>Hint {n} of {of}.</strong> {prose(text)}</p>'
        for n, text in enumerate(texts, start=1)
    )
    name = escape(f"Hints for exercise {exercise_id}", quote=True)
    body = f'{items}<p style="margin: 0.35em 0">{after}</p>'
    _show(Shown(f'<div role="group" aria-label="{name}" style="{_BOX}">{body}</div>', plain))


def quiz(module: str) -> None:
    """Show the questions of a module: quiz("04"). Each option says why; the first choice of each question is kept."""
    try:
        questions = quizzes.load(module)
    except quizzes.QuizError as unknown:
        _show(_sentence(str(unknown)))
        return
    _show(Shown(_quiz_html(questions), _quiz_plain(questions), quiz_widget(questions)))


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
    asked = _asked(question, options, low, high, unit)
    before = predictions.get(key)
    if before is not None and (before.options, before.low, before.high) == (asked.options, asked.low, asked.high):
        asked.guess = before.guess
    predictions[key] = asked
    choices = ", ".join(asked.options) if asked.options else f"a number from {_with(low, unit)} to {_with(high, unit)}"
    items = "".join(f"<li>{prose(option)}</li>" for option in asked.options)
    body = f"<ul>{items}</ul>" if items else f"<p>Guess {escape(choices)}.</p>"
    shown = f'<div style="{_BOX}"><p><strong>Your guess first.</strong> {prose(question)}</p>{body}</div>'
    _show(Shown(shown, f"Your guess first. {question}\nChoose: {choices}.", prediction_widget(key, asked)))


def reveal(key: str, answer: Any, note: str = "") -> None:
    """Show what was measured beside the guess made in `predict(key, ...)`, if there was one.

    answer: one of the options, or a number. note: a sentence to add. Raises ValueError if it is neither.
    """
    asked = predictions.get(key) or Prediction("")
    sentence = compare(asked, answer)
    end = f" {prose(note)}" if note else ""
    html = f'<div style="{_BOX}"><p style="margin: 0.35em 0"><strong>{escape(sentence)}</strong>{end}</p></div>'
    _show(Shown(html, f"{sentence} {note}".strip()))


def progress() -> None:
    """Show, module by module, what is solved, how many hints were opened and how the quizzes went."""
    head = ("module", "exercises solved", "hints opened", "quiz, right at the first try", "still to do")
    cells = []
    for row in kept.rows():
        quiz_cell = f"{row.right} of {row.asked}" + ("" if row.answered else ", not begun") if row.asked else "no quiz"
        solved = f"{row.solved} of {row.exercises}"
        cells.append((row.module, solved, str(row.hints), quiz_cell, ", ".join(row.to_do) or "nothing"))
    left = 'style="text-align: left; padding: 0.25em 0.9em"'
    top = "".join(f'<th scope="col" {left}>{name}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row" {left}>{first}</th>{"".join(f"<td {left}>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in cells
    )
    caption = f'<caption style="text-align: left; padding: 0.25em 0; color: inherit">{escape(_where())}</caption>'
    _show(Shown(f"<table>{caption}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>", kept.summary()))


def compare(asked: Prediction, answer: Any) -> str:
    """The sentence that sets a guess beside what was measured. Raises ValueError if the answer does not fit."""
    if asked.options:
        answer = str(answer)
        if answer not in asked.options:
            raise ValueError(f"'{answer}' is not one of the options of this prediction: {', '.join(asked.options)}.")
        if asked.guess is None:
            return f"No guess this time. Measured: {answer}."
        return f"You guessed {asked.guess}. Measured: {answer}." + (" You were right." if asked.guess == answer else "")
    try:
        value = float(answer)
    except (TypeError, ValueError) as error:
        if asked.question:
            raise ValueError(f"This prediction asks for a number, and the answer given is {answer!r}.") from error
        return f"No guess this time. Measured: {answer}."
    if asked.guess is None:
        return f"No guess this time. Measured: {_with(value, asked.unit)}."
    off = float(asked.guess) - value
    start = f"You guessed {_with(asked.guess, asked.unit)}. Measured: {_with(value, asked.unit)}."
    if abs(off) < (asked.high - asked.low) / 200:
        return f"{start} As near as the slider goes."
    unit = "percentage points" if asked.unit == "%" else asked.unit
    return f"{start} Your guess was {_with(abs(off), unit)} too {'high' if off > 0 else 'low'}."


def quiz_widget(questions: list[quizzes.Question]) -> Choice:
    """The live quiz: keeps the first choice of each question in the learner's progress."""
    from unravelling.notebook.choice import Choice

    def status() -> str:
        known = kept.read().answers
        answered = [known[question.id] for question in questions if question.id in known]
        if not answered:
            return "Choose an answer to see why it is right or not. By keyboard: arrows move, Space chooses."
        rest = len(questions) - len(answered)
        return f"{sum(answered)} of {len(questions)} right at the first try" + (f", {rest} to go." if rest else ".")

    def chosen(change: Any) -> None:
        known = kept.read().answers
        for question in questions:
            index = change["new"].get(question.id)
            if question.id not in known and isinstance(index, int) and 0 <= index < len(question.options):
                kept.record("answer", question.id, right=question.options[index].right)
        widget.status = status()

    asked = [
        {"id": q.id, "text": q.text, "options": [{"text": o.text, "right": o.right, "why": o.why} for o in q.options]}
        for q in questions
    ]
    widget = Choice(questions=asked, numbered=len(asked) > 1, status=status())
    widget.observe(chosen, names="answers")
    return widget


def prediction_widget(key: str, asked: Prediction) -> Choice:
    """The live form of one prediction; each choice replaces the guess."""
    from unravelling.notebook.choice import Choice

    question: dict[str, Any] = {"id": key, "text": asked.question}
    if asked.options:
        question["options"] = [{"text": option} for option in asked.options]
    else:
        question |= {"low": asked.low, "high": asked.high, "unit": asked.unit, "step": _step(asked.low, asked.high)}
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


def prose(text: str) -> str:
    """Text for HTML: escaped, with what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(str(text)))


def _asked(question: str, options: Sequence[str] | None, low: Any, high: Any, unit: str) -> Prediction:
    if options is not None:
        texts = tuple(str(option) for option in options)
        if len(texts) < 2 or len(set(texts)) < len(texts):
            raise ValueError(f"predict needs at least two options, all different, not {list(texts)}.")
        return Prediction(question, texts)
    if low is None or high is None or not low < high:
        raise ValueError("predict needs either options=[...] or low= and high= with low below high.")
    return Prediction(question, (), low, high, unit)


def _step(low: float, high: float) -> float:
    if isinstance(low, int) and isinstance(high, int) and high - low >= 10:
        return 1
    rough = (high - low) / 100
    return float(f"{rough:.0e}")


def _with(value: Any, unit: str) -> str:
    number = f"{float(value):,.4g}" if abs(float(value)) < 10_000 else f"{float(value):,.0f}"
    return f"{number}{unit}" if unit == "%" else f"{number} {unit}".strip()


def _where() -> str:
    return kept.trouble() or (
        f"Your progress, kept in {kept.path()}" if kept.path() else "Your progress in this session"
    )


def _quiz_html(questions: list[quizzes.Question]) -> str:
    items = ""
    for question in questions:
        options = "".join(f"<li>{prose(option.text)}</li>" for option in question.options)
        items += f"<li><p><strong>{prose(question.text)}</strong></p><ul>{options}</ul></li>"
    return f'<div style="{_BOX}"><p>A quiz. Run this cell to answer it.</p><ol>{items}</ol></div>'


def _quiz_plain(questions: list[quizzes.Question]) -> str:
    lines = []
    for number, question in enumerate(questions, start=1):
        lines += [f"{number}. {question.text}", *(f"   ( ) {option.text}" for option in question.options)]
    return "\n".join(lines)


def _sentence(text: str) -> Shown:
    return Shown(f'<div style="{_BOX}"><p>{escape(text)}</p></div>', text)


def _show(shown: Shown) -> None:
    """Show in a notebook, or print where there is none."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        print(shown.plain)
        return
    from IPython.display import display

    display(shown)
