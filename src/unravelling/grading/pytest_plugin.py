"""What pytest loads so that nbval speaks of exercises instead of cells (entry point `pytest11`).

It does nothing at all unless nbval runs (`--nbval` or `--nbval-lax`), so no other run of pytest notices it. Then
- checks in the kernels that pytest starts raise instead of showing a card (UNRAVELLING_CHECK=raise);
- nothing is written into the learner's progress (UNRAVELLING_PROGRESS is empty unless somebody set it);
- each cell that belongs to an exercise carries `exercise` and `role` in `user_properties`, and so in the JUnit file.
"""

from __future__ import annotations

import os
import re

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
NAME, MESSAGE, TRACEBACK = 100, 4_000, 40_000  # characters kept of an error, which may print all that it was given
_SET_BY_US = {"UNRAVELLING_CHECK": "raise", "UNRAVELLING_PROGRESS": ""}


def pytest_configure(config) -> None:
    """Register the hooks below if nbval runs; without it this plugin stays out of the way."""
    if config.getoption("nbval", default=False) or config.getoption("nbval_lax", default=False):
        config.pluginmanager.register(_ByExercise(), "unravelling-by-exercise")


def marked(cell) -> tuple[str, str]:
    """Exercise id and role ("answer", "check", "hint") of a notebook cell, or two empty strings."""
    mark = cell.get("metadata", {}).get("unravelling", {})
    return (str(mark.get("exercise", "")), str(mark.get("role", ""))) if isinstance(mark, dict) else ("", "")


class _ByExercise:
    """Environment for the kernels, and the exercise beside each result."""

    def __init__(self) -> None:
        self._before = {name: os.environ.get(name) for name in _SET_BY_US}
        if os.environ.get("UNRAVELLING_CHECK") != "publish":  # so it is while the grader judges
            os.environ["UNRAVELLING_CHECK"] = "raise"
        os.environ.setdefault("UNRAVELLING_PROGRESS", "")

    def pytest_itemcollected(self, item) -> None:
        cell = getattr(item, "cell", None)
        if cell is not None and (mark := marked(cell)) != ("", ""):
            item.user_properties += [("exercise", mark[0]), ("role", mark[1])]

    def pytest_unconfigure(self) -> None:
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def failure(item, excinfo) -> dict[str, str]:
    """Name, sentence and traceback of what went wrong: the kernel's error where there is one, else nbval's words."""
    if excinfo is None:
        return {}
    name, message, trace = excinfo.typename, excinfo.value, getattr(excinfo.value, "inner_traceback", "") or ""
    for output in getattr(item, "test_outputs", None) or []:
        if output.get("output_type") == "error":
            name, message = output.get("ename", ""), output.get("evalue", "")
            trace = "\n".join(map(str, output.get("traceback", [])))
            break
    trace = _ESCAPES.sub("", str(trace)[-TRACEBACK:])
    return {"error": str(name)[:NAME], "message": _shortened(str(message)), "traceback": trace}


def _shortened(message: str) -> str:
    """Its beginning and its end."""
    half = MESSAGE // 2
    return message if len(message) <= MESSAGE else f"{message[:half]} [...] {message[-half:]}"
