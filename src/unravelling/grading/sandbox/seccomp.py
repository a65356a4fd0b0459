"""A filter on system calls: no network, no connection to anybody's socket, no hand on other processes.

Written in the kernel's classic BPF (kernel documentation, seccomp_filter.rst). Refused calls fail with EPERM, so that a
learner's code gets an ordinary PermissionError.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
from collections.abc import Sequence

from . import system_calls

_LOAD, _EQUAL, _AT_LEAST, _ABOVE, _ANY, _AND, _RETURN = 0x20, 0x15, 0x35, 0x25, 0x45, 0x54, 0x06
_ALLOW, _PRETEND, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_REFUSE, _NONE, _ABSENT, _NO_TERMINAL = (
    0x00050000 | each for each in (errno.EPERM, errno.ENOMEM, errno.ENOSYS, errno.ENOTTY)
)
_ALWAYS_REFUSED = (
    "connect",  # a kernel only listens; what it could reach by name is the grader's own or another kernel's
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "pidfd_getfd",
    "bpf",
    "io_uring_setup",  # does file and network calls that no filter sees
    "userfaultfd",
    "perf_event_open",
    "name_to_handle_at",
    "open_by_handle_at",
    "mount",
    "umount2",
    *("fsopen", "fsconfig", "fsmount", "fspick", "open_tree", "open_tree_attr", "move_mount", "mount_setattr"),
    *("pivot_root", "chroot", "unshare", "setns"),
    *("sendmsg", "sendmmsg"),  # a file waits in them for its receiver, and belongs to no process meanwhile
    "syslog",
    "process_mrelease",
    "add_key",
    "request_key",
    "keyctl",
    "memfd_create",  # memory that neither the limits of a process nor its folder's size would show
    "memfd_secret",
    # Landlock leaves these open, and without a user of its own a learner's code has the grader's rights:
    # cutting a file off by name; memory and messages shared by name, and how other processes of the user run
    "truncate",
    *("shmget", "semget", "msgget", "mq_open", "kcmp", "process_madvise", "migrate_pages", "move_pages"),
)
# These do nothing and say that they succeeded: what a file is (its mode, owner, times, attributes; shutil.copy ends
# with them), and how urgently a process runs (ZeroMQ ends Python if it may not say that of its own threads). Landlock
# leaves them open for all files and processes of the user.
_PRETENDED = (
    *("setpriority", "sched_setparam", "sched_setscheduler", "sched_setaffinity", "sched_setattr", "ioprio_set"),
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat"),
    *("utime", "utimes", "futimesat", "utimensat"),
    *("setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr"),
)
# These are not there, as on an older machine: who asks for them has another way.
_NOT_THERE = (
    "clone3",  # its flags lie where the filter cannot look; the C library then takes clone
    *("splice", "tee", "vmsplice", "sendfile"),  # a page of a pipe holds all of a larger one, which nobody counts
    *("inotify_init", "inotify_init1", "fanotify_init"),  # Landlock lets them watch the grader's own folders
)
_NAMESPACES = 0x7E020000  # the flags of clone with which a process gets a world, and rights, of its own
_OF_FILES = (1024, 1026, 1031)  # of fcntl: F_SETLEASE makes others wait, F_NOTIFY watches, F_SETPIPE_SZ takes memory
_SEND_BUFFERS = (7, 32)  # of setsockopt: SO_SNDBUF, SO_SNDBUFFORCE
_SHARED_NAMELESS = 0x21  # of mmap: MAP_SHARED with MAP_ANONYMOUS
# Of ioctl nothing is left but what terminals know, and files by the way; of that not what acts on other people's.
_TERMINALS = 0x5400
_OTHERS_TERMINALS = (0x5412, 0x541C, 0x541D, 0x5423)  # TIOCSTI, TIOCLINUX, TIOCCONS, TIOCSETD
# What sends a signal to the process that its first argument names.
_SIGNALS = ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")
# What lets the kernel send one when something happens to a file: F_SETOWN, F_SETOWN_EX and F_SETSIG of fcntl. By
# number, as all of these: Windows, where this is imported too, has no names for them.
_OWNERS = (8, 15, 10)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def shut(signals: bool, shared: int) -> None:
    """Put the filter on this process and its children. Needs no_new_privs.

    shared: bytes of one piece of memory without a name that is shared: it may be kept by a single page, and nobody
    sees any more how large it is.
    signals: whether to refuse signals to any process but this one, also to its children, for kernels whose Landlock
    does not keep them in.
    Raises MissingWall where the kernel has no seccomp.
    """
    text = b"".join(_instructions(signals, shared))
    program = _Program(len(text) // 8, text)
    try:
        system_calls.control(system_calls.SECCOMP, 2, ctypes.addressof(program))
    except OSError as error:
        raise system_calls.MissingWall(f"this kernel takes no seccomp filter ({error.strerror})") from error


def _instructions(signals: bool, shared: int):
    numbers = system_calls.numbers()
    yield _step(_LOAD, 4)  # the machine
    yield _step(_EQUAL, numbers["audit"], 1, 0)
    yield _step(_RETURN, _KILL)
    yield _step(_LOAD, 0)  # the number of the call
    yield _step(_AT_LEAST, 0x40000000, 0, 1)  # the x32 numbers of x86_64 are another door to the same calls
    yield _step(_RETURN, _REFUSE)
    for names, answer in ((_ALWAYS_REFUSED, _REFUSE), (_PRETENDED, _PRETEND), (_NOT_THERE, _ABSENT)):
        for name in names:
            if name in numbers:  # the newer machine has no chmod, for example, but fchmodat alone
                yield _step(_EQUAL, numbers[name], 0, 1)
                yield _step(_RETURN, answer)
    yield from _only(numbers["prlimit64"], 0, 0)  # of its own limits
    # a process must not hide its memory and its files from the supervisor
    yield from _never(numbers["prctl"], 0, (system_calls.DUMPABLE,))
    for name in ("socket", "socketpair"):
        yield from _local_stream(numbers[name])
    yield from _never(numbers["setsockopt"], 2, _SEND_BUFFERS)
    yield from _without_namespaces(numbers["clone"])
    yield from _bounded(numbers["mmap"], shared)
    yield from _of_terminals(numbers["ioctl"])
    yield from _never(numbers["fcntl"], 1, (*_OF_FILES, *(_OWNERS if signals else ())))
    if signals:
        for name in _SIGNALS:
            yield from _only(numbers[name], 0, os.getpid())
        # it names its process by a descriptor, which the filter cannot look behind
        yield _step(_EQUAL, numbers["pidfd_send_signal"], 0, 1)
        yield _step(_RETURN, _REFUSE)
    yield _step(_RETURN, _ALLOW)


def _only(number: int, place: int, value: int):
    """Refuse a call unless its argument at `place` has this value; the filter has the call's number at hand."""
    yield _step(_EQUAL, number, 0, 4)
    yield _step(_LOAD, 16 + 8 * place)
    yield _step(_EQUAL, value, 0, 1)
    yield _step(_RETURN, _ALLOW)
    yield _step(_RETURN, _REFUSE)


