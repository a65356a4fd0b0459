"""Read the text of a module: MyST Markdown in, cells with their line numbers out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SOURCE_OF = {"lesson": "lesson.md", "exercises": "exercises.md"}
MODULE_FOLDER = re.compile(r"(\d\d)_[a-z0-9_]+")
REGISTERED = re.compile(r'    "(\d\d)": "(\w+)"')


class BuildError(RuntimeError):
    """Something in a source has to be put right. The message names file and line, one problem a line."""

    def __init__(self, problems: str | list[str]) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))


@dataclass
class Cell:
    """One cell of a source. ``line`` is the line of the file, counted from 1, on which its text begins."""

    kind: str  # "markdown" or "code"
    source: str
    line: int
    tags: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass
class Source:
    """One text of a module: its lesson or its exercises."""

    number: str  # "04"
    slug: str  # "04_attention"
    kind: str  # "lesson" or "exercises"
    path: Path
    shown_as: str  # the path within the repository, with forward slashes
    cells: list[Cell]

    def at(self, line: int, sentence: str) -> str:
        """The sentence with the place it is about in front, as editors and terminals like to link it."""
        return f"{self.shown_as}:{line}: {sentence}"


def read_sources(root: Path, only: str | None = None) -> Iterator[Source]:
    """Every lesson.md and exercises.md under root/authoring, in the order of the modules.

    only: a module's number ("04") or folder ("04_attention"); None reads all.
    """
    for folder in sorted((root / "authoring").glob("*/")):
        name = MODULE_FOLDER.fullmatch(folder.name)
        if not name or (only and only not in (name[1], folder.name)):
            continue
        for kind, file in SOURCE_OF.items():
            path = folder / file
            if path.exists():
                shown_as = path.relative_to(root).as_posix()
                cells = parse(path.read_text(encoding="utf-8-sig"), shown_as)  # Notepad begins with a byte order mark
                yield Source(name[1], folder.name, kind, path, shown_as, cells)


def unregistered(root: Path) -> list[str]:
    """The folders in authoring/ and checks/ that course_modules.py does not register, and those that are missing."""
    register, checks = root / "src/unravelling/course_modules.py", root / "src/unravelling/checks"
    if not register.exists():
        return []
    wanted: dict[Path, int] = {}  # folder -> line
    for line, text in enumerate(register.read_text(encoding="utf-8").splitlines(), start=1):
        if found := REGISTERED.match(text):
            wanted |= {root / f"authoring/{found[1]}_{found[2]}": line, checks / found[2]: line}
    there = {path for path in (root / "authoring").glob("*/") if MODULE_FOLDER.fullmatch(path.name)}
    there |= {path.parent for path in checks.glob("*/__init__.py")} - {checks / "instruments"}
    problems = [(1, path, "is the folder of no module that is registered here") for path in there - set(wanted)]
    problems += [(wanted[path], path, "is not there, though it is registered") for path in set(wanted) - there]
    return [
        f"{register.relative_to(root)}:{line}: {path.relative_to(root)} {what}."
        for line, path, what in sorted(problems)
    ]


def parse(text: str, shown_as: str) -> list[Cell]:
    """The cells of a MyST Markdown text. Raises BuildError when a cell's YAML header cannot be read."""
    import jupytext

    try:
        notebook = jupytext.reads(text, fmt="md:myst")
    except Exception as error:  # jupytext passes on what its Markdown and YAML readers raise
        raise BuildError(f"{shown_as}:1: this is not MyST Markdown that jupytext can read ({error}).") from error
    lines = text.splitlines()
    cells, after = [], 0
    for cell in notebook.cells:
        body = cell.source.splitlines()
        start = _find(body, lines, after)
        after = start + len(body)
        metadata = dict(cell.metadata)
        tags = metadata.pop("tags", [])
        cells.append(Cell(cell.cell_type, cell.source, start + 1, list(tags), metadata))
    return cells


def _find(body: list[str], lines: list[str], after: int) -> int:
    """Index of the first line of body in lines, looking from ``after`` on. jupytext does not tell."""
    if not body:
        return next((start + 1 for start in range(after, len(lines)) if lines[start].startswith("```{")), after)
    for start in range(after, len(lines) - len(body) + 1):
        if lines[start : start + len(body)] == body:
            return start
    return after
