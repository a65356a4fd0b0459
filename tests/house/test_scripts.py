"""The scripts behind `make`: the environment they would make, what the test run counts, what is said without npm."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from types import SimpleNamespace

import pytest

from scripts import check_javascript, prepare, run_costs, run_tests


@pytest.fixture
def commands(monkeypatch):
    """Every command the scripts would run, instead of running it."""
    ran: list[list[str]] = []

    def record(command, **_):
        ran.append([str(part) for part in command])
        return SimpleNamespace(returncode=0, stdout=b"")

    monkeypatch.setattr(prepare.subprocess, "run", record)
    return ran


def _environment(tmp_path, monkeypatch):
    python = tmp_path / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    python.parent.mkdir()
    python.touch()
    monkeypatch.setenv("VENV", str(tmp_path))
    return tmp_path / "unravelling-pins.txt"


def test_an_environment_with_these_pins_is_left_as_it_is(tmp_path, monkeypatch, commands):
    _environment(tmp_path, monkeypatch).write_text(prepare.pins_stamp(), encoding="utf-8")
    assert (prepare.main(), commands) == (0, [])


def test_an_environment_with_other_pins_is_brought_up_to_date_once(tmp_path, monkeypatch, commands):
    _environment(tmp_path, monkeypatch).write_text("older pins", encoding="utf-8")
    monkeypatch.setattr(prepare, "wants_cpu_torch", lambda: False)
    assert prepare.main() == 0
    assert [command[-1] for command in commands] == [str(prepare.ROOT / "requirements.txt"), str(prepare.ROOT)]
    commands.clear()
    assert (prepare.main(), commands) == (0, [])


def test_an_install_that_failed_is_tried_again_next_time(tmp_path, monkeypatch, capsys):
    stamp = _environment(tmp_path, monkeypatch)
    monkeypatch.setattr(prepare, "wants_cpu_torch", lambda: False)
    monkeypatch.setattr(prepare.subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=1))
    assert prepare.main() == 1
    assert "pip could not install what the course needs" in capsys.readouterr().err
    assert not stamp.exists()


@pytest.mark.parametrize(
    ("wanted", "answering", "first"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_torch_comes_from_pytorchs_own_index_only_where_it_helps_and_answers(
    tmp_path, monkeypatch, commands, wanted, answering, first
):
    _environment(tmp_path, monkeypatch)
    monkeypatch.setattr(prepare, "wants_cpu_torch", lambda: wanted)
    monkeypatch.setattr(prepare, "answers", lambda address: answering)
    prepare.main()
    assert (prepare.CPU_TORCH in commands[0]) == first
    assert ("torch==2.13.0" in commands[0]) == first


def test_an_address_that_does_not_answer_is_given_up_within_seconds():
    assert prepare.answers("http://127.0.0.1:9/") is False
    assert prepare.answers("not an address") is False


def test_a_python_that_is_too_old_is_replaced_by_one_that_is_there(monkeypatch):
    monkeypatch.setattr(prepare.sys, "version_info", (3, 9, 6))
    monkeypatch.setattr(prepare.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(prepare, "runs_as", lambda python, minor: minor == 12)
    assert prepare.suitable_python() == "/usr/bin/python3.12"


def test_without_a_suitable_python_a_sentence_says_which_to_install(monkeypatch):
    monkeypatch.setattr(prepare.sys, "version_info", (3, 9, 6))
    monkeypatch.setattr(prepare.shutil, "which", lambda name: None)
    with pytest.raises(prepare.Stopped, match=r"needs Python 3\.11 to 3\.13"):
        prepare.suitable_python()


def test_the_script_can_be_read_by_an_old_python():
    import ast

    ast.parse((prepare.ROOT / "scripts" / "prepare.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def _closing(monkeypatch, capsys, *arguments, **stages) -> tuple[int, str]:
    made = [run_tests.Stage(name, "units", 1, run) for name, run in stages.items()]
    monkeypatch.setattr(run_tests, "_stages", lambda quick, browser, everything: made)
    monkeypatch.setenv("UNRAVELLING_PROGRESS", "mine")
    monkeypatch.chdir(run_tests.ROOT)
    code = run_tests.main(list(arguments))
    return code, capsys.readouterr().out.splitlines()[-1]


def _counting(returns: bool, **counted):
    def stage(tally: run_tests.Tally) -> bool:
        tally.counts.update(counted)
        return returns

    return stage


def test_the_last_line_adds_up_all_stages(monkeypatch, capsys):
    closing = _closing(
        monkeypatch, capsys, a=_counting(True, passed=3, skipped=1), b=_counting(False, passed=1, failed=2)
    )
    assert closing == (1, "4 passed, 2 failed, 1 skipped")


def test_a_stage_that_fails_without_a_test_is_counted_as_a_failure(monkeypatch, capsys):
    closing = _closing(monkeypatch, capsys, lint=_counting(False), tests=_counting(True, passed=5))
    assert closing == (1, "5 passed, 1 failed, 0 skipped")


def test_all_well_is_exit_code_0(monkeypatch, capsys):
    assert _closing(monkeypatch, capsys, tests=_counting(True, passed=5)) == (0, "5 passed, 0 failed, 0 skipped")


def test_outcomes_of_pytest_are_read_from_its_report(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import pytest\ndef test_a(): pass\ndef test_b(): assert 0\ndef test_c(): pytest.skip('no')\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "--junitxml=r.xml", "-p", "no:cacheprovider", "test_it.py"]
    subprocess.run(command, cwd=tmp_path, capture_output=True)
    assert run_costs.outcomes(tmp_path / "r.xml") == Counter(passed=1, failed=1, skipped=1)


def test_one_part_of_the_stages_can_be_run_alone(monkeypatch, capsys):
    stages = {"tests": _counting(True, passed=5)}
    assert _closing(monkeypatch, capsys, "--part", "browser", **stages)[1] == "0 passed, 0 failed, 0 skipped"
    assert _closing(monkeypatch, capsys, "--part", "units", **stages)[1] == "5 passed, 0 failed, 0 skipped"


@pytest.mark.parametrize("mistyped", [["--part", "unit"], ["--part"], ["--no-browsers"]])
def test_an_option_that_is_mistyped_does_not_pass_for_a_run(mistyped):
    with pytest.raises(SystemExit, match="2"):
        run_tests.main(mistyped)


def _report(tmp_path, *cases: tuple[str, str, float]):
    lines = [f'<testcase classname="{where}" name="{name}" time="{seconds}"/>' for where, name, seconds in cases]
    (tmp_path / "r.xml").write_text(f"<testsuites><testsuite>{''.join(lines)}</testsuite></testsuites>")
    return tmp_path / "r.xml"


def test_seconds_are_those_of_the_module_that_a_test_is_about(tmp_path):
    report = _report(
        tmp_path,
        ("tests.checks.test_exercises", "test_every_exercise_holds_every_proof[04.1-cells]", 1),
        ("solutions.04_attention.ipynb", "Cell 3", 2),
        ("tests.browser.test_lessons", "test_every_cell_runs[course/10_few_shot_prompting.ipynb]", 4),
        ("tests.demos.test_attention", "test_a_key_that_is_asked_for", 8),
        ("tests.checks.test_bert_and_gpt_references", "test_it", 16),
        ("tests.grading.test_faults", "test_of_1000.5_seconds[99.1]", 32),
    )
    assert run_costs.seconds_by_module(report) == {"04": 11, "10": 4, "07": 16, "shared": 32}


def test_the_time_of_sixteen_modules_grows_with_what_a_module_costs_and_not_with_what_all_share():
    stage = Counter({"shared": 100, "00": 5, "04": 20, "05": 40})  # two full modules of 30 on average; thirteen to come
    assert run_costs.at_sixteen([(165, stage), (60, Counter())]) == pytest.approx(165 + 13 * 30 + 60)
    assert "3.8 minutes for all stages; about 10 with 16 modules" in run_costs.table([(165, stage), (60, Counter())])


@pytest.mark.parametrize(("or_none", "passes"), [(False, False), (True, True)])
def test_a_stage_that_finds_no_test_passes_only_where_that_was_foreseen(tmp_path, or_none, passes):
    (tmp_path / "test_nothing.py").write_text("", encoding="utf-8")
    stage = run_tests._pytest(str(tmp_path), "-p", "no:cacheprovider", or_none=or_none)
    assert stage(run_tests.Tally()) is passes


def test_a_stage_neither_sees_nor_leaves_temporary_folders_of_other_runs(tmp_path, monkeypatch):
    usual, temporary = tmp_path / "usual", tmp_path / "temporary"
    usual.mkdir(), temporary.mkdir()
    monkeypatch.setenv("PYTEST_DEBUG_TEMPROOT", str(usual))
    monkeypatch.setattr(run_tests.tempfile, "tempdir", str(temporary))
    test = "def test_it(tmp_path):\n    (tmp_path / 'file').touch()\n"
    outer = (
        "import os, subprocess, sys\n"
        + test
        + (
            "    command = [sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'inner.py']\n"
            "    subprocess.run(command, cwd=os.path.dirname(__file__), check=True)\n"
        )
    )
    (tmp_path / "inner.py").write_text(test, encoding="utf-8")
    (tmp_path / "test_it.py").write_text(outer, encoding="utf-8")
    tally = run_tests.Tally()
    assert run_tests._pytest(str(tmp_path / "test_it.py"), "-p", "no:cacheprovider")(tally)
    assert tally.counts["passed"] == 1
    assert not list(usual.iterdir()) and not list(temporary.iterdir())


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_without_npm_a_sentence_says_that_the_javascript_was_not_checked(tmp_path, monkeypatch, capsys, ci, code):
    monkeypatch.setattr(check_javascript, "INSTALLED", tmp_path)
    monkeypatch.setattr(check_javascript.shutil, "which", lambda name: None)
    monkeypatch.setenv("CI", ci)
    monkeypatch.delenv("UNRAVELLING_DEMAND_JAVASCRIPT", raising=False)
    assert check_javascript.main() == code
    assert "The JavaScript was not checked: npm is not here" in capsys.readouterr().out


def test_the_tools_for_javascript_are_installed_again_only_when_their_lock_changes(tmp_path, monkeypatch):
    ran = []
    monkeypatch.setattr(check_javascript, "INSTALLED", tmp_path)
    monkeypatch.setattr(check_javascript.shutil, "which", lambda name: "npm")
    monkeypatch.setattr(
        check_javascript.subprocess, "run", lambda command, **_: ran.append(command) or SimpleNamespace(returncode=0)
    )
    check_javascript.install(), check_javascript.install()
    assert [command[:2] for command in ran] == [["npm", "ci"]]
    (tmp_path / "installed-lock.json").write_text("older")
    check_javascript.install()
    assert len(ran) == 2
