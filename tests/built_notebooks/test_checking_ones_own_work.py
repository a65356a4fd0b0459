"""`unravelling check` says of a notebook what `unravelling grade` says, whatever its file is called."""

from __future__ import annotations

import copy
import json
import re
import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.built_notebooks.written import ROOT, code, run, write
from tests.grading.faults import FAULTS, cell, changed
from unravelling import cli
from unravelling.grading import self_check
from unravelling.grading.results import NotebookResult

START = json.loads((ROOT / "solutions" / "00_start_here.ipynb").read_text(encoding="utf-8"))


def command(*arguments, cwd):
    return run("-m", "unravelling", *arguments, cwd=cwd)


def start(change=lambda notebook: None) -> bytes:
    """Module 00, solved, with something done to it."""
    notebook = copy.deepcopy(START)
    change(notebook)
    return json.dumps(notebook).encode()


def answer(source: str) -> bytes:
    return start(lambda notebook: cell(notebook, "00.1", "answer").update(source=source))


def without(*names: str):
    def change(notebook: dict) -> None:
        for each in notebook["cells"]:
            for name in names:
                each.pop(name, None)

    return change


BY_HAND = (
    "def softmax(x, dim=-1):\n    e = (x - x.amax(dim, keepdim=True)).exp()\n    return e / e.sum(dim, keepdim=True)"
)
# File name and content; each is one student's.
NOTEBOOKS = {
    **{
        name: (FAULTS[name].file, FAULTS[name].content)
        for name in (
            *("right", "wrong", "raises", "right-and-then-raises", "not-tried", "half-of-two-functions"),
            *("half-of-two-functions-and-then-raises", "leaves-hard", "check-deleted", "check-edited", "answer-split"),
            *("metadata-lost", "replaces-check", "asks-a-library-00.1"),
        )
    },
    "right, 00": ("00_start_here.ipynb", start()),
    "odd": ("00_start_here.ipynb", answer("def softmax(x, dim=-1):\n    return 10**5000")),
    "silent": (
        "00_start_here.ipynb",
        answer(
            "class E(BaseException):\n    def __str__(self):\n        raise self\ndef softmax(x, dim=-1):\n    raise E"
        ),
    ),
    "byte order mark": ("00_start_here.ipynb", answer("\ufeff" + BY_HAND)),
    "end of file of DOS": ("00_start_here.ipynb", answer(BY_HAND + "\n\x1a")),
    "helper elsewhere": (
        "00_start_here.ipynb",
        start(
            lambda notebook: (
                cell(notebook, "00.1", "answer").update(source=BY_HAND.replace("return e", "return mine(e)")),
                notebook["cells"].insert(1, {"cell_type": "code", "source": "def mine(x):\n    return x"}),
            )
        ),
    ),
    "without outputs": ("00_start_here.ipynb", start(without("outputs"))),
    "without counts": ("00_start_here.ipynb", start(without("execution_count"))),
    "without metadata": ("00_start_here.ipynb", start(without("metadata", "id"))),
    "without anything": ("00_start_here.ipynb", start(without("metadata", "id", "outputs", "execution_count"))),
    "Colab's copy": ("Copy of 04_attention.ipynb", FAULTS["wrong"].content),
    "French copy": ("Copie de 00_start_here.ipynb", start()),
    "browser's copy": ("00_start_here (1).ipynb", start()),
    "Jupyter's copy": ("00_start_here-Copy1.ipynb", start()),
    "Windows's copy": ("00_start_here - Kopie (2).ipynb", start(without("metadata"))),
    "name of another": ("my homework.ipynb", start()),
    "brackets": ("00_start_here[1].ipynb", start()),
    "no encoding": ("00_start_here caf\xe9 \u202e.ipynb", start()),
}  # fmt: skip


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """What `grade` found of all of them at once, and where they lie."""
    folder = tmp_path_factory.mktemp("both [1]")
    for student, (name, content) in NOTEBOOKS.items():
        (folder / "in" / student).mkdir(parents=True)
        (folder / "in" / student / name).write_bytes(content)
    ran = command("grade", str(folder / "in"), "--out", str(folder / "out"), "--seed", "0", cwd=ROOT)
    assert ran.returncode == 0, ran.stderr
    lines = (folder / "out" / ".graded" / "results.jsonl").read_text(encoding="utf-8").splitlines()
    return folder / "in", {each.student: each for each in map(NotebookResult.of_line, lines)}


@pytest.fixture(scope="module")
def one_grader():
    with self_check.grader() as grader:
        yield grader


