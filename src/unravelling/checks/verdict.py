"""What a check found, as data and as plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .declare import Case, Exercise

PASSED, UNSOLVED, WRONG = "passed", "unsolved", "wrong"  # reports and their files say so too
PASTE = "To see it happen, paste this into a new cell and run it:"


@dataclass(frozen=True)
class Verdict:
    """What a check found. status: PASSED, UNSOLVED or WRONG; the other fields are texts, empty where they do not
    apply; `case` is the failing case and `cell` Python text that shows the failure when it is run; `right`: those of
    several functions that are right by themselves; `waits_for`: the exercise whose cell is to be mended first, since
    the learner's code calls its function; `misconception`: the name of the mistake that `cause` tells of, or several
    with "or" between them; `tried`: on how many inputs it was right; `found`: what was measured of a right answer."""

    status: str
    exercise: Exercise
    symptom: str = ""
    cause: str = ""
    misconception: str = ""
    case: Case | None = None
    cell: str = ""
    asked: str = ""
    came_back: str = ""
    look_at: str = ""
    kind: str = ""
    printed: str = ""
    tried: str = ""
    found: str = ""
    right: tuple[str, ...] = ()
    waits_for: str = ""

    @property
    def passed(self) -> bool:
        return self.status == PASSED

    @property
    def points(self) -> int:
        if self.passed:
            return self.exercise.points
        return sum(each.points for each in self.exercise.shares if each.name in self.right)

    def plain(self) -> str:
        """The verdict for terminals, logs and screen readers."""
        name = f"{self.exercise.id} {self.exercise.title}"
        if self.passed:
            return f"PASS {name}"
        if self.status == UNSOLVED:
            return f"{self.symptom}\n{self.already()}".strip()
        lines = [f"Not yet: {name}", self.symptom]
        lines += [self.cause] if self.cause else []
        for label, text in self.rows():
            lines.append(f"{label}: {text}")
        if self.cell:
            lines += [PASTE, ""]
            lines += ["    " + line if line else "" for line in self.cell.splitlines()]
        return "\n".join(lines)

    def rows(self) -> list[tuple[str, str]]:
        """The labelled lines of the card that are not empty."""
        rows = [("Asked", self.asked), ("Came back", self.came_back), ("Look at", self.look_at), ("Tried", self.tried)]
        rows += [("Your code printed", self.printed.strip()), ("Right already", self._worth())]
        return [(label, text) for label, text in rows if text]

    def already(self) -> str:
        """What is right although the whole is not, in a line; empty if nothing is."""
        return f"Right already: {self._worth()}" if self.right else ""

    def _worth(self) -> str:
        of = self.exercise.points
        return f"{', '.join(self.right)} ({self.points} of {of} points)" if self.right else ""
