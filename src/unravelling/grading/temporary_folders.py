"""Temporary folders of a run: others see whether it lives, they are removed whatever was done to them, or swept later.

A run holds a lock in each of its folders, and so do its forks. The lock goes with them, however they end: a folder
whose lock can be had belongs to nobody any more.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
import tempfile
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # mypy knows no module that may be None

PREFIXES = ("unravelling-grade-", "unravelling-server-", "unravelling-walls-", "unravelling-k")
LONGEST = 60  # seconds that removing one folder, or sweeping all, may take
_LOCK = "lock"
_held: dict[str, int] = {}


def short_folder(prefix: str) -> str:
    """A new folder for sockets: their whole path may have 107 characters, so a long TMPDIR is passed over.

    prefix: one of PREFIXES. It is this process's, and its forks', until `remove`.
    """
    folder = tempfile.mkdtemp(prefix=prefix, dir=_places()[-1])
    if fcntl is not None:
        new = Path(folder, f"{_LOCK}-new")
        file = os.open(new, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.rename(new, Path(folder, _LOCK))  # only now: nobody finds it without its holder
            _held[folder] = file
        except OSError:  # a file system without locks; what is left there stays
            os.close(file)
    return folder


def _places() -> list[str]:
    """Where folders of ours may lie; the last one is for new ones."""
    usual = tempfile.gettempdir()
    return [usual, "/tmp"] if len(usual) > 40 and os.path.isdir("/tmp") else [usual]


def sweep() -> None:
    """Remove what runs left behind that were killed. A folder of a run that lives is left alone, or of another user."""
    if fcntl is None:
        return
    until = time.monotonic() + LONGEST
    for place in _places():
        for each in sorted(Path(place).iterdir()) if os.access(place, os.R_OK) else ():
            if each.name.startswith(PREFIXES) and time.monotonic() < until:
                with contextlib.suppress(OSError):  # no lock in it, somebody holds it, or it went meanwhile
                    _sweep(each, until)


def _sweep(folder: Path, until: float) -> None:
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        return
    file = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove(folder, until - time.monotonic())
    finally:
        os.close(file)


def remove(folder: str | os.PathLike[str], seconds: float = LONGEST) -> None:
    """Remove a folder with all in it, also one made to withstand: that shows no names, or is nested thousands deep.

    No link in it is followed, nor the folder itself where it has become one, whatever changes meanwhile. What cannot be
    removed, or not in `seconds`, stays. Where processes still write into it, it is emptied again and again.
    """
    if hasattr(os, "O_PATH"):
        with contextlib.suppress(OSError):
            _remove(os.fspath(folder), time.monotonic() + seconds)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    if (file := _held.pop(os.fspath(folder), None)) is not None:
        os.close(file)


def _remove(folder: str, until: float) -> None:
    if stat.S_ISLNK(os.lstat(folder).st_mode):
        os.unlink(folder)
        return
    here = _opened(folder, None)
    try:
        while time.monotonic() < until:
            names = os.listdir(here)
            names = [each for each in names if each != _LOCK] or names  # the lock last: what is left can be swept
            if names and not _clear(here, names, until):
                return
            with contextlib.suppress(OSError):
                os.rmdir(folder)
                return
    finally:
        os.close(here)


def _clear(here: int, names: list[str], until: float) -> bool:
    """Unlink files; of each folder lift the folders in it up to here, and remove it. So no depth is too much.

    Returns whether anything has changed.
    """
    changed = False
    for name in names:
        with contextlib.suppress(OSError):
            if not _unlinked(name, here):
                inner = _opened(name, here)
                try:
                    for each in os.listdir(inner):
                        if time.monotonic() > until:
                            return changed
                        if not _unlinked(each, inner):
                            os.close(_opened(each, inner))  # only what one may write can be moved
                            os.rename(each, secrets.token_hex(16), src_dir_fd=inner, dst_dir_fd=here)
                        changed = True
                finally:
                    os.close(inner)
                os.rmdir(name, dir_fd=here)
            changed = True
    return changed


def _unlinked(name: str, folder: int) -> bool:
    """Remove what is no folder; False where it is one."""
    if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        return False
    os.unlink(name, dir_fd=folder)
    return True


def _opened(name: str, folder: int | None) -> int:
    """A folder, to list it, with all rights of its owner; a link is none. Raises OSError."""
    place = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        itself = f"/proc/self/fd/{place}"  # not by its name, which may be another's by now
        if stat.S_IMODE(os.stat(itself).st_mode) & stat.S_IRWXU != stat.S_IRWXU:
            os.chmod(itself, stat.S_IRWXU)
        return os.open(itself, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    finally:
        os.close(place)
