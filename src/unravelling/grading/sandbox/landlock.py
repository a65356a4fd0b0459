"""Landlock: a process may give up files, for itself and its children, for good (kernel documentation, landlock.rst).

What is not named is out of reach. The version of the kernel's interface decides how much can be given up: 1 files,
3 truncation, 4 TCP, 6 signals to processes outside.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

from . import system_calls

SIGNALS = 6  # the version from which signals to processes outside can be given up
_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same numbers on every machine
_READ = 1 << 0 | 1 << 2 | 1 << 3  # execute, read a file, list a folder
_FILE_ONLY = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15  # what a rule on a file, not a folder, may name
_NOT_WRITTEN = 1 << 0 | 1 << 6 | 1 << 11  # execute, make devices for characters and for blocks
_WRITE_FILE = 1 << 1 | 1 << 2 | 1 << 14
_MAKE_SOCKETS = 1 << 9 | 1 << 5 | _WRITE_FILE  # and remove what lies there, but make nothing else: no link above all


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def version() -> int:
    """The version of Landlock here; 0 where there is none."""
    try:
        return system_calls.call(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    except OSError:
        return 0


def shut(
    reads: Iterable[Path], writes: Iterable[Path], devices: Iterable[Path] = (), sockets: Iterable[Path] = ()
) -> None:
    """Leave only these: `reads` (and execute), `writes` (all but execute), `devices` (read and write one file), and
    `sockets`, folders in which it may make sockets, and read and write what lies there.

    Nothing that was written is executed: a program whose file nobody may read lets nobody look what it holds.
    Paths that do not exist are passed over. Needs no_new_privs. Raises MissingWall where the kernel has no Landlock.
    """
    known = version()
    if not known:
        raise system_calls.MissingWall("this kernel has no Landlock (Linux 5.13 or newer, and enabled)")
    every = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(known, 16)) - 1
    ruleset = _Ruleset(every, 0b11 if known >= 4 else 0, 0b11 if known >= SIGNALS else 0)
    size = 24 if known >= SIGNALS else 16 if known >= 4 else 8
    handle = system_calls.call(_CREATE, ctypes.byref(ruleset), ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        rights = (_READ, every & ~_NOT_WRITTEN, _WRITE_FILE, _MAKE_SOCKETS)
        for paths, allowed in zip((reads, writes, devices, sockets), rights, strict=True):
            for path in paths:
                _allow(handle, path, allowed & every)
        system_calls.call(_RESTRICT, ctypes.c_int(handle), ctypes.c_uint32(0))
    finally:
        os.close(handle)


def _allow(handle: int, path: Path, allowed: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(path):
            allowed &= _FILE_ONLY
        rule = _Beneath(allowed, place)
        system_calls.call(_ADD, ctypes.c_int(handle), ctypes.c_int(1), ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(place)
