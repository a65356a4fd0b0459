"""What a kernel's processes use together: processor time, memory, and what they have stored."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

LEAST = 16 << 10  # bytes that a file or folder counts for, however small: their number costs too
TOO_MUCH = 1 << 62  # more than anybody is allowed
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
# Bytes, not text: a process chooses its name, and to text a carriage return in it would begin a line.
# A line of /proc/N/maps: memory that a process shares with its children, whichever of them has filled it.
_SHARED = re.compile(rb"^([0-9a-f]+)-([0-9a-f]+) ...s [0-9a-f]+ (\S+ \d+) +/dev/zero \(deleted\)$", re.MULTILINE)
_ANONYMOUS = re.compile(rb"^RssAnon:\s+(\d+) kB$", re.MULTILINE)


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


def cpu_and_memory(processes: Iterable[int], closed: int = TOO_MUCH) -> tuple[float, int]:
    """CPU seconds of some processes and of the children they have waited for; bytes that no file backs.

    closed: bytes that a living process counts for which does not let us look.
    """
    cpu, memory = 0.0, 0
    shared: dict[bytes, int] = {}
    for each in processes:
        with contextlib.suppress(OSError, ValueError, IndexError):
            cpu += sum(map(int, _fields(f"/proc/{each}")[11:15])) / _TICKS
        for thread in _threads(each):
            if (own := _anonymous(thread)) is None:
                continue
            memory += own
            try:
                for begin, end, inode in _SHARED.findall(Path(thread, "maps").read_bytes()):
                    shared[inode] = max(shared.get(inode, 0), int(end, 16) - int(begin, 16))
            except PermissionError:
                memory += 0 if _anonymous(thread) is None else closed
            except OSError:  # it has ended meanwhile
                pass
            break  # the others have the same memory
    return cpu, memory + sum(shared.values())


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
        found = _ANONYMOUS.search(Path(thread, "status").read_bytes())
    except OSError:
        return None
    return None if found is None else int(found[1]) << 10


def stored(folders: Iterable[str], processes: Iterable[int], most: int, closed: int = TOO_MUCH) -> int:
    """Bytes in some folders, and in files without a name that processes still hold. Beyond `most` it stops counting.

    A folder that lets nobody look, or lies deeper than a path is long, counts as too much. closed: as above.
    """
    found, waiting = _nameless(processes, closed), list(folders)
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


def _nameless(processes: Iterable[int], closed: int) -> int:
    sizes, hidden = {}, 0
    for each in processes:
        for thread in _threads(each):  # each may have opened files of its own
            try:
                for file in _opened(thread):
                    if stat.S_ISREG(file.st_mode) and not file.st_nlink:
                        sizes[file.st_dev, file.st_ino] = max(file.st_blocks * 512, LEAST)
            except PermissionError:  # so it is too when a thread is about to end, but then it has no memory any more
                hidden += 0 if _anonymous(thread) is None else closed
            except OSError:
                continue
    return hidden + sum(sizes.values())


def _opened(thread: str) -> Iterator[os.stat_result]:
    for name in os.listdir(f"{thread}/fd"):
        try:
            yield os.stat(f"{thread}/fd/{name}")
        except PermissionError:
            raise
        except OSError:  # closed meanwhile
            continue
