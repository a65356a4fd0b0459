"""Find what was handed in: a notebook a student, or a folder a student; and which module each is."""

from __future__ import annotations

import os
import re
import stat
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


@dataclass(frozen=True)
class Handed:
    """What a folder holds: the files that count, in order, all students who have a place in it, and a sentence for each
    file or folder that was left aside though it looks like a submission."""

    files: list[Submission]
    students: list[str]
    aside: list[str]


def find(
    folder: Path,
    known: Iterable[str],
    module: str | None = None,
    due: datetime | None = None,
    reports: Path | None = None,
) -> Handed:
    """The notebooks under `folder`, the last changed where a student has several of one module.

    A folder directly under `folder` is a student's, and so is a notebook: `04_attention_ada.ipynb` and
    `ada_04_attention.ipynb` are Ada's. known: the names of our own notebooks, without ".ipynb". module: only this one,
    and the files that tell none of students who have no other. due: what was changed later is late. reports: a folder
    that is not looked into. Raises NothingHandedIn.
    """
    known = sorted(known, key=len, reverse=True)
    files: dict[str, list[Submission]] = defaultdict(list)
    aside: list[str] = []
    for path in sorted(_notebooks(folder, reports, aside)):
        inside = path.relative_to(folder)
        student = inside.parts[0] if len(inside.parts) > 1 else student_of(path.stem, known)
        changed = path.lstat().st_mtime
        late = due is not None and changed > due.timestamp()
        one = Submission(student, module_of(path, known), path, changed, late)
        files[student].append(one)
        if module and one.module != module == named(path.name, known):
            aside.append(f"{_name(path, folder)}: its cells are those of module {one.module}, whatever its name says.")
    found = [one for each in sorted(files) for one in _counting(files[each], folder, module)]
    if not found:
        what = f"of module {module}" if module else "(*.ipynb)"
        said = f"There is no notebook {what} in {folder}: one for each student, or a folder for each."
        raise NothingHandedIn(" ".join([said, *aside[:3]]))
    return Handed(found, sorted({*files, *_folders(folder, reports)}), aside)


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
    return ", ".join(_name(each.path, folder) for each in files)


def _name(path: Path, folder: Path) -> str:
    """The name of a file below `folder`, without what would move a terminal's cursor; students chose it."""
    name = path.relative_to(folder).as_posix()
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in name)


def _looked_into(path: Path, reports: Path | None) -> bool:
    return path.name not in _SKIPPED and (reports is None or path.absolute() != reports.absolute())


def _folders(folder: Path, reports: Path | None) -> list[str]:
    """The students who have a folder, whatever lies in it."""
    with os.scandir(folder) as entries:
        return [
            each.name
            for each in entries
            if each.is_dir(follow_symlinks=False)
            and not each.name.startswith(".")
            and _looked_into(Path(each.path), reports)
        ]


def _notebooks(folder: Path, reports: Path | None, aside: list[str]) -> Iterator[Path]:
    """The files that are notebooks by their names. What looks like one, and is not taken, is told in `aside`."""

    def unread(path: Path, error: OSError) -> None:
        aside.append(f"{_name(path, folder)}: it cannot be read: {error.strerror or error}.")

    for here, folders, files in os.walk(folder, onerror=lambda error: unread(Path(error.filename), error)):
        folders[:] = [name for name in sorted(folders) if _looked_into(Path(here, name), reports)]
        links = [name for name in folders if Path(here, name).is_symlink()]  # os.walk does not follow them
        files = [name for name in sorted(files) if ".ipynb" in name.lower() and not name.startswith("._")]
        for path in (Path(here, name) for name in [*links, *files]):
            try:
                kind = path.lstat().st_mode
            except OSError as error:
                unread(path, error)
                continue
            if stat.S_ISLNK(kind):
                aside.append(f"{_name(path, folder)}: it is a link, which is not followed.")
            elif not stat.S_ISREG(kind):
                aside.append(f"{_name(path, folder)}: it is no file.")
            elif path.suffix.lower() != ".ipynb":
                aside.append(f"{_name(path, folder)}: its name does not end in .ipynb, so it was not read.")
            else:
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


def missing(handed: Handed, modules: Iterable[str]) -> list[tuple[str, str]]:
    """(student, module) for what somebody who has a place in the folder did not hand in."""
    there = {(each.student, each.module) for each in handed.files}
    return [(student, each) for student in handed.students for each in sorted(modules) if (student, each) not in there]
