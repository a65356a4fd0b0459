"""What a kernel's processes use together: processor time, memory, and what they have stored.

What cannot be seen counts as the largest it can be: a file or a piece of shared memory that is kept by one page of it
alone, what waits in a socket or a pipe.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

LEAST = 16 << 10  # bytes that a file or folder counts for, however small: their number costs too
TOO_MUCH = 1 << 62  # more than anybody is allowed
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
# Bytes, not text: a process chooses its name, and to text a carriage return in it would begin a line.
# A line of /proc/N/maps whose file has no name any more: memory that a process shares with its children is called
# /dev/zero there, whichever of them has filled it.
_NAMELESS = re.compile(rb"^([0-9a-f]+)-([0-9a-f]+) ...([sp]) [0-9a-f]+ \S+ (\d+) +(/.*) \(deleted\)$", re.MULTILINE)
# Of /proc/N/status: what no file backs, in memory or swapped out, and the tables that say where it lies.
_ANONYMOUS = re.compile(rb"^(?:RssAnon|VmSwap|VmPTE|HugetlbPages):\s+(\d+) kB$", re.MULTILINE)
_PROPORTIONAL = re.compile(rb"^(?:Pss_Anon|SwapPss):\s+(\d+) kB$", re.MULTILINE)
_PIPE = 16 * (os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096)  # sixteen pages; nobody gets more
_WHOLE = 64 << 10  # bytes by which a socket may go beyond its bound


@dataclass
class Use:
    """CPU seconds, with those of the children they have waited for; bytes of memory that no file backs, where a page
    that forks share counts for each; bytes of other memory, and of files that have no name any more."""

    cpu: float = 0.0
    anonymous: int = 0
    other: int = 0
    nameless: int = 0

    @property
    def memory(self) -> int:
        return self.anonymous + self.other


def family() -> list[int]:
    """The processes that descend from this one."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                parents[int(entry)] = int(_fields(f"/proc/{entry}")[1])
    found, more = [], [os.getpid()]
    while more:
        above = more.pop()
        children = [each for each, parent in parents.items() if parent == above]
        found += children
        more += children
    return found


def ended(process: int) -> bool:
    """Whether no thread of a process runs any more, though its parent may not have asked for its end yet."""
    return not any(map(_runs, _threads(process)))


def cpu(processes: Iterable[int]) -> float:
    """CPU seconds of some processes, and of the children they have waited for."""
    total = 0.0
    for each in processes:
        with contextlib.suppress(OSError, ValueError, IndexError):
            total += sum(map(int, _fields(f"/proc/{each}")[11:15])) / _TICKS
    return total


def tasks(processes: Iterable[int]) -> int:
    """How many threads some processes have together, with those that have ended and nobody has asked for."""
    return sum(len(_threads(each)) for each in processes)


def use(processes: Sequence[int], own: Sequence[str] = (), closed: int = TOO_MUCH, unseen: int = 0) -> Use:
    """What some processes use.

    own: the folders they may write to. closed: bytes that a living process counts for which does not let us look.
    unseen: bytes that a file without a name, or shared memory, counts for at least where it is only mapped.
    """
    found = Use(cpu(processes))
    shared: dict[bytes, int] = {}
    mapped: set[int] = set()
    opened: dict[tuple[int, int], int] = {}
    waiting: dict[tuple[int, int], int] = {}
    for each in processes:
        threads = _threads(each)
        for thread in threads:
            if (private := _anonymous(thread)) is None:
                continue
            found.anonymous += private
            try:
                _map(Path(thread, "maps").read_bytes(), own, shared, mapped)
            except PermissionError:
                found.other += 0 if _anonymous(thread) is None else closed
            except OSError:  # it has ended meanwhile
                pass
            break  # the others have the same memory
        for thread in threads:  # each may have opened files of its own
            try:
                for file in _opened(thread):
                    if stat.S_ISREG(file.st_mode) and not file.st_nlink:
                        opened[file.st_dev, file.st_ino] = max(file.st_blocks * 512, LEAST)
                    elif stat.S_ISSOCK(file.st_mode):
                        waiting[file.st_dev, file.st_ino] = _socket()
                    elif stat.S_ISFIFO(file.st_mode):
                        waiting[file.st_dev, file.st_ino] = _PIPE
            except PermissionError:  # so it is too when a thread is about to end, but then it has no memory any more
                found.nameless += 0 if _anonymous(thread) is None else closed
            except OSError:
                continue
    found.other += sum(max(each, unseen) for each in shared.values()) + sum(waiting.values())
    found.nameless += sum(opened.values()) + unseen * len(mapped - {number for _, number in opened})
    return found


