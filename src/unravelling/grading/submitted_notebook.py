"""Read notebooks that nobody vouches for, and the little that grading needs to know of cells."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LARGEST = 10 << 20  # bytes; our own exercises have about 30 kB, our longest lesson with all its pictures 0.8 MB
MOST = 2_000  # cells; a lesson of ours has about 100
# Characters of one cell that are parsed. A parsed source takes up to 600 times its size, and this in the process that
# grades everybody; the longest answer of ours has 3,000.
PARSED = 100_000
MAGIC = re.compile(r"^(?:%(?!%)|!).*", re.MULTILINE)  # %%bash rules its whole cell, which need not be Python


class Unreadable(RuntimeError):
    """A file that is no notebook; the message says why, for whoever handed it in."""


def read(path: Path) -> dict[str, Any]:
    """The notebook in a file, with `cells` a list of dictionaries whose `source` is text. Raises Unreadable."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise Unreadable(
                f"The file has {size / 1e6:,.0f} MB; a notebook of exercises has less than one. "
                "Clear its outputs, save it, and hand it in again."
            )
        if not size:
            raise Unreadable("The file is empty.")
        text = path.read_bytes().decode("utf-8-sig")
        notebook = json.loads(text)
    except OSError as error:
        raise Unreadable(f"The file cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        said = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise Unreadable(f"The file is not JSON, so no notebook: {said}.") from error
    if isinstance(notebook, dict) and isinstance(notebook.get("worksheets"), list):
        notebook = {**notebook, "cells": _cells_of_old(notebook["worksheets"])}
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise Unreadable("The file is JSON, but no notebook: it has no list of cells.")
    if len(notebook["cells"]) > MOST:
        raise Unreadable(f"The notebook has {len(notebook['cells']):,} cells; one of exercises has fewer than 100.")
    cells = []
    for cell in notebook["cells"]:
        if not isinstance(cell, dict):
            continue
        source = cell.get("source", "")
        source = "".join(map(str, source)) if isinstance(source, list) else str(source)
        # what Windows's editors put round a text, and Python does not read: a byte order mark, and the end of a file
        source = source.removeprefix("\ufeff").rstrip("\x1a")
        metadata = cell.get("metadata")
        cells.append({**cell, "source": source, "metadata": metadata if isinstance(metadata, dict) else {}})
    return {**notebook, "cells": cells}


def _cells_of_old(worksheets: list[Any]) -> list[Any]:
    """The cells of a notebook as formats 2 and 3 have them, before 2015; some tools still write these."""
    found = []
    for sheet in worksheets:
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
        for cell in cells if isinstance(cells, list) else []:
            old = isinstance(cell, dict) and "input" in cell and "source" not in cell
            found.append({**cell, "source": cell["input"]} if old else cell)
    return found


def bare(notebook: dict[str, Any]) -> dict[str, Any]:
    """The little of a notebook that grading needs: kind, source and mark of each cell."""
    cells = []
    for cell in notebook["cells"]:
        exercise, role = mark(cell)
        metadata = {"unravelling": {"exercise": exercise, "role": role}} if exercise or role else {}
        cells.append({"cell_type": cell.get("cell_type"), "source": cell["source"], "metadata": metadata})
    return {"cells": cells}


def mark(cell: dict[str, Any]) -> tuple[str, str]:
    """Exercise id and role ("answer", "check", "hint") of a cell, or two empty texts."""
    found = cell["metadata"].get("unravelling")
    return (str(found.get("exercise", "")), str(found.get("role", ""))) if isinstance(found, dict) else ("", "")


@dataclass(frozen=True)
class Definitions:
    """What the source of a cell makes. defines: the functions and classes at its top level; where it does not parse, or
    is too long to, by the look of its lines.
    """

    defines: frozenset[str]
    parses: bool = False


def makes(source: str) -> Definitions:
    """What a cell would make if it were run."""
    body = parsed(source)[1]
    if body is None:
        return Definitions(frozenset(re.findall(r"^(?:async\s+)?(?:def|class)\s+(\w+)", source, re.MULTILINE)))
    named = [each for each in body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))]
    return Definitions(frozenset(each.name for each in named), True)


def parsed(source: str) -> tuple[str, list[ast.stmt] | None]:
    """A source as Python reads it, in as many lines, and its statements, or None where it does not parse.

    Lines for IPython alone (%matplotlib inline, !ls) are `pass` in it, but only where it does not parse otherwise: a
    line within brackets may begin with % as well.
    """
    if len(source) > PARSED:
        return source, None
    for text in dict.fromkeys((source, MAGIC.sub("pass", source))):
        try:
            return text, ast.parse(text).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return source, None
