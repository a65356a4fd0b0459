"""The builder follows an author who writes."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from unravelling.building import watch

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
