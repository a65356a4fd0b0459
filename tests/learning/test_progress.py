"""Progress is appended lines that survive crashes, other notebooks and bad disks."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from unravelling.learning import progress


@pytest.fixture(autouse=True)
def file(monkeypatch, tmp_path):
    monkeypatch.setattr(progress, "_in_memory", [])
    monkeypatch.setattr(progress, "_trouble", "")
    file = tmp_path / "deep" / "progress.jsonl"
    monkeypatch.setenv("UNRAVELLING_PROGRESS", str(file))
    return file


def test_what_is_recorded_is_read_back():
    progress.record("check", "04.1", passed=False)
    progress.record("check", "04.1", passed=True)
    progress.record("check", "04.1", passed=False)
    progress.record("hint", "04.1", number=2)
    progress.record("hint", "04.1", number=1)
    progress.record("answer", "04.q1", right=False)
    progress.record("answer", "04.q1", right=True)
    known = progress.read()
    assert known.exercises["04.1"] == progress.ExerciseProgress(passed=True, attempts=3, hints_opened=2)
    assert known.answers == {"04.q1": False}, "the first answer counts"


def test_torn_and_foreign_lines_are_passed_over_and_swallow_nothing(file):
    progress.record("check", "04.1", passed=True)
    with file.open("ab") as raw:
        raw.write(b'{"kind": "check", "id": "04.2", "pas')  # the power went off here
    progress.record("check", "04.3", passed=True)
    with file.open("ab") as raw:
        raw.write(b'\xff\xfe\n[1, 2]\n{"kind": 3}\nnull\n{"kind": "hint", "id": "04.4", "number": "two"}\n')
    progress.record("check", "04.5", passed=True)
    passed = {id for id, each in progress.read().exercises.items() if each.passed}
    assert passed == {"04.1", "04.3", "04.5"}


def test_two_processes_at_once_lose_nothing(file, tmp_path):
    script = (
        "import sys, pathlib\nfrom unravelling.learning import progress\n"
        "pathlib.Path(sys.argv[2]).touch()\n"
        "while not pathlib.Path(sys.argv[3]).exists(): pass\n"  # both begin at the same moment
        "for n in range(1500): progress.record('check', f'{sys.argv[1]}.{n}', passed=True, note='x' * 200)"
    )
    ready, go = [tmp_path / "a", tmp_path / "b"], tmp_path / "go"
    both = [subprocess.Popen([sys.executable, "-c", script, flag.name, str(flag), str(go)]) for flag in ready]
    while not all(flag.exists() for flag in ready):
        assert all(process.poll() is None for process in both)
    go.touch()
    assert [process.wait(60) for process in both] == [0, 0]
    assert len(progress.read().exercises) == 3000


def test_set_but_empty_keeps_nothing_on_the_disk(monkeypatch, tmp_path):
    monkeypatch.setenv("UNRAVELLING_PROGRESS", "")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    progress.record("check", "04.1", passed=True)
    assert progress.path() is None and not (tmp_path / "data").exists()
    assert progress.read().exercises["04.1"].passed, "within this session it is known"
    assert progress.trouble() == ""


def test_a_place_that_cannot_be_written_keeps_progress_for_the_session_and_says_so(monkeypatch, tmp_path):
    # A file where a folder should be stops root too, as a read-only folder does not.
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("UNRAVELLING_PROGRESS", str(tmp_path / "file" / "progress.jsonl"))
    progress.record("check", "04.1", passed=True)
    assert progress.read().exercises["04.1"].passed
    assert progress.trouble().startswith("Progress cannot be written to")
    assert progress.trouble() in progress.summary()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_keeps_progress_for_the_session(monkeypatch, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    monkeypatch.setenv("UNRAVELLING_PROGRESS", str(closed / "progress.jsonl"))
    progress.record("check", "04.1", passed=True)
    assert progress.read().exercises["04.1"].passed and progress.trouble()


def test_without_the_variable_it_lies_in_the_users_data_folder(monkeypatch):
    monkeypatch.delenv("UNRAVELLING_PROGRESS")
    assert progress.path().name == "progress.jsonl" and "unravelling" in str(progress.path().parent)


def test_the_summary_counts_by_module_and_names_what_is_left():
    progress.record("check", "00.1", passed=True)
    progress.record("hint", "04.1", number=1)
    lines = progress.summary().splitlines()
    assert lines[0].startswith("Module 00: 1 of 1 exercises solved, 0 hints opened")
    rest = next(line for line in lines if line.startswith("Module 04"))
    assert " 0 of " in rest and "1 hint opened" in rest
    assert any(line.startswith("  still to do: 04.1") for line in lines)


def test_checking_a_stub_is_no_attempt():
    progress.record("check", "04.1", passed=False, status="unsolved")
    progress.record("check", "04.1", passed=False, status="wrong")
    assert progress.read().exercises["04.1"].attempts == 1
