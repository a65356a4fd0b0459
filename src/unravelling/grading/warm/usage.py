"""What a kernel's processes use together: processor time, memory, and what they have stored."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path

LEAST = 16 << 10  # bytes that a file or folder counts for, however small: their number costs too
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
# A line of /proc/N/maps: memory that a process shares with its children, whichever of them has filled it.
_SHARED = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) ...s [0-9a-f]+ (\S+ \d+) +/dev/zero \(deleted\)$", re.MULTILINE)
_ANONYMOUS = re.compile(r"^RssAnon:\s+(\d+) kB$", re.MULTILINE)


def family() -> list[int]:
    """The processes that descend from this one."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                text = Path("/proc", entry, "stat").read_text(errors="replace")
                parents[int(entry)] = int(text.rpartition(")")[2].split()[1])
    found, more = [], [os.getpid()]
    while more:
        above = more.pop()
        children = [each for each, parent in parents.items() if parent == above]
        found += children
        more += children
    return found


def ended(process: int) -> bool:
    """Whether a process runs no more, though its parent has not asked for its end yet."""
    try:
        return Path("/proc", str(process), "stat").read_text(errors="replace").rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def cpu_and_memory(processes: Iterable[int]) -> tuple[float, int]:
    """CPU seconds of some processes and of the children they have waited for; bytes that no file backs."""
    cpu, memory = 0.0, 0
    shared: dict[str, int] = {}
    for each in processes:
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = Path("/proc", str(each), "stat").read_text(errors="replace").rpartition(")")[2].split()
            cpu += sum(map(int, fields[11:15])) / _TICKS
            memory += sum(map(int, _ANONYMOUS.findall(Path("/proc", str(each), "status").read_text()))) << 10
            for begin, end, inode in _SHARED.findall(Path("/proc", str(each), "maps").read_text(errors="replace")):
                shared[inode] = max(shared.get(inode, 0), int(end, 16) - int(begin, 16))
    return cpu, memory + sum(shared.values())


def stored(folders: Iterable[str], processes: Iterable[int], most: int) -> int:
    """Bytes in some folders, and in files without a name that processes still hold. Beyond `most` it stops counting.

    A folder that lets nobody look, or lies deeper than a path is long, counts as too much.
    """
    found, waiting = _nameless(processes), list(folders)
    while waiting and found <= most:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    with contextlib.suppress(FileNotFoundError):  # it went meanwhile
                        found += max(entry.stat(follow_symlinks=False).st_blocks * 512, LEAST)
                    if found > most:
                        break
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            return most + 1
    return found


def _nameless(processes: Iterable[int]) -> int:
    sizes = {}
    for each in processes:
        with contextlib.suppress(OSError):
            for name in os.listdir(f"/proc/{each}/fd"):
                with contextlib.suppress(OSError):
                    file = os.stat(f"/proc/{each}/fd/{name}")
                    if stat.S_ISREG(file.st_mode) and not file.st_nlink:
                        sizes[file.st_dev, file.st_ino] = max(file.st_blocks * 512, LEAST)
    return sum(sizes.values())
