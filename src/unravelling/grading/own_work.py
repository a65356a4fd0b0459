"""A learner checks her own notebook: run it under nbval in a process of its own, and say where each exercise stands.

This trusts the notebook, as running it in JupyterLab does. Grading the work of others is another matter.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

CELL_SECONDS = 120  # a cell of a lesson takes 20 s at most; a slow laptop gets six times that


class CannotCheck(RuntimeError):
    """The notebook could not be run at all; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Standing:
    """Where one exercise stands. `reason` is empty when it is solved."""

    exercise: str
    functions: str
    solved: bool
    reason: str
    points: int


def run(notebook: Path, seconds: float = CELL_SECONDS) -> list[dict]:
    """Run `notebook` under nbval (lax) and return one record for each code cell; see `plugin`.

    Raises CannotCheck if the file is no notebook or pytest could not start.
    """
    cells = read_cells(notebook)
    try:
        import nbval  # noqa: F401
    except ImportError as error:
        raise CannotCheck(
            "Checking a whole notebook needs nbval: run `pip install 'unravelling[grading]'`, then try again."
        ) from error
    with tempfile.TemporaryDirectory(prefix="unravelling-") as folder:
        results = Path(folder, "results.jsonl")
        # An ini file of our own, so that settings of a project around the notebook change nothing.
        settings = Path(folder, "pytest.ini")
        settings.write_text("[pytest]\n", encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-c", str(settings), f"--rootdir={folder}"]
        command += ["--noconftest", "-p", "no:cacheprovider", "--nbval-lax", "--nbval-kernel-name", "python3"]
        command += [f"--nbval-cell-timeout={seconds}", f"--unravelling-results={results}", str(notebook.resolve())]
        environment = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
        ran = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
    if not lines and any(cell.get("cell_type") == "code" for cell in cells):
        last = (ran.stdout + ran.stderr).strip().splitlines()[-1:] or ["pytest printed nothing"]
        raise CannotCheck(
            f"{notebook.name} could not be run under pytest ({last[0]}): run `pytest --nbval-lax {notebook}`."
        )
    return [json.loads(line) for line in lines]


def read_cells(notebook: Path) -> list[dict]:
    """The cells of a notebook file. Raises CannotCheck with a sentence if it is none."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        return [cell for cell in cells if isinstance(cell, dict)]
    except OSError as error:
        raise CannotCheck(f"{notebook} cannot be read: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise CannotCheck(
            f"{notebook} is not a notebook that can be read: open it in JupyterLab and save it again."
        ) from error


def standings(notebook: Path, records: list[dict]) -> list[Standing]:
    """One Standing for each exercise that the module declares, in order; also for one whose check cell is gone."""
    by_exercise: dict[str, dict[str, list[dict]]] = {}
    for record in records:
        if record["exercise"]:
            by_exercise.setdefault(record["exercise"], {}).setdefault(record["role"], []).append(record)
    stopped = next((r for r in records if not r["passed"] and not r["exercise"]), None)
    found = []
    for exercise, functions, points in _declared(notebook.name[:2], by_exercise):
        roles = by_exercise.get(exercise, {})
        reason = _reason(exercise, roles, stopped)
        found.append(Standing(exercise, functions, not reason, reason, points))
    return found


def _declared(module: str, by_exercise: dict) -> list[tuple[str, str, int]]:
    """(id, functions, points) of what the notebook should hold: the declarations, else what its cells say."""
    from unravelling.checks import registry

    try:
        declared = registry.module(module)
    except (KeyError, LookupError, ValueError, ImportError):
        declared = []
    rows = [(one.id, " + ".join(one.functions), one.points) for one in declared]
    known = {row[0] for row in rows}
    return rows + [(exercise, "", 0) for exercise in sorted(by_exercise) if exercise not in known]


def _reason(exercise: str, roles: dict[str, list[dict]], stopped: dict | None) -> str:
    """Why the exercise is not solved, in the words nearest to the cause; empty if it is solved."""
    checks = roles.get("check", [])
    if not checks:
        return f'its check cell is gone: copy the cell check("{exercise}", ...) back from exercises/.'
    failed = next((record for record in checks if not record["passed"]), None)
    if failed is None:
        return ""
    if failed["error"] == "CheckFailed":
        return failed["message"]
    # The check itself did not get to speak: the answer cell's own error, or the cell that stopped everything, says why.
    answer = next((record for record in roles.get("answer", []) if not record["passed"]), None)
    if answer is not None:
        return f"the cell of your answer does not run: {in_words(answer)}"
    if stopped is not None and failed["error"] == "NameError":
        return f"cell {stopped['cell'] + 1} of the notebook's code cells does not run: {in_words(stopped)}"
    return f"the check cell stopped with {in_words(failed)}"


def in_words(record: dict) -> str:
    """`SyntaxError: '(' was never closed (line 3)` and the like; a timeout or a dead kernel in a sentence."""
    if "Timeout" in record["message"] or record["error"] == "KeyboardInterrupt":
        return f"it ran for more than {CELL_SECONDS} seconds and was stopped. Is there a loop that never ends?"
    if "Kernel dead" in record["message"] or (
        record["error"] in ("RuntimeError", "DeadKernelError") and not record["traceback"]
    ):
        return "the kernel had stopped before this cell. Restart it, run all cells, and see which one ends it."
    return f"{record['error']}: {record['message']}"
