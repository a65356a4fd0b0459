"""What each cell of a notebook came to: written while it runs, one line of JSON a cell, and read when it is over."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from unravelling import json_lines

from .results import PASSED


@dataclass
class CellRecord:
    """One cell. exercise, role: its mark, empty for a cell of ours. status: one of those in results.py.

    message: what is to be said of it. error: the name of what it raised, whose text `message` is then. misconception,
    points: of a check that did not pass. ended: why the kernel ended (kernel_watchdog.KernelEnded.reason). before: the
    kernel had ended before this cell was run. seconds: how long it took by the clock.
    """

    exercise: str = ""
    role: str = ""
    status: str = PASSED
    message: str = ""
    error: str = ""
    misconception: str = ""
    points: int = 0
    ended: str = ""
    before: bool = False
    seconds: float = 0.0

    @property
    def raised(self) -> str:
        """What the cell raised, in a line; empty if it ran, was stopped, or was judged without raising anything."""
        return f"{self.error}: {self.message}" if self.error else ""

    def write(self, file: Path) -> None:
        """Add it to a file."""
        json_lines.append(file, json.dumps(asdict(self)))


def read_records(file: Path) -> list[CellRecord]:
    """What was written to a file so far, without a line that was cut off; nothing where there is no file."""
    return [CellRecord(**each) for each in json_lines.read(file)]
