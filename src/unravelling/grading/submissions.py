"""Find what was handed in: a notebook a student, or a folder a student; and which module each is."""

from __future__ import annotations

import contextlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from . import student_names, submitted_notebook
from .file_walk import Entry, walk
from .student_names import Whose
from .visible_text import shown

# What is handed in where a notebook should be. The first hold a notebook, perhaps, wherever they lie; the last are
# somebody's, in a folder of everybody's, only where their names tell a module or who.
PACKED = {"zip", "rar", "7z", "tar", "gz", "tgz", "bz2", "xz", "zst", "dbc"}
INSTEAD = PACKED | {"html", "htm", "mht", "mhtml", "webarchive", "pdf", "py", "ipy", "doc", "docx", "odt", "rtf"}
INSTEAD |= {"pages", "tex", "r", "rmd", "qmd", "jl", "scala", "url", "webloc", "lnk", "gdoc"}
PERHAPS = INSTEAD | {"txt", "md", "rst", "json", "png", "jpg", "jpeg", "heic", "eml", "msg", "xls", "xlsx", "pptx"}
BESIDE = {"readme", "index", "license", "licence", "notice", "roster", "conftest", "setup"}  # an instructor's own
MOST_NAMED = 3
KEPT = 256 << 20  # bytes of notebooks that are kept as they were read; what goes beyond is read again in its turn
MOST_OF_A_MODULE = 3  # notebooks of one student, as copies and attempts are, before somebody should look


class NothingHandedIn(RuntimeError):
    """The folder holds no notebook; the message says what was looked for."""


@dataclass(frozen=True)
class Submission:
    """One file of one student. `module` is empty where neither its cells nor its name tell one.

    changed: when, in seconds since 1970, or when it was handed in where its name tells. notes: which files were passed
    over for this one, and why. content: the notebook as it was read, if it was kept.
    """

    student: str
    module: str
    path: Path
    changed: float = 0.0
    late: bool = False
    notes: tuple[str, ...] = ()
    content: dict[str, Any] | None = field(default=None, repr=False, compare=False)

    def notebook(self) -> dict[str, Any]:
        """What submitted_notebook.bare tells of it. Raises Unreadable."""
        return self.content or submitted_notebook.bare(submitted_notebook.read(self.path))


@dataclass(frozen=True)
class Submissions:
    """What a folder holds: the files that count, in order, all students who have a place in it, and a sentence for each
    file or folder that was left aside, or for what somebody should look at."""

    files: list[Submission]
    students: list[str]
    aside: list[str]


@dataclass(frozen=True)
class _File:
    """A file, what its names tell, and its module."""

    entry: Entry
    whose: Whose
    module: str
    content: dict[str, Any] | None = field(default=None, repr=False, compare=False)

    @property
    def at(self) -> float:
        return self.entry.changed if self.whose.at is None else self.whose.at


def find(
    folder: Path,
    known: Iterable[str],
    module: str | None = None,
    due: datetime | None = None,
    reports: Path | None = None,
    student: str = "",
) -> Submissions:
    """The notebooks under `folder`, the last changed where a student has several of one module.

    A folder directly under `folder` is a student's, and so is a notebook: `04_attention_ada.ipynb` and
    `ada_04_attention.ipynb` are Ada's; names that a learning platform wrote are read as student_names.py says. known:
    the names of our own notebooks, without ".ipynb". module: only this one, and the files that tell none of students
    who have no other. due: what was changed later is late. reports: a folder that is not looked into. student: who
    handed in all that lies there; empty: as the names tell. Raises NothingHandedIn.
    """
    known = sorted(known, key=len, reverse=True)
    walked = walk(folder, reports)
    aside = walked.aside

    def whose(entry: Entry) -> Whose:
        return Whose(student, entry.inside[-1]) if student else student_names.whose(entry.inside, known)

    books, room = [], KEPT
    for each in walked.notebooks:
        books.append(_notebook(each, whose(each), known, keep=each.size <= room))
        room -= each.size if books[-1].content else 0
    others = [_File(each, told := whose(each), student_names.named(told.own, known)) for each in walked.others]
    names = _names_of([*books, *others])
    files: dict[str, list[_File]] = defaultdict(list)
    for book in books:
        files[names[book]].append(book)
        if module and book.module != module == student_names.named(book.entry.inside[-1], known):
            here = shown(book.entry.inside)
            aside.append(f"{here}: its cells are those of module {book.module}, whatever its name says.")
    found = [one for name in sorted(files) for one in _counting(name, files[name], module, due)]
    students = {*files, *_folders(walked.folders, names, known)} if not student else {student}
    aside += [said for name in sorted(files) if (said := _perhaps_of_several(name, files[name]))] if not student else []
    students |= _instead_of_a_notebook(others, names, files, aside)
    if not found:
        what = f"of module {module}" if module else "(*.ipynb)"
        said = f"There is no notebook {what} in {folder}: one for each student, or a folder for each."
        if student:
            said = f"There is no notebook {what} among what was handed in."
        raise NothingHandedIn(" ".join([said, *aside[:MOST_NAMED]]))
    _demand_a_module(found, folder, aside)
    return Submissions(found, sorted(students), aside)


