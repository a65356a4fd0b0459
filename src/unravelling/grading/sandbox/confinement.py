"""Go behind the walls: limits, another user where we are root, Landlock, seccomp, an empty environment."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import landlock, own_shm, seccomp, system_calls

GIB = 1 << 30
OPEN = 512  # files and sockets of one process
_READ_ANYWHERE = 2  # CAP_DAC_READ_SEARCH
DEVICES = ("/dev/null", "/dev/full", "/dev/random", "/dev/urandom")  # not zero: of it shared memory is made
# What a process may read of itself. All of its folder would be too much: in `net` stand the sockets of this machine,
# and where some of it leads (`root`), everything lies.
ITSELF: tuple[str, ...]
ITSELF = ("auxv", "cgroup", "cmdline", "comm", "environ", "fd", "fdinfo", "io", "limits", "maps", "mountinfo", "mounts")
ITSELF += ("oom_score", "smaps", "smaps_rollup", "stat", "statm", "status")
FACTS = (
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/sys/devices/system/cpu",
    "/etc/localtime",
    "/etc/ld.so.cache",
)


@dataclass(frozen=True)
class Limits:
    """Seconds of CPU, bytes of memory beyond what the process has on entering, of one file, and processes."""

    cpu: int = 60
    memory: int = 3 * GIB
    file: int = 64 << 20
    processes: int = 64


def enter(
    limits: Limits,
    reads: Iterable[Path],
    writes: Iterable[Path],
    user: int | None = None,
    sockets: Path | None = None,
    apart: bool = False,
    room: int = 0,
) -> None:
    """Put this process, and all it will ever start, behind the walls. There is no way back.

    reads, writes: the files and folders left to it, beside a few facts about this machine, which it may read; without
    the system's own in `reads` no program starts. `writes[0]` becomes its home and its working folder.
    user: the number of a user without any rights to become, where this process is root; None keeps the user.
    sockets: a folder where it may make sockets. apart: whether `own_shm.enter` was called in this process or above it.
    room: so many processes more where Linux counts those of others with its own (`counted_alone`): it must not stand in
    their way, so somebody else has to count.
    Raises MissingWall if any of it is not to be had; the process is then half shut in and should end.
    """
    writes = list(writes)
    known = system_calls.numbers()  # raises MissingWall on another system
    _limit(limits, user, apart, room)
    system_calls.control(system_calls.NO_NEW_PRIVILEGES, 1)
    if user is not None and os.geteuid() == 0:
        _become(user, known)
    elif os.geteuid() != 0:
        _keep_rights(0, known)  # being apart gave it some
    home = str(writes[0])
    os.environ.clear()
    os.environ.update({"HOME": home, "TMPDIR": home, "PATH": os.defpath, "LANG": "C.UTF-8", "USER": "learner"})
    tempfile.tempdir = None  # found anew, in the new home
    os.chdir(home)
    system_calls.control(system_calls.DUMPABLE, 1)  # else its /proc/self is closed to it; Landlock keeps others off
    mine = (*(Path("/proc", str(os.getpid()), each) for each in ITSELF), *map(Path, FACTS))
    if apart:
        writes.append(Path(own_shm.FOLDER))
    landlock.shut([*reads, *mine], writes, map(Path, DEVICES), [] if sockets is None else [sockets])
    seccomp.shut(signals=landlock.version() < landlock.SIGNALS, shared=limits.file)


def bound_memory(more: int) -> None:
    """Let this process, and each that it starts, have no more than `more` bytes beyond those it has now."""
    import resource  # not on Windows, where importing this module must say nothing yet

    own = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    _set_both(resource.RLIMIT_AS, own + more)


def _set_both(which: int, value: int) -> None:
    import resource

    hard = resource.getrlimit(which)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def counted_alone(user: int | None, apart: bool) -> bool:
    """Whether the processes of one behind walls are counted apart from all others; the arguments are those of enter."""
    return (user is not None and os.geteuid() == 0) or (apart and own_shm.counts_processes())


def _limit(limits: Limits, user: int | None, apart: bool, room: int) -> None:
    import resource

    bound_memory(limits.memory)
    _set_both(resource.RLIMIT_FSIZE, limits.file)
    _set_both(resource.RLIMIT_CORE, 0)
    _set_both(resource.RLIMIT_NOFILE, OPEN + 64)  # the rest is for checks: see in_kernel/open_files.py
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN, hard), hard))
    # This counts every process of the user, so what runs already must be added where the user is not its own.
    more = 0 if counted_alone(user, apart) else _tasks_of(os.getuid()) + room
    _set_both(resource.RLIMIT_NPROC, limits.processes + more)
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _set_both(resource.RLIMIT_CPU, int(used) + 1 + limits.cpu)


def _tasks_of(user: int) -> int:
    count = 0
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with contextlib.suppress(OSError):  # it may have ended
                if process.stat().st_uid == user:
                    count += len(os.listdir(process / "task"))
    return count


def _become(user: int, known: dict[str, int]) -> None:
    """Another user. Where Python lies in root's own home, the right to read anywhere stays: Landlock decides then."""
    keep = not _open_to_all(Path(sys.prefix)) or not _open_to_all(Path(sys.base_prefix))
    if keep:
        system_calls.control(system_calls.KEEP_CAPABILITIES, 1)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    _keep_rights(1 << _READ_ANYWHERE if keep else 0, known)
    if keep:
        system_calls.control(system_calls.AMBIENT, 2, _READ_ANYWHERE)  # for programs that it starts


def _keep_rights(bit: int, known: dict[str, int]) -> None:
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    rights = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)  # effective, permitted, inheritable; twice 32 bits
    system_calls.call(known["capset"], header, rights)


def _open_to_all(folder: Path) -> bool:
    return all(each.stat().st_mode & 0o005 == 0o005 for each in (folder, *folder.parents))
