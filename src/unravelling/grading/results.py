"""What grading finds, as plain data: an ExerciseResult for each exercise, a NotebookResult for each notebook."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

PASSED, WRONG, UNSOLVED, MISSING, STOPPED, TAMPERED = "passed", "wrong", "unsolved", "missing", "stopped", "tampered"


@dataclass(frozen=True)
class ExerciseResult:
    """One exercise of one notebook. status: one of the names above; `reason`: what its author should read. Where an
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

    def text(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))


def graded(text: str) -> NotebookResult:
    """What `NotebookResult.text` wrote."""
    found = json.loads(text)
    parts = tuple(ExerciseResult(**each) for each in found.pop("parts"))
    return NotebookResult(parts=parts, notes=tuple(found.pop("notes")), **found)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that whoever reads it sees the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:  # a full disk, or the user's Ctrl-C
        os.unlink(name)
        raise
