"""Milliseconds from a key press to the changed picture, for every control of every demo that keys can move."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from ..browser.chromium import browser
from ..browser.controls import percentile, response_times, sliders
from ..browser.notebook import Notebook
from ..browser.server import LabServer
from .report import Speed


def speeds_of(notebooks: list[str], presses: int, folder: Path) -> Iterator[Speed]:
    """Every slider of every demo of the lessons, in JupyterLab. notebooks: paths like "course/04_attention.ipynb"."""
    if not notebooks:
        return
    with browser() as chromium, LabServer(folder / "lab") as lab:
        for path in notebooks:
            with Notebook(lab, chromium, path) as notebook:
                notebook.run_all()
                for number, demo in enumerate(notebook.demos(), 1):
                    title = demo.get_attribute("data-title") or source_of(demo) or f"demo {number}"
                    for control in sliders(demo):
                        name = control.get_attribute("aria-label") or "slider"
                        print(f"{path}: {title}, {name}", file=sys.stderr, flush=True)
                        try:
                            took = response_times(notebook, demo, control, presses)
                            yield Speed(path, title, name, statistics.median(took), percentile(took, 0.95))
                        except AssertionError:
                            yield Speed(path, title, name, None, None)


def source_of(demo) -> str:
    """The name of the demo's class, read from the last line of the cell that shows it."""
    cell = "tester.cells().find(cell => cell.node.contains(demo))"
    source = demo.evaluate(f"demo => {cell}.model.sharedModel.getSource().trim().split('\\n').pop()")
    return source.partition("(")[0].rpartition(".")[2]
