"""CONTRIBUTING.md adds an exercise step by step; its steps are followed to the letter in a copy of the repository."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COPIED = ("src", "authoring", "course", "exercises", "solutions", "tests/checks", "pyproject.toml", "README.md")
STEP = re.compile(
    r"<!-- walkthrough: (?P<order>[^\n]*) -->\n(?P<fence>`{3,})\w*\n(?P<block>.*?)^(?P=fence)$", re.M | re.S
)


@dataclass(frozen=True)
class Step:
    order: str
    block: str


def steps() -> list[Step]:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = [Step(match["order"], match["block"]) for match in STEP.finditer(text)]
    assert len(found) == text.count("<!-- walkthrough:"), "a marked step has no fenced block right after it"
    return found


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("walkthrough")
    for name in COPIED:
        source, target = ROOT / name, root / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
        else:
            shutil.copy(source, target)
    return root


def run(line: str, root: Path) -> subprocess.CompletedProcess:
    """One line of a shell block, with this interpreter and the copy's package in front of the installed one."""
    program, *words = shlex.split(line)
    assert program in ("unravelling", "pytest"), f"nobody knows how to run {program}"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("UNRAVELLING_", "PYTEST_"))}
    environment |= {"PYTHONPATH": str(root / "src"), "UNRAVELLING_PROGRESS": ""}
    if "UNRAVELLING_CACHE" in os.environ:
        environment["UNRAVELLING_CACHE"] = os.environ["UNRAVELLING_CACHE"]
    command = [sys.executable, "-m", program, *words]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)


def follow(step: Step, root: Path) -> None:
    verb, _, name = step.order.partition(" ")
    if verb in ("append", "write"):
        path = root / name
        assert path.parent.is_dir(), f"the walkthrough writes {name}, whose folder is not there"
        before = path.read_text(encoding="utf-8").rstrip("\n") + "\n" if path.exists() and verb == "append" else ""
        path.write_text(before + step.block, encoding="utf-8")
        return
    fails = re.fullmatch(r'run, which fails with "(.+)"', step.order)
    assert fails or step.order == "run, which passes", f"nobody knows how to follow '{step.order}'"
    for line in step.block.splitlines():
        result = run(line, root)
        shown = f"$ {line}\n{result.stdout}\n{result.stderr}"
        assert (result.returncode != 0) == bool(fails), shown
        if fails:
            assert fails[1] in result.stdout, shown


def test_the_walkthrough_leads_from_a_declaration_to_a_passing_notebook(copy):
    for step in steps():
        follow(step, copy)
    solution = (copy / "solutions/00_start_here.ipynb").read_text(encoding="utf-8")
    assert "PASS 00.2 one_hot" in solution


def test_it_declares_builds_sees_a_failure_and_tests_the_check():
    orders = [step.order for step in steps()]
    assert [order for order in orders if order.startswith("write src/unravelling/checks/")]
    assert [order for order in orders if order.startswith("append authoring/")]
    assert [order for order in orders if "which fails with" in order]
    assert any("tests/checks" in step.block for step in steps())


def test_it_says_of_the_modules_own_file_what_stands_there_but_for_the_new_exercise():
    (step,) = [step for step in steps() if step.order.endswith("__init__.py")]
    text = step.block.replace("from .one_hot import OneHot\n", "").replace('"OneHot", ', "")
    assert text == (ROOT / step.order.removeprefix("write ")).read_text(encoding="utf-8").replace(
        "exercise of", "exercises of"
    )


def test_the_docstring_of_an_exercise_is_printed_once():
    assert (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").count("ids: (T,) int tensor, each at least 0") == 1


@pytest.mark.parametrize("step", [step for step in steps() if step.order.endswith(".py")], ids=lambda step: step.order)
def test_what_it_writes_is_clean_under_ruff(step):
    name = step.order.partition(" ")[2]
    if name.endswith("one_hot.py") and (ROOT / name).exists():
        pytest.fail("exercise 00.2 exists by now: give the one in the walkthrough another number")
    for command in (["check"], ["format", "--check"]):
        line = [sys.executable, "-m", "ruff", *command, "--config", str(ROOT / "pyproject.toml")]
        result = subprocess.run(
            [*line, "--stdin-filename", name, "-"], input=step.block, capture_output=True, text=True, cwd=ROOT
        )
        assert result.returncode == 0, result.stdout + result.stderr
