"""What pytest loads so that nbval speaks of exercises instead of cells (entry point `pytest11`).

It does nothing at all unless nbval runs (`--nbval` or `--nbval-lax`), so no other run of pytest notices it. Then
- checks in the kernels that pytest starts raise instead of showing a card (UNRAVELLING_CHECK=raise);
- nothing is written into the learner's progress (UNRAVELLING_PROGRESS is empty unless somebody set it);
- each cell that belongs to an exercise carries `exercise` and `role` in `user_properties`, and so in the JUnit file.
"""

from __future__ import annotations

import os

from .submitted_notebook import mark

_SET_BY_US = {"UNRAVELLING_CHECK": "raise", "UNRAVELLING_PROGRESS": ""}


def pytest_configure(config) -> None:
    """Register the hooks below if nbval runs; without it this plugin stays out of the way."""
    if config.getoption("nbval", default=False) or config.getoption("nbval_lax", default=False):
        config.pluginmanager.register(_ByExercise(), "unravelling-by-exercise")


class _ByExercise:
    """Environment for the kernels, and the exercise beside each result."""

    def __init__(self) -> None:
        self._before = {name: os.environ.get(name) for name in _SET_BY_US}
        if os.environ.get("UNRAVELLING_CHECK") != "publish":  # so it is while the grader judges
            os.environ["UNRAVELLING_CHECK"] = "raise"
        os.environ.setdefault("UNRAVELLING_PROGRESS", "")

    def pytest_itemcollected(self, item) -> None:
        cell = getattr(item, "cell", None)
        if cell is not None and any(mark(cell)):
            item.user_properties += zip(("exercise", "role"), mark(cell), strict=True)

    def pytest_unconfigure(self) -> None:
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
