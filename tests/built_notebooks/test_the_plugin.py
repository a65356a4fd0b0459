"""What the pytest plugin does when nbval runs, and that it does nothing otherwise."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from tests.built_notebooks.written import code, run, under_nbval, write

ASK = "import os; assert os.environ.get({name!r}) == {value!r}, os.environ.get({name!r})"


def test_kernels_of_nbval_are_told_that_checks_raise_and_progress_is_kept_nowhere(tmp_path):
    told = write(
        tmp_path / "told.ipynb",
        code(ASK.format(name="UNRAVELLING_CHECK", value="raise")),
        code(ASK.format(name="UNRAVELLING_PROGRESS", value="")),
    )
    assert [outcome.failure for outcome in under_nbval(told, tmp_path)] == ["", ""]


def test_a_file_for_progress_that_somebody_chose_is_left_alone(tmp_path):
    told = write(tmp_path / "told.ipynb", code(ASK.format(name="UNRAVELLING_PROGRESS", value="mine.jsonl")))
    ran = run("-m", "pytest", "-q", "--nbval-lax", str(told), cwd=tmp_path, UNRAVELLING_PROGRESS="mine.jsonl")
    assert ran.returncode == 0, ran.stdout


def test_other_runs_of_pytest_notice_nothing(tmp_path):
    (tmp_path / "test_mine.py").write_text(
        "import os\ndef test_mine(request):\n"
        "    assert not {'UNRAVELLING_CHECK', 'UNRAVELLING_PROGRESS'} & set(os.environ)\n"
        "    assert not request.config.pluginmanager.hasplugin('unravelling-by-exercise')\n"
    )
    ran = run("-m", "pytest", "-q", cwd=tmp_path)
    assert ran.returncode == 0, ran.stdout


def test_the_environment_is_as_before_once_nbval_has_run(tmp_path):
    notebook = write(tmp_path / "one.ipynb", code("1"))
    script = (
        "import os, pytest\n"
        f"assert pytest.main(['-q', '--nbval-lax', {str(notebook)!r}]) == 0\n"
        "assert not {'UNRAVELLING_CHECK', 'UNRAVELLING_PROGRESS'} & set(os.environ)\n"
    )
    ran = run("-c", script, cwd=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_junit_file_names_the_exercise_and_the_role_of_each_cell(tmp_path):
    notebook = write(tmp_path / "two.ipynb", code("1"), code("2", "04.10", "answer"), code("3", "04.10", "check"))
    marks = [(outcome.exercise, outcome.role) for outcome in under_nbval(notebook, tmp_path)]
    assert marks == [("", ""), ("04.10", "answer"), ("04.10", "check")]


def test_metadata_that_is_no_mark_of_ours_is_passed_over(tmp_path):
    odd = code("1")
    odd.metadata["unravelling"] = "something else"
    assert [outcome.exercise for outcome in under_nbval(write(tmp_path / "odd.ipynb", odd), tmp_path)] == [""]


def test_it_works_the_same_when_xdist_spreads_the_notebooks(tmp_path):
    for name in ("a", "b"):
        write(tmp_path / f"{name}.ipynb", code(ASK.format(name="UNRAVELLING_CHECK", value="raise"), "04.1", "check"))
    command = ("-m", "pytest", "-q", "--nbval-lax", "-n", "2", "--dist", "loadscope", "--junitxml=out.xml", ".")
    ran = run(*command, cwd=tmp_path)
    assert ran.returncode == 0, ran.stdout
    properties = ElementTree.parse(tmp_path / "out.xml").getroot().iter("property")
    assert [p.get("value") for p in properties if p.get("name") == "exercise"] == ["04.1", "04.1"]
