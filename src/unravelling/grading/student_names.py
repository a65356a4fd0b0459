"""What the names of files and folders tell: whose, which module, when; also as learning platforms write them.

Platforms put all of a class into one folder and tell students, attempts and files apart in the names:

    Canvas       lovelaceada_12345_67890_04_attention.ipynb           lovelaceada_LATE_12345_67890_04_attention-2.ipynb
    Moodle       Ada Lovelace_998_assignsubmission_file_/04_attention.ipynb
    Blackboard   Homework4_alovelace_attempt_2026-11-29-10-00-00_04_attention.ipynb
    Brightspace  12345-67890 - Ada Lovelace - Nov 29, 2026 1122 AM - 04_attention.ipynb
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

_FIRST = re.compile(r"([0-9]{2})(?=[_\-\s.])(?!.[0-9]{2})")  # the number of a module, not the month of a date

_CANVAS = re.compile(r"(?P<who>[^_]+)(?P<late>_LATE)?_(?P<number>[0-9]{3,})_[0-9]{3,}_(?P<own>.+)")
_CANVAS_NAMELESS = re.compile(r"(?P<who>anonymous)(?P<late>_LATE)?_(?P<number>[0-9A-Za-z]{5})_[0-9]{3,}_(?P<own>.+)")
_MOODLE = re.compile(r"(?P<who>.+?)(?:_(?P<number>[0-9]+))?_assignsubmission_(?:file|onlinetext)_?(?P<own>.*)")
_BLACKBOARD = re.compile(
    r"(?:[^_]*_)?(?:(?P<number>.+)_)?(?P<who>[^_]+)_attempt_(?P<at>[0-9]{4}(?:-[0-9]{2}){5})(?:_(?P<own>.+)|\.txt)?"
)
_BRIGHTSPACE = re.compile(r"(?P<number>[0-9]+)-[0-9]+ - (?P<who>.+?) - (?P<at>[^-]*[0-9]{4}[^-]*?)(?: - (?P<own>.+))?")
# A number that is hers in every download. Moodle's is another for each assignment.
_LASTING = (_CANVAS, _CANVAS_NAMELESS, _BRIGHTSPACE)
_TIMES = ("%Y-%m-%d-%H-%M-%S", "%b %d, %Y %I%M %p", "%B %d, %Y %I%M %p", "%d %B, %Y %H%M", "%d %b %Y %H%M")

# Folders between the one that is graded and those of the students: of GitHub Classroom, Teams, nbgrader, Gradescope.
_OF_ALL = re.compile(
    r"(?:(?P<assignment>.+)-)?submissions|submitted(?: files)?|assignment_[0-9]+_export", re.IGNORECASE
)

# How systems and tools name a copy, in the languages that they speak.
_COPY = (
    "copy|copie|copia|cópia|còpia|kopie|kopia|kopi|kopio|kópia|kopya|kopyası|másolat|másolata|salinan|bản sao|копия|"
    "копія|αντίγραφο|αντιγραφή|نسخة|עותק|สำเนา|kopija|koopia"
)
_COPY_UNSPACED = "的副本|的複本|副本|複本|のコピー|コピー|의 사본|사본|복사본"
_OF = "of|von|de|di|van|av|af|del|a|souboru|dari|của|من|של|του|kohteesta|pliku|от|файла|файлу"
_COPY_BEFORE = re.compile(rf"(?:{_COPY})(?:[\s_+-]+(?:{_OF})(?=[\s_+-]))?[\s_+:–—-]+(?=.)", re.IGNORECASE)
_COPY_AFTER = re.compile(
    rf"(?:[\s_–—-]+\(?|\()(?:(?:another|[0-9]+(?:st|nd|rd|th))\s)?(?:{_COPY})(?:\s(?:{_OF}))?[\s_-]*(?:\(?[0-9]+\)?)?\)?$"
    rf"|[\s_–—-]*\(?(?:{_COPY_UNSPACED})\s*(?:\(?[0-9]+\)?)?\)?$|\s*\([0-9]+\)$|\.ipynb$",
    re.IGNORECASE,
)
_EDGES = " _-.\"'“”„«»‘’「」"


@dataclass(frozen=True)
class Whose:
    """What a name tells of a student. own: what she called the file. apart: what else she may be called, where several
    have the name; lasting: that is the same in every download. at: when she handed it in (seconds since 1970), if told.
    late: the platform calls it so.
    """

    student: str
    own: str
    apart: str = ""
    lasting: bool = False
    at: float | None = None
    late: bool = False


def whose(inside: Sequence[str], known: Sequence[str], file: bool = True) -> Whose:
    """Whose a file is, by its names from the folder that was handed in downwards. A folder is a student's, and so is a
    notebook without one; where it is a folder of everybody's, what lies in it. file: the last name is that of a file.
    """
    first, *rest = inside
    if rest and (common := _common(first, rest[0], known)) is not None:
        return whose([rest[0][len(common) :] if rest[0].startswith(common) else rest[0], *rest[1:]], known, file)
    own = inside[-1]
    if told := _told(first):
        return told if not rest else Whose(told.student, own, told.apart, told.lasting, told.at, told.late)
    if rest or not file:
        return Whose(_without_ours(first, known) or first, own)
    return Whose(student_of(re.sub(r"(\.tar)?\.[^.]*$", "", first, flags=re.IGNORECASE) or first, known), own)


def is_common(inside: Sequence[str], known: Sequence[str]) -> bool:
    """Whether the first of these folders is nobody's own, by its name or by that of what lies in it."""
    return _common(inside[0], inside[1] if len(inside) > 1 else "", known) is not None


