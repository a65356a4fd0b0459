"""Gradescope's layout is run for real in a scratch folder; the workflow for a class is read as GitHub would."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from tests.grading.faults import FAULTS, ROOT
from unravelling.grading import gradescope_zip, reports, sandbox
from unravelling.grading.local_grader import FIRST_USER
from unravelling.grading.results import PASSED, ExerciseResult, NotebookResult

USER = FIRST_USER if hasattr(os, "geteuid") and os.geteuid() == 0 else None
needs_walls = pytest.mark.skipif(any(sandbox.standing(USER).values()), reason="this machine offers no walls")


@pytest.fixture(scope="module")
def autograder(tmp_path_factory):
    """/autograder as Gradescope lays it out, unpacked from the zip that the command writes."""
    place = tmp_path_factory.mktemp("autograder")
    command = [sys.executable, "-m", "unravelling", "gradescope", "4", "--out", str(place / "a.zip")]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    with zipfile.ZipFile(place / "a.zip") as archive:
        for entry in archive.infolist():
            archive.extract(entry, place / "source")
            os.chmod(place / "source" / entry.filename, (entry.external_attr >> 16) & 0o777)
    os.chmod(place, 0o755)
    return place


def handed_in(
    autograder: Path, name: str, content: bytes | None, older: tuple[tuple[str, bytes], ...] = (), **more: str
) -> dict:
    for folder in ("submission", "results"):
        (autograder / folder).mkdir(exist_ok=True)
        for each in (autograder / folder).iterdir():
            each.unlink()
    if content is not None:
        (autograder / "submission" / name).write_bytes(content)
    for each, text in older:
        (autograder / "submission" / each).write_bytes(text)
        os.utime(autograder / "submission" / each, (1e9, 1e9))
    environment = {**os.environ, "AUTOGRADER": str(autograder), "PYTHON": sys.executable}
    environment |= {"PYTHONPATH": str(autograder / "source" / "src"), **more}
    subprocess.run([autograder / "source" / "run_autograder"], env=environment, check=True, capture_output=True)
    return json.loads((autograder / "results" / "results.json").read_text(encoding="utf-8"))


def test_both_scripts_can_be_run_and_read_by_bash(autograder):
    for name in ("setup.sh", "run_autograder"):
        script = autograder / "source" / name
        assert script.stat().st_mode & stat.S_IXUSR
        assert subprocess.run(["bash", "-n", script]).returncode == 0


def test_neither_solutions_nor_tests_are_uploaded(autograder):
    assert not [
        path for path in (autograder / "source").rglob("*") if "solutions" in path.parts or "tests" in path.parts
    ]


@needs_walls
def test_a_submission_is_graded_as_gradescope_runs_it(autograder):
    found = handed_in(autograder, "my work.ipynb", FAULTS["wrong"].content)
    assert sum(each["score"] for each in found["tests"]) == 15
    wrong = next(each for each in found["tests"] if each["score"] < each["max_score"])
    assert "True above the diagonal" in wrong["output"]


@needs_walls
@pytest.mark.parametrize("older", ["04_attention-Copy1.ipynb", "04_attention (1).ipynb", "04_attention_old.ipynb"])
def test_of_two_notebooks_the_last_changed_counts_and_the_other_is_named(autograder, older):
    stub = (ROOT / "exercises" / "04_attention.ipynb").read_bytes()
    beside = ((older, stub), ("04_attention.pdf", b"x"))
    found = handed_in(autograder, "04_attention.ipynb", FAULTS["right"].content, older=beside)
    assert sum(each["score"] for each in found["tests"]) == 16
    assert f"Passed over: {older}." in found["output"] and "04_attention.pdf: it is no notebook" in found["output"]


@needs_walls
def test_a_submission_without_a_notebook_gets_a_reason(autograder):
    zipped = handed_in(autograder, "04_attention.zip", b"PK")["output"]
    assert "no notebook of module 04" in zipped and "04_attention.zip: it is no notebook" in zipped
    assert "no notebook of module 04" in handed_in(autograder, "", None)["output"]
    assert "empty" in handed_in(autograder, "04_attention.ipynb", b"")["output"]


def test_a_grader_that_is_killed_still_leaves_a_reason(autograder):
    found = handed_in(autograder, "04_attention.ipynb", FAULTS["right"].content, PYTHON="false")
    assert found["score"] == 0 and "not your fault" in found["output"]


def test_the_same_course_gives_the_same_zip(tmp_path):
    one = gradescope_zip.write(ROOT, "04", tmp_path / "1.zip").read_bytes()
    assert one == gradescope_zip.write(ROOT, "04", tmp_path / "2.zip").read_bytes()
    assert b"--trust" not in one
    gradescope_zip.write(ROOT, "04", tmp_path / "3.zip", trust=True)
    with zipfile.ZipFile(tmp_path / "3.zip") as archive:
        assert b"--trust" in archive.read("run_autograder")


def test_the_workflow_for_a_class_calls_the_command_that_exists():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "grade.yml").read_text(encoding="utf-8"))
    (job,) = workflow["jobs"].values()
    runs = [step["run"] for step in job["steps"] if "run" in step]
    assert workflow["permissions"] == {"contents": "read"}
    (line,) = [each for each in runs if "unravelling grade" in each]
    for module, more in (("", []), ("04", ["--module", "04"])):
        text = line.replace(".venv/bin/unravelling", "printf '%s\\n'")
        said = subprocess.run(["bash", "-euc", text], env={"MODULE": module}, capture_output=True, text=True).stdout
        assert said.split("\n")[:-1] == ["grade", "../handed-in", "--out", "../reports", *more]
    upload = next(step for step in job["steps"] if "upload-artifact" in step.get("uses", ""))
    assert "!reports/.graded" in upload["with"]["path"]  # the secret seed stays where it is


def test_the_workflow_gives_files_the_times_of_their_commits(tmp_path):
    """In a fresh clone, as the job has it: there all files are as old as the checkout."""
    names = ["ada/04_attention.ipynb", "ada/my [best] *copy.ipynb", "Zo\xeb/04 x.ipynb", "ada/link.ipynb"]
    here, there = tmp_path / "class", tmp_path / "clone"
    settings = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "init", "-q", here], check=True)
    for number, name in enumerate(names):
        path = here / "handed-in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to("/etc/hostname") if "link" in name else path.write_text(name)
        environment = {**os.environ, "GIT_COMMITTER_DATE": f"{1_700_000_000 + 100 * number} +0000"}
        subprocess.run(["git", "add", "."], cwd=here, check=True)
        subprocess.run(["git", *settings, "commit", "-qm", name], cwd=here, env=environment, check=True)
    subprocess.run(["git", "clone", "-q", here, there], check=True)
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "grade.yml").read_text(encoding="utf-8"))
    (job,) = workflow["jobs"].values()
    (step,) = [each for each in job["steps"] if "time of its last commit" in each.get("name", "")]
    subprocess.run(["bash", "-eo", "pipefail", "-c", step["run"]], cwd=there, check=True)
    changed = [(there / "handed-in" / name).lstat().st_mtime for name in names]
    assert changed == [1_700_000_000 + 100 * number for number in range(len(names))]
    checkout = next(each for each in job["steps"] if each.get("uses", "").startswith("actions/checkout"))
    assert checkout["with"]["fetch-depth"] == 0 and "path" not in checkout["with"]


NASTY = NotebookResult(
    student='=cmd|"<script>alert(1)</script>',
    module="04",
    file="a,b:c\n::error::x.ipynb",
    parts=(
        ExerciseResult("04.1", "f", 0, 3, "wrong", "```\n</pre><b>\x00\ud800| no", "looks_ahead"),
        ExerciseResult("04.2", "g", 1, 1, PASSED),
    ),
    notes=("<img src=x onerror=alert(1)>", "[link](javascript:x)"),
)


def test_what_a_student_wrote_stays_text_in_every_report(tmp_path):
    reports.write(tmp_path, [NASTY], [("=1+1", "04")], dict.fromkeys(sandbox.WALLS, ""))
    import csv
    import xml.etree.ElementTree as ElementTree

    page = (tmp_path / "class.html").read_text(encoding="utf-8")
    assert "<script" not in page and "<img" not in page and "<b>" not in page
    with (tmp_path / "scores.csv").open(encoding="utf-8", newline="") as file:
        assert not [cell for row in csv.reader(file) for cell in row if cell[:1] in ("=", "+", "@")]
    ElementTree.parse(tmp_path / "junit.xml")
    (report,) = (tmp_path / "students").rglob("*.md")
    assert report.resolve().is_relative_to(tmp_path.resolve())
    assert "````text" in report.read_text(encoding="utf-8") and "<img" not in report.read_text(encoding="utf-8")
    (line,) = reports.workflow_commands([NASTY], Path("handed-in"))
    assert "\n" not in line and line.count("::") == 2
    summary = reports.markdown([NASTY], [], {})
    assert "<script" not in summary and "<img" not in summary


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹢", "⁺", "−"])
@pytest.mark.parametrize(
    "before", ["", " ", "   ", "\t", "\r", "\n", "\r\n", "\u00a0", "\u3000", "\u200b", "\ufeff", '"']
)
def test_no_cell_of_the_table_begins_a_formula(tmp_path, before, sign):
    text = f"{before}{sign}1+1"
    one = NotebookResult(text, "04", "x", (ExerciseResult("04.1", "f", 0, 3, "wrong", f"{text}\nsecond"),))
    reports.write(tmp_path, [one, NotebookResult(f"{text}a", "04", "x", problem=text)], [(f"{text}b", "05")], {})
    import csv

    with (tmp_path / "scores.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert sum(f"{sign}1+1" in cell for cell in cells) == 5
    assert all(cell.startswith("'") for cell in cells if f"{sign}1+1" in cell)


def test_what_was_left_aside_is_named_in_the_page_and_in_the_summary(tmp_path):
    reports.write(tmp_path, [NASTY], [], {}, ["bo/<img src=x>.ipynb: it is a link, which is not followed."])
    for name in ("class.html", "summary.md"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert "Left aside" in text and "which is not followed" in text and "<img" not in text


@pytest.mark.parametrize("workspace", ["set", "not set"])
def test_warnings_name_files_from_the_folder_of_the_repository(tmp_path, monkeypatch, workspace):
    """The workflow's own layout: the class is the repository, and the command runs in the course beside handed-in/."""
    (tmp_path / "course").mkdir()
    monkeypatch.chdir(tmp_path / "course")
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    if workspace == "set":
        monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    (line,) = reports.workflow_commands(
        [NotebookResult("ada", "04", "ada/x.ipynb", problem="no")], Path("../handed-in")
    )
    named = {"set": "handed-in/ada/x.ipynb", "not set": "../handed-in/ada/x.ipynb"}[workspace]
    assert line == f"::warning file={named},title=ada 04::no"


