"""What this machine has and what it still needs: the report at the top of lesson 00.

Nothing here imports torch or transformers, loads a model or asks a network: versions come from the installed packages'
own records, and models are only looked for in the cache. So it also works where everything else is missing.
"""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from unravelling.html_templates import render

PYTHONS = ((3, 11), (3, 13))  # oldest and newest that the tests run on
PACKAGES = ("torch", "transformers", "ipywidgets", "anywidget", "jupyterlab")
NEEDED_DISK = 2e9  # bytes: both models as fetched and as converted, with room to do it
NEEDED_MEMORY = 2e9  # bytes: the larger model in float32, and what stands around it


@dataclass(frozen=True)
class Row:
    """One line of the report. `wanting` is empty, or a sentence that says what is missing or short."""

    name: str
    value: str
    wanting: str = ""


@dataclass(frozen=True)
class SetupReport:
    """The rows, and the one command for what is missing (empty if nothing is). Shown as HTML and plain text."""

    rows: tuple[Row, ...]
    command: str = ""
    wanting: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "wanting", tuple(row.wanting for row in self.rows if row.wanting))

    def verdict(self) -> str:
        """One or two sentences: all is there, or what to run."""
        if self.command:
            return f"Something is still missing. Run: {self.command}"
        if self.wanting:
            return "You can start. Mind the remarks above."
        return "Everything the course needs is here."

    def plain(self) -> str:
        """The report for a terminal or a screen reader."""
        wide = max(len(row.name) for row in self.rows)
        lines = [f"{row.name:<{wide}}  {row.value}{'. ' + row.wanting if row.wanting else ''}" for row in self.rows]
        return "\n".join([*lines, "", self.verdict()])

    __repr__ = __str__ = plain

    def _repr_html_(self) -> str:
        return render("machine.html", report=self)


def setup_report() -> SetupReport:
    """Look at Python, the packages, the disk, the memory and the models, and say what is missing."""
    from unravelling.models.model_cache import cache_folder

    folder = cache_folder()
    rows = [_python(), *(_package(name) for name in PACKAGES), _disk(folder), _memory()]
    supplies = _supplies()
    rows += supplies
    command = ""
    if any(row.wanting for row in supplies):
        command = f"{'!' if 'google.colab' in sys.modules else ''}unravelling models fetch"
    return SetupReport(tuple(rows), command)


def _python() -> Row:
    (low, high), now = PYTHONS, sys.version_info[:2]
    span = f"{low[0]}.{low[1]} to {high[0]}.{high[1]}"
    wanting = "" if low <= now <= high else f"The course is tested on Python {span}; another version may or may not do."
    return Row("Python", f"{platform.python_version()} on {platform.system()} ({platform.machine()})", wanting)


def _package(name: str) -> Row:
    try:
        return Row(name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        if name == "jupyterlab":  # Colab and VS Code bring a notebook of their own
            return Row(name, "not installed (not needed in Colab or VS Code)")
        return Row(name, "not installed", f"Run `pip install {name}` in the environment of this notebook.")


def _disk(folder: Path) -> Row:
    place = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    free = shutil.disk_usage(place).free
    wanting = (
        ""
        if free >= NEEDED_DISK
        else "The models need about 2 GB to be fetched: free some space, or set UNRAVELLING_CACHE."
    )
    return Row("models are kept in", f"{folder} ({free / 1e9:.1f} GB free)", wanting)


def _memory() -> Row:
    try:
        import psutil  # comes with ipykernel
    except ImportError:
        return Row("free memory", "not known")
    free = psutil.virtual_memory().available
    wanting = (
        ""
        if free >= NEEDED_MEMORY
        else "The larger model needs about 2 GB: close something if a cell is slow or stops."
    )
    return Row("free memory", f"{free / 1e9:.1f} GB", wanting)


def _supplies() -> list[Row]:
    from unravelling import corpora, models

    later = "A lesson that uses it fetches it then, if there is a network."
    rows = [row for module in (models, corpora) for row in module.listing()]
    return [
        Row(row.name, f"ready ({row.size})" if row.fetched else "not fetched", "" if row.fetched else later)
        for row in rows
    ]
