"""The learner's own copies, the command line's sentences, and JupyterLab as `unravelling lab` starts it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from tests.house.repository import ROOT
from unravelling import cli, workplace


@pytest.fixture
def clone(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for folder in ("course", "exercises"):
        (tmp_path / folder).mkdir()
    (tmp_path / "exercises" / "04_attention.ipynb").write_text("as shipped")
    return tmp_path


def test_exercises_are_copied_once_and_never_over_the_learners_own(clone):
    assert [path.name for path in workplace.copy_exercises(clone)] == ["04_attention.ipynb"]
    (clone / "work" / "04_attention.ipynb").write_text("my answers")
    assert workplace.copy_exercises(clone) == []
    assert (clone / "work" / "04_attention.ipynb").read_text() == "my answers"


def test_a_module_that_is_new_is_added_beside_her_work(clone):
    workplace.copy_exercises(clone)
    (clone / "exercises" / "05_blocks.ipynb").write_text("new")
    assert [path.name for path in workplace.copy_exercises(clone)] == ["05_blocks.ipynb"]


def test_the_course_is_found_from_any_folder_inside_it(clone):
    inside = clone / "work" / "deep"
    inside.mkdir(parents=True)
    assert workplace.course_root(inside) == clone.resolve()


def test_the_clone_that_the_package_was_installed_from_is_the_course_elsewhere(clone, tmp_path_factory, monkeypatch):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.setattr(workplace, "CLONE", (clone,))
    assert workplace.course_root(elsewhere) == clone
    monkeypatch.setattr(workplace, "CLONE", (elsewhere / "site-packages",))
    with pytest.raises(workplace.NoCourse, match="nor beside the package"):
        workplace.course_root(elsewhere)


def test_another_project_around_us_is_not_taken_for_the_course(tmp_path, monkeypatch):
    monkeypatch.setattr(workplace, "CLONE", ())
    (tmp_path / "course").mkdir()
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "other"\n')
    with pytest.raises(workplace.NoCourse):
        workplace.course_root(tmp_path)


def test_a_model_that_does_not_exist_is_a_sentence_and_exit_code_2(capsys):
    assert cli.main(["models", "fetch", "gpt-17"]) == 2
    assert "There is no model named 'gpt-17'" in capsys.readouterr().err


def test_a_fault_of_ours_is_not_dressed_up_as_a_sentence(monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(workplace, "supplies", broken)
    with pytest.raises(ZeroDivisionError):
        cli.main(["models", "list"])


def test_verify_is_not_yet_where_something_is_wrong(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("UNRAVELLING_CACHE", str(tmp_path))
    assert cli.main(["models", "verify"]) == 1
    assert "decoder has not been fetched yet." in capsys.readouterr().err


def test_without_a_network_the_lab_still_starts_after_one_sentence(monkeypatch, capsys):
    from types import SimpleNamespace

    from unravelling.models import ModelError

    def fetch(name):
        raise ModelError("No network: run `unravelling models fetch` when there is one.")

    offline = SimpleNamespace(available=lambda name: False, fetch=fetch)
    monkeypatch.setattr(workplace, "supplies", lambda: {"decoder": offline, "encoder": offline})
    workplace.fetch_what_is_missing()
    assert capsys.readouterr().err.count("No network") == 1


def test_an_option_that_nobody_knows_is_refused_except_by_lab():
    with pytest.raises(SystemExit) as stopped:
        cli.main(["progress", "--sideways"])
    assert stopped.value.code == 2
    assert cli._parser().parse_known_args(["lab", "--port=8899"])[1] == ["--port=8899"]


@pytest.mark.skipif(os.name == "nt", reason="ends the server by a signal to its group, which Windows has not")
def test_the_lab_serves_the_first_lesson(clone):
    (clone / "course" / "00_start_here.ipynb").write_text(
        '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    )
    command = [
        sys.executable,
        "-m",
        "unravelling",
        "lab",
        "--no-browser",
        "--port=0",
        "--allow-root",
    ]
    environment = dict(os.environ, JUPYTER_RUNTIME_DIR=str(clone / "run"), JUPYTER_CONFIG_DIR=str(clone / "config"))
    log = clone / "log.txt"
    with log.open("w") as writing:
        server = subprocess.Popen(
            command, cwd=clone, env=environment, stdout=writing, stderr=writing, start_new_session=True
        )
    try:
        address = None
        for _ in range(240):
            address = re.search(
                r"http://127\.0\.0\.1:\d+/lab/tree/course/00_start_here\.ipynb\?token=\S+", log.read_text()
            )
            if address or server.poll() is not None:
                break
            time.sleep(0.25)
        assert address, log.read_text()
        lesson = address[0].replace("/lab/tree/", "/api/contents/")
        for _ in range(80):  # the address may be told a moment before somebody answers there
            try:
                with urllib.request.urlopen(lesson, timeout=20) as reply:
                    assert reply.status == 200
                break
            except urllib.error.URLError:
                assert server.poll() is None, log.read_text()
                time.sleep(0.25)
        else:
            pytest.fail(f"Nobody answers at {lesson}.\n{log.read_text()}")
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)
    assert (clone / "work" / "04_attention.ipynb").read_text() == "as shipped"