def _never(number: int, place: int, values: Sequence[int]):
    """Refuse a call if its argument at `place` is one of these; the filter has the call's number at hand."""
    yield _step(_EQUAL, number, 0, len(values) + 3)
    yield _step(_LOAD, 16 + 8 * place)
    for left, value in zip(range(len(values), 0, -1), values, strict=True):
        yield _step(_EQUAL, value, left, 0)
    yield _step(_RETURN, _ALLOW)
    yield _step(_RETURN, _REFUSE)


def _local_stream(number: int):
    """Refuse (family, type, ...) but for local streams, which pyzmq's ipc sockets and pipes both ways are made of.

    A datagram of a pair can be addressed to any socket that has a name; a stream of a pair can't.
    """
    yield _step(_EQUAL, number, 0, 8)
    yield _step(_LOAD, 16)
    yield _step(_EQUAL, socket.AF_UNIX, 1, 0)
    yield _step(_RETURN, _REFUSE)
    yield _step(_LOAD, 24)
    yield _step(_AND, 0xF)  # the rest of the type are flags
    yield _step(_EQUAL, socket.SOCK_STREAM, 1, 0)
    yield _step(_RETURN, _REFUSE)
    yield _step(_RETURN, _ALLOW)


def _without_namespaces(number: int):
    """Refuse clone where its flags ask for any."""
    yield _step(_EQUAL, number, 0, 4)
    yield _step(_LOAD, 16)
    yield _step(_ANY, _NAMESPACES, 0, 1)
    yield _step(_RETURN, _REFUSE)
    yield _step(_RETURN, _ALLOW)


def _bounded(number: int, most: int):
    """Say of mmap that there is no memory where it asks for more than `most` bytes, shared and without a name."""
    yield _step(_EQUAL, number, 0, 9)
    yield _step(_LOAD, 16 + 8 * 3)
    yield _step(_AND, _SHARED_NAMELESS)
    yield _step(_EQUAL, _SHARED_NAMELESS, 0, 5)
    yield _step(_LOAD, 16 + 8 + 4)  # the upper half of its length
    yield _step(_EQUAL, 0, 0, 2)
    yield _step(_LOAD, 16 + 8)
    yield _step(_ABOVE, most, 0, 1)
    yield _step(_RETURN, _NONE)
    yield _step(_RETURN, _ALLOW)


def _of_terminals(number: int):
    """Say of ioctl that this is no terminal unless it asks what terminals know."""
    yield _step(_EQUAL, number, 0, 6 + len(_OTHERS_TERMINALS))
    yield _step(_LOAD, 16 + 8)
    yield _step(_AND, 0xFF00)
    yield _step(_EQUAL, _TERMINALS, 0, 2 + len(_OTHERS_TERMINALS))
    yield _step(_LOAD, 16 + 8)
    for left, value in zip(range(len(_OTHERS_TERMINALS), 0, -1), _OTHERS_TERMINALS, strict=True):
        yield _step(_EQUAL, value, left, 0)
    yield _step(_RETURN, _ALLOW)
    yield _step(_RETURN, _NO_TERMINAL)


def _step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)
