"""A class on one static page: scores, how exercises went, the commonest misconceptions. No script, no other host."""

from __future__ import annotations

from collections.abc import Sequence

from unravelling.grading.results import PASSED, NotebookResult
from unravelling.grading.sandbox import WALLS
from unravelling.html_templates import render

from .class_summary import exercise_rows
from .student_report import WORDS


def page(
    results: Sequence[NotebookResult],
    absent: Sequence[tuple[str, str]],
    walls: dict[str, str],
    aside: Sequence[str] = (),
    due: str = "",
) -> str:
    """The page, as HTML. Whatever learners wrote is escaped. due: the moment after which a notebook is late."""
    text = render(
        "grading/reports/class_page.html",
        results=results,
        students=len({each.student for each in results}),
        late=sum(each.late for each in results),
        due=due,
        exercises=exercise_rows(results),
        scores=[(each, [text for text in (each.problem, *_lost(each), *each.notes) if text]) for each in results],
        absent=absent,
        aside=aside,
        walls={WALLS[wall]: why for wall, why in walls.items()},
    )
    return text + "\n"


def _lost(result: NotebookResult) -> list[str]:
    """What did not pass, by what became of it: "04.2, 04.5 not yet"."""
    by: dict[str, list[str]] = {}
    for part in result.parts:
        if part.status != PASSED:
            by.setdefault(part.status, []).append(part.exercise)
    return [f"{', '.join(exercises)} {WORDS[status]}" for status, exercises in by.items()]
