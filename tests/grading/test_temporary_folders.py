"""Folders of a run are removed without a step outside, however it ends; what a killed run left, the next one sweeps."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.grading.faults import FAULTS, ROOT
from unravelling.grading import temporary_folders
from unravelling.grading.warm.fork_server import offered

linux = pytest.mark.skipif(bool(offered()), reason=offered() or "offered")


@pytest.fixture
def scratch(monkeypatch, tmp_path):  # after pytest has made its own
    """A place for temporary folders with a short path, so that it is used."""
    with tempfile.TemporaryDirectory(prefix="u", dir="/tmp" if os.path.isdir("/tmp") else None) as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def guarded(folder: Path) -> dict[Path, int]:
    """Files and folders that nobody may read, with their modes."""
    folder.mkdir()
    for name, mode in (("none", 0), ("read", 0o444)):
        (folder / name).write_text("x")
        os.chmod(folder / name, mode)
    (folder / "below").mkdir(mode=0)
    return {each: stat.S_IMODE(each.lstat().st_mode) for each in (folder, *folder.iterdir())}


@linux
def test_a_folder_that_has_become_a_link_is_removed_and_nothing_behind_it_is_changed(tmp_path):
    before = guarded(tmp_path / "outside")
    (tmp_path / "k").symlink_to(tmp_path / "outside")
    temporary_folders.remove(tmp_path / "k")
    assert not (tmp_path / "k").is_symlink()
    assert {each: stat.S_IMODE(each.lstat().st_mode) for each in before} == before


@linux
def test_links_within_a_folder_are_removed_and_nothing_behind_them_is_changed(tmp_path):
    before = guarded(tmp_path / "outside")
    (tmp_path / "own" / "below").mkdir(parents=True)
    for place in ("own", "own/below"):
        (tmp_path / place / "link").symlink_to(tmp_path / "outside")
        (tmp_path / place / "file").symlink_to(tmp_path / "outside" / "none")
    temporary_folders.remove(tmp_path / "own")
    assert not (tmp_path / "own").exists()
    assert {each: stat.S_IMODE(each.lstat().st_mode) for each in before} == before


@linux
def test_removing_ends_in_time_and_what_is_left_still_has_its_lock(scratch):
    folder = Path(temporary_folders.short_folder("unravelling-grade-"))
    for number in range(2_000):
        (folder / f"{number}" / "below").mkdir(parents=True)
    temporary_folders.remove(folder, seconds=0.005)
    assert (folder / "lock").exists() and len(list(folder.iterdir())) > 100
    temporary_folders.sweep()
    assert not folder.exists()


WRITES = """
import os, sys, time
until = time.monotonic() + 1
while time.monotonic() < until:
    os.makedirs(f"{sys.argv[1]}/{time.monotonic()}", exist_ok=True)
"""


@linux
def test_a_folder_into_which_somebody_still_writes_is_emptied_until_he_has_ended(tmp_path):
    with subprocess.Popen([sys.executable, "-c", WRITES, tmp_path / "own"], stderr=subprocess.DEVNULL):
        while not (tmp_path / "own").exists():
            time.sleep(0.01)
        temporary_folders.remove(tmp_path / "own")
    temporary_folders.remove(tmp_path / "own")
    assert not (tmp_path / "own").exists()


HOLDS = """
import os, sys, tempfile, time
tempfile.tempdir = sys.argv[1]
from unravelling.grading import temporary_folders
folder = temporary_folders.short_folder("unravelling-grade-")
os.makedirs(folder + "/n/home")
print(folder, flush=True)
if len(sys.argv) > 2 and os.fork():  # the one that was started ends, and a fork of it goes on
    os._exit(0)
