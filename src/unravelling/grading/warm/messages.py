"""What goes to a kernel's supervisor and comes back from it: what the kernel may use, and what its end looked like."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class KernelBounds:
    """What a kernel and all its processes may use together. CPU first: a busy machine must not fail anybody.

    cpu: seconds for each exercise. wall: seconds, a far bound for what only sleeps. memory: bytes, beyond those shared
    with the warm process. disk: bytes in the folders it may write to. 0: no bound.
    """

    cpu: float = 0
    wall: float = 0
    memory: int = 0
    disk: int = 0


@dataclass(frozen=True)
class KernelEnd:
    """How a kernel ended. exit: its exit code, below 0 that of a signal. reason: the bound that it passed (cpu, memory,
    disk, processes, wall), "supervisor" where that was lost, "" where it ended by itself. cpu: seconds that it and all
    its processes used. peak: bytes of memory."""

    exit: int
    reason: str = ""
    cpu: float = 0.0
    peak: int = 0
