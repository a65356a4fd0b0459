"""Walk through what was handed in. Whatever one entry refuses sets that entry aside, and nobody else."""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from .visible_text import shown

DEEPEST = 40  # folders within each other; nobody hands in more, and a path that grows without end cannot be opened
# Folders that systems and tools keep for themselves, beside all those whose name begins with a dot.
TOOLS = {
    *("__macosx", "__pycache__", "node_modules", "site-packages", "dist-packages", "bower_components", "jspm_packages"),
    *("$recycle.bin", "recycler", "system volume information", "lost+found", "#recycle", "@eadir", "#snapshot"),
}
# A virtual environment may be called anything; these lie in it.
ENVIRONMENT = ("pyvenv.cfg", "conda-meta")
LITTER = {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"}


@dataclass(frozen=True)
class Entry:
    """A file: where it is, its names from the folder that was handed in downwards, when it was changed (seconds).

    size: in bytes.
    """

    path: Path
    inside: tuple[str, ...]
    changed: float
    size: int = 0


@dataclass
class Walked:
    """notebooks: the files that are notebooks by their names. others: all other files. folders: their names from the
    folder that was handed in downwards, the first two levels. aside: a sentence for what seems handed in and
    is not read.
    """

    notebooks: list[Entry] = field(default_factory=list)
    others: list[Entry] = field(default_factory=list)
    folders: list[tuple[str, ...]] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)


def walk(folder: Path, reports: Path | None = None) -> Walked:
    """What lies below `folder`, in the order of its names. reports: a folder that is not looked into.

    Raises OSError only where `folder` itself cannot be listed.
    """
    walk = _Walk(Walked(), None if reports is None else os.path.abspath(reports))
    walk.look_into(folder, ())
    walk.name_what_was_passed_by()
    return walk.found


class _Walk:
    """What was found so far, and which folders were passed by."""

    def __init__(self, found: Walked, reports: str | None) -> None:
        self.found, self._reports = found, reports
        self._passed: dict[str, list[tuple[str, ...]]] = defaultdict(list)

    def look_into(self, here: Path, inside: tuple[str, ...]) -> None:
        try:
            with os.scandir(here) as listing:
                entries = sorted(listing, key=lambda each: each.name)
        except OSError as error:
            if not inside:
                raise
            self._set_aside(inside, _refused(error))
            return
        work = any(each.name.lower().endswith(".ipynb") for each in entries)  # who makes one in the folder of her work?
        if inside and not work and any(each.name in ENVIRONMENT for each in entries):
            self._passed[inside[-1]].append(inside)
            return
        for each in entries:
            names = (*inside, each.name)
            try:
                self._look_at(each, names)
            except OSError as error:
                self._set_aside(names, _refused(error))

    def _look_at(self, entry: os.DirEntry, inside: tuple[str, ...]) -> None:
        status = entry.stat(follow_symlinks=False)
        name = entry.name.lower()
        notebook = ".ipynb" in name and not name.startswith("._")  # those macOS writes beside each file
        if stat.S_ISDIR(status.st_mode):
            self._enter(entry, inside)
        elif stat.S_ISLNK(status.st_mode):
            if not name.startswith(".") and (notebook or len(inside) == 1 or _leads_to_folder(entry)):
                self._set_aside(inside, "it is a link, which is not followed.")
        elif notebook and not stat.S_ISREG(status.st_mode):
            self._set_aside(inside, "it is no file.")
        elif notebook and name.startswith("."):
            self._set_aside(inside, "its name makes it hidden, as tools name copies of their own; it was not read.")
        elif notebook and name.endswith(".ipynb"):
            self.found.notebooks.append(Entry(Path(entry.path), inside, status.st_mtime, status.st_size))
        elif stat.S_ISREG(status.st_mode) and not name.startswith((".", "~$")) and name not in LITTER:
            self.found.others.append(Entry(Path(entry.path), inside, status.st_mtime, status.st_size))

    def _enter(self, entry: os.DirEntry, inside: tuple[str, ...]) -> None:
        if self._reports is not None and os.path.abspath(entry.path) == self._reports:
            return
        if entry.name.startswith(".") or entry.name.lower() in TOOLS:
            self._passed[entry.name].append(inside)
        elif len(inside) > DEEPEST:
            self._set_aside(inside, f"it lies more than {DEEPEST} folders deep, and was not looked into.")
        else:
            if len(inside) <= 2:
                self.found.folders.append(inside)
            self.look_into(Path(entry.path), inside)

    def _set_aside(self, inside: tuple[str, ...], why: str) -> None:
        self.found.aside.append(f"{shown(inside)}: {why}")

    def name_what_was_passed_by(self) -> None:
        """A sentence for each name, since some of these folders are in everybody's."""
        for name, places in sorted(self._passed.items()):
            where, it = shown(places[0]), "it is a folder that is hidden or a tool's own, and was"
            if len(places) > 1:
                where = f"{shown(name)} ({len(places)} of them, the first is {where})"
                it = "they are folders that are hidden or a tool's own, and were"
            self.found.aside.append(f"{where}: {it} not looked into.")


def _leads_to_folder(link: os.DirEntry) -> bool:
    try:
        return link.is_dir()
    except OSError:  # a link to itself
        return False


def _refused(error: OSError) -> str:
    return f"it cannot be read: {error.strerror or error}."
