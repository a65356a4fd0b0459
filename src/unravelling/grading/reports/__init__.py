"""What is written of a graded class: for programs (CSV, JUnit, Gradescope, GitHub) and for people (Markdown, a page).

Everything here is made from `results.NotebookResult` alone. What learners wrote is never trusted as HTML or Markdown.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from unravelling.grading.results import NotebookResult
from unravelling.whole_file import write_whole

from . import class_page, machine_readable, student_report
from .class_summary import markdown, workflow_commands

__all__ = ["markdown", "student_text", "workflow_commands", "write"]

_REFUSED = '/\\<>:"|?*'  # separators, and what Windows refuses in a name
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)")  # no names of files on Windows
_LONGEST = 200  # bytes; file systems take 255, and an ending or a mark may follow


def write(
    folder: Path,
    results: Sequence[NotebookResult],
    absent: Iterable[tuple[str, str]],
    walls: dict[str, str],
    aside: Sequence[str] = (),
    due: str = "",
) -> None:
    """Write every report of a class into `folder`, each whole or not at all. aside, due: as in RunResult."""
    results = sorted(results, key=lambda each: (each.student, each.module))
    absent = list(absent)
    write_whole(folder / "scores.csv", machine_readable.csv_text(results, absent))
    write_whole(folder / "junit.xml", machine_readable.junit(results))
    write_whole(folder / "class.html", class_page.page(results, absent, walls, aside, due))
    write_whole(folder / "summary.md", markdown(results, absent, walls, aside, due))
    folders = distinct(each.student for each in results)
    for name, theirs in groupby(results, key=lambda each: each.student):
        own = {_report(each): student_report.markdown(each) for each in theirs}
        files = distinct(own)
        for report, text in own.items():
            write_whole(folder / "students" / folders[name] / f"{files[report]}.md", text)


def student_text(result: NotebookResult) -> str:
    """The report of one notebook, as Markdown."""
    return student_report.markdown(result)


def _report(result: NotebookResult) -> str:
    """What the report of a notebook is called: its module, or its file where nothing tells the module."""
    return result.module or result.file


def distinct(names: Iterable[str]) -> dict[str, str]:
    """For each name that of a file, none of which any file system takes for another's: "Zoë" and "ZOË" differ."""
    found = {name: safe(name) for name in names}
    often = Counter(map(_folded, found.values()))
    return {name: each if often[_folded(each)] == 1 else f"{each}-{_hash(name)}" for name, each in found.items()}


def safe(name: str) -> str:
    """A name as the name of a file, with all its letters and signs: no separators, nothing that climbs or is hidden."""
    composed = unicodedata.normalize("NFC", name)  # macOS hands over "ë" in two characters
    kept = "".join("_" if each in _REFUSED or unicodedata.category(each) in ("Cc", "Cs") else each for each in composed)
    kept = kept.strip(" .")
    if _DEVICE.match(kept):
        kept = f"_{kept}"
    if len(kept.encode()) > _LONGEST:
        kept = kept.encode()[:_LONGEST].decode(errors="ignore") + f"-{_hash(name)}"
    return kept or "_"


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:6]
