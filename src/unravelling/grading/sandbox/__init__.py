"""Walls round a process that runs somebody else's code: files, network, other processes, memory, environment.

`enter` puts the calling process behind them, for good; `standing` tries each wall in a child and says which stand. No
Docker and no root: Landlock (files, signals), seccomp (network, system calls), resource limits, and, where the grader
is root, a user of its own. Linux only; elsewhere every wall is reported as missing.
"""

from .confinement import Limits, bound_memory, counted_alone, enter
from .selftest import WALLS, standing
from .system_calls import MissingWall

__all__ = ["WALLS", "Limits", "MissingWall", "bound_memory", "counted_alone", "enter", "standing"]
