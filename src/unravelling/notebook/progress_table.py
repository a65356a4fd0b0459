"""progress, as a learner calls it in a notebook: a table of what is solved, opened and answered, module by module."""

from __future__ import annotations

from unravelling.learning import progress as kept

from .shown import show_page

_HEAD = ("module", "exercises solved", "hints opened", "quiz, right at the first try", "still to do")


def progress() -> None:
    """Show, module by module, what is solved, how many hints were opened and how the quizzes went."""
    rows = []
    for row in kept.rows():
        quiz_cell = f"{row.right} of {row.asked}" + ("" if row.answered else ", not begun") if row.asked else "no quiz"
        solved = f"{row.solved} of {row.exercises}"
        rows.append((row.module, solved, row.hints, quiz_cell, ", ".join(row.to_do) or "nothing"))
    where = f"Your progress, kept in {kept.path()}" if kept.path() else "Your progress in this session"
    show_page("progress_table", kept.summary(), caption=kept.trouble() or where, head=_HEAD, rows=rows)
