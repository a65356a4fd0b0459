"""Seconds and peak memory of a notebook, run from the first cell to the last in a kernel of its own."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

EVERY = 0.05  # seconds between two looks at the kernel's memory


@dataclass(frozen=True)
class Cost:
    """seconds: with the kernel's start. slowest: seconds of a cell. peak: resident memory of the kernel, bytes."""

    notebook: str
    cells: int
    seconds: float
    slowest: float
    peak: int
    error: str = ""


def cost_of(path: Path, root: Path, folder: Path) -> Cost:
    """Run a copy of the notebook in memory; its file is not touched, and progress is kept in `folder`."""
    notebook = nbformat.read(path, as_version=4)
    environment = {k: v for k, v in os.environ.items() if k not in ("UNRAVELLING_CHECK", "OMP_NUM_THREADS")}
    environment["UNRAVELLING_PROGRESS"] = str(folder / "progress.jsonl")
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    )
    begun = time.perf_counter()
    took: list[float] = []
    started: dict[int, float] = {}
    client.on_cell_execute = lambda cell, cell_index: started.__setitem__(cell_index, time.perf_counter())
    client.on_cell_executed = lambda cell, cell_index, execute_reply: took.append(
        time.perf_counter() - started[cell_index]
    )
    error = ""
    with _PeakOfChildren() as watched:
        try:
            client.execute(env=environment)
        except CellExecutionError as failed:
            error = f"{failed.ename}: {failed.evalue}"
    cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    where = path.relative_to(root).as_posix()
    return Cost(where, cells, time.perf_counter() - begun, max(took, default=0.0), watched.peak, error)


class _PeakOfChildren:
    """Looks at the resident memory of the kernels that this process starts, again and again, in a thread."""

    def __enter__(self) -> _PeakOfChildren:
        self.peak = 0
        self._before = {child.pid for child in psutil.Process().children(recursive=True)}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(EVERY):
            total = 0
            for child in psutil.Process().children(recursive=True):
                try:
                    total += child.memory_info().rss if child.pid not in self._before else 0
                except psutil.Error:
                    continue
            self.peak = max(self.peak, total)
