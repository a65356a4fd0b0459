"""What a kernel stores and shares is seen wherever it hides it, and nothing that it made withstands tidying up."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from tests.grading.children import in_a_child

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are watched on Linux")
if sys.platform == "linux":
    from unravelling.grading import temporary_folders
    from unravelling.grading.sandbox import system_calls
    from unravelling.grading.warm import accounting

MOST = 1 << 20


@pytest.fixture
def deep(tmp_path):
    """Folders in folders, deeper than a path may be long. Whatever the test comes to, none is left: pytest itself fails
    where it tidies up such a nest."""
    nest(tmp_path, 2_500)
    yield tmp_path
    subprocess.run(["rm", "-rf", "--", tmp_path], check=True)


def nest(folder: Path, depth: int) -> None:
    here = os.open(folder, os.O_DIRECTORY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def test_what_lies_in_folders_below_is_counted(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_bytes(os.urandom(300_000))
    assert 300_000 <= accounting.stored([str(tmp_path)], MOST) <= 300_000 + 4 * accounting.LEAST


def test_a_link_to_something_large_elsewhere_is_not(tmp_path):
    (tmp_path / "link").symlink_to(sys.base_prefix)
    assert accounting.stored([str(tmp_path)], MOST) == accounting.LEAST


def test_empty_files_count_too(tmp_path):
    for n in range(MOST // accounting.LEAST + 1):
        (tmp_path / str(n)).touch()
    assert accounting.stored([str(tmp_path)], MOST) > MOST


def test_folders_deeper_than_a_path_count_as_too_much_and_are_removed(deep):
    assert accounting.stored([str(deep)], 1 << 40) > 1 << 40
    temporary_folders.remove(deep)
    assert not deep.exists()


def test_a_file_without_a_name_counts_once_as_long_as_it_is_open(tmp_path):
    with open(tmp_path / "file", "wb") as file:
        file.write(os.urandom(500_000))
        file.flush()
        os.remove(file.name)
        again = os.dup(file.fileno())
        open_now = accounting.use([os.getpid()]).nameless
        os.close(again)
    assert open_now - accounting.use([os.getpid()]).nameless == pytest.approx(500_000, abs=5_000)


def hidden_and_removed(folder):
    os.chdir(folder)
    os.makedirs("own/hidden")
    Path("own", "hidden", "file").touch()
    os.chmod("own/hidden", 0o300)
    seen = accounting.stored(["own"], 1 << 40) > 1 << 40
    temporary_folders.remove("own")
    return [seen, os.path.exists("own")]


def test_a_folder_that_shows_no_names_counts_as_too_much_and_is_removed():
    """As a user without rights where we are root, who may look into any folder."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        said = in_a_child(hidden_and_removed, folder, user=61_997 if os.geteuid() == 0 else None)
    assert said == {"value": [True, False]}


def test_a_folder_that_is_not_there_and_a_machine_without_such_programs_end_no_grading(deep, monkeypatch):
    temporary_folders.remove(deep / "nowhere")
    with monkeypatch.context() as without:
        without.setenv("PATH", "")  # as on Windows
        temporary_folders.remove(deep)
    temporary_folders.remove(deep)
    assert not deep.exists()


def test_shared_memory_is_counted_though_the_process_that_filled_it_has_ended():
    before = accounting.use([os.getpid()]).memory
    with mmap.mmap(-1, 64 << 20) as shared:
        child = os.fork()
        if child == 0:
            shared.write(b"x" * (64 << 20))
            os._exit(0)
        os.waitpid(child, 0)
        assert accounting.use([os.getpid()]).memory - before >= 64 << 20


NAMED, LEAVE = 15, {"x86_64": 60, "aarch64": 93}  # PR_SET_NAME; the call by which one thread ends


def named(name):
    ctypes.CDLL(None).prctl(NAMED, name)
    time.sleep(60)


def without_its_first_thread():
    threading.Thread(target=time.sleep, args=(60,)).start()
    system_calls.call(LEAVE[platform.machine()], 0)


@pytest.mark.parametrize(
    ("action", "arguments"),
    [(named, [b"\xff\xfe"]), (named, [b"\rRssAnon:\t0 kB"]), (without_its_first_thread, [])],
    ids=["a name that is no text", "a name that looks like a line", "a first thread that has ended"],
)
def test_no_name_and_no_end_of_its_first_thread_hide_what_a_process_holds(tmp_path, action, arguments):
    def holds():
        own = bytearray(b"x") * (32 << 20)  # noqa: F841
        shared = mmap.mmap(-1, 16 << 20)  # noqa: F841
        file = open(tmp_path / "file", "wb")  # noqa: SIM115
        file.write(os.urandom(500_000))
        file.flush()
        os.remove(file.name)
        action(*arguments)

    with started(holds) as child:
        found = accounting.use([child])
        assert 48 << 20 <= found.memory < accounting.TOO_MUCH and 500_000 <= found.nameless < accounting.TOO_MUCH
        assert not accounting.ended(child)
        os.kill(child, 9)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        assert accounting.ended(child)
        found = accounting.use([child])
        assert found.memory == found.nameless == 0


def looked_at_while_closed():
    with started(lambda: (system_calls.control(system_calls.DUMPABLE, 0), time.sleep(60))) as child:
        looks = [accounting.use([child], (), *closed) for closed in ((), (0,))]
        found = [*(each.memory for each in looks), *(each.nameless for each in looks)]
        os.kill(child, 9)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        return [*(each >= accounting.TOO_MUCH for each in found), accounting.use([child]).memory]


def test_a_process_that_lets_nobody_look_counts_as_too_much_while_it_lives_unless_it_is_trusted():
    """As a user without rights where we are root, who may look at any process."""
    said = in_a_child(looked_at_while_closed, user=61_996 if os.geteuid() == 0 else None)
    assert said == {"value": [True, False, True, False, 0]}


@contextlib.contextmanager
def started(action):
    """A child that does something and then sleeps, when it has come to that."""
    child = os.fork()
    if child == 0:
        try:
            action()
        finally:
            os._exit(70)
    try:
        time.sleep(0.3)
        yield child
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
