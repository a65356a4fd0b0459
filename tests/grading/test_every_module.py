"""Every solved notebook of the course gets all its points, an untouched one none, through the real command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.grading.faults import ROOT
from unravelling.checks import registry
from unravelling.grading import sandbox
from unravelling.grading.local_grader import FIRST_USER
from unravelling.grading.results import NotebookResult

USER = FIRST_USER if hasattr(os, "geteuid") and os.geteuid() == 0 else None
pytestmark = pytest.mark.skipif(any(sandbox.standing(USER).values()), reason="this machine offers no walls")


def names_a_model() -> str:
    """Module 10 with an answer to 10.5 that asks for a model in a folder of the grader's machine."""
    notebook = json.loads((ROOT / "exercises" / "10_few_shot_prompting.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["metadata"].get("unravelling") == {"exercise": "10.5", "role": "answer"}:
            cell["source"] = "def write_prompt(sentence, model='hub:/etc'):\n    return sentence"
    return json.dumps(notebook)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("all")
    shutil.copytree(ROOT / "solutions", folder / "in" / "solved", ignore=shutil.ignore_patterns("[!0-9]*"))
    untouched = (ROOT / "exercises" / "05_the_transformer.ipynb").read_text(encoding="utf-8")
    for name, file, text in (("untouched", "05_x.ipynb", untouched), ("names-a-model", "10_x.ipynb", names_a_model())):
        (folder / "in" / name).mkdir()
        (folder / "in" / name / file).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "unravelling", "grade", str(folder / "in"), "--out", str(folder / "out")]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=580)
    assert ran.returncode == 0, ran.stderr
    lines = (folder / "out" / ".graded" / "results.jsonl").read_text(encoding="utf-8").splitlines()
    return {(each.student, each.module): each for each in map(NotebookResult.of_line, lines)}


@pytest.mark.parametrize("module", registry.MODULES)
def test_a_solved_notebook_gets_all_its_points(results, module):
    solved = results["solved", module]
    of = sum(each.points for each in registry.module(module))
    lost = [(part.exercise, part.status, part.reason) for part in solved.parts if part.points < part.of]
    assert (lost, solved.points, solved.of, solved.notes, solved.problem) == ([], of, of, (), "")


def test_an_untouched_notebook_gets_none(results):
    untouched = results["untouched", "05"]
    assert untouched.points == 0 and {part.status for part in untouched.parts} == {"unsolved"}


def test_a_submission_cannot_make_the_grader_fetch_or_open_a_model_it_names(results):
    """10.5 lets a learner name a model of the Hub; the grader judges with the course's own alone."""
    part = next(each for each in results["names-a-model", "10"].parts if each.exercise == "10.5")
    assert part.points == 0 and "whoever grades uses the course's own models" in part.reason