def _notebook(entry: Entry, whose: Whose, known: Sequence[str], module: str | None = None, keep: bool = True) -> _File:
    """A notebook with its module, read for that if `module` does not say which; keep: what was read goes along."""
    content = None
    with contextlib.suppress(submitted_notebook.Unreadable):  # told when its turn comes, under what its name tells
        content = submitted_notebook.bare(submitted_notebook.read(entry.path))
    return _File(entry, whose, module or module_of(content, known, whose.own), content if keep else None)


def _names_of(files: Sequence[_File]) -> dict[_File, str]:
    """What to call each file's student: the name that she has, and more of it where it is the name of several.

    Two are two where a platform's number for them differs, or where both handed in the same module in one download.
    """
    lasting: dict[str, set[tuple[str, str]]] = defaultdict(set)
    within: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for each in files:
        if each.whose.apart:
            (lasting if each.whose.lasting else within)[each.whose.student].add((each.module, each.whose.apart))
    several = {name for name, found in lasting.items() if len({apart for _, apart in found}) > 1}
    for name, found in within.items():
        several |= {name for number in Counter(module for module, _ in found).values() if number > 1}
    return {
        each: shown(each.whose.apart if each.whose.apart and each.whose.student in several else each.whose.student)
        for each in files
    }


def _folders(folders: Sequence[tuple[str, ...]], names: dict[_File, str], known: Sequence[str]) -> Iterator[str]:
    """The students who have a folder, whatever lies in it; some are known by more of its name than others."""
    told = {each.entry.inside[:depth]: name for each, name in names.items() for depth in (1, 2)}
    places = [*folders, *(each.entry.inside for each in names)]
    common = {each[0] for each in places if student_names.is_common(each, known)}
    for inside in folders:
        if len(inside) == 1 + (inside[0] in common):
            yield told.get(inside) or shown(student_names.whose(inside, known, file=False).student)


def _perhaps_of_several(name: str, files: Sequence[_File]) -> str:
    """A sentence where a folder seems to be of a whole class: it has many notebooks of a module, and one counts."""
    for module, number in Counter(each.module for each in files).items():
        if module and number > MOST_OF_A_MODULE and any(len(each.entry.inside) > 1 for each in files):
            return (
                f"{name}: {number} notebooks of module {module} are taken for this student's, and one of them counts. "
                "If each is another student's, grade the folder that they lie in."
            )
    return ""


def _instead_of_a_notebook(
    others: Sequence[_File], names: dict[_File, str], students: Collection[str], aside: list[str]
) -> set[str]:
    """Name the files that seem to stand for a notebook: those that say so, and all of whoever is none of `students`,
    who handed in a notebook. Returns whose they are.
    """
    by: dict[str, list[str]] = defaultdict(list)
    for each in others:
        *folders, name = each.entry.inside
        if ".ipynb" in name.lower():
            aside.append(f"{shown(each.entry.inside)}: its name does not end in .ipynb, so it was not read.")
            by.setdefault(names[each], [])
            continue
        stem, dot, ending = name.lower().rpartition(".")
        told = each.whose.apart or each.whose.at is not None
        likely = ending in PERHAPS or not dot
        if not folders and not told and not (likely if each.module else ending in INSTEAD and stem not in BESIDE):
            continue  # nobody's, most likely: a list of the class, say
        if ending in PACKED or (each.module and likely) or names[each] not in students:
            by[names[each]].append(shown(each.entry.inside))
    for files in filter(None, by.values()):
        if len(files) == 1:
            aside.append(f"{files[0]}: it is no notebook (.ipynb), so it was not read.")
        else:
            more = f" and {len(files) - MOST_NAMED} more" if len(files) > MOST_NAMED else ""
            first = ", ".join(files[:MOST_NAMED])
            aside.append(f"{first}{more}: they are no notebooks (.ipynb), so they were not read.")
    return set(by)