time.sleep(60)
"""


@linux
def test_the_folder_of_a_run_is_swept_only_when_the_run_and_its_forks_have_ended(scratch):
    owner = subprocess.Popen([sys.executable, "-c", HOLDS, scratch], stdout=subprocess.PIPE, text=True)
    with owner:
        folder = Path(owner.stdout.readline().strip())
        temporary_folders.sweep()
        assert (folder / "n" / "home").exists()
        owner.kill()
    temporary_folders.sweep()
    assert not folder.exists()


@linux
def test_a_fork_that_outlives_its_run_keeps_the_folder(scratch):
    owner = subprocess.Popen(
        [sys.executable, "-c", HOLDS, scratch, "fork"], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    folder = Path(owner.stdout.readline().strip())
    owner.wait()
    temporary_folders.sweep()
    there = folder.exists()
    os.killpg(owner.pid, signal.SIGKILL)
    owner.stdout.close()
    until = time.monotonic() + 5
    while folder.exists() and time.monotonic() < until:
        temporary_folders.sweep()
        time.sleep(0.05)
    assert there and not folder.exists()


@linux
def test_what_is_not_surely_a_dead_runs_is_left_alone(scratch):
    """No lock in it, as one that is just being made; a link; a file; another user's; a name that is none of ours."""
    for name in ("unravelling-grade-new", "unravelling-grade-other", "else"):
        (scratch / name).mkdir()
    for name in ("unravelling-grade-other", "else"):
        (scratch / name / "lock").touch()
    if os.geteuid() == 0:
        os.chown(scratch / "unravelling-grade-other", 61_995, 61_995)
    else:
        (scratch / "unravelling-grade-other" / "lock").unlink()
    (scratch / "unravelling-grade-link").symlink_to(scratch / "else")
    (scratch / "unravelling-grade-file").touch()
    before = sorted(scratch.iterdir())
    temporary_folders.sweep()
    assert sorted(scratch.iterdir()) == before


def left(scratch: Path) -> list[str]:
    """Processes that have the folder as their temporary one, and what lies in it."""
    found = [each.name for each in scratch.iterdir()]
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if f"TMPDIR={scratch}".encode() in (process / "environ").read_bytes():
                    found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
    return found


def begun(scratch: Path, out: Path, sign: str) -> subprocess.Popen:
    """A run of a class that waits for long, in a process group of its own, when a file or folder is there."""
    handed = out.parent / "in"
    for name in ("a", "b"):
        (handed / name).mkdir(parents=True, exist_ok=True)
        (handed / name / "04_attention.ipynb").write_bytes(FAULTS["endless"].content)
    command = [sys.executable, "-m", "unravelling", "grade", str(handed), "--out", str(out), "--jobs", "2"]
    run = subprocess.Popen(
        [*command, "--trust"] if sign == "trusted" else command,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    pattern = {"early": "unravelling-server-*", "trusted": "unravelling-grade-*/n*/cells.jsonl"}
    until = time.monotonic() + 60
    while not list(scratch.glob(pattern.get(sign, "unravelling-grade-*/n*/cells.jsonl"))):
        assert run.poll() is None and time.monotonic() < until
        time.sleep(0.02)
    return run


@linux
@pytest.mark.parametrize("sign", ["early", "late", "trusted"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_run_that_is_ended_with_its_group_leaves_nothing_behind(scratch, tmp_path, number, sign):
    run = begun(scratch, tmp_path / "out", sign)
    os.killpg(run.pid, number)
    begin = time.monotonic()
    code = run.wait(60)
    assert time.monotonic() - begin < 20
    assert code in (128 + number, -number)  # Python ends so where it is interrupted while it imports
    until = time.monotonic() + 10
    while left(scratch) and time.monotonic() < until:
        time.sleep(0.1)
    assert left(scratch) == []


@linux
@pytest.mark.parametrize("sign", ["early", "late"])
def test_what_a_killed_run_leaves_behind_the_next_one_sweeps(scratch, tmp_path, sign):
    run = begun(scratch, tmp_path / "out", sign)
    run.kill()
    run.wait()
    until = time.monotonic() + 10
    while [each for each in left(scratch) if "unravelling-grade-" not in each] and time.monotonic() < until:
        time.sleep(0.1)  # its processes end by themselves
    assert left(scratch) != []
    command = [sys.executable, "-m", "unravelling", "grade", str(ROOT / "solutions" / "00_start_here.ipynb")]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "TMPDIR": str(scratch)}, capture_output=True, check=True)
    assert left(scratch) == []
