"""A class to grade: notebooks of module 04, a third right, a third half right, a third failing."""

from __future__ import annotations

import copy
import json
from pathlib import Path

ROOT = Path(__file__).parents[3]
NOTEBOOK = "04_attention.ipynb"
EXERCISES = tuple(f"04.{number}" for number in range(1, 7))
WRONG = {
    "04.2": "def causal_mask(T):\n    return torch.ones(T, T, dtype=torch.bool).triu()",
    "04.5": "def rotary(x, positions, base=10000.0):\n    return x",
    "04.6": "def previous_token_weights(T):\n    return torch.eye(T), torch.eye(T)",
}


def solved() -> dict:
    """The solved notebook, without outputs, as a student would hand it in."""
    notebook = json.loads((ROOT / "solutions" / NOTEBOOK).read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return notebook


def of(number: int) -> dict:
    """The notebook of student `number`, and no two alike."""
    notebook = solved()
    if number % 3 == 2:
        notebook = json.loads((ROOT / "exercises" / NOTEBOOK).read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        mark = cell["metadata"].get("unravelling", {})
        if mark.get("role") == "answer":
            source = "".join(cell["source"])
            source = WRONG.get(mark["exercise"], source) if number % 3 == 1 else source
            cell["source"] = f"# student {number}\n{source}"
    return copy.deepcopy(notebook)


def expected(number: int) -> dict[str, bool]:
    """Which exercises pass."""
    wrong = {0: (), 1: tuple(WRONG), 2: EXERCISES}[number % 3]
    return {exercise: exercise not in wrong for exercise in EXERCISES}


def hand_in(folder: Path, students: int) -> Path:
    """Write the class as `folder`/s0000/04_attention.ipynb and so on."""
    for number in range(students):
        place = folder / f"s{number:04d}"
        place.mkdir(parents=True)
        (place / NOTEBOOK).write_text(json.dumps(of(number)), encoding="utf-8")
    return folder
