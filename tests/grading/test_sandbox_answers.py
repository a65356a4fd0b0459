"""Answers stay out of reach wherever the course lies: beside a link, below /usr, below Python's own folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.grading.test_sandbox import USER, needs_walls
from unravelling.grading import readable_paths, sandbox
from unravelling.grading.sandbox import selftest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="walls are made of Linux")

# Said by a child behind the walls: of each file whether it could be read, and whether programs start.
READING = """
import json, pathlib, subprocess, sys
prefix, home, user = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), json.loads(sys.argv[3])
sys.base_prefix = str(prefix)
from unravelling.grading import sandbox, readable_paths
assert readable_paths.PACKAGE.is_relative_to(prefix), readable_paths.PACKAGE
said = {"standing": sandbox.standing(user)["files"], "read": []}
sandbox.enter(sandbox.Limits(), map(pathlib.Path, readable_paths.readable()), [home], user)
for each in sys.argv[4:]:
    try:
        open(prefix / each).close()
    except PermissionError:
        continue
    said["read"].append(each)
said["started"] = subprocess.run(["/bin/echo", "yes"], capture_output=True, text=True).stdout
print(json.dumps(said))
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A system of its own: a course installed in it for all, and a clone of the course beside."""
    package = tmp_path / "lib" / "site-packages" / "unravelling"
    clone = tmp_path / "src" / "clone"
    for folder in (
        *("bin", "lib/other", "src/else", "src/clone/course", "src/clone/solutions", "src/clone/.git"),
        *("src/clone/src/unravelling/checks", "src/clone/env/bin"),
    ):
        (tmp_path / folder).mkdir(parents=True)
    for folder in ("checks", "models", "grading/in_kernel", "learning"):
        (package / folder).mkdir(parents=True)
    (clone / "pyproject.toml").write_text('[project]\nname = "unravelling"\n')
    (clone / "scores.csv").write_text("")
    monkeypatch.chdir(clone)
    monkeypatch.setattr(readable_paths, "PACKAGE", package)
    monkeypatch.setattr(readable_paths, "_roots", lambda: {tmp_path, tmp_path / "bin", clone / "env", package})
    for each in (readable_paths.readable, readable_paths.hidden):
        monkeypatch.setattr(readable_paths, each.__name__, each.__wrapped__)  # what is kept is about the real course
    return tmp_path


def test_of_a_course_below_the_systems_folder_only_what_holds_no_answer_may_be_read(here):
    shown = {f"lib/site-packages/unravelling/{each}" for each in (*readable_paths.SHOWN, "models")}
    found = {str(Path(each).relative_to(here)) for each in readable_paths.readable()}
    assert found == {"bin", "lib/other", "src/else", "src/clone/env", *shown}


def test_a_venv_that_is_the_course_folder_itself_can_be_read_and_the_course_cannot(here, monkeypatch):
    clone = here / "src" / "clone"
    (clone / "pyvenv.cfg").write_text("")
    monkeypatch.setattr(readable_paths, "_roots", lambda: {clone, clone / "pyvenv.cfg", clone / "env"})
    found = {str(Path(each).relative_to(here)) for each in readable_paths.readable()}
    assert {each for each in found if each.startswith("src")} == {"src/clone/pyvenv.cfg", "src/clone/env"}


def test_a_folder_that_may_not_be_listed_is_left_out(here, monkeypatch):
    def closed(folder):
        raise PermissionError(folder)

    monkeypatch.setattr(Path, "iterdir", closed)
    assert readable_paths.around(here, {here / "lib" / "other"}) == []


def test_a_link_beside_them_does_not_open_the_answers(tmp_path):
    """A venv on a 64-bit Linux has lib64, a link to lib: a course that was installed by pip lies behind both."""
    package = tmp_path / "lib" / "site-packages" / "unravelling"
    for folder in ("checks", "models"):
        (package / folder).mkdir(parents=True)
    (tmp_path / "lib" / "other").mkdir()
    (tmp_path / "lib64").symlink_to("lib")
    (tmp_path / "answers").symlink_to(package / "checks")
    (tmp_path / "back").symlink_to(tmp_path)
    (tmp_path / "itself").symlink_to("itself")
    found = {str(each.relative_to(tmp_path)) for each in readable_paths.around(tmp_path, {package / "checks"})}
    assert found == {"lib/other", "lib/site-packages/unravelling/models"}


def test_the_walls_hide_the_answers_of_a_course_that_is_installed_below_pythons_own_folder():
    needs_walls()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        prefix, home = Path(folder, "prefix"), Path(folder, "home")
        package, clone = prefix / "lib" / "unravelling", prefix / "clone"
        shutil.copytree(readable_paths.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
        (clone / "course").mkdir(parents=True)
        home.mkdir()
        if USER is not None:
            os.chown(home, USER, USER)
        for each in ("lib/other.py", "clone/solutions.ipynb"):
            (prefix / each).write_text("")
        (clone / "pyproject.toml").write_text('[project]\nname = "unravelling"\n')
        files = ["lib/other.py", "lib/unravelling/checks/instruments/probing.py", "lib/unravelling/checks/engine.py"]
        said = subprocess.run(
            [sys.executable, "-c", READING, prefix, home, json.dumps(USER), *files, "clone/solutions.ipynb"],
            cwd=clone,
            env={**os.environ, "PYTHONPATH": str(prefix / "lib")},
            capture_output=True,
            text=True,
        )
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout) == {"standing": "", "read": files[:2], "started": "yes\n"}


def test_answers_that_can_be_read_are_reported(monkeypatch):
    needs_walls()
    open_to_all = [*readable_paths.readable(), str(readable_paths.PACKAGE)]
    monkeypatch.setattr(selftest, "readable", lambda: open_to_all)
    assert "possible" in sandbox.standing(USER)["files"]
