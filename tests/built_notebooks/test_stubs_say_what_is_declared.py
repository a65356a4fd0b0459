"""An exercise is declared once: stub and solution have the signature and the docstring of the declaration."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from unravelling.checks import registry

ROOT = Path(__file__).resolve().parents[2]


def answers(folder: str) -> dict[str, str]:
    """Exercise id -> source of its answer cell, from all shipped notebooks of a folder."""
    found = {}
    for path in sorted((ROOT / folder).glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            role = cell["metadata"].get("unravelling", {})
            if role.get("role") == "answer":
                found[role["exercise"]] = "".join(cell["source"])
    return found


ANSWERS = {folder: answers(folder) for folder in ("exercises", "solutions")}
IDS = [exercise.id for exercise in registry.all_exercises()]


@pytest.mark.parametrize("folder", ANSWERS)
def test_there_is_an_answer_cell_for_every_exercise(folder: str) -> None:
    assert list(ANSWERS[folder]) == IDS


@pytest.mark.parametrize("folder", ANSWERS)
@pytest.mark.parametrize("exercise_id", IDS)
def test_stub_and_solution_have_the_signature_and_the_docstring_of_the_declaration(
    exercise_id: str, folder: str
) -> None:
    exercise = registry.load(exercise_id)
    written = {node.name: node for node in ast.parse(ANSWERS[folder][exercise_id]).body if hasattr(node, "name")}
    assert set(written) == set(exercise.functions)
    for name, declared in exercise.parts(exercise.reference).items():
        assert ast.get_docstring(written[name]) == inspect.getdoc(declared)
        if isinstance(written[name], ast.FunctionDef):
            assert signature(written[name]) == signature(declared)
        else:
            methods = [node for node in written[name].body if isinstance(node, ast.FunctionDef)]
            assert methods and all(signature(node) == signature(getattr(declared, node.name)) for node in methods)


def signature(function: ast.FunctionDef | Callable) -> str:
    if not isinstance(function, ast.FunctionDef):
        function = ast.parse(f"def f{inspect.signature(function)}: ...").body[0]
    return ast.unparse(function.args)


@pytest.mark.parametrize("exercise_id", IDS)
def test_the_bodies_of_a_stub_hold_nothing_of_the_solution(exercise_id: str) -> None:
    stub = ast.parse(ANSWERS["exercises"][exercise_id])
    raised = f"raise NotImplementedError('{exercise_id} is not solved yet')"
    for function in [node for node in ast.walk(stub) if isinstance(node, ast.FunctionDef)]:
        lines = [ast.unparse(node) for node in function.body if not isinstance(getattr(node, "value", 0), ast.Constant)]
        assert lines in ([raised], ["super().__init__()", raised])
