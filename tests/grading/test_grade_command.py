"""What the command does where the machine refuses: one sentence and exit code 2, and nothing half written."""

from __future__ import annotations

import errno
import importlib.util
import io
import json
import os
import sys

import pytest

from tests.grading.faults import FAULTS, ROOT
from tests.grading.quick import Quick
from unravelling import cli
from unravelling.grading import grading_run


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Ada handed in; the command is given in the course and runs nothing."""
    monkeypatch.setattr(grading_run.GradingRun, "_grader", lambda self: Quick())
    monkeypatch.setattr("unravelling.workplace.course_root", lambda start: ROOT)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    (tmp_path / "in" / "ada").mkdir(parents=True)
    (tmp_path / "in" / "ada" / "04_attention.ipynb").write_bytes(FAULTS["right"].content)
    return tmp_path / "in"


def one_sentence(capsys) -> str:
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize("name", [".", "../in", "../in/", "ada/.."])
def test_reports_lie_beside_the_folder_however_it_is_named(folder, monkeypatch, name):
    monkeypatch.chdir(folder)
    assert cli.main(["grade", name]) == 0
    assert (folder.parent / "in-graded" / "class.html").exists()


def test_walls_that_did_not_stand_are_named_when_all_is_graded(folder, monkeypatch, capsys):
    monkeypatch.setattr(Quick, "walls", {"files": "trusted: not tried", "network": ""})
    assert cli.main(["grade", str(folder)]) == 0
    assert one_sentence(capsys) == "Graded without these walls: files."


def test_reports_that_cannot_be_written_end_in_one_sentence(folder, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", "/proc/nowhere"):
        assert cli.main(["grade", str(folder), "--out", str(out)]) == 2
        assert str(out) in one_sentence(capsys)
    assert cli.main(["gradescope", "04", "--out", str(tmp_path)]) == 2
    assert "Is a directory" in one_sentence(capsys)


def test_a_full_disk_ends_in_one_sentence_and_leaves_nothing_half_written(folder, tmp_path, monkeypatch, capsys):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert cli.main(["grade", str(folder), "--out", str(tmp_path / "out")]) == 2
    assert "No space left on device" in one_sentence(capsys)
    assert sorted(each.name for each in (tmp_path / "out" / ".graded").iterdir()) in (["lock"], [])


def test_without_nbval_the_command_says_what_to_install(folder, tmp_path, monkeypatch, capsys):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "nbval" else found(name, *more)
    )
    assert cli.main(["grade", str(folder), "--out", str(tmp_path / "out")]) == 2
    assert one_sentence(capsys) == "Grading needs nbval: pip install 'unravelling[grading]'."
    assert cli.main(["grade", str(folder / "ada" / "04_attention.ipynb"), "--out", str(tmp_path / "one")]) == 2
    assert "needs nbval" in json.loads((tmp_path / "one" / "results.json").read_text())["output"]


def test_a_fault_of_the_grader_is_told_to_gradescope_too(folder, tmp_path, monkeypatch):
    def broken(self):
        raise TypeError("no such thing")

    monkeypatch.setattr(grading_run.GradingRun, "_grader", broken)
    with pytest.raises(TypeError):
        cli.main(["grade", str(folder / "ada" / "04_attention.ipynb"), "--out", str(tmp_path / "out")])
    said = json.loads((tmp_path / "out" / "results.json").read_text())
    assert said["score"] == 0 and "not your fault. It said: TypeError: no such thing" in said["output"]


def test_a_name_in_no_encoding_is_shown_in_the_table_the_summary_and_the_warnings(folder, tmp_path, monkeypatch):
    name = b"z\xe9.d".decode(errors="surrogateescape")
    try:
        (folder / name).mkdir()
    except OSError:
        pytest.skip("this file system takes only names in UTF-8")
    (folder / name / "04_attention.ipynb").write_bytes(b"")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(shown := io.BytesIO(), encoding="utf-8"))
    assert cli.main(["grade", str(folder), "--out", str(tmp_path / "out")]) == 1
    sys.stdout.flush()
    assert b"::warning" in shown.getvalue() and b"\\udce9.d" in shown.getvalue()
    assert "\\udce9.d" in (tmp_path / "summary").read_text(encoding="utf-8")