def agree(theirs: NotebookResult, code: int, out: str, err: str) -> None:
    assert code == (0 if all(part.status == "passed" for part in theirs.parts) else 1), err
    said = re.findall(r"^(PASS|not yet) (\d\d\.\d+)", out, re.MULTILINE)
    assert said == [("PASS" if part.status == "passed" else "not yet", part.exercise) for part in theirs.parts]
    assert f", {theirs.points} of {theirs.of} points." in out
    for part in theirs.parts:
        first = self_check.reason(part).split("\n")[0]
        assert first in out, part
    assert "Traceback" not in out + err
    assert "Not yet:" not in out


@pytest.mark.parametrize("student", NOTEBOOKS)
def test_both_commands_say_the_same(both, one_grader, monkeypatch, capsys, student):
    """All in this process and by one grader: to start another each time would take longer than the notebooks."""
    folder, found = both
    monkeypatch.setattr(self_check, "grader", lambda: nullcontext(one_grader))
    monkeypatch.chdir(folder / student)
    code = cli.main(["check", NOTEBOOKS[student][0]])
    agree(found[student], code, *capsys.readouterr())


@pytest.mark.parametrize("student", ["right", "wrong", "leaves-hard", "no encoding"])
def test_both_say_the_same_in_processes_of_their_own(both, student):
    folder, found = both
    ran = command("check", NOTEBOOKS[student][0], cwd=folder / student)
    agree(found[student], ran.returncode, ran.stdout, ran.stderr)


def test_what_is_right_among_them_is_told_right(both):
    found = {student: each.points for student, each in both[1].items()}
    solved = [student for student, (_, content) in NOTEBOOKS.items() if content == start()]
    solved += ["byte order mark", "end of file of DOS", "without outputs", "without counts", "without metadata"]
    solved += ["without anything", "Windows's copy"]
    assert {student: found[student] for student in solved} == dict.fromkeys(solved, 1)
    assert (found["right"], found["wrong"], found["half-of-two-functions"]) == (16, 15, 11)
    assert (found["odd"], found["silent"], found["helper elsewhere"]) == (0, 0, 0)


def test_a_copy_without_most_of_its_exercises_lists_them_all(tmp_path):
    def change(notebook: dict) -> None:
        notebook["cells"] = [cell(notebook, "04.2", "answer"), cell(notebook, "04.2", "check")]

    (tmp_path / "Copy of 04_attention.ipynb").write_bytes(changed(change))
    ran = command("check", "Copy of 04_attention.ipynb", cwd=tmp_path)
    assert "1 of 6 exercises solved, 1 of 16 points." in ran.stdout and ran.returncode == 1


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}', '{"nothing": []}', "[" * 100_000])
def test_what_is_no_notebook_gets_a_sentence(tmp_path, text):
    (tmp_path / "00_x.ipynb").write_text(text)
    ran = command("check", "00_x.ipynb", cwd=tmp_path)
    assert ran.returncode == 2
    assert "is not a notebook that can be read" in ran.stderr and "Traceback" not in ran.stderr


@pytest.mark.parametrize("name", ["99_x.ipynb", "homework.ipynb"])
def test_a_notebook_without_exercises_says_so(tmp_path, name):
    write(tmp_path / name, code("1"))
    ran = command("check", name, cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert f"{name} has no exercises to check." in ran.stderr


def test_settings_around_the_notebook_change_nothing(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError('a conftest of somebody else')\n")
    (tmp_path / "00_x.ipynb").write_bytes(start())
    assert self_check.checked(tmp_path / "00_x.ipynb", ROOT / "exercises").points == 1


def test_without_a_clone_her_own_cells_surround_her_answers(tmp_path):
    (tmp_path / "04_attention.ipynb").write_bytes(FAULTS["check-deleted"].content)
    found = self_check.checked(tmp_path / "04_attention.ipynb", None)
    assert [(part.exercise, part.status) for part in found.parts if part.status != "passed"] == [("04.2", "wrong")]


def test_what_she_prints_commands_no_ci(tmp_path):
    source = (
        "def softmax(x, dim=-1):\n    raise ValueError('no\\n::error file=x::y\\n ::stop-commands::z\\n##[warning]w')"
    )
    (tmp_path / "00_x.ipynb").write_bytes(answer(source))
    for which in (["check"], ["grade", "--seed", "0"]):
        ran = command(*which, str(tmp_path / "00_x.ipynb"), cwd=ROOT)
        assert "error file=x" in ran.stdout and ran.returncode == 1, ran.stderr
        lines = (ran.stdout + ran.stderr).splitlines()
        assert not [line for line in lines if line.lstrip().startswith("::") or "##[" in line]


def test_checking_writes_nothing_beside_the_notebook(tmp_path):
    shutil.copy(ROOT / "solutions" / "00_start_here.ipynb", tmp_path)
    command("check", "00_start_here.ipynb", cwd=tmp_path)
    assert [each.name for each in Path(tmp_path).iterdir()] == ["00_start_here.ipynb"]
