"""Every fault of the table gets its score and its reason, through the real command, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.grading.attacks import ATTACKS  # noqa: F401  (they are among the faults then)
from tests.grading.faults import FAULTS, ROOT, SLEEPER, looking_round
from tests.grading.written import WRITTEN
from unravelling.grading import sandbox
from unravelling.grading.local_grader import FIRST_USER
from unravelling.grading.results import NotebookResult

USER = FIRST_USER if hasattr(os, "geteuid") and os.geteuid() == 0 else None
pytestmark = pytest.mark.skipif(any(sandbox.standing(USER).values()), reason="this machine offers no walls")
NAMES = [*FAULTS, *WRITTEN, "looks-round"]


def processes() -> dict[int, str]:
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                found[int(entry)] = Path("/proc", entry, "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """All of them in one run of the command, four at once since many only wait: what was found, how long it took, what
    was left."""
    folder = tmp_path_factory.mktemp("class")
    handed, out, scratch = folder / "handed in", folder / "out", folder / "t"
    scratch.mkdir()
    os.chmod(folder, 0o755)
    faults = {**FAULTS, **WRITTEN, "looks-round": looking_round(handed)}
    for name, fault in faults.items():
        (handed / name).mkdir(parents=True)
        (handed / name / fault.file).write_bytes(fault.content)
    before = {(each, each.stat().st_mtime_ns) for each in handed.rglob("*")}
    command = [sys.executable, "-m", "unravelling", "grade", str(handed), "--out", str(out), "--cpu", "5"]
    environment = {**os.environ, "TMPDIR": str(scratch), "SECRET_OF_THE_GRADER": "1", "UNRAVELLING_PROGRESS": ""}
    begun = time.monotonic()
    ran = subprocess.run(
        [*command, "--jobs", "4"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900
    )
    seconds = time.monotonic() - begun
    assert ran.returncode == 1, ran.stderr[-3000:]  # some of them are no notebooks
    lines = (out / ".graded" / "results.jsonl").read_text(encoding="utf-8").splitlines()
    results = {each.student: each for each in map(NotebookResult.of_line, lines)}
    after = {(each, each.stat().st_mtime_ns) for each in handed.rglob("*")}
    yield {
        "faults": faults, "results": results, "seconds": seconds, "out": out, "printed": ran.stdout,
        "scratch": sorted(each.name for each in scratch.iterdir()), "untouched": before == after,
        "processes": processes(),
    }  # fmt: skip
    subprocess.run(["rm", "-rf", "--", scratch], check=True)  # what it failed to remove, pytest can't either


@pytest.mark.parametrize("name", NAMES)
def test_every_fault_gets_its_score_and_its_reason(run, name):
    fault, found = run["faults"][name], run["results"][name]
    parts = {part.exercise: part for part in found.parts}
    told = "\n".join([found.problem, *found.notes, *(part.reason for part in found.parts)])
    assert found.points == fault.points, told
    if found.parts:
        assert re.fullmatch(fault.status, parts[fault.exercise].status), parts[fault.exercise]
    assert re.search(fault.says, told), told


def test_what_was_written_on_top_of_a_stub_is_not_called_untried(run):
    parts = {part.exercise: part for part in run["results"]["half-of-two-functions"].parts}
    assert (parts["04.3"].status, parts["04.3"].points, parts["04.4"].status) == ("unsolved", 1, "wrong")
    report = (run["out"] / "students" / "half-of-two-functions" / "04.md").read_text(encoding="utf-8")
    assert "Your code calls split_heads, which is still the stub of 04.3" in report
    assert "Not tried yet" not in report


def test_each_is_there_once_and_those_between_are_right(run):
    assert sorted(run["results"]) == sorted(NAMES)
    rows = [line for line in run["printed"].splitlines() if line.startswith("[")]
    assert len(rows) == len(NAMES)


def test_the_whole_class_is_graded_in_bounded_time(run):
    """Nothing waits for a timeout: those that never end run for the 5 seconds they are given, the others are quick."""
    assert run["seconds"] < 60 + 4 * len(NAMES)


def test_the_machine_is_as_before(run):
    assert run["scratch"] == []
    assert run["untouched"]
    left = {pid: line for pid, line in run["processes"].items() if SLEEPER in line or "warm.server" in line}
    assert not {pid: line for pid, line in left.items() if str(run["out"].parent) in line or SLEEPER in line}


def test_nobody_reads_another_students_name_or_work_in_her_report(run):
    for name in NAMES:
        text = next((run["out"] / "students" / name).glob("*.md")).read_text(encoding="utf-8")
        assert not [other for other in ("endless", "outlives") if other != name and other in text]


def test_the_reports_hold_every_student_and_parse(run):
    import csv
    import xml.etree.ElementTree as ElementTree

    with (run["out"] / "scores.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["student"] for row in rows} == set(NAMES)
    for name in NAMES:
        assert sum(int(row["points"]) for row in rows if row["student"] == name) == run["results"][name].points
    suites = ElementTree.parse(run["out"] / "junit.xml").getroot().findall("testsuite")
    assert len(suites) == len(NAMES)
    page = (run["out"] / "class.html").read_text(encoding="utf-8")
    assert all(f"<td>{name}</td>" in page for name in NAMES) and "<script" not in page
    assert json.loads(json.dumps(page))
