"""System calls that Python has no name for, through ctypes. Numbers: the kernel's own tables for each machine."""

from __future__ import annotations

import ctypes
import os
import platform

# What is filtered or called by number, for the two machines on which Linux runners exist.
NUMBERS = {
    "x86_64": {
        "audit": 0xC000003E,
        "socket": 41,
        "connect": 42,
        "kill": 62,
        "ptrace": 101,
        "capset": 126,
        "tkill": 200,
        "mount": 165,
        "umount2": 166,
        "add_key": 248,
        "request_key": 249,
        "keyctl": 250,
        "unshare": 272,
        "setns": 308,
        "process_vm_readv": 310,
        "process_vm_writev": 311,
        "perf_event_open": 298,
        "name_to_handle_at": 303,
        "open_by_handle_at": 304,
        "tgkill": 234,
        "bpf": 321,
        "userfaultfd": 323,
        "pidfd_send_signal": 424,
        "io_uring_setup": 425,
        "pidfd_getfd": 438,
    },
    "aarch64": {
        "audit": 0xC00000B7,
        "socket": 198,
        "connect": 203,
        "kill": 129,
        "ptrace": 117,
        "capset": 91,
        "tkill": 130,
        "mount": 40,
        "umount2": 39,
        "add_key": 217,
        "request_key": 218,
        "keyctl": 219,
        "unshare": 97,
        "setns": 268,
        "process_vm_readv": 270,
        "process_vm_writev": 271,
        "perf_event_open": 241,
        "name_to_handle_at": 264,
        "open_by_handle_at": 265,
        "tgkill": 131,
        "bpf": 280,
        "userfaultfd": 282,
        "pidfd_send_signal": 424,
        "io_uring_setup": 425,
        "pidfd_getfd": 438,
    },
}

NO_NEW_PRIVILEGES, SECCOMP, KEEP_CAPABILITIES, DUMPABLE, AMBIENT, SUBREAPER, DIE_WITH_PARENT = 38, 22, 8, 4, 47, 36, 1


class MissingWall(RuntimeError):
    """A wall that this machine does not offer; the message says which and why."""


def numbers() -> dict[str, int]:
    """The table for this machine. Raises MissingWall where there is none."""
    machine = platform.machine()
    if os.name != "posix" or platform.system() != "Linux" or machine not in NUMBERS:
        raise MissingWall(f"walls are known for Linux on x86_64 and aarch64, not for {platform.system()} on {machine}")
    return NUMBERS[machine]


def call(number: int, *arguments) -> int:
    """A raw system call. Raises OSError."""
    result = _libc().syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def control(option: int, *arguments: int) -> None:
    """prctl. Raises OSError."""
    padded = [ctypes.c_ulong(each) for each in (*arguments, 0, 0, 0, 0)[:4]]
    if _libc().prctl(ctypes.c_int(option), *padded):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
