"""A clock that is set while a class is graded, forwards or back by a day, changes no verdict and lets nobody wait."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from tests.grading.faults import FAULTS, ROOT
from unravelling.grading import sandbox
from unravelling.grading.local_grader import FIRST_USER
from unravelling.grading.results import NotebookResult

USER = FIRST_USER if hasattr(os, "geteuid") and os.geteuid() == 0 else None
pytestmark = pytest.mark.skipif(any(sandbox.standing(USER).values()), reason="this machine offers no walls")
JUMPS = """
import random, time
_real = time.time
time.time = lambda: _real() + random.choice((-86400, 0, 86400))
"""


def test_a_clock_that_jumps_changes_no_verdict(tmp_path):
    """In the grader, its pytests, the warm process and every kernel."""
    (tmp_path / "jumps").mkdir()
    (tmp_path / "jumps" / "sitecustomize.py").write_text(JUMPS)
    for name in ("right", "wrong", "endless"):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "04_attention.ipynb").write_bytes(FAULTS[name].content)
    path = os.pathsep.join([str(tmp_path / "jumps"), *filter(None, [os.environ.get("PYTHONPATH")])])
    says = "import time; print(len({round(time.time() / 40_000) for _ in range(99)}) > 1)"
    environment = {**os.environ, "PYTHONPATH": path}
    jumped = subprocess.run([sys.executable, "-c", says], env=environment, capture_output=True, text=True)
    assert jumped.stdout == "True\n"
    command = [sys.executable, "-m", "unravelling", "grade", tmp_path / "in", "--out", tmp_path / "out", "--cpu", "2"]
    begun = time.monotonic()
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200)
    assert ran.returncode == 0, ran.stderr
    assert time.monotonic() - begun < 120
    lines = (tmp_path / "out" / ".graded" / "results.jsonl").read_text(encoding="utf-8").splitlines()
    found = {each.student: each for each in map(NotebookResult.of_line, lines)}
    assert {name: each.points for name, each in found.items()} == {"right": 16, "wrong": 15, "endless": 15}
    assert "after 2 seconds of processor time" in found["endless"].parts[1].reason
