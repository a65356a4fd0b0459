"""quiz, as a learner calls it in a notebook. It runs to its end by itself: no cell waits for an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unravelling.learning import progress, quizzes

from .shown import show_page, show_sentence

if TYPE_CHECKING:
    from unravelling.notebook.choice import Choice


def quiz(module: str) -> None:
    """Show the questions of a module: quiz("04"). Each option says why; the first choice of each question is kept."""
    try:
        questions = quizzes.load(module)
    except quizzes.QuizError as unknown:
        show_sentence(str(unknown))
        return
    lines = []
    for number, question in enumerate(questions, start=1):
        lines += [f"{number}. {question.text}", *(f"   ( ) {option.text}" for option in question.options)]
    show_page("quiz", "\n".join(lines), quiz_widget(questions), questions=questions)


def quiz_widget(questions: list[quizzes.Question]) -> Choice:
    """The live quiz: keeps the first choice of each question in the learner's progress."""
    from unravelling.notebook.choice import Choice

    def status() -> str:
        known = progress.read().answers
        answered = [known[question.id] for question in questions if question.id in known]
        if not answered:
            return "Choose an answer to see why it is right or not. By keyboard: arrows move, Space chooses."
        rest = len(questions) - len(answered)
        return f"{sum(answered)} of {len(questions)} right at the first try" + (f", {rest} to go." if rest else ".")

    def chosen(change: Any) -> None:
        known = progress.read().answers
        for question in questions:
            index = change["new"].get(question.id)
            if question.id not in known and isinstance(index, int) and 0 <= index < len(question.options):
                progress.record("answer", question.id, right=question.options[index].right)
        widget.status = status()

    asked = [
        {"id": q.id, "text": q.text, "options": [{"text": o.text, "right": o.right, "why": o.why} for o in q.options]}
        for q in questions
    ]
    widget = Choice(questions=asked, numbered=len(asked) > 1, status=status())
    widget.observe(chosen, names="answers")
    return widget
