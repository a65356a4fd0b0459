"""An exercise is declared once: the stub a learner reads has the signature and the docstring of the declaration."""

from __future__ import annotations

import ast
import inspect
import json
from pathlib import Path

import pytest

from unravelling.checks import registry

ROOT = Path(__file__).resolve().parents[2]


def answers() -> dict[str, str]:
    """Exercise id -> source of its answer cell, from all shipped exercise notebooks."""
    found = {}
    for path in sorted((ROOT / "exercises").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            role = cell["metadata"].get("unravelling", {})
            if role.get("role") == "answer":
                found[role["exercise"]] = "".join(cell["source"])
    return found


ANSWERS = answers()


def test_there_is_an_answer_cell_for_every_exercise() -> None:
    assert set(ANSWERS) == {exercise.id for exercise in registry.all_exercises()}


@pytest.mark.parametrize("exercise_id", ANSWERS)
def test_the_stub_has_the_signature_and_the_docstring_of_the_declaration(exercise_id: str) -> None:
    exercise = registry.load(exercise_id)
    stubs = {node.name: node for node in ast.parse(ANSWERS[exercise_id]).body if hasattr(node, "name")}
    assert set(stubs) == set(exercise.functions)
    for name, stub in stubs.items():
        several = len(exercise.functions) > 1
        declared = getattr(exercise.reference, name) if several else exercise.reference
        assert ast.get_docstring(stub) == inspect.getdoc(declared)
        if isinstance(stub, ast.FunctionDef):
            written = ast.unparse(stub.args)
            assert written == ast.unparse(ast.parse(f"def f{inspect.signature(declared)}: ...").body[0].args)
