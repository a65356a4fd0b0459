"""What lies in the folder that is handed in, through the command: no entry stops the class, and none is passed over in
silence. Nothing is run here; what a notebook holds is the business of test_faults.py.
"""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import subprocess
import unicodedata
from datetime import datetime
from pathlib import Path

import pytest

from tests.grading.faults import FAULTS, ROOT, with_answer
from tests.grading.quick import Quick
from unravelling import cli
from unravelling.grading import file_walk, grading_run
from unravelling.grading.results import NotebookResult

RIGHT = FAULTS["right"].content
OTHER = with_answer("def causal_mask(T):\n    raise NotImplementedError")


@pytest.fixture
def handed(tmp_path, monkeypatch):
    """The folder; Ada's notebook lies in it. The command is given in the course and runs nothing."""
    monkeypatch.setattr(grading_run.GradingRun, "_grader", lambda self: Quick())
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    put(tmp_path / "in" / "ada" / "04_attention.ipynb")
    yield tmp_path / "in"
    subprocess.run(["rm", "-rf", "--", tmp_path / "in"], check=True)  # what is too deep for pytest


def put(path: Path, content: bytes = RIGHT, at: float | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if at is not None:
        os.utime(path, (at, at))


def run(folder: Path, *more: str) -> tuple[int, dict[str, str], list[str]]:
    """The exit code, the file of each student that was graded, and the status of each row of scores.csv."""
    out = folder.parent / "out"
    code = cli.main(["grade", str(folder), "--module", "04", "--out", str(out), *more])
    lines = (out / ".graded" / "results.jsonl").read_text(encoding="utf-8").splitlines()
    with (out / "scores.csv").open(encoding="utf-8", newline="") as file:
        rows = [f"{row['student']} {row['status']}" for row in csv.DictReader(file)]
    return code, {each.student: each.file for each in map(NotebookResult.of_line, lines)}, rows


def left_aside(capsys) -> list[str]:
    said = capsys.readouterr().err.splitlines()
    assert all(line.startswith("Left aside: ") for line in said)
    return [line.removeprefix("Left aside: ") for line in said]


def nest(folder: Path, name: str, times: int) -> None:
    """Folders within each other, deeper than any path can say."""
    here = os.open(folder, os.O_RDONLY)
    try:
        for _ in range(times):
            os.mkdir(name, dir_fd=here)
            inner = os.open(name, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = inner
        os.symlink("nowhere", "link.ipynb", dir_fd=here)
    finally:
        os.close(here)


@pytest.mark.parametrize(
    ("name", "times", "why"), [("d" * 10, 900, "40 folders deep"), ("n" * 250, 25, "File name too long")]
)
def test_a_folder_deeper_than_any_path_is_set_aside_and_the_class_is_graded(handed, capsys, name, times, why):
    (handed / "eve").mkdir()
    nest(handed / "eve", name, times)
    code, files, rows = run(handed)
    assert code == 0 and files == {"ada": "ada/04_attention.ipynb"} and "eve not handed in" in rows
    (line,) = left_aside(capsys)
    assert line.startswith("eve/") and why in line and len(line) < 500


@pytest.mark.parametrize("what", ["folder", "notebook"])
def test_one_entry_that_the_system_refuses_is_set_aside_by_name(handed, capsys, monkeypatch, what):
    """A stale network drive, say: whatever the system says of one entry is said of that entry."""
    put(handed / "bo" / "04_attention.ipynb")
    listed, looked_at = os.scandir, file_walk._Walk._look_at

    def list_it(path):
        if what == "folder" and str(path).endswith("bo"):
            raise OSError(116, "Stale file handle")
        return listed(path)

    def look_at(self, entry, inside):
        if what == "notebook" and inside == ("bo", "04_attention.ipynb"):
            raise OSError(5, "Input/output error")
        return looked_at(self, entry, inside)

    monkeypatch.setattr(os, "scandir", list_it)
    monkeypatch.setattr(file_walk._Walk, "_look_at", look_at)
    code, files, rows = run(handed)
    assert code == 0 and list(files) == ["ada"] and "bo not handed in" in rows
    said = {
        "folder": "bo: it cannot be read: Stale file handle.",
        "notebook": "bo/04_attention.ipynb: it cannot be read: Input/output error.",
    }
    assert left_aside(capsys) == [said[what]]


HIDDEN = [
    *(".git", ".ipynb_checkpoints", ".history", ".virtual_documents", ".Trash-1000/files", ".local/share/Trash/files"),
    *(".vscode", ".idea", ".cache", ".tox/py311", ".venv", ".pixi/envs", ".jupyter", ".conda", ".~lock", ".ada"),
    *("__MACOSX", "__pycache__", "node_modules/x", "$RECYCLE.BIN", "lost+found", "@eaDir", "#recycle"),
    *("work/.ipynb_checkpoints", "lib/python3.11/site-packages/x"),
]


@pytest.mark.parametrize("hidden", HIDDEN)
def test_nothing_below_a_hidden_folder_counts_however_new_it_is(handed, capsys, hidden):
    put(handed / "ada" / "04_attention.ipynb", at=1e9)
    put(handed / "ada" / hidden / "04_attention.ipynb", b"torch.ones(3)", at=2e9)
    put(handed / hidden / "04_attention.ipynb", OTHER, at=2e9)
    _, files, rows = run(handed)
    assert files == {"ada": "ada/04_attention.ipynb"}
    assert {row.split()[0] for row in rows} <= {"ada", "work", "lib"}
    assert any("hidden or a tool's own" in line for line in left_aside(capsys))


def test_an_environment_is_a_tools_own_whatever_its_name(handed, capsys):
    put(handed / "ada" / "my env" / "pyvenv.cfg", b"home = /usr")
    put(handed / "ada" / "my env" / "lib" / "04_attention.ipynb", OTHER, at=4e9)
    put(handed / "ada" / "other" / "conda-meta" / "history", b"")
    put(handed / "ada" / "other" / "share" / "04_attention.ipynb", OTHER, at=4e9)
    put(handed / "bo" / "pyvenv.cfg", b"home = /usr")
    put(handed / "bo" / "04_attention.ipynb")
    put(handed / "bo" / "lib" / "site-packages" / "04_attention.ipynb", OTHER, at=4e9)
    assert run(handed)[1] == {"ada": "ada/04_attention.ipynb", "bo": "bo/04_attention.ipynb"}
    assert [line.split(":")[0] for line in left_aside(capsys)] == ["ada/my env", "ada/other", "bo/lib/site-packages"]


def test_a_hidden_folder_that_everybody_has_is_named_once(handed, capsys):
    for student in ("ada", "bo", "cy"):
        put(handed / student / "04_attention.ipynb")
        put(handed / student / ".git" / "HEAD", b"")
    put(handed / "ada" / ".~04_attention.ipynb", OTHER, at=4e9)  # what JupyterLab writes while it saves
    run(handed)
    assert left_aside(capsys) == [
        "ada/.~04_attention.ipynb: its name makes it hidden, as tools name copies of their own; it was not read.",
        ".git (3 of them, the first is ada/.git): they are folders that are hidden or a tool's own, and were not "
        "looked into.",
    ]


ENDINGS = ["zip", "rar", "7z", "tar.gz", "html", "pdf", "py", "docx", "odt", "txt", "md", "json", "r", "url", "gdoc"]
ENDINGS += ["ipynb.txt", "ipynb.json", "ipynb.zip", "IPYNB.TXT"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_whoever_handed_in_something_else_is_named_and_listed(handed, capsys, ending):
    names = [f"grace_04_attention.{ending}", f"ida/04_attention.{ending}", f"kay/my homework.{ending}"]
    names += [f"lee_123_4567_work.{ending}", f"Mo Ab_99_assignsubmission_file_/work.{ending}"]
    for name in names:
        put(handed / name, b"x")
    code, files, rows = run(handed)
    assert code == 0 and list(files) == ["ada"]
    assert rows[1:] == [f"{name} not handed in" for name in ("Mo Ab", "grace", "ida", "kay", "lee")]
    assert sorted(line.split(":")[0] for line in left_aside(capsys)) == sorted(names)


def test_what_an_instructor_keeps_beside_is_nobodys_and_data_beside_a_notebook_is_not_named(handed, capsys):
    for name in ("README.md", "roster.csv", "grades.xlsx", "Thumbs.db", "index.html", ".DS_Store", "notes.txt"):
        put(handed / name, b"x")
    for name in ("data.csv", "helper.py", "plot.png", "README.md"):
        put(handed / "ada" / name, b"x")
    put(handed / "ada" / "work.zip", b"x")  # perhaps what she meant to hand in
    assert run(handed)[2] == ["ada passed"]
    assert left_aside(capsys) == ["ada/work.zip: it is no notebook (.ipynb), so it was not read."]


def test_of_many_files_without_a_notebook_three_are_named(handed, capsys):
    for number in range(50):
        put(handed / "bo" / f"{number:02}.csv", b"x")
    run(handed)
    assert left_aside(capsys) == [
        "bo/00.csv, bo/01.csv, bo/02.csv and 47 more: they are no notebooks (.ipynb), so they were not read."
    ]


def test_a_class_whose_notebooks_tell_no_module_ends_in_one_sentence_that_names_the_option(handed, tmp_path, capsys):
    for number in range(300):
        put(handed.parent / "all" / f"work {number}.ipynb", b'{"cells": []}')
    assert cli.main(["grade", str(handed.parent / "all"), "--out", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "300 notebooks tell by neither cells nor name" in line and "--module 04" in line
    assert cli.main(["grade", str(handed.parent / "all"), "--out", str(tmp_path / "out"), "--module", "4"]) == 0


def test_where_some_tell_no_module_the_others_are_graded_and_the_option_is_named_once(handed, capsys, tmp_path):
    for name in ("bo/x.ipynb", "cy/y.ipynb"):
        put(handed / name, b'{"cells": []}')
    assert cli.main(["grade", str(handed), "--out", str(tmp_path / "out")]) == 1
    (line,) = left_aside(capsys)
    assert "2 notebooks tell" in line and "--module 04" in line


@pytest.mark.parametrize(
    ("due", "late"),
    [
        ("2026-11-30", "cy"),
        ("20261130", "cy"),
        ("2026-11-30T10:00", "bo cy"),
        ("2026-11-29", "ada bo cy"),
        ("2026-11-30T12:00+00:00", "bo cy"),
    ],
)
def test_a_day_without_an_hour_is_due_at_its_end_and_the_report_says_when_with_the_zone(handed, due, late, monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    import time

    time.tzset()
    try:
        for name, day, hour in (("ada", 30, 10), ("bo", 30, 23), ("cy", 31, 0)):
            when = datetime(2026, 11, 30, hour).timestamp() + (86400 if day == 31 else 0)
            put(handed / name / "04_attention.ipynb", at=when)
        out = handed.parent / "out"
        run(handed, "--due", due)
        with (out / "scores.csv").open(encoding="utf-8", newline="") as file:
            assert " ".join(row["student"] for row in csv.DictReader(file) if row["late"]) == late
        report = (out / "students" / "cy" / "04.md").read_text(encoding="utf-8")
        zone = "(UTC+00:00)" if "+" in due else "(UTC+01:00)"
        by = f"{due} 23:59" if due == "2026-11-30" else "2026-11-"
        moved = "2026-11-30 23:00" if "+" in due else "2026-12-01 00:00"
        assert f"Late: changed at {moved} {zone}; it was due by {by}" in report
        for name in ("class.html", "summary.md"):
            text = (out / name).read_text(encoding="utf-8")
            assert by in text and zone in text
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("due", ["tomorrow", "2026-11-31", "2026-11-30T25:00", "0001-01-01", "30.11.2026"])
def test_what_is_no_time_is_refused_in_a_sentence(handed, capsys, due):
    assert cli.main(["grade", str(handed), "--due", due]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "2026-11-30 for the whole of that day" in line


def test_the_command_is_given_anywhere_where_the_package_is_that_of_a_clone(handed, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert run(handed)[:2] == (0, {"ada": "ada/04_attention.ipynb"})


BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


def test_neither_page_nor_table_holds_a_sign_that_moves_a_cursor_or_turns_a_line(handed, monkeypatch, capsys):
    """In names, and in what an answer said of itself."""

    class Said(Quick):
        def grade(self, jobs):
            for one in super().grade(jobs):
                part = dataclasses.replace(one.parts[0], status="wrong", points=0, reason=f"\x1b[31m{BIDI}no\nsecond")
                yield dataclasses.replace(one, parts=(part,), notes=(f"a {BIDI} note",))

    monkeypatch.setattr(grading_run.GradingRun, "_grader", lambda self: Said())
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    for name in ("\x1b[2Jeve", f"max{BIDI}", "a\nb", "::error::x"):
        put(handed / name / "04_attention.ipynb")
        put(handed / f"{name}2" / "04.zip")
    code, files, rows = run(handed)
    assert code == 0 and len(files) == 5 and len(rows) == 9
    out = handed.parent / "out"
    said = capsys.readouterr()
    texts = [
        each.read_text(encoding="utf-8") for each in out.rglob("*") if each.suffix in (".html", ".csv", ".md", ".xml")
    ]
    for text in [*texts, said.out, said.err]:
        assert not [sign for sign in text if unicodedata.category(sign) in ("Cc", "Cf") and sign not in "\n\t"]
    assert not [line for line in said.out.splitlines() if line.startswith("::") and not line.startswith("::warning")]
    assert "\\u202e" in (out / "scores.csv").read_text(encoding="utf-8")


def test_a_report_on_the_screen_of_a_job_gives_github_no_commands(handed, monkeypatch, capsys):
    class Said(Quick):
        def grade(self, jobs):
            for one in super().grade(jobs):
                yield dataclasses.replace(one, problem="no\n::error file=x::mine\n::add-mask::0")

    monkeypatch.setattr(grading_run.GradingRun, "_grader", lambda self: Said())
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert cli.main(["grade", str(handed / "ada" / "04_attention.ipynb")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "\\::add-mask::0" in lines and not any(each.startswith("::") for each in lines)


def test_a_name_is_spelt_on_the_screen_as_in_the_page(handed, capsys):
    """With the joiner that Persian needs; an escape is written out in both."""
    put(handed / "مهرناز\u200cپور" / "04_attention.ipynb")
    put(handed / "\x1b[2Jeve" / "04_attention.ipynb")
    assert run(handed)[0] == 0
    page = (handed.parent / "out" / "class.html").read_text(encoding="utf-8")
    screen = capsys.readouterr().out
    assert all(name in text for name in ("مهرناز\u200cپور", "\\x1b[2Jeve") for text in (page, screen))


def test_all_that_lies_in_a_folder_may_be_one_students(handed, tmp_path, capsys):
    """As Gradescope's autograder has it: the last changed counts, and what was passed over is named."""
    put(handed / "04_attention (1).ipynb", OTHER, at=1e9)
    put(handed / "work.zip", b"x")
    assert cli.main(["grade", str(handed), "--together", "--module", "04", "--out", str(tmp_path / "out")]) == 0
    found = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert "Passed over: 04_attention (1).ipynb." in found["output"] and "work.zip" in found["output"]
    assert len(found["tests"]) == 1 and "you, ada/04" in capsys.readouterr().out
    (handed / "ada" / "04_attention.ipynb").unlink()
    (handed / "04_attention (1).ipynb").unlink()
    assert cli.main(["grade", str(handed), "--together", "--module", "04", "--out", str(tmp_path / "out")]) == 2
    said = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))["output"]
    assert "no notebook of module 04 among what was handed in" in said and "work.zip" in said
