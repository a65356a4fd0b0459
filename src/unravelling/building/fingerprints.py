"""Tell whether a notebook's stored outputs are older than the code they came from."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from nbformat import NotebookNode

from unravelling.building.write_notebooks import read_notebook

SUFFIXES = {".py", ".js", ".css", ".html", ".toml", ".txt"}
# What can change no output: the builder, the command line, the grader.
WITHOUT = {"building", "grading", "cli.py", "__main__.py"}
VERSION = re.compile(rb'^__version__ = ".*"$', re.MULTILINE)
EXECUTED = ("course", "solutions")


def package_fingerprint(root: Path) -> str:
    """sha256 over the sources of the package under root/src that outputs depend on, the models' hashes among them."""
    package = root / "src" / "unravelling"
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*"), key=lambda path: path.relative_to(package).as_posix()):
        inside = path.relative_to(package)
        if path.suffix in SUFFIXES and inside.parts[0] not in WITHOUT and path.is_file():
            digest.update(f"{inside.as_posix()}\0".encode())
            text = path.read_bytes().replace(b"\r\n", b"\n")  # git may change line ends on Windows
            digest.update(VERSION.sub(b"", text))  # a release changes no output
    return digest.hexdigest()


def fingerprint(notebook: NotebookNode, package: str) -> str:
    """sha256 of what a notebook's outputs come from: its code cells, without the setup cell, and the package.

    package: from ``package_fingerprint``. Prose is not part of it, so that a better sentence asks for no new run.
    """
    digest = hashlib.sha256(package.encode())
    for cell in notebook.cells:
        if cell.cell_type == "code" and "setup" not in cell.metadata.get("tags", []):
            digest.update(f"{cell.source}\0".encode())
    return digest.hexdigest()


def stale(root: Path | str) -> list[str]:
    """Paths of the lessons and solutions that were never executed, or whose code has changed since."""
    root = Path(root)
    package = package_fingerprint(root)
    names = []
    for folder in EXECUTED:
        for path in sorted((root / folder).glob("*.ipynb")):
            notebook = read_notebook(path)
            if notebook is None or "unravelling" not in notebook.metadata:
                continue
            if notebook.metadata["unravelling"].get("made_with") != fingerprint(notebook, package):
                names.append(f"{folder}/{path.name}")
    return names
