"""A file of one JSON object a line, only ever added to: progress and the scoreboard are kept so.

Each line is appended in one write, so two notebooks at once do not lose each other's work; a line that was cut short or
damaged is passed over.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def append(file: Path, line: str) -> None:
    """Add a line to the file, making it and its folder if need be. Raises OSError where that cannot be done."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        torn = False
        if os.fstat(descriptor).st_size:
            # A line cut short by a crash must not swallow this one.
            os.lseek(descriptor, -1, os.SEEK_END)
            torn = os.read(descriptor, 1) != b"\n"
        # One write of one line: the system appends it whole, also with other notebooks writing.
        os.write(descriptor, ("\n" * torn + line + "\n").encode())
    finally:
        os.close(descriptor)


def read(file: Path | None) -> list[dict[str, Any]]:
    """The objects of all whole lines, in order; [] where there is no file or it cannot be read."""
    try:
        lines = file.read_bytes().splitlines() if file is not None else []
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):  # torn, or not even UTF-8
            continue
        if isinstance(value, dict):
            found.append(value)
    return found
