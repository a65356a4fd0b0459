"""A source becomes notebooks, with the same bytes each time."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode, v4, writes

from unravelling.building.exercise_cells import (
    Declarations,
    assign_roles,
    compare_with_declarations,
    line_under_heading,
)
from unravelling.building.rules import headings, problems_in
from unravelling.building.settings import Settings
from unravelling.building.setup_cell import setup_cell
from unravelling.building.sources import BuildError, Cell, Source
from unravelling.building.stubs import AnswerProblem, stub_and_solution
from unravelling.building.ways_on import ways_on

FOLDERS = {"lesson": ("course",), "exercises": ("exercises", "solutions")}
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    # No version here: a notebook would change whenever an author has another Python.
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}
COMPARED = "nbval-check-output"


@dataclass(frozen=True)
class Built:
    """A notebook as the sources make it, without outputs. path: relative to the repository, forward slashes."""

    path: str
    notebook: NotebookNode


def notebooks_from(source: Source, settings: Settings, declarations: Declarations) -> list[Built]:
    """The notebooks of one source. Raises BuildError with all that is wrong with it."""
    problems = problems_in(source)
    roles: list[tuple[str, str] | None] = [None] * len(source.cells)
    declared: dict[str, Any] = {}
    if source.kind == "exercises":
        exercises = list(declarations(source.number))
        declared = {exercise.id: exercise for exercise in exercises}
        try:
            roles = assign_roles(source)
            compare_with_declarations(source, exercises)
        except BuildError as error:
            problems += error.problems
    if problems:
        raise BuildError(problems)
    answers = _answers(source, roles, declared)
    return [_notebook(source, folder, roles, declared, answers, settings) for folder in FOLDERS[source.kind]]


def _answers(source: Source, roles: list, declared: dict) -> dict[str, dict[str, str]]:
    """Exercise id -> folder -> what stands in its answer cell there."""
    answers, problems = {}, []
    for cell, role in zip(source.cells, roles, strict=True):
        if role and role[1] == "answer":
            exercise = declared[role[0]]
            try:
                texts = stub_and_solution(exercise.id, exercise.parts(exercise.reference), cell.source)
                answers[exercise.id] = dict(zip(FOLDERS["exercises"], texts, strict=True))
            except AnswerProblem as found:
                problems += [source.at(cell.line + line, sentence) for line, sentence in found.problems]
    if problems:
        raise BuildError(problems)
    return answers


def _notebook(source: Source, folder: str, roles: list, declared: dict, answers: dict, settings: Settings) -> Built:
    path = f"{folder}/{source.slug}.ipynb"
    ids = Ids()
    cells = []
    for cell, role in zip(source.cells, roles, strict=True):
        if cell.kind == "markdown":
            text = _with_generated_lines(cell, declared, ways_on(folder, source.number, source.slug, settings))
            built = v4.new_markdown_cell(text, metadata=cell.metadata)
        elif cell.kind == "code":
            text = setup_cell(settings) if "setup" in cell.tags else cell.source
            if role and role[1] == "answer":
                text = answers[role[0]][folder]
            built = v4.new_code_cell(text, metadata=_code_metadata(cell, role, folder))
        else:
            built = v4.new_raw_cell(cell.source, metadata=cell.metadata)
        built["id"] = ids.next(cell, role)
        cells.append(built)
    kind = "lesson" if folder == "course" else folder
    ours = {"module": source.number, "kind": kind, "source": source.shown_as}
    return Built(path, v4.new_notebook(cells=cells, metadata={**NOTEBOOK_METADATA, "unravelling": ours}))


class Ids:
    """Cell ids that stay when another cell is inserted: made of what the cell says, not of where it stands."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def next(self, cell: Cell, role: tuple[str, str] | None) -> str:
        if role:
            stem = f"{role[1]}-{role[0].replace('.', '-')}"
        elif "setup" in cell.tags:
            stem = "setup"
        else:
            stem = f"{cell.kind}-{hashlib.sha256(cell.source.encode()).hexdigest()[:12]}"
        self._seen[stem] = self._seen.get(stem, 0) + 1
        return stem if self._seen[stem] == 1 else f"{stem}-{self._seen[stem]}"


def _code_metadata(cell: Cell, role: tuple[str, str] | None, folder: str) -> dict[str, Any]:
    metadata = {key: value for key, value in cell.metadata.items() if key != "exercise"}
    tags = list(cell.tags)
    if "setup" in tags:  # one line where the page can fold it: JupyterLab, and Colab with the title in the cell
        metadata |= {"jupyter": {"source_hidden": True}, "cellView": "form"}
    if role:
        metadata["unravelling"] = {"exercise": role[0], "role": role[1]}
        if role[1] == "check" and folder == "solutions":
            tags.append(COMPARED)
    return {**metadata, "tags": tags} if tags else metadata


def _with_generated_lines(cell: Cell, declared: dict, ways: str) -> str:
    lines = cell.source.splitlines()
    # From the last heading to the first, so that the line numbers of those above stay right.
    for line, level, text in reversed(headings(cell)):
        here = line - cell.line + 1
        exercise = re.match(r"\d\d\.\d+", text)
        if level == 1 and ways:
            lines[here:here] = ["", ways]
        elif exercise and exercise[0] in declared:
            lines[here:here] = ["", f"*{line_under_heading(declared[exercise[0]])}*"]
    return "\n".join(lines)


def to_text(notebook: NotebookNode) -> str:
    """The bytes of the file: sorted keys, an indent of one, a newline at the end."""
    return writes(notebook, version=4) + "\n"


def hand_written_hash(notebook: NotebookNode) -> str:
    """sha256 of what a person writes in a notebook: kinds and texts of its cells, not outputs or metadata.

    Jupyter adds outputs and metadata to a notebook that was only opened and run; that is nobody's work.
    """
    digest = hashlib.sha256()
    for cell in notebook.cells:
        digest.update(f"{cell.cell_type}\0{cell.source}\0".encode())
    return digest.hexdigest()
