"""A run can be killed and resumed, chance and load change no score, and the command says what it cannot do."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.grading.faults import FAULTS, ROOT
from unravelling.grading import rebuilt_notebook, sandbox, submitted_notebook
from unravelling.grading.job import Job
from unravelling.grading.local_grader import FIRST_USER, LocalGrader
from unravelling.grading.results import NotebookResult

USER = FIRST_USER if hasattr(os, "geteuid") and os.geteuid() == 0 else None
needs_walls = pytest.mark.skipif(any(sandbox.standing(USER).values()), reason="this machine offers no walls")


def grade(*arguments: object, **more) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "unravelling", "grade", *map(str, arguments)]
    more = {"cwd": ROOT, "capture_output": True, "text": True, "timeout": 300, **more}
    return subprocess.run(command, **more)


def hand_in(folder: Path, names: list[str]) -> Path:
    for number, name in enumerate(names):
        place = folder / f"{number:02d}-{name}"
        place.mkdir(parents=True)
        (place / "04_attention.ipynb").write_bytes(FAULTS[name].content)
    return folder


def without_times(out: Path) -> str:
    with (out / "scores.csv").open(encoding="utf-8") as file:
        return file.read()


@needs_walls
def test_a_run_that_is_killed_at_any_moment_is_resumed_to_the_same_report(tmp_path):
    handed = hand_in(tmp_path / "in", ["right", "wrong", "equal-to-all", "raises", "leaves-hard", "not-tried"])
    whole = grade(handed, "--out", tmp_path / "whole", "--seed", 5)
    assert whole.returncode == 0, whole.stderr
    out, scratch = tmp_path / "cut", tmp_path / "t"
    scratch.mkdir()
    command = [sys.executable, "-m", "unravelling", "grade", str(handed), "--out", str(out), "--seed", "5"]
    log = out / ".graded" / "results.jsonl"
    cut = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(scratch)})
    wanted = random.randint(1, 3)
    until = time.monotonic() + 120
    while not (log.exists() and len(log.read_text().splitlines()) >= wanted) and time.monotonic() < until:
        time.sleep(0.02)
    cut.send_signal(signal.SIGKILL)
    cut.wait()
    begun = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")]
    assert wanted <= len(begun) < 6
    resumed = grade(handed, "--out", out, "--seed", 5, "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert without_times(out) == without_times(tmp_path / "whole")
    kept = [NotebookResult.of_line(line) for line in log.read_text().splitlines()]
    assert [each.cpu for each in kept[: len(begun)]] == [each["cpu"] for each in begun]  # kept, not graded again
    assert len({each.key for each in kept}) == len(kept) == 6
    until = time.monotonic() + 10
    while _left(scratch) and time.monotonic() < until:
        time.sleep(0.1)
    assert _left(scratch) == []


def _left(scratch: Path) -> list[str]:
    """Processes that still use a folder: the owner was killed, so the others must have ended by themselves."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                line = Path("/proc", entry, "cmdline").read_text()
            except OSError:
                continue
            if str(scratch) in line:
                found.append(line)
    return found


@needs_walls
def test_chance_and_load_change_no_score():
    """20 times, each with another secret seed, on a machine with more to do than it has cores."""
    ours = rebuilt_notebook.pristine_of(ROOT / "exercises", "04")[1]
    handed = {
        name: rebuilt_notebook.rebuild(
            ours, {**json.loads(FAULTS[name].content), "cells": _cells(FAULTS[name].content)}
        )
        for name in ("right", "wrong")
    }
    jobs = [Job(f"{name} {n}", "04", 1000 + n, "x", handed[name], ours) for n in range(10) for name in handed]
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(1)]
    try:
        with LocalGrader(2) as grader:
            found = list(grader.grade(jobs))
    finally:
        for each in busy:
            each.kill()
            each.wait()
    assert len(found) == 20
    assert {each.points for each in found if each.student.startswith("right")} == {16}
    assert {each.points for each in found if each.student.startswith("wrong")} == {15}
    assert {each.parts[1].misconception for each in found if each.student.startswith("wrong")} == {"looks_ahead"}


def _cells(content: bytes) -> list[dict]:
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".ipynb") as file:
        file.write(content)
        file.flush()
        return submitted_notebook.read(Path(file.name))["cells"]


@needs_walls
def test_one_notebook_gets_its_report_on_the_screen_and_gradescopes_file(tmp_path):
    (tmp_path / "04_attention.ipynb").write_bytes(FAULTS["wrong"].content)
    ran = grade(tmp_path / "04_attention.ipynb", "--out", tmp_path / "out")
    assert ran.returncode == 1
    assert "# Module 04: 15 of 16 points" in ran.stdout and "True above the diagonal" in ran.stdout
    found = json.loads((tmp_path / "out" / "results.json").read_text())
    assert sum(each["score"] for each in found["tests"]) == 15
    assert sum(each["max_score"] for each in found["tests"]) == 16
    assert {each["visibility"] for each in found["tests"]} == {"visible"}


def test_with_trust_and_without_walls_the_verdicts_are_the_same(tmp_path):
    handed = hand_in(tmp_path / "in", ["right", "wrong", "not-tried"])
    ran = grade(handed, "--out", tmp_path / "out", "--trust")
    assert ran.returncode == 0, ran.stderr
    lines = (tmp_path / "out" / ".graded" / "results.jsonl").read_text().splitlines()
    assert sorted(each.points for each in map(NotebookResult.of_line, lines)) == [15, 15, 16]
    assert "without these walls" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere"], "no file or folder"),
        (["docs"], "no notebook"),
        (["exercises", "--module", "99"], "no module 99"),
        (["exercises", "--due", "tomorrow"], "is no time"),
        (["exercises", "--cpu", "0"], "above 0"),
    ],
)
def test_wrong_use_ends_in_one_sentence(arguments, says):
    ran = grade(*arguments)
    assert ran.returncode == 2
    assert says in ran.stderr and len(ran.stderr.strip().splitlines()) == 1


def test_without_walls_it_refuses_and_says_which_are_missing(tmp_path, monkeypatch, capsys):
    from unravelling import cli

    monkeypatch.setattr(sandbox, "standing", lambda user: {**dict.fromkeys(sandbox.WALLS, ""), "network": "no seccomp"})
    monkeypatch.chdir(ROOT)
    handed = hand_in(tmp_path / "in", ["right"])
    assert cli.main(["grade", str(handed), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "opening a network connection: no seccomp" in said and "--trust" in said
