"""Try each wall in a child process and say which stand: what is reported has held, not only been asked for."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from unravelling.grading import temporary_folders
from unravelling.grading.readable_paths import PACKAGE, hidden, readable

from . import confinement, landlock, system_calls

_QUEUED = -1  # SI_QUEUE: a signal that a process has sent, with a value beside it
WALLS = {
    "files": "reading and writing files outside its own folder",
    "network": "opening a network connection",
    "processes": "signalling other processes, or starting them without end, or from files it wrote",
    "memory": "taking memory without end",
    "environment": "reading the grader's environment",
    "files' size": "filling the disk with one file",
}


def standing(user: int | None = None) -> dict[str, str]:
    """For each wall of WALLS an empty text if it stood, else why it did not.

    user: as in `enter`. Takes a few hundredths of a second, in a child process.
    """
    if not hasattr(os, "fork"):
        return dict.fromkeys(WALLS, f"there is no fork on {sys.platform}")
    folder = temporary_folders.short_folder("unravelling-walls-")
    try:
        return _standing(Path(folder), user)
    finally:
        temporary_folders.remove(folder)


def _standing(folder: Path, user: int | None) -> dict[str, str]:
    own, secret = folder / "own", folder / "secret"
    own.mkdir()
    secret.write_text("secret")
    os.chmod(folder, 0o755)
    if user is not None and os.geteuid() == 0:
        os.chown(own, user, user)
    readable()  # found once, here, for the kernels too
    reading, writing = os.pipe()
    waiting, looked = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            os.close(looked)
            found = _try_all(own, secret, user)
        except BaseException as error:  # whatever happens, this process ends here
            found = dict.fromkeys(WALLS, f"{type(error).__name__}: {error}")
        os.write(writing, json.dumps(found).encode() + b"\n")
        os.read(waiting, 1)  # until its parent has looked, or is gone
        os._exit(0)
    os.close(writing)
    os.close(waiting)
    with os.fdopen(reading) as pipe:
        text = pipe.readline()
    closed = _closed(child, writing) if text else ""
    with contextlib.suppress(OSError):  # it may be gone
        os.write(looked, b"x")
    os.close(looked)
    os.waitpid(child, 0)
    found = json.loads(text) if text else dict.fromkeys(WALLS, "the process that tried it ended without a word")
    return {**found, "memory": found["memory"] or closed}


def _closed(process: int, file: int) -> str:
    """Why the memory and the files of a process behind the walls cannot be counted; empty if they can."""
    try:
        Path("/proc", str(process), "maps").read_bytes()
        os.stat(f"/proc/{process}/fd/{file}")
    except PermissionError:
        return "the grader may not look at what a kernel holds: it lacks CAP_SYS_PTRACE"
    except OSError:  # it has ended, or there is nothing of the kind here
        pass
    return ""


def _try_all(own: Path, secret: Path, user: int | None) -> dict[str, str]:
    import resource  # not on Windows

    parent = os.getppid()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = confinement.Limits(cpu=10, memory=1 << 30, file=1 << 20, processes=16)
    try:
        confinement.enter(limits, map(Path, readable()), [own], user)
    except (system_calls.MissingWall, OSError) as error:
        return dict.fromkeys(WALLS, str(error))
    known = system_calls.numbers()
    (own / "mine").write_text("x")
    tries: dict[str, list[Callable[[], object]]] = {
        "files": [
            secret.read_text,
            lambda: secret.write_text("x"),
            lambda: os.listdir(secret.parent),
            lambda: os.truncate(secret, 0),
            lambda: _changed(secret, lambda: os.chmod(secret, 0o600)),
            lambda: _changed(secret, lambda: os.utime(secret, (1, 1))),
            (PACKAGE / "checks" / "engine.py").read_text,
            lambda: _asked_of(own / "mine", 0x40086602),  # FS_IOC_SETFLAGS
            lambda: _leased(own / "mine"),
            lambda: system_calls.call(known["inotify_init1"], 0),
            lambda: os.listdir(f"/proc/{os.getpid()}/net"),
            *(partial(os.open, each, os.O_RDONLY | os.O_NONBLOCK) for each in hidden()),
        ],
        "network": [
            lambda: socket.socket(socket.AF_INET),
            lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
            lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM),
            lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET),
            lambda: socket.socketpair()[0].sendmsg([b"x"]),
            _called,
        ],
        "processes": [
            lambda: os.kill(parent, 0),
            lambda: system_calls.call(known["rt_sigqueueinfo"], parent, 0, (ctypes.c_int * 32)(0, 0, _QUEUED)),
            lambda: signal.pidfd_send_signal(os.pidfd_open(parent), 0),
            lambda: _owned(parent),
            lambda: resource.prlimit(parent, resource.RLIMIT_CORE, (0, 0)),
            lambda: _slowed(parent),
            lambda: _started(own / "program"),
            lambda: _start(40),
            _world_of_its_own,
        ],
        "memory": [
            lambda: bytearray(2 << 30),
            lambda: mmap.mmap(-1, 2 << 20),
            lambda: os.open("/dev/zero", os.O_RDWR),  # memory of the same kind, by another door
            lambda: system_calls.call(known["vmsplice"], -1, None, 0, 0),
        ],
        "environment": [lambda: Path(f"/proc/{parent}/environ").read_bytes()],
        "files' size": [lambda: (own / "large").write_bytes(bytes(2 << 20))],
    }
    found = {}
    for wall, actions in tries.items():
        found[wall] = ""
        for action in actions:
            try:
                action()
            except (MemoryError, OSError) as why:
                if not isinstance(why, OSError) or why.errno != errno.EBADF:  # the filter is before the descriptor
                    continue
            found[wall] = f"{WALLS[wall]} was possible (Landlock version {landlock.version()})"
    return found


def _called() -> None:
    """Raise PermissionError if a program on this machine cannot even be called, whether there is one or not."""
    with contextlib.suppress(FileNotFoundError), socket.socket(socket.AF_UNIX) as line:
        line.connect("nobody")  # in its own folder


def _changed(file: Path, action: Callable[[], object]) -> None:
    """Raise PermissionError if an action is refused, or says that it succeeded and the file is as before."""
    before = os.stat(file)
    action()
    after = os.stat(file)
    if (before.st_mode, before.st_mtime) == (after.st_mode, after.st_mtime):
        raise PermissionError("nothing has changed")


def _asked_of(file: Path, request: int) -> None:
    """Raise OSError if a file cannot be asked for what a terminal does not know."""
    import fcntl  # not on Windows

    with file.open() as opened:
        try:
            fcntl.ioctl(opened, request, bytes(8))
        except OSError as why:
            if why.errno in (errno.ENOTTY, errno.EPERM):  # the filter's answer, or there is nothing of the kind here
                raise


def _leased(file: Path) -> None:
    """Raise PermissionError if nobody can be made to wait for a file."""
    import fcntl

    with file.open() as opened:
        fcntl.fcntl(opened, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(opened, fcntl.F_SETLEASE, fcntl.F_UNLCK)


def _world_of_its_own() -> None:
    """Raise PermissionError if no process can be started that has namespaces, and in them rights, of its own."""
    child = system_calls.call(
        system_calls.numbers()["clone"], system_calls.flags(0x10000000 | signal.SIGCHLD), None, None, None, None
    )
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _owned(process: int) -> None:
    """Raise PermissionError if another process cannot be made the one that hears of a file by a signal.

    Only where a signal is not refused when it comes to be sent: there, becoming the owner means nothing.
    """
    import fcntl  # not on Windows

    if landlock.version() >= landlock.SIGNALS:
        raise PermissionError("Landlock refuses the signal itself")
    with open(os.devnull) as file:
        fcntl.fcntl(file, fcntl.F_SETOWN, process)


def _slowed(process: int) -> None:
    """Raise PermissionError if another process cannot be made to wait for others."""
    before = os.getpriority(os.PRIO_PROCESS, process)
    os.setpriority(os.PRIO_PROCESS, process, 19)
    if os.getpriority(os.PRIO_PROCESS, process) == before:  # as it is where it waits for all others already
        raise PermissionError("nothing has changed")


def _started(program: Path) -> None:
    """Raise PermissionError if a program cannot be started that was written here."""
    with open(os.open(program, os.O_CREAT | os.O_WRONLY, 0o700), "w") as file:  # later no mode can be changed
        file.write("#!/bin/sh\n")
    subprocess.run([program])


def _start(many: int) -> None:
    """Start processes until it is refused. Raises OSError then; ends those it started in any case."""
    started: list[subprocess.Popen] = []
    try:
        for _ in range(many):
            started.append(subprocess.Popen(["/bin/sleep", "5"]))
    finally:
        for each in started:
            each.kill()
            each.wait()
