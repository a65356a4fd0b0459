"""One notebook to grade, and what it may use."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from .rebuilt_notebook import Rebuilt
from .warm.messages import KernelBounds


@dataclass(frozen=True)
class Bounds:
    """What one notebook may use. cpu: seconds of processor time for each exercise, so that one which is slow takes
    nothing from the next. wall: seconds for all of it; 0 stands for ten times `cpu`, and 300 at least. memory: bytes.

    file: bytes of one file. disk: bytes of all it has written and not removed.
    """

    cpu: int = 30
    wall: int = 0
    memory: int = 2 << 30
    file: int = 64 << 20
    disk: int = 256 << 20
    processes: int = 64

    def __post_init__(self) -> None:
        if not self.wall:
            object.__setattr__(self, "wall", max(300, 10 * self.cpu))

    def of_kernel(self) -> KernelBounds:
        """What a kernel's supervisor sees to; the rest is a limit of each process."""
        return KernelBounds(self.cpu, self.wall, self.memory, self.disk)

    def hurried(self) -> Bounds:
        """What a notebook may use when the clock has stopped one of its answers and the others are run again.

        It is half the time by the clock, a minute and twice `cpu` at least: six answers that only wait would otherwise
        take six times as long as one, and others wait behind them.
        """
        return replace(self, wall=min(self.wall, max(60, 2 * self.cpu, self.wall // 2)))


@dataclass(frozen=True)
class Job:
    """One notebook to grade: who, which module, the secret seed of its inputs, the notebook as it is to be run."""

    student: str
    module: str
    seed: int
    file: str
    rebuilt: Rebuilt
    pristine: dict[str, Any] = field(repr=False, compare=False)
    late: bool = False
