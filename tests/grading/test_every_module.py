"""Every solved notebook of the course gets all its points, every untouched one none, through the real command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.grading.faults import ROOT
from unravelling.checks import registry
from unravelling.grading import sandbox
from unravelling.grading.results import graded
from unravelling.grading.running import FIRST_USER

USER = FIRST_USER if hasattr(os, "geteuid") and os.geteuid() == 0 else None
pytestmark = pytest.mark.skipif(any(sandbox.standing(USER).values()), reason="this machine offers no walls")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("all")
    shutil.copytree(ROOT / "solutions", folder / "in" / "solved", ignore=shutil.ignore_patterns("[!0-9]*"))
    shutil.copytree(ROOT / "exercises", folder / "in" / "untouched", ignore=shutil.ignore_patterns("[!0-9]*"))
    command = [sys.executable, "-m", "unravelling", "grade", str(folder / "in"), "--out", str(folder / "out")]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=580)
    assert ran.returncode == 0, ran.stderr
    lines = (folder / "out" / ".graded" / "results.jsonl").read_text(encoding="utf-8").splitlines()
    return {(each.student, each.module): each for each in map(graded, lines)}


@pytest.mark.parametrize("module", registry.MODULES)
def test_a_solved_notebook_gets_all_its_points_and_an_untouched_one_none(results, module):
    solved, untouched = results["solved", module], results["untouched", module]
    of = sum(each.points for each in registry.module(module))
    assert (solved.points, solved.of, solved.notes, solved.problem) == (of, of, (), "")
    assert (untouched.points, untouched.of) == (0, of)
    assert {part.status for part in untouched.parts} == {"unsolved"}
