"""What an answer leaves open must not take from the next exercise: a kernel may hold 512 files and sockets in all.

A check opens what it needs beyond that number, which the answer has for itself. When it is over and much is open, the
files that nobody closed are closed. What cannot be closed from here, such as sockets, is counted and told.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import stat
from collections.abc import Iterator

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]  # mypy knows no module that may be None

FEW = 128  # a kernel that no answer has used holds about half as many
_FILES = (
    io.TextIOWrapper,
    io.BufferedRandom,
    io.BufferedWriter,
    io.BufferedReader,
    io.FileIO,
)  # a file before its parts


@contextlib.contextmanager
def some_more() -> Iterator[None]:
    """Let this process open as much as it may at all, for as long as this lasts."""
    if resource is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS takes no number without end
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def tidy() -> int:
    """Close the files that are open if there are many. Returns how much is open then if it is more than half of what
    may be, else 0, as where that is not known."""
    with some_more():
        if len(_open()) > FEW:
            _close_files()
        if len(_open()) > FEW:
            for each in _open():
                with contextlib.suppress(OSError):
                    if each > 2 and stat.S_IFMT(os.fstat(each).st_mode) in (stat.S_IFREG, stat.S_IFDIR, stat.S_IFCHR):
                        os.close(each)
        left = len(_open())
    return left if resource is not None and left > resource.getrlimit(resource.RLIMIT_NOFILE)[0] / 2 else 0


def _close_files() -> None:
    """Those that Python knows of, by their own `close`: what they hold is written, and no number is closed twice."""
    gc.collect()
    there = gc.get_objects()
    for kind in _FILES:
        for each in there:
            if type(each) is kind:
                with contextlib.suppress(Exception):
                    if kind.fileno(each) > 2:
                        kind.close(each)


def _open() -> list[int]:
    """The numbers of what is open; none where the system does not list them."""
    try:
        return [int(each) for each in os.listdir("/dev/fd")]
    except OSError:
        return []
