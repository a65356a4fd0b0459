"""What is written of a graded class: for programs (CSV, JUnit, Gradescope, GitHub) and for people (Markdown, a page).

Everything here is made from `results.Graded` alone. What learners wrote is never trusted as HTML or Markdown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from unravelling.grading.results import Graded, write_whole

from . import classpage, machine, student
from .summary import annotations, markdown

__all__ = ["annotations", "markdown", "student_text", "write"]


def write(
    folder: Path,
    results: Sequence[Graded],
    absent: Iterable[tuple[str, str]],
    walls: dict[str, str],
    aside: Sequence[str] = (),
) -> None:
    """Write every report of a class into `folder`, each whole or not at all. aside: as submissions.Handed tells it."""
    results = sorted(results, key=lambda each: (each.student, each.module))
    absent = list(absent)
    write_whole(folder / "scores.csv", machine.csv_text(results, absent))
    write_whole(folder / "junit.xml", machine.junit(results))
    write_whole(folder / "class.html", classpage.page(results, absent, walls, aside))
    write_whole(folder / "summary.md", markdown(results, absent, walls, aside))
    for each in results:
        place = folder / "students" / safe(each.student)
        write_whole(place / f"{safe(each.module or 'unknown')}.md", student.markdown(each))


def student_text(graded: Graded) -> str:
    """The report of one notebook, as Markdown."""
    return student.markdown(graded)


def safe(name: str) -> str:
    """A name as the name of a file: no separators, nothing that climbs."""
    kept = "".join(each if each.isalnum() or each in "-_ .@+" else "_" for each in name).strip(" .")
    return kept or "_"
