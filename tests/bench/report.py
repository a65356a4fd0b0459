"""BENCHMARKS.md: the machine, the date, and two tables."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from dataclasses import dataclass
from pathlib import Path

import psutil

from .costs import Cost

PACKAGES = ("torch", "transformers", "jupyterlab", "ipywidgets", "anywidget", "numpy")


@dataclass(frozen=True)
class Speed:
    """median, high: 50th and 95th percentile in milliseconds; None where the picture did not follow."""

    notebook: str
    demo: str
    control: str
    median: float | None
    high: float | None


def write_report(path: Path, speeds: list[Speed], costs: list[Cost], presses: int) -> None:
    path.write_text(report(speeds, costs, presses), encoding="utf-8")


def report(speeds: list[Speed], costs: list[Cost], presses: int) -> str:
    """The whole file as text."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Times depend on the machine and on what else it does: compare them with others from",
        "the same machine.",
        "",
        f"- {datetime.date.today():%-d %B %Y}" if os.name != "nt" else f"- {datetime.date.today().isoformat()}",
        f"- {machine()}",
        f"- {versions()}",
        "",
        "## From a key press to the changed picture",
        "",
        f"Chromium and JupyterLab on one machine, {presses} key presses for each control (20 for sentences, entries",
        "and push buttons), measured in the page from the key event to the picture drawn with other marks or numbers.",
        "New sentences have about 20 tokens where a model reads them, and no model has read them before. The course",
        "promises 100 ms at the 95th percentile, 300 ms where the 135M model must run and for BertViz, whose own code",
        "draws some thousand lines anew for each layer.",
        "",
        "| lesson | demo | control | median, ms | 95th percentile, ms |",
        "|---|---|---|---:|---:|",
        *[f"| {s.notebook} | {s.demo} | {s.control} | {_ms(s.median)} | {_ms(s.high)} |" for s in speeds],
        "",
        "## What a notebook costs",
        "",
        "Each from the first cell to the last in a kernel of its own, models already in the cache.",
        "",
        "| notebook | code cells | seconds | slowest cell, s | peak memory, MB |",
        "|---|---:|---:|---:|---:|",
        *[_cost_row(cost) for cost in costs],
        "",
    ]
    return "\n".join(lines)


def _cost_row(cost: Cost) -> str:
    name = f"{cost.notebook} (stopped: {cost.error.replace('|', '/')[:80]})" if cost.error else cost.notebook
    return f"| {name} | {cost.cells} | {cost.seconds:.1f} | {cost.slowest:.1f} | {cost.peak / 1e6:.0f} |"


def _ms(value: float | None) -> str:
    return "did not follow" if value is None else f"{value:.0f}"


def machine() -> str:
    memory = psutil.virtual_memory().total / 1e9
    load = f", load {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else ""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB{load}"


def versions() -> str:
    def version(name: str) -> str:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            return "missing"

    return ", ".join([f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in PACKAGES)])
