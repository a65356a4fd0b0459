"""`unravelling check`: what it says of each exercise and its exit code, on notebooks written for the purpose.

Module 99 has no declarations, so these tests stand whatever the course declares.
"""

from __future__ import annotations

import pytest

from tests.notebooks.written import code, run, write
from unravelling.grading import own_work

FAILING = (
    "class CheckFailed(Exception): pass\nraise CheckFailed('Row 0 sums to 0.37, not 1.\\nWhich axis are the keys on?')"
)


def _reasons(notebook, **how) -> dict[str, str]:
    return {one.exercise: one.reason for one in own_work.standings(notebook, own_work.run(notebook, **how))}


def _command(*arguments, cwd):
    return run("-m", "unravelling", *arguments, cwd=cwd)


def test_each_exercise_gets_a_line_with_its_reason_and_the_exit_code_says_not_yet(tmp_path):
    write(tmp_path / "99_x.ipynb", code("1", "99.1", "check"), code(FAILING, "99.2", "check"))
    ran = _command("check", "99_x.ipynb", cwd=tmp_path)
    assert "PASS 99.1\n" in ran.stdout
    assert "not yet 99.2: Row 0 sums to 0.37, not 1.\n    Which axis are the keys on?\n" in ran.stdout
    assert "1 of 2 exercises solved" in ran.stdout
    assert ran.returncode == 1


def test_all_solved_is_exit_code_0(tmp_path):
    write(tmp_path / "99_x.ipynb", code("print('a line nobody compares')", "99.1", "check"))
    ran = _command("check", "99_x.ipynb", cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (0, "PASS 99.1\n1 of 1 exercises solved, 0 of 0 points.\n")


def test_a_syntax_error_in_an_answer_is_named_and_costs_no_other_exercise(tmp_path):
    notebook = write(
        tmp_path / "99_x.ipynb",
        code("def first(:\n    return 1", "99.1", "answer"),
        code("first()", "99.1", "check"),
        code("def second():\n    return 2", "99.2", "answer"),
        code("assert second() == 2", "99.2", "check"),
    )
    reasons = _reasons(notebook)
    assert reasons["99.1"].startswith("the cell of your answer does not run: SyntaxError: invalid syntax")
    assert reasons["99.2"] == ""


def test_a_check_that_nobody_can_reach_names_the_cell_that_stopped_it(tmp_path):
    notebook = write(tmp_path / "99_x.ipynb", code("import nowhere_at_all"), code("nowhere_at_all.x", "99.1", "check"))
    assert _reasons(notebook)["99.1"] == (
        "cell 1 of the notebook's code cells does not run: ModuleNotFoundError: No module named 'nowhere_at_all'"
    )


def test_a_check_cell_that_was_deleted_is_not_a_pass(tmp_path):
    notebook = write(tmp_path / "99_x.ipynb", code("1", "99.1", "answer"))
    assert _reasons(notebook)["99.1"].startswith("its check cell is gone")


def test_a_check_cell_that_is_there_twice_must_pass_both_times(tmp_path):
    notebook = write(tmp_path / "99_x.ipynb", code(FAILING, "99.1", "check"), code("1", "99.1", "check"))
    assert _reasons(notebook)["99.1"].startswith("Row 0 sums to 0.37")


def test_a_loop_that_never_ends_is_stopped_and_said_so(tmp_path):
    notebook = write(tmp_path / "99_x.ipynb", code("while True: pass", "99.1", "answer"), code("1", "99.1", "check"))
    records = own_work.run(notebook, seconds=2)
    answer = next(record for record in records if record["role"] == "answer")
    assert "Is there a loop that never ends?" in own_work.in_words(answer)


def test_a_kernel_that_dies_is_told_in_words(tmp_path):
    notebook = write(
        tmp_path / "99_x.ipynb", code("import os; os._exit(3)", "99.1", "answer"), code("1", "99.1", "check")
    )
    assert "stopped" in _reasons(notebook, seconds=5)["99.1"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}', '{"nothing": []}'])
def test_what_is_no_notebook_gets_a_sentence(tmp_path, text):
    (tmp_path / "99_x.ipynb").write_text(text)
    ran = _command("check", "99_x.ipynb", cwd=tmp_path)
    assert ran.returncode == 2
    assert "is not a notebook that can be read" in ran.stderr and "Traceback" not in ran.stderr


def test_settings_around_the_notebook_change_nothing(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError('a conftest of somebody else')\n")
    notebook = write(tmp_path / "99_x.ipynb", code("1", "99.1", "check"))
    assert _reasons(notebook) == {"99.1": ""}


def test_a_notebook_without_exercises_says_so(tmp_path):
    write(tmp_path / "99_x.ipynb", code("1"))
    ran = _command("check", "99_x.ipynb", cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "99_x.ipynb has no exercises to check." in ran.stderr
