"""What a resumed run keeps, what it grades again, and that no two runs write into one folder."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from importlib.util import find_spec

import pytest

from tests.grading.faults import FAULTS, ROOT
from tests.grading.quick import Quick
from unravelling.grading import grading_run, kept_results, submissions, submitted_notebook
from unravelling.grading.results import NotebookResult


@pytest.fixture
def options(tmp_path, monkeypatch):
    """Ada and Bo handed in; what is graded lands in Quick.graded."""
    monkeypatch.setattr(grading_run.GradingRun, "_grader", lambda self: Quick())
    monkeypatch.setattr(Quick, "graded", [])
    for name in ("ada", "bo"):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "04_attention.ipynb").write_bytes(FAULTS["right"].content)
    return grading_run.Options(tmp_path / "in", ROOT / "exercises", tmp_path / "out")


def logged(options):
    lines = (options.out / ".graded" / "results.jsonl").read_text(encoding="utf-8").splitlines()
    return {each.key: each for each in map(NotebookResult.of_line, lines)}


def test_what_was_handed_in_again_before_a_run_is_resumed_is_graded_and_kept(options):
    grading_run.GradingRun(options).carry_out()
    (options.place / "ada" / "04_attention.ipynb").write_bytes(FAULTS["wrong"].content)
    Quick.graded.clear()
    grading_run.GradingRun(replace(options, resume=True)).carry_out()
    grading_run.GradingRun(replace(options, resume=True)).carry_out()
    assert Quick.graded == ["ada"]  # not a second time: the first resumed run had kept it


def test_a_kept_result_stands_under_the_name_and_the_time_that_its_file_has_now(options):
    grading_run.GradingRun(options).carry_out()
    (options.place / "ada" / "04_attention.ipynb").rename(options.place / "ada" / "mine.ipynb")
    Quick.graded.clear()
    again = replace(options, resume=True, due=datetime.fromtimestamp(1000))
    (ada, bo) = grading_run.GradingRun(again).carry_out().results
    assert Quick.graded == []
    assert (ada.file, ada.late, bo.late) == ("ada/mine.ipynb", True, True)
    assert ada.notes[0].startswith("Late: ") and logged(options)["04/ada"] == replace(ada, notes=())


def test_a_run_is_resumed_with_the_seed_it_was_ordered_with(options):
    grading_run.GradingRun(replace(options, seed=7)).carry_out()
    (options.place / "ada" / "04_attention.ipynb").write_bytes(FAULTS["wrong"].content)
    resumed = grading_run.GradingRun(replace(options, resume=True)).carry_out()
    assert {each.parts[0].reason for each in resumed.results} == {"7"}
    with pytest.raises(kept_results.OtherSeed, match="leave --seed out"):
        grading_run.GradingRun(replace(options, resume=True, seed=8)).carry_out()
    assert len(logged(options)) == 2


def test_each_file_is_read_once_and_what_is_too_much_to_keep_again_in_its_turn(options, monkeypatch):
    read, seen = submitted_notebook.read, []
    monkeypatch.setattr(submitted_notebook, "read", lambda path: seen.append(path.parent.name) or read(path))
    grading_run.GradingRun(options).carry_out()
    assert seen == ["ada", "bo", "exercises"]
    monkeypatch.setattr(submissions, "KEPT", (options.place / "ada" / "04_attention.ipynb").stat().st_size)
    seen.clear()
    grading_run.GradingRun(options).carry_out()
    assert seen == ["ada", "bo", "exercises", "bo"] and Quick.graded == ["ada", "bo"] * 2


@pytest.mark.skipif(find_spec("fcntl") is None, reason="this system has no such locks")
def test_a_second_run_into_the_same_folder_ends_in_one_sentence_and_changes_nothing(options):
    grading_run.GradingRun(options).carry_out()
    lock = options.out / ".graded" / "lock"
    holds = "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.lockf(f, fcntl.LOCK_EX); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", holds, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        command = [sys.executable, "-m", "unravelling", "grade", options.place, "--out", options.out]
        ran = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True)
        other.communicate(b"\n")
    assert ran.returncode == 2
    assert "Another run is grading into" in ran.stderr and len(ran.stderr.splitlines()) == 1
    assert len(logged(options)) == 2


@pytest.mark.skipif(find_spec("fcntl") is None, reason="this system has no such locks")
@pytest.mark.parametrize(
    ("code", "ends"),
    [
        *((each, None) for each in (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)),
        *((each, kept_results.FolderInUse) for each in (errno.EAGAIN, errno.EACCES)),
        *((each, OSError) for each in (errno.EIO, errno.EPERM)),
    ],
)
def test_a_disk_without_locks_ends_no_run_and_one_with_trouble_is_not_taken_for_a_second_run(
    options, monkeypatch, code, ends
):
    def refused(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(kept_results.fcntl, "lockf", refused)
    if ends is None:
        assert len(grading_run.GradingRun(options).carry_out().results) == 2
    else:
        with pytest.raises(ends):
            grading_run.GradingRun(options).carry_out()