def _map(text: bytes, own: Sequence[str], shared: dict[bytes, int], mapped: set[int]) -> None:
    """Add what a process maps: to `shared` the bytes of each nameless memory, to `mapped` the files of its folders."""
    folders = tuple(os.fsencode(each) + b"/" for each in own)
    here: dict[bytes, int] = {}
    for begin, end, kind, number, name in _NAMELESS.findall(text):
        if name == b"/dev/zero" and kind == b"s":
            here[number] = here.get(number, 0) + int(end, 16) - int(begin, 16)
        elif name.startswith(folders):
            mapped.add(int(number))
    for number, size in here.items():
        shared[number] = max(shared.get(number, 0), size)


def exact_memory(processes: Iterable[int]) -> int | None:
    """Bytes that no file backs, where each page that several processes share is divided among them all.

    So the forks of a large process count for what they have changed. It takes some milliseconds for each process.
    None where the kernel does not tell (before Linux 5.4), or a process does not.
    """
    total = 0
    for each in processes:
        try:
            found = _PROPORTIONAL.findall(Path(f"/proc/{each}/smaps_rollup").read_bytes())
        except (ProcessLookupError, FileNotFoundError):  # it has ended
            continue
        except OSError:
            return None
        if len(found) != 2:
            return None
        total += sum(map(int, found)) << 10
    return total


def anonymous(processes: Iterable[int]) -> int:
    """Bytes that no file backs, where a page that several processes share counts for each."""
    return sum(_anonymous(f"/proc/{each}") or 0 for each in processes)


@lru_cache(maxsize=1)
def _socket() -> int:
    """Bytes that may wait in a socket: as many as this machine gives to each that does not ask for more."""
    try:
        return int(Path("/proc/sys/net/core/wmem_default").read_text()) + _WHOLE
    except (OSError, ValueError):
        return 208 << 10


def _threads(process: int) -> list[str]:
    """The folders of a process's threads, the first one first: it may have ended while others go on."""
    try:
        return [f"/proc/{process}/task/{each}" for each in os.listdir(f"/proc/{process}/task")]
    except OSError:
        return []


def _fields(folder: str) -> list[bytes]:
    """What the kernel says of a process or thread, from its state on; before that stands a name of its own choice."""
    return Path(folder, "stat").read_bytes().rpartition(b")")[2].split()


def _runs(thread: str) -> bool:
    try:
        return _fields(thread)[0] not in (b"Z", b"X")
    except (OSError, IndexError):
        return False


def _anonymous(thread: str) -> int | None:
    """Bytes of a thread's process that no file backs; None where it has no memory any more."""
    try:
        found = _ANONYMOUS.findall(Path(thread, "status").read_bytes())
    except OSError:
        return None
    return sum(map(int, found)) << 10 if found else None


def stored(folders: Iterable[str], most: int) -> int:
    """Bytes in some folders. Beyond `most` it stops counting.

    A folder that lets nobody look, or lies deeper than a path is long, counts as too much.
    """
    found, waiting = 0, list(folders)
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


def _opened(thread: str) -> Iterator[os.stat_result]:
    for name in os.listdir(f"{thread}/fd"):
        try:
            yield os.stat(f"{thread}/fd/{name}")
        except PermissionError:
            raise
        except OSError:  # closed meanwhile
            continue
