"""Notebooks written for a test, and nbval run on a notebook in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]


def code(source: str, exercise: str = "", role: str = "") -> nbformat.NotebookNode:
    """A code cell, marked as the builder marks the cells of an exercise."""
    mark = {"unravelling": {"exercise": exercise, "role": role}} if exercise else {}
    return nbformat.v4.new_code_cell(source, metadata=mark)


def write(path: Path, *cells: nbformat.NotebookNode) -> Path:
    """Write a notebook of these cells for the kernel of this environment."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells), metadata=kernel), path)
    return path


def run(*command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run this environment's Python with these arguments, without what pytest has put into our own environment."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("UNRAVELLING_", "PYTEST_"))}
    for name in ("UNRAVELLING_CACHE", "PYTEST_DEBUG_TEMPROOT"):  # where models lie, and where temporary folders do
        if place := os.environ.get(name):
            clean[name] = place
    clean |= environment
    return subprocess.run([sys.executable, *command], cwd=cwd, env=clean, capture_output=True, text=True, timeout=300)


@dataclass(frozen=True)
class Outcome:
    """One code cell under nbval, as the JUnit file tells it."""

    cell: str
    exercise: str
    role: str
    failure: str  # empty if it passed


def under_nbval(notebook: Path, folder: Path) -> list[Outcome]:
    """Run `pytest --nbval-lax NOTEBOOK` as anybody would, and read its JUnit file."""
    report = folder / f"{notebook.stem}.xml"
    ran = run(
        "-m", "pytest", "-q", "--nbval-lax", f"--junitxml={report}", "-p", "no:cacheprovider", str(notebook), cwd=folder
    )
    assert report.exists(), ran.stdout + ran.stderr
    outcomes = []
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        facts = {prop.get("name"): prop.get("value") for prop in case.iter("property")}
        said = "\n".join(
            f"{f.get('message', '')}\n{f.text or ''}" for f in [*case.iter("failure"), *case.iter("error")]
        )
        outcomes.append(Outcome(case.get("name", ""), facts.get("exercise", ""), facts.get("role", ""), said))
    return outcomes


def cells_of(notebook: Path) -> list[dict]:
    """The cells of a notebook file, as plain data."""
    return json.loads(notebook.read_text(encoding="utf-8"))["cells"]
