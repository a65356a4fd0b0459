"""A learner checks her own notebook: it is graded as it would be when handed in, on the inputs that its checks draw.

So both say the same of the same file: the answers alone are taken from it, put into our notebook and judged from
outside. Walls are used where they stand, since an answer that reads a file or asks the network meets them later too.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from unravelling.checks import registry
from unravelling.checks.declare import Exercise

from . import rebuilt_notebook, submissions, submitted_notebook
from .job import Job
from .local_grader import LocalGrader, NoWalls
from .results import MISSING, ExerciseResult, NotebookResult

SEED = 0  # what `check` in a notebook draws its inputs from


class CannotCheck(RuntimeError):
    """The notebook could not be run at all; the message says what to do."""


def grader() -> LocalGrader:
    """For one notebook at a time; without walls where there are none: she trusts her own answers, as in JupyterLab."""
    try:
        return LocalGrader(1)
    except NoWalls:
        return LocalGrader(1, trust=True)


def checked(notebook: Path, exercises: Path | None) -> NotebookResult:
    """Where each exercise of the notebook's module stands, also those that are gone from it.

    The module is the one that the marks of its cells tell, else its name. exercises: the folder of our notebooks; where
    there is none, her own cells surround her answers. Raises CannotCheck.
    """
    if lacking := [name for name in ("nbval", "pytest") if importlib.util.find_spec(name) is None]:
        raise CannotCheck(
            f"Checking a whole notebook needs {' and '.join(lacking)}: run `pip install 'unravelling[grading]'`, then "
            "try again."
        )
    try:
        submitted = submitted_notebook.read(notebook)
        ours = [] if exercises is None else [path.stem for path in exercises.glob("*.ipynb")]
        known = ours or [f"{number}_" for number in registry.MODULES]
        module = submissions.module_of(submitted, known, notebook.name)
        if module not in registry.MODULES:
            raise CannotCheck(f"{notebook} has no exercises to check.")
        if exercises is not None and ours:
            _, around = rebuilt_notebook.pristine_of(exercises, module)
        else:
            around = _her_own(submitted, registry.module(module))
    except submitted_notebook.Unreadable as error:
        raise CannotCheck(f"{notebook} is not a notebook that can be read. {error}") from error
    rebuilt = rebuilt_notebook.rebuild(around, submitted)
    job = Job("you", module, SEED, notebook.name, rebuilt, around)
    with grader() as ready:
        (result,) = ready.grade([job])
    if result.problem:
        raise CannotCheck(result.problem)
    return result


def reason(part: ExerciseResult) -> str:
    """Why an exercise is not solved, without its name, which stands before it."""
    first, _, rest = part.reason.strip().partition("\n")
    return rest if first == f"Not yet: {part.exercise} {part.title}" else part.reason.strip()


def noticed(result: NotebookResult) -> list[str]:
    """What else was noticed; of exercises that are gone, that they are is enough."""
    gone = {part.exercise for part in result.parts if part.status == MISSING}
    return [note for note in result.notes if note.partition(":")[0] not in gone]


def _her_own(submitted: dict[str, Any], exercises: list[Exercise]) -> dict[str, Any]:
    """Her code cells as a notebook to put answers into, each exercise with its check."""
    code = [each for each in submitted["cells"] if each.get("cell_type") == "code"]
    there = {submitted_notebook.mark(each) for each in code}
    for exercise in exercises:
        if (exercise.id, "check") not in there:
            call = f'check("{exercise.id}", {", ".join(exercise.functions)})'
            code.append({"source": call, "metadata": {"unravelling": {"exercise": exercise.id, "role": "check"}}})
    cells = [
        {
            **{"cell_type": "code", "id": f"cell-{number}", "outputs": [], "execution_count": None},
            "metadata": {"unravelling": each["metadata"].get("unravelling")},
            "source": each["source"],
        }
        for number, each in enumerate(code)
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
