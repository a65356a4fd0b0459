"""What a command costs, with everything that it starts: read off the whole machine, which must be idle otherwise."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Used:
    """Seconds on the clock, seconds of processor time, bytes of memory at the peak, and what the command said."""

    wall: float
    cpu: float
    peak: int
    said: str
    code: int


def measured(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None, most: float = 3600
) -> Used:
    """Run a command and measure the machine meanwhile."""
    free, stop = _free(), threading.Event()
    lowest = [free]

    def watch() -> None:
        while not stop.wait(0.2):
            lowest[0] = min(lowest[0], _free())

    watching = threading.Thread(target=watch)
    busy, begun = _busy(), time.monotonic()
    watching.start()
    try:
        ran = subprocess.run(
            command, cwd=folder, env={**os.environ, **(environment or {})}, capture_output=True, text=True, timeout=most
        )
    finally:
        stop.set()
        watching.join()
    wall = time.monotonic() - begun
    return Used(wall, _busy() - busy, free - lowest[0], ran.stdout + ran.stderr, ran.returncode)


def _busy() -> float:
    """Seconds that all cores together have worked."""
    user, nice, system, _idle, _wait, interrupts, soft, *_ = map(int, Path("/proc/stat").read_text().split()[1:11])
    return (user + nice + system + interrupts + soft) / os.sysconf("SC_CLK_TCK")


def _free() -> int:
    lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    return int(lines["MemAvailable"].split()[0]) * 1024