def _demand_a_module(found: Sequence[Submission], folder: Path, aside: list[str]) -> None:
    """Say it once where notebooks tell no module. Raises NothingHandedIn where none does: none can be graded then."""
    silent = [each for each in found if not each.module]
    some = "1 notebook tells" if len(silent) == 1 else f"{len(silent)} notebooks tell"
    said = f"In {folder}, {some} by neither cells nor name which module it is: with --module 04, say, it counts as 04."
    if len(silent) == len(found) and any(map(_is_read, silent)):
        raise NothingHandedIn(said)
    if len(silent) > 1:
        aside.append(said)


def _is_read(one: Submission) -> bool:
    try:
        one.notebook()
    except submitted_notebook.Unreadable:
        return False
    return True


def _counting(name: str, files: list[_File], module: str | None, due: datetime | None) -> Iterator[Submission]:
    """Of one student's files those that count, in order, with notes about those that do not."""
    by: dict[str, list[_File]] = defaultdict(list)
    for each in files:
        by[each.module].append(each)
    nameless = by.pop("", [])
    if module is None:
        for each in nameless:  # each is told apart by its path: nobody knows whether they are of one module
            yield _submission(name, "", each, due)
        nameless = []
    elif by[module]:
        by = {module: by[module]}
    else:  # then it may be one of these
        by, nameless = {module: nameless} if nameless else {}, []
    for number, same in sorted(by.items()):
        *older, last = sorted(same, key=lambda each: (each.at, student_names.in_order(each.entry.inside)))
        notes = []
        if older:
            if older[-1].at == last.at:
                why = "the last by name of those changed last"
            else:
                why = "the last changed" if last.whose.at is None else "the last attempt"
            notes.append(f"Of several files this one counts, {why}. Passed over: {_list(older)}.")
        if nameless:
            notes.append(f"Passed over, for nothing tells which module it is: {_list(nameless)}.")
        yield _submission(name, number, last, due, notes)


def _submission(name: str, module: str, file: _File, due: datetime | None, notes: Sequence[str] = ()) -> Submission:
    """One that counts, and, if it is late, by what that is told."""
    late, notes = file.whose.late, list(notes)
    if due is not None and file.at > due.timestamp():
        late = True
        notes.insert(0, f"Late: changed at {moment(file.at, due)}; it was due by {moment(due.timestamp(), due)}.")
    elif late:
        notes.insert(0, "Late, says the name that the learning platform gave the file.")
    return Submission(name, module, file.entry.path, file.at, late, tuple(notes), file.content)


def alone(path: Path, known: Iterable[str], module: str | None = None, due: datetime | None = None) -> Submission:
    """One notebook that was handed to the grader by its name; arguments as those of `find`."""
    known = sorted(known, key=len, reverse=True)
    told, status = student_names.whose([path.name], known), path.stat()
    file = _notebook(Entry(path, (path.name,), status.st_mtime, status.st_size), told, known, module)
    return _submission(shown(told.student), file.module, file, due)


def moment(seconds: float, like: datetime | None = None) -> str:
    """A moment with its zone: that of `like`, or this machine's where it has none."""
    try:
        when = datetime.fromtimestamp(seconds, like.tzinfo if like else None)
        when = when if when.tzinfo else when.astimezone()
    except (ValueError, OverflowError, OSError):  # whoever set the time of a file may have set any
        return f"{seconds:.0f} seconds after the beginning of 1970"
    return f"{when:%Y-%m-%d %H:%M} (UTC{when.isoformat()[-6:]})"


def _list(files: Iterable[_File]) -> str:
    return ", ".join(shown(each.entry.inside) for each in files)


def module_of(content: dict[str, Any] | None, known: Iterable[str], name: str) -> str:
    """The number of a notebook's module: what most marks of its cells say, else what its name says, else "".

    content: the notebook, if it could be read. name: what her file is called.
    """
    known = list(known)
    numbers = {each[:2] for each in known}
    marks = map(submitted_notebook.mark, content["cells"] if content else ())
    told = Counter(exercise.split(".")[0] for exercise, role in marks if role in ("answer", "check"))
    for number, _ in told.most_common():
        if number in numbers:
            return number
    return student_names.named(name, known)


def missing(found: Submissions, modules: Iterable[str]) -> list[tuple[str, str]]:
    """(student, module) for what somebody who has a place in the folder did not hand in."""
    there = {(each.student, each.module) for each in found.files}
    return [(student, each) for student in found.students for each in sorted(modules) if (student, each) not in there]