def test_a_name_that_climbs_stays_in_its_folder():
    assert reports.safe("../../etc/passwd") == "_.._etc_passwd"
    assert reports.safe("..") == "_" and reports.safe("Åsa Öst-2") == "Åsa Öst-2"
    assert reports.safe('a\\b:c*\n"\ud800') == "a_b_c____" and reports.safe("nul.x") == "_nul.x"


def test_names_that_a_file_system_takes_for_one_get_a_folder_each(tmp_path):
    """Vowel signs are kept; "ë" in one character and in two, capitals and refused characters are told apart."""
    names = ["अनिता", "अनीता", "Zoe\u0308", "Zo\xeb", "ada", "Ada", "a?", "a*", "ä" * 120, "ä" * 121]
    reports.write(tmp_path, [NotebookResult(name, "04", "x") for name in names], [], {})
    folders = [each.name for each in (tmp_path / "students").iterdir()]
    assert len(folders) == len(names) == len({each.casefold() for each in folders})
    assert {"अनिता", "अनीता"} < set(folders)
    for each in (tmp_path / "students").iterdir():
        assert len([*each.glob("04.md")]) == 1 and len(each.name.encode()) < 255


def test_two_notebooks_of_a_student_that_tell_no_module_get_a_report_each(tmp_path):
    reports.write(tmp_path, [NotebookResult("bo", "", f"bo/{name}.ipynb", problem="x") for name in "ab"], [], {})
    assert sorted(each.name for each in (tmp_path / "students" / "bo").iterdir()) == [
        "bo_a.ipynb.md",
        "bo_b.ipynb.md",
    ]


def test_the_page_of_a_class_names_the_commonest_mistakes_first():
    from unravelling.grading.reports.class_summary import exercise_rows

    wrong = [
        NotebookResult(str(n), "04", "x", (ExerciseResult("04.1", "f", 0, 3, "wrong", "", name),))
        for n, name in enumerate("aab")
    ]
    (row,) = exercise_rows([*wrong, NotebookResult("d", "04", "x", (ExerciseResult("04.1", "f", 3, 3, PASSED),))])
    assert (row.passed, row.of, row.tried, row.misconceptions) == (1, 4, 4, (("a", 2), ("b", 1)))
