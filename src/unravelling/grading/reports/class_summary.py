"""A class in a few lines: the summary of a GitHub job, its annotations, and the counts that the page shows too."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from unravelling.grading.results import PASSED, UNSOLVED, NotebookResult

from .student_report import plain

MOST_ANNOTATIONS = 10  # GitHub shows no more of a kind for one step


@dataclass(frozen=True)
class ExerciseRow:
    """How a class did on one exercise."""

    exercise: str
    title: str
    tried: int
    passed: int
    of: int
    misconceptions: tuple[tuple[str, int], ...]
    seconds: float

    def commonest(self) -> list[str]:
        """The commonest mistakes, each with how often it was seen."""
        return [f"{name.replace('_', ' ')} ({count})" for name, count in self.misconceptions]


def exercise_rows(results: Sequence[NotebookResult]) -> list[ExerciseRow]:
    """One for each exercise, in order."""
    by: dict[str, list] = {}
    for each in results:
        for part in each.parts:
            by.setdefault(part.exercise, []).append(part)
    found = []
    for exercise, parts in sorted(by.items()):
        named = Counter(part.misconception for part in parts if part.misconception)
        times = sorted(part.seconds for part in parts)
        found.append(
            ExerciseRow(
                exercise=exercise,
                title=parts[0].title,
                tried=sum(part.status != UNSOLVED for part in parts),
                passed=sum(part.status == PASSED for part in parts),
                of=len(parts),
                misconceptions=tuple(named.most_common(3)),
                seconds=times[len(times) // 2],
            )
        )
    return found


def markdown(
    results: Sequence[NotebookResult],
    absent: Sequence[tuple[str, str]],
    walls: dict[str, str],
    aside: Sequence[str] = (),
    due: str = "",
) -> str:
    """The summary of a class, as GitHub shows it below a job."""
    students = len({each.student for each in results})
    late = f" Due by {due}." if due else ""
    lines = ["# Grading", "", f"{len(results)} notebooks of {students} students.{late}", ""]
    lines += ["| student | module | points | |", "|---|---|---:|---|"]
    for each in results:
        said = each.problem or ("; ".join(each.notes[:2]) if each.notes else "")
        late = "late. " if each.late else ""
        lines.append(
            f"| {plain(each.student)} | {plain(each.module)} | {each.points} of {each.of} | {late}{plain(said)} |"
        )
    lines += [f"| {plain(student)} | {module} | | not handed in |" for student, module in absent]
    lines += ["", "Left aside:", "", *(f"- {plain(each)}" for each in aside)] if aside else []
    lines += ["", "| exercise | passed | tried | commonest mistakes |", "|---|---:|---:|---|"]
    for row in exercise_rows(results):
        named = ", ".join(map(plain, row.commonest()))
        lines.append(f"| {row.exercise} {plain(row.title)} | {row.passed} of {row.of} | {row.tried} | {named} |")
    missing = [wall for wall, why in walls.items() if why]
    stood = "All walls stood." if not missing else f"Walls that did not stand: {', '.join(missing)}."
    return "\n".join([*lines, "", stood, ""])


def workflow_commands(results: Sequence[NotebookResult], place: Path) -> list[str]:
    """GitHub workflow commands: a warning for each notebook that lost points, as many as GitHub shows.

    place: the folder of submissions, which GitHub wants named from the folder of the job's repository.
    """
    workspace = os.environ.get("GITHUB_WORKSPACE") or os.curdir
    found = []
    for each in results:
        lost = [part.exercise for part in each.parts if part.status != PASSED]
        if lost or each.problem:
            text = each.problem or f"{each.points} of {each.of} points; not yet: {', '.join(lost)}"
            title = f"{each.student} {each.module}"
            file = Path(os.path.relpath(place / each.file, workspace)).as_posix()
            found.append(f"::warning file={_property(file)},title={_property(title)}::{_data(text)}")
    return found[:MOST_ANNOTATIONS]


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