def _common(folder: str, within: str, known: Sequence[str]) -> str | None:
    """What the names in a folder of everybody's begin with; None where it is somebody's own."""
    if match := _OF_ALL.fullmatch(folder):
        return f"{match['assignment']}-" if match["assignment"] else ""
    if _no_copy(folder).lower() in {each.lower() for each in known} or (_told(within) and not _told(folder)):
        return ""
    return None


def _without_ours(folder: str, known: Sequence[str]) -> str:
    """The name of a folder without that of our notebook at its beginning, as GitHub Classroom puts it there."""
    for name in known:
        beginning = "[-_ ]".join(map(re.escape, name.split("_")))
        if match := re.match(rf"{beginning}[-_ ]+(?=.*[^\W\d_])", folder, re.IGNORECASE):
            return folder[match.end() :]
    return folder


def _told(name: str) -> Whose | None:
    """What a platform tells in a name that it wrote; None where it wrote none."""
    for form in (_CANVAS, _CANVAS_NAMELESS, _MOODLE, _BRIGHTSPACE, _BLACKBOARD):
        if match := form.fullmatch(name):
            parts = match.groupdict()
            student, number = parts["who"].strip(), parts["number"] or ""
            apart = f"{number}_{student}" if form is _BLACKBOARD else f"{student} {number}"
            return Whose(
                student=student,
                own=parts["own"] or name,
                apart=apart if number else "",
                lasting=form in _LASTING,
                at=_moment(parts.get("at") or ""),
                late=bool(parts.get("late")),
            )
    return None


def _moment(text: str) -> float | None:
    words = re.sub(r"\b([0-9]{3})(?=\s*[AP]M)", r"0\1", text.strip())
    for form in _TIMES:
        try:
            return datetime.strptime(words, form).timestamp()
        except (ValueError, OverflowError, OSError):
            continue
    return None


def named(name: str, known: Iterable[str]) -> str:
    """The number of the module in the name of a file: of a notebook of ours, else one at the beginning, else ""."""
    known = list(known)
    for each in known:
        if re.search(rf"(?<![0-9]){re.escape(each)}", name, re.IGNORECASE):
            return each[:2]
    first = _FIRST.match(name)
    return first[1] if first and first[1] in {each[:2] for each in known} else ""


def student_of(stem: str, known: Iterable[str]) -> str:
    """A student's name from the name of a file, without that of our notebook and without what marks a copy.

    All of it where nothing is left then: nobody knows whether two of these are of one person.
    """
    bare = _no_copy(stem)
    for name in known:
        bare = re.sub(rf"{re.escape(name)}(?:[ -][0-9]{{1,2}}$)?", "", bare, flags=re.IGNORECASE)
    return _no_copy(bare.strip(_EDGES)) or stem


def _no_copy(name: str) -> str:
    """A name without what systems put before and after that of a copy, also of a copy of a copy."""
    before = None
    while name != before:
        before, name = name, name.strip()
        if match := _COPY_BEFORE.match(name):
            name = name[match.end() :]
        name = _COPY_AFTER.sub("", name).strip('"“”„«»‘’「」 ')
    return name.strip(_EDGES)


def in_order(inside: Sequence[str]) -> list[list[tuple[int, str]]]:
    """What sorts names as people count: "Version 9" before "Version 10", and "x" before its copy "x-2"."""
    *folders, file = inside
    return [
        [(int(each), "") if each.isdecimal() else (-1, each) for each in re.split(r"([0-9]{1,18})", name)]
        for name in (*folders, file.rsplit(".", 1)[0])
    ]
