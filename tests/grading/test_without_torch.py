"""The grader on Python 3.13 without torch: walls, warm kernels and judging, for exercises that need none."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.grading.faults import ROOT
from unravelling.grading import sandbox
from unravelling.grading.local_grader import FIRST_USER
from unravelling.grading.results import NotebookResult

USER = FIRST_USER if hasattr(os, "geteuid") and os.geteuid() == 0 else None
VERSION = "3.13"
GREATEST = "def greatest(numbers):\n    return max(numbers)"
LATER = "raise NotImplementedError('later')"
ANSWERS = {
    "right": ("def count_words(text):\n    return {w: text.split().count(w) for w in text.split()}", GREATEST),
    "mistaken": ("def count_words(text):\n    return dict.fromkeys(text.split(), 1)", GREATEST),
    "untouched": (f"def count_words(text):\n    {LATER}", f"def greatest(numbers):\n    {LATER}"),
    "changes-its-input": ("count_words = dict", "def greatest(numbers):\n    numbers.sort()\n    return numbers[-1]"),
    "endless": ("def count_words(text):\n    while True:\n        pass", GREATEST),
    "looks-for-answers": ("from unravelling.checks.words import CountWords\ncount_words = CountWords", GREATEST),
    "sees-nothing-wrong": (
        "from unravelling.checks.instruments import probing\nprobing.same = lambda *_: True\n"
        "def count_words(text):\n    return {}",
        GREATEST,
    ),
}


def interpreter() -> str | None:
    beside = sorted(Path(sys.base_prefix).parent.glob(f"{VERSION}*/bin/python"))  # as pyenv and uv lay them out
    for each in [*map(str, beside), shutil.which(f"python{VERSION}")]:
        if each and subprocess.run([each, "-c", "import venv, ensurepip"], capture_output=True).returncode == 0:
            return each
    return None


def notebook(*answers: str) -> dict:
    cells = [{"cell_type": "code", "id": "setup", "metadata": {}, "source": "from unravelling import check"}]
    for exercise, function, answer in zip(("99.1", "99.2"), ("count_words", "greatest"), answers, strict=True):
        for role, source in (("answer", answer), ("check", f'check("{exercise}", {function})')):
            mark = {"unravelling": {"exercise": exercise, "role": role}}
            cells.append({"cell_type": "code", "id": f"{role}-{exercise[-1]}", "metadata": mark, "source": source})
    for cell in cells:
        cell |= {"execution_count": None, "outputs": []}
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A course of one module, installed where there is no torch, and its class graded there by the real command."""
    python = interpreter()
    if python is None:
        pytest.skip(f"this machine has no Python {VERSION}")
    root = tmp_path_factory.mktemp("course")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("UNRAVELLING_", "PYTEST_", "PYTHON"))
    }

    def do(*command: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            command, cwd=root, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400
        )

    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-lessons", "NOTICE"):
        shutil.copy(ROOT / name, root)
    checks = root / "src" / "unravelling" / "checks"
    shutil.copy(Path(__file__).with_name("words.py"), checks)
    modules = root / "src" / "unravelling" / "course_modules.py"
    listed = modules.read_text(encoding="utf-8").replace('"00": "start_here"', '"99": "words"')
    assert '"99"' in listed
    modules.write_text(listed, encoding="utf-8")
    for folder in ("course", "exercises", "handed in"):
        (root / folder).mkdir()
    stubs = json.dumps(notebook(*ANSWERS["untouched"]))
    (root / "exercises" / "99_words.ipynb").write_text(stubs, encoding="utf-8")
    for name, answers in ANSWERS.items():
        (root / "handed in" / f"{name}.ipynb").write_text(json.dumps(notebook(*answers)), encoding="utf-8")
    own = str(root / "venv" / "bin" / "python")
    needed = ["ipykernel", "jinja2", "nbval", "pytest", "hatchling"]  # docs/grading.md names them; the last builds
    for command in (
        (python, "-m", "venv", "venv"),
        (own, "-m", "pip", "install", "-q", "-c", str(ROOT / "requirements.txt"), *needed),
        (own, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "."),
    ):
        done = do(*command)
        assert done.returncode == 0, done.stderr[-3000:]
    assert do(own, "-c", "import torch").returncode != 0
    ran = do(own, "-m", "unravelling", "grade", "handed in", "--module", "99", "--out", "out", "--cpu", "3")
    results = root / "out" / ".graded" / "results.jsonl"
    assert results.exists(), ran.stdout[-2000:] + ran.stderr[-2000:]
    lines = results.read_text(encoding="utf-8").splitlines()
    return {each.student: each for each in map(NotebookResult.of_line, lines)}


@pytest.mark.skipif(any(sandbox.standing(USER).values()), reason="this machine offers no walls")
@pytest.mark.parametrize(
    ("name", "points", "says"),
    [
        ("right", 3, ""),
        ("mistaken", 1, "Every count is 1"),
        ("untouched", 0, "not solved yet"),
        ("changes-its-input", 0, "changed its input numbers"),
        ("endless", 1, "3 seconds of processor time"),
        ("looks-for-answers", 1, "ModuleNotFoundError|PermissionError|ImportError"),
        ("sees-nothing-wrong", 1, "wrong on purpose was not seen"),
    ],
)
def test_it_grades_where_there_is_no_torch(run, name, points, says):
    told = "\n".join([run[name].problem, *run[name].notes, *(part.reason for part in run[name].parts)])
    assert (run[name].points, run[name].of) == (points, 3), told
    assert re.search(says, told), told
