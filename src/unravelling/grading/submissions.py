"""Find what was handed in: a notebook a student, or a folder a student; and which module each is."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from . import notebooks

_FIRST = re.compile(r"([0-9]{2})(?=[_\-\s.])(?!.[0-9]{2})")  # the number of a module, not the month of a date
_SKIPPED = {".ipynb_checkpoints", "__MACOSX", ".git", "node_modules", ".venv"}


class NothingHandedIn(RuntimeError):
    """The folder holds no notebook; the message says what was looked for."""


@dataclass(frozen=True)
class Submission:
    """One file of one student. `module` is empty where neither its cells nor its name tell one.

    changed: when, in seconds since 1970. notes: which files were passed over for this one, and why.
    """

    student: str
    module: str
    path: Path
    changed: float = 0.0
    late: bool = False
    notes: tuple[str, ...] = ()


def find(
    folder: Path, known: Iterable[str], module: str | None = None, due: datetime | None = None
) -> list[Submission]:
    """The notebooks under `folder`, in order, the last changed where a student has several of one module.

    A folder directly under `folder` is a student's, and so is a notebook: `04_attention_ada.ipynb` and
    `ada_04_attention.ipynb` are Ada's. known: the names of our own notebooks, without ".ipynb". module: only this one,
    and the files that tell none of students who have no other. due: what was changed later is late. Raises
    NothingHandedIn.
    """
    known = sorted(known, key=len, reverse=True)
    files: dict[str, list[Submission]] = defaultdict(list)
    for path in sorted(_notebooks(folder)):
        inside = path.relative_to(folder)
        student = inside.parts[0] if len(inside.parts) > 1 else student_of(path.stem, known)
        changed = path.lstat().st_mtime
        late = due is not None and changed > due.timestamp()
        files[student].append(Submission(student, module_of(path, known), path, changed, late))
    found = [one for each in sorted(files) for one in _counting(files[each], folder, module)]
    if not found:
        what = f"of module {module}" if module else "(*.ipynb)"
        raise NothingHandedIn(f"There is no notebook {what} in {folder}: one for each student, or a folder for each.")
    return found


def _counting(files: list[Submission], folder: Path, module: str | None) -> Iterator[Submission]:
    """Of one student's files those that count, in order, with notes about those that do not."""
    by: dict[str, list[Submission]] = defaultdict(list)
    for each in files:
        by[each.module].append(each)
    nameless = by.pop("", [])
    if module is None:
        yield from nameless  # each is told apart by its path: nobody knows whether they are of one module
        nameless = []
    elif by[module]:
        by = {module: by[module]}
    else:  # then it may be one of these
        by, nameless = {module: [replace(each, module=module) for each in nameless]} if nameless else {}, []
    for _, same in sorted(by.items()):
        *older, last = sorted(same, key=lambda each: each.changed)
        notes = []
        if older:
            why = "the last by name of those changed last" if older[-1].changed == last.changed else "the last changed"
            notes.append(f"Of several files this one counts, {why}. Passed over: {_names(older, folder)}.")
        if nameless:
            notes.append(f"Passed over, for nothing tells which module it is: {_names(nameless, folder)}.")
        yield replace(last, notes=tuple(notes))


def _names(files: Iterable[Submission], folder: Path) -> str:
    return ", ".join(each.path.relative_to(folder).as_posix() for each in files)


def _notebooks(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):  # does not follow links out of the folder
        folders[:] = [name for name in folders if name not in _SKIPPED]
        for name in files:
            path = Path(here, name)
            if name.endswith(".ipynb") and not path.is_symlink() and path.is_file():
                yield path


def module_of(path: Path, known: Iterable[str]) -> str:
    """The number of a notebook's module: what most marks of its cells say, else what its name says, else ""."""
    known = list(known)
    numbers = {name[:2] for name in known}
    try:
        marks = [notebooks.mark(cell) for cell in notebooks.read(path)["cells"]]
    except notebooks.Unreadable:  # it will get that as its reason, under the module that its name tells
        marks = []
    told = Counter(exercise.split(".")[0] for exercise, role in marks if role in ("answer", "check"))
    for number, _ in told.most_common():
        if number in numbers:
            return number
    return named(path.name, known)


def named(name: str, known: Iterable[str]) -> str:
    """The number of the module in the name of a file: of a notebook of ours, else one at the beginning, else ""."""
    known = list(known)
    for each in known:
        if re.search(rf"(?<![0-9]){re.escape(each)}", name, re.IGNORECASE):
            return each[:2]
    first = _FIRST.match(name)
    return first[1] if first and first[1] in {each[:2] for each in known} else ""


def student_of(stem: str, known: Iterable[str]) -> str:
    """A student's name from the name of a file, without the name of our notebook and a browser's " (1)"."""
    bare = re.sub(r"\s*\(\d+\)$", "", stem)
    for name in known:
        bare = re.sub(re.escape(name), "", bare, flags=re.IGNORECASE)
    return bare.strip(" _-.") or stem


def missing(found: Iterable[Submission], modules: Iterable[str]) -> list[tuple[str, str]]:
    """(student, module) for what somebody who handed in anything did not hand in."""
    found = list(found)
    there = {(each.student, each.module) for each in found}
    return [(s, m) for s in sorted({each.student for each in found}) for m in sorted(modules) if (s, m) not in there]
