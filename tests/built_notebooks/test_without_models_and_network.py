"""A machine with no models and no network: lesson 00 runs through, and lesson 04 says in a sentence what to run."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

COURSE = Path(__file__).resolve().parents[2] / "course"


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No cache, and every way out closed: no index for pip, no Hub, and a proxy that is not there for the rest."""
    monkeypatch.setenv("UNRAVELLING_CACHE", str(tmp_path / "empty"))
    monkeypatch.setenv("UNRAVELLING_PROGRESS", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in [name for name in os.environ if name.upper() in ("NO_PROXY", "PIP_FIND_LINKS")]:
        monkeypatch.delenv(name)


def run(name: str, folder: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(COURSE / name, as_version=4)
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    with contextlib.suppress(CellExecutionError):  # the error is in the outputs, as a reader sees it
        client.execute()
    return notebook


def errors(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output for output in outputs if output.output_type == "error"]


def test_lesson_00_runs_through_and_says_what_is_missing_and_what_to_run(alone: None, tmp_path: Path) -> None:
    notebook = run("00_start_here.ipynb", tmp_path)
    assert errors(notebook) == []
    report = next(cell for cell in notebook.cells if "setup_report()" in cell.source).outputs[-1].data["text/plain"]
    assert "unravelling models fetch" in report
    for model in ("decoder", "encoder"):
        (line,) = [line for line in report.splitlines() if line.startswith(model)]
        assert "not fetched" in line


def test_lesson_04_stops_at_its_first_model_with_a_sentence_and_no_traceback(alone: None, tmp_path: Path) -> None:
    (error,) = errors(run("04_attention.ipynb", tmp_path))
    assert len(error.traceback) == 1
    assert "unravelling models fetch" in error.traceback[0]
    assert "\n" not in error.traceback[0]
