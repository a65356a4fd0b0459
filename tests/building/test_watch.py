"""The builder follows an author who writes."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from unravelling.building import watch

ROOT = Path(__file__).parents[2]
COURSE = "course/04_small.ipynb"
NOTHING = {"declarations": lambda number: []}


@pytest.fixture
def watched(course):
    """A course with a second module, and a way to look at what one save does."""
    course.exercises.unlink()
    other = course.root / "authoring/05_other"
    other.mkdir()
    (other / "lesson.md").write_text(course.lesson.read_text(encoding="utf-8"), encoding="utf-8")

    def after_saving(text_of):
        def save():
            time.sleep(0.25)
            text = text_of(course.lesson.read_text(encoding="utf-8"))
            course.lesson.write_text(text, encoding="utf-8")
            os.utime(course.lesson, (time.time() + 5, time.time() + 5))  # coarse clocks would miss a quick save

        thread = threading.Thread(target=save)
        thread.start()
        watch(course.root, every=0.1, rounds=8, **NOTHING)
        thread.join()

    course.after_saving = after_saving
    return course


def test_saving_a_source_rebuilds_its_module_only_and_says_so(watched, capsys):
    watched.after_saving(lambda text: text.replace("Two numbers", "Three numbers"))
    assert "Three numbers" in (watched.root / COURSE).read_text(encoding="utf-8")
    assert not (watched.root / "course/05_other.ipynb").exists()
    assert f"04_small: {COURSE}" in capsys.readouterr().out


def test_a_mistake_is_named_and_the_watch_goes_on(watched, capsys):
    watched.after_saving(lambda text: text.replace("## Adding", "### Adding"))
    shown = capsys.readouterr().out
    assert "04_small cannot be built:\nauthoring/04_small/lesson.md:9: 'Adding' skips a level" in shown


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no way to send Ctrl-C to one process")
def test_ctrl_c_ends_it_without_a_traceback(course):
    command = [sys.executable, "-c", f"from unravelling.building import watch; watch({str(course.root)!r})"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline().startswith("Watching")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0 and out == "Stopped watching.\n" and err == ""


@pytest.fixture
def following(tmp_path):
    """`unravelling build --watch` in a copy of the package and its modules, and what it says after a save."""
    for name in ("src/unravelling", "authoring"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "course").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "unravelling", "build", "--watch"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "src")},
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = threading.Timer(120, process.kill)  # a watch that says nothing must not hold the tests up
    deadline.start()
    assert process.stdout.readline().startswith("Watching")

    def after_saving(file, old, new):
        path = tmp_path / "src/unravelling/checks/start_here" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        said = process.stdout.readline()
        return said + process.stdout.readline() if "cannot be built" in said else said

    after_saving.root = tmp_path
    yield after_saving
    deadline.cancel()
    process.kill()
    process.wait()


def test_saving_a_declaration_rebuilds_its_module_from_it_and_a_broken_one_is_named(following):
    """As an author does: the whole stub is seen in the notebook, since its text no longer stands in exercises.md."""
    said = following("softmax.py", "into shares that sum to one.\n\n        x:", "into parts of one.\n\n        x:")
    assert "00_start_here: course/00_start_here.ipynb, exercises/00_start_here.ipynb, solutions/" in said
    notebook = following.root / "exercises/00_start_here.ipynb"
    assert "into parts of one." in notebook.read_text(encoding="utf-8")
    said = following("softmax.py", "import torch\n", "import torch\n\ntorch.no_such_name\n")
    assert "checks/start_here/softmax.py:7: The declarations of module 00 cannot be imported. AttributeError" in said
    said = following("softmax.py", "\n\ntorch.no_such_name\n", "\n")
    assert said.endswith("00_start_here: nothing changed\n")
    said = following("softmax.py", "into parts of one.", "into shares that sum to one.")
    assert said.endswith("00_start_here: exercises/00_start_here.ipynb, solutions/00_start_here.ipynb\n")
    assert "into parts of one." not in notebook.read_text(encoding="utf-8")
