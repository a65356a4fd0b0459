"""What grading finds, as plain data: an ExerciseResult for each exercise, a NotebookResult for each notebook."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from unravelling.checks.verdict import PASSED, UNSOLVED, WRONG

__all__ = ["MISSING", "PASSED", "STOPPED", "TAMPERED", "UNSOLVED", "WRONG", "ExerciseResult", "NotebookResult"]

# What an exercise may come to, beside what a check finds.
MISSING, STOPPED, TAMPERED = "missing", "stopped", "tampered"


@dataclass(frozen=True)
class ExerciseResult:
    """One exercise of one notebook. status: one of those above; `reason`: what its author should read. Where an
    exercise asks for several functions, each has points of its own, so that one not passed may have some."""

    exercise: str
    title: str
    points: int
    of: int
    status: str
    reason: str = ""
    misconception: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class NotebookResult:
    """One notebook. `problem`: why it could not be graded at all; `notes`: what was found beside the answers."""

    student: str
    module: str
    file: str
    parts: tuple[ExerciseResult, ...] = ()
    problem: str = ""
    notes: tuple[str, ...] = ()
    cpu: float = 0.0
    late: bool = False
    digest: str = field(default="", compare=False)

    @property
    def points(self) -> int:
        return sum(part.points for part in self.parts)

    @property
    def of(self) -> int:
        return sum(part.of for part in self.parts)

    @property
    def key(self) -> str:
        return f"{self.module}/{self.student}"

    def line(self) -> str:
        """As one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def of_line(cls, text: str) -> NotebookResult:
        """What `line` wrote. Raises ValueError, TypeError or KeyError for anything else."""
        found = json.loads(text)
        parts = tuple(ExerciseResult(**each) for each in found.pop("parts"))
        return cls(parts=parts, notes=tuple(found.pop("notes")), **found)
