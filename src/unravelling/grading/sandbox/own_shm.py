"""Shared memory of its own for a process and its children: a /dev/shm that nobody else has, and that ends with them.

Locks, pools and shared tensors are files there, by names that are the same for everybody. Behind walls the machine's
own /dev/shm is shut; where Linux lets this process have namespaces, it gets one apart. A user without rights gets a
user namespace for it, in which its processes are also counted apart (Linux 5.14).
"""

from __future__ import annotations

import contextlib
import os
import platform
import re

from . import system_calls

FOLDER = "/dev/shm"
SIZE, FILES = 256 << 20, 4096  # bytes and files in it
NONE = (
    "The machine that graded this has no locks and no memory to share between processes: use threads, or none at all."
)
_MOUNTS, _USERS = 0x00020000, 0x10000000
_PRIVATE, _PLAIN = 0x4000 | 1 << 18, 2 | 4 | 8  # recursively, nothing goes out; no setuid, no devices, no programs


def enter() -> None:
    """Put this process, and all it will ever start, apart. It must have one thread. Raises OSError, MissingWall."""
    known, user, group = system_calls.numbers(), os.geteuid(), os.getegid()
    system_calls.call(known["unshare"], _MOUNTS if user == 0 else _MOUNTS | _USERS)
    if user:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    system_calls.call(known["mount"], b"none", b"/", None, system_calls.flags(_PRIVATE), None)
    options = f"size={SIZE},nr_inodes={FILES},mode=1777".encode()
    system_calls.call(known["mount"], b"tmpfs", FOLDER.encode(), b"tmpfs", system_calls.flags(_PLAIN), options)


def possible() -> bool:
    """Whether `enter` would succeed, tried in a child."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            enter()
            os._exit(0)
        os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def explain() -> None:
    """Let Python's locks and shared memory say that there are none here, where a kernel has no folder for them."""
    import _multiprocessing
    import _posixshmem

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(NONE)

    lock = _multiprocessing.SemLock
    _multiprocessing.SemLock = type("SemLock", (lock,), {"__new__": refuse})
    _posixshmem.shm_open = refuse


def used() -> int:
    """Bytes that are stored in it."""
    found = os.statvfs(FOLDER)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def counts_processes() -> bool:
    """Whether the processes of one apart are counted apart too."""
    numbers = re.match(r"(\d+)\.(\d+)", platform.release())
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= (5, 14)
