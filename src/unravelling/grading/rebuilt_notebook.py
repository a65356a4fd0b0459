"""Build the notebook that is graded: ours, with the learner's answers in it. Nothing else of hers is run."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from . import split_answers, submitted_notebook
from .submitted_notebook import Definitions


@dataclass(frozen=True)
class Rebuilt:
    """The notebook to run, which exercises were found in the learner's file, and what else was noticed there."""

    notebook: dict[str, Any]
    found: frozenset[str]
    notes: tuple[str, ...] = field(default=())

    @property
    def digest(self) -> str:
        """The same for the same answers to the same exercises."""
        return hashlib.sha256(json.dumps(self.notebook, sort_keys=True).encode()).hexdigest()


def rebuild(pristine: dict[str, Any], submitted: dict[str, Any]) -> Rebuilt:
    """Put the answers of `submitted` into `pristine` (both as submitted_notebook.read gives them).

    An answer is the code cell that carries the exercise's mark; where there is none, the last code cell that defines
    all its functions; else a cell with the mark that is no code cell any more. Several with the mark are put together
    as split_answers.join says.
    """
    ours = {cell_mark: cell for cell in pristine["cells"] if (cell_mark := submitted_notebook.mark(cell)) != ("", "")}
    theirs = [cell for cell in submitted["cells"] if cell.get("cell_type") == "code"]
    result = copy.deepcopy(pristine)
    found, notes = set(), []
    used: set[int] = set()
    makes = cache(submitted_notebook.makes)  # each source is parsed once, and forgotten with this notebook
    for cell in result["cells"]:
        exercise, role = submitted_notebook.mark(cell)
        if role != "answer":
            continue
        source, cells, told = _answer(exercise, makes(cell["source"]).defines, submitted["cells"], makes)
        notes += told
        if cells:
            found.add(exercise)
            used.update(map(id, cells))
            cell["source"] = source
    notes += _altered(ours, submitted["cells"])
    known = {_bare(cell["source"]) for cell in pristine["cells"]}
    extra = [
        each
        for each in theirs
        if id(each) not in used
        and (submitted_notebook.mark(each) == ("", "") or submitted_notebook.mark(each)[1] == "answer")
        and each["source"].strip()
        and _bare(each["source"]) not in known
    ]
    if extra:
        one = "1 cell of your own was" if len(extra) == 1 else f"{len(extra)} cells of your own were"
        notes.append(f"{one} not run: what an answer needs belongs into its cell.")
    return Rebuilt(_clean(result), frozenset(found), tuple(notes))


def _answer(
    exercise: str, names: frozenset[str], theirs: list[dict], makes: Callable[[str], Definitions]
) -> tuple[str, list[dict], list[str]]:
    """The source of an answer, the cells that it was made from or stands in for, and what is told of that."""
    marked = [
        each for each in theirs if submitted_notebook.mark(each) == (exercise, "answer") and each["source"].strip()
    ]
    cells = [each for each in marked if each.get("cell_type") == "code"]
    notes = []
    if not cells:  # it may stand elsewhere without its mark
        code = [each for each in theirs if each.get("cell_type") == "code"]
        unmarked = [each for each in code if submitted_notebook.mark(each)[1] not in ("answer", "check", "hint")]
        cells = [each for each in unmarked if names <= makes(each["source"]).defines]
        if cells:
            notes.append(f"{exercise}: the answer cell had lost its mark; found by the name of its function.")
        elif marked:  # one key turns a cell into Markdown, or into raw text
            cells = marked
            notes.append(f"{exercise}: its answer cell is no code cell any more; it was run as one.")
        else:
            return "", [], [f"{exercise}: its answer cell is missing."]
    joined = split_answers.join([each["source"] for each in cells], names, makes)
    if joined.answers > 1:
        notes.append(f"{exercise}: {joined.answers} cells answer it; the last one counts.")
    if len(joined.cells) > 1:
        notes.append(f"{exercise}: its answer stands in {len(joined.cells)} cells, which were run as one.")
    if joined.left:
        one = "1 statement in them was" if joined.left == 1 else f"{joined.left} statements in them were"
        notes.append(f"{exercise}: {one} not run, since nothing that was asked for needs it.")
    return joined.source, [cells[number] for number in joined.cells | joined.instead], notes


def _altered(ours: dict[tuple[str, str], dict], cells: list[dict]) -> list[str]:
    """What was done to the check cells. It has no effect here, and is told."""
    notes = []
    order = []
    for (exercise, role), original in ours.items():
        if role != "check":
            continue
        same = [each for each in cells if submitted_notebook.mark(each) == (exercise, role)]
        if not same:
            same = [each for each in cells if _bare(each["source"]) == _bare(original["source"])]
        if not same:
            notes.append(f"{exercise}: its check cell was deleted; ours was run.")
        elif len(same) > 1:
            notes.append(f"{exercise}: its check cell is there {len(same)} times; ours was run once.")
        elif same[0].get("cell_type") != "code":
            notes.append(f"{exercise}: its check cell is no code cell any more; ours was run.")
        elif _bare(same[0]["source"]) != _bare(original["source"]):
            notes.append(f"{exercise}: its check cell was edited; ours was run.")
        if same:
            order.append(next(number for number, each in enumerate(cells) if each is same[0]))
    if order != sorted(order):
        notes.append("The check cells stand in another order; ours was run in the order of the exercises.")
    return notes


def _bare(source: str) -> str:
    return "".join(source.split())


def _clean(notebook: dict[str, Any]) -> dict[str, Any]:
    """Without outputs, with our ids: what nbval then runs is all ours but for the text of the answers."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return notebook


def without(notebook: dict[str, Any], pristine: dict[str, Any], exercises: Collection[str]) -> dict[str, Any]:
    """The notebook with the stubs of some exercises in place of their answers."""
    result = copy.deepcopy(notebook)
    for cell, original in zip(result["cells"], pristine["cells"], strict=True):
        exercise, role = submitted_notebook.mark(original)
        if role == "answer" and exercise in exercises:
            cell["source"] = original["source"]
    return result


def pristine_of(folder: Path, module: str) -> tuple[Path, dict[str, Any]]:
    """Our own exercise notebook of a module. Raises Unreadable."""
    for path in sorted(folder.glob(f"{module}_*.ipynb")):
        return path, submitted_notebook.read(path)
    raise submitted_notebook.Unreadable(f"There is no exercise notebook of module {module} in {folder}.")
