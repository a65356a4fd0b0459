"""What documents and docstrings name is there: a class that was renamed, a file that was moved, is found here."""

from __future__ import annotations

import ast
import builtins
import re
from functools import cache
from pathlib import Path

import pytest

from tests.house.repository import ROOT, versioned_files

CODE = [path for path in versioned_files() if path.suffix == ".py" and path.parts[0] in ("src", "tests", "scripts")]
DOCUMENTS = [
    path for path in versioned_files() if path.suffix == ".md" and path.parts[0] not in ("authoring", "course")
]
CLASS = re.compile(r"(?<!`)`{1,2}([A-Z]\w*[a-z]\w*)(?:\(\))?`{1,2}(?!`)")
FILE = re.compile(r"(?<!`)`{1,2}([\w./-]*\w\.(?:py|js|css|toml|yml|cff))`{1,2}(?!`)")
ELSEWHERE = {"conftest.py", "questions/NN.toml"}  # a student's, and a pattern


@cache
def _text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def _identifiers() -> frozenset[str]:
    """Every name that stands in the code, ours or a library's, and Python's own."""
    names = set(dir(builtins))
    for path in CODE:
        for node in ast.walk(ast.parse(_text(path))):
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                names.add(node.name)
            elif isinstance(node, ast.Name):
                names.add(node.id)
            elif isinstance(node, ast.Attribute):
                names.add(node.attr)
            elif isinstance(node, ast.alias):
                names |= {node.name.rpartition(".")[2], node.asname or ""}
    return frozenset(names)


def _said(path: Path) -> str:
    """A document as it is; of a Python file its docstrings."""
    if path.suffix == ".md":
        return _text(path)
    nodes = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return "\n".join(
        ast.get_docstring(node) or "" for node in ast.walk(ast.parse(_text(path))) if isinstance(node, nodes)
    )


TEXTS = DOCUMENTS + [path for path in CODE if path.parts[0] == "src"]


@pytest.mark.parametrize("path", TEXTS, ids=str)
def test_classes_and_files_that_a_text_names_are_there(path):
    said = _said(path)
    assert not set(CLASS.findall(said)) - _identifiers()
    ends = {f"/{other.as_posix()}" for other in versioned_files()}
    gone = [name for name in FILE.findall(said) if not any(end.endswith(f"/{name.removeprefix('./')}") for end in ends)]
    assert not set(gone) - ELSEWHERE
