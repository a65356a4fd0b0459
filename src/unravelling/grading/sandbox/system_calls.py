"""System calls that Python has no name for, through ctypes. Numbers: the kernel's own tables for each machine."""

from __future__ import annotations

import ctypes
import os
import platform

# What is filtered or called by number, for the two machines on which Linux runners exist.
_NEWER = {  # the same on both
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "clone3": 435,
    "mount_setattr": 442,
    "process_mrelease": 448,
    "open_tree_attr": 467,
}
NUMBERS = {
    "x86_64": {
        **_NEWER,
        "audit": 0xC000003E,
        "chmod": 90,
        "fchmod": 91,
        "chown": 92,
        "fchown": 93,
        "lchown": 94,
        "utime": 132,
        "utimes": 235,
        "futimesat": 261,
        "utimensat": 280,
        "fchmodat": 268,
        "fchownat": 260,
        "fchmodat2": 452,
        "setxattr": 188,
        "lsetxattr": 189,
        "fsetxattr": 190,
        "removexattr": 197,
        "lremovexattr": 198,
        "fremovexattr": 199,
        "truncate": 76,
        "shmget": 29,
        "semget": 64,
        "msgget": 68,
        "mq_open": 240,
        "setpriority": 141,
        "sched_setparam": 142,
        "sched_setscheduler": 144,
        "sched_setaffinity": 203,
        "sched_setattr": 314,
        "ioprio_set": 251,
        "migrate_pages": 256,
        "move_pages": 279,
        "kcmp": 312,
        "process_madvise": 440,
        "prlimit64": 302,
        "socket": 41,
        "socketpair": 53,
        "connect": 42,
        "kill": 62,
        "rt_sigqueueinfo": 129,
        "rt_tgsigqueueinfo": 297,
        "fcntl": 72,
        "ioctl": 16,
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
        "memfd_create": 319,
        "memfd_secret": 447,
        "prctl": 157,
        "userfaultfd": 323,
        "pidfd_send_signal": 424,
        "io_uring_setup": 425,
        "pidfd_getfd": 438,
        "vmsplice": 278,
        "splice": 275,
        "tee": 276,
        "sendfile": 40,
        "sendmsg": 46,
        "sendmmsg": 307,
        "setsockopt": 54,
        "inotify_init": 253,
        "inotify_init1": 294,
        "fanotify_init": 300,
        "clone": 56,
        "mmap": 9,
        "pivot_root": 155,
        "chroot": 161,
        "syslog": 103,
    },
    "aarch64": {
        **_NEWER,
        "audit": 0xC00000B7,
        "fchmod": 52,
        "fchmodat": 53,
        "fchownat": 54,
        "fchown": 55,
        "utimensat": 88,
        "fchmodat2": 452,
        "setxattr": 5,
        "lsetxattr": 6,
        "fsetxattr": 7,
        "removexattr": 14,
        "lremovexattr": 15,
        "fremovexattr": 16,
        "truncate": 45,
        "shmget": 194,
        "semget": 190,
        "msgget": 186,
        "mq_open": 180,
        "setpriority": 140,
        "sched_setparam": 118,
        "sched_setscheduler": 119,
        "sched_setaffinity": 122,
        "sched_setattr": 274,
        "ioprio_set": 30,
        "migrate_pages": 238,
        "move_pages": 239,
        "kcmp": 272,
        "process_madvise": 440,
        "prlimit64": 261,
        "socket": 198,
        "socketpair": 199,
        "connect": 203,
        "kill": 129,
        "rt_sigqueueinfo": 138,
        "rt_tgsigqueueinfo": 240,
        "fcntl": 25,
        "ioctl": 29,
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
        "memfd_create": 279,
        "memfd_secret": 447,
        "prctl": 167,
        "bpf": 280,
        "userfaultfd": 282,
        "pidfd_send_signal": 424,
        "io_uring_setup": 425,
        "pidfd_getfd": 438,
        "vmsplice": 75,
        "splice": 76,
        "tee": 77,
        "sendfile": 71,
        "sendmsg": 211,
        "sendmmsg": 269,
        "setsockopt": 208,
        "inotify_init1": 26,
        "fanotify_init": 262,
        "clone": 220,
        "mmap": 222,
        "pivot_root": 41,
        "chroot": 51,
        "syslog": 116,
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


def flags(value: int) -> ctypes.c_ulong:
    """A number that a call takes in all its bits."""
    return ctypes.c_ulong(value)


def control(option: int, *arguments: int) -> None:
    """prctl. Raises OSError."""
    padded = [ctypes.c_ulong(each) for each in (*arguments, 0, 0, 0, 0)[:4]]
    if _libc().prctl(ctypes.c_int(option), *padded):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
