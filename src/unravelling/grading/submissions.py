"""Find what was handed in: a notebook a student, or a folder a student. Nothing is opened here."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_MODULE = re.compile(r"(?<!\d)(\d\d)[_\-\s]")
_SKIPPED = {".ipynb_checkpoints", "__MACOSX", ".git", "node_modules", ".venv"}


class NothingHandedIn(RuntimeError):
    """The folder holds no notebook; the message says what was looked for."""


@dataclass(frozen=True)
class Submission:
    """One file of one student. `module` is empty where the name of the file tells none."""

    student: str
    module: str
    path: Path
    late: bool = False


def find(
    folder: Path, known: Iterable[str], module: str | None = None, due: datetime | None = None
) -> list[Submission]:
    """The notebooks under `folder`, in order, the last changed where a student has several of one module.

    A folder directly under `folder` is a student's, and so is a notebook: `04_attention_ada.ipynb` and
    `ada_04_attention.ipynb` are Ada's. known: the names of our own notebooks, without ".ipynb". module: only this one,
    also for files whose name tells none. due: what was changed later is late. Raises NothingHandedIn.
    """
    known = sorted(known, key=len, reverse=True)
    newest: dict[tuple[str, str], Submission] = {}
    for path in sorted(_notebooks(folder)):
        inside = path.relative_to(folder)
        number = module_of(path.name) or (module or "")
        if module and number != module:
            continue
        student = inside.parts[0] if len(inside.parts) > 1 else student_of(path.stem, known)
        changed = path.lstat().st_mtime
        late = due is not None and changed > due.timestamp()
        one = Submission(student, number, path, late)
        before = newest.get((student, number))
        if before is None or before.path.lstat().st_mtime <= changed:
            newest[student, number] = one
    if not newest:
        what = f"of module {module}" if module else "(*.ipynb)"
        raise NothingHandedIn(f"There is no notebook {what} in {folder}: one for each student, or a folder for each.")
    return [newest[key] for key in sorted(newest)]


def _notebooks(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):  # does not follow links out of the folder
        folders[:] = [name for name in folders if name not in _SKIPPED]
        for name in files:
            path = Path(here, name)
            if name.endswith(".ipynb") and not path.is_symlink() and path.is_file():
                yield path


def module_of(name: str) -> str:
    """The number of the module in the name of a file, or ""."""
    found = _MODULE.search(name)
    return found[1] if found else ""


def student_of(stem: str, known: Iterable[str]) -> str:
    """A student's name from the name of a file, without the name of our notebook and a browser's " (1)"."""
    bare = re.sub(r"\s*\(\d+\)$", "", stem)
    for name in known:
        bare = bare.replace(name, "")
    return bare.strip(" _-.") or stem


def missing(found: Iterable[Submission], modules: Iterable[str]) -> list[tuple[str, str]]:
    """(student, module) for what somebody who handed in anything did not hand in."""
    found = list(found)
    there = {(each.student, each.module) for each in found}
    return [(s, m) for s in sorted({each.student for each in found}) for m in sorted(modules) if (s, m) not in there]
