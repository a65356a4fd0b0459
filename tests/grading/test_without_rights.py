"""A grader that is not root: the same walls, no notebook in its neighbour's way, and what it cannot read is named."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.grading.attacks import ATTACKS
from tests.grading.faults import FAULTS, RIGHT, ROOT, with_answer
from unravelling.grading import sandbox
from unravelling.grading.local_grader import FIRST_USER
from unravelling.grading.results import NotebookResult
from unravelling.grading.sandbox import own_shm

USER = 61_994
IS_ROOT = sys.platform == "linux" and os.geteuid() == 0
pytestmark = pytest.mark.skipif(
    any(sandbox.standing(FIRST_USER if IS_ROOT else None).values()), reason="this machine offers no walls"
)
# Root becomes a user without rights. Where Python lies in root's home, that is first made a place for all, in a world
# of its own.
BECOME = """
set -e
home=$1 python=$2 user=$3; shift 3
case $python in $home/*)
    mkdir -p "$TMPDIR/kept"
    mount --bind "$home" "$TMPDIR/kept"
    mount -t tmpfs -o mode=755 none "$home"
    inside=${python#"$home"/}
    mkdir -p "$home/$inside"
    mount --bind "$TMPDIR/kept/$inside" "$home/$inside"
esac
exec setpriv --reuid "$user" --regid "$user" --clear-groups --bounding-set -all env HOME="$TMPDIR" "$@"
"""
SHOWN = (
    *("takes-a-world-of-its-own", "meddles-with-files-by-the-way", "turns-its-sockets-into-links"),
    *("looks-for-the-warm-process", "passes-pages-and-files-on", "shared-memory-kept-by-a-page"),
    *("files-kept-by-a-page", "what-waits-in-sockets", "honest-forks", "lines-for-the-shell"),
)
MANY = """import os, time
calls = 0
def causal_mask(T):
    global calls
    calls += 1
    until = time.monotonic() + (12 if calls == 1 else 0)  # while the other is at work
    while time.monotonic() < until:
        try:
            if os.fork() == 0:
                time.sleep(20)
                os._exit(0)
        except OSError:
            time.sleep(0.05)
"""
WITHOUT = """
try:
    from unravelling.grading.sandbox import own_shm
    own_shm.possible = lambda: False
except ImportError:  # a Python that a kernel started
    pass
"""
FEW = (
    "import subprocess, time\nfor _ in range(50):\n    subprocess.run(['/bin/true'], check=True)\n    time.sleep(0.2)\n"
)


@pytest.fixture(scope="module")
def place():
    """A folder with a short path for a user without rights."""
    with tempfile.TemporaryDirectory(prefix="u", dir="/tmp") as folder:
        (Path(folder) / "t").mkdir()
        os.chmod(folder, 0o755)
        yield Path(folder)


def graded(
    place: Path, name: str, contents: dict[str, bytes], unreadable: tuple[str, ...] = (), path: Path | None = None
) -> dict:
    """What each came to, and what the command said, where a user without rights grades."""
    handed = place / name
    for student, content in contents.items():
        (handed / student).mkdir(parents=True)
        (handed / student / "04_attention.ipynb").write_bytes(content)
    for each in unreadable:
        os.chmod(handed / each, 0)
    scratch = place / "t"
    out = scratch / f"{name}-out"
    command = [sys.executable, "-m", "unravelling", "grade", str(handed), "--out", str(out), "--cpu", "5"]
    if IS_ROOT:
        for each in (handed, *handed.rglob("*"), scratch):
            os.chown(each, USER, USER)
        python = str(Path(sys.base_prefix))
        home = pwd.getpwuid(os.geteuid()).pw_dir  # not $HOME: Python may lie in the real one
        command = ["unshare", "-m", "sh", "-c", BECOME, "sh", home, python, str(USER), *command]
    environment = {**os.environ, "TMPDIR": str(scratch), "UNRAVELLING_PROGRESS": ""}
    if path is not None:
        environment["PYTHONPATH"] = os.pathsep.join([str(path), *filter(None, [environment.get("PYTHONPATH")])])
    ran = subprocess.run(
        [*command, "--jobs", "2"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )
    if ran.returncode not in (0, 1):
        if IS_ROOT and ("unshare" in ran.stderr or "mount" in ran.stderr or shutil.which("setpriv") is None):
            pytest.skip(f"nobody else can be had here: {ran.stderr[-200:]}")
        raise AssertionError(ran.stderr[-2000:])
    found = {}
    for one in map(
        NotebookResult.of_line, (out / ".graded" / "results.jsonl").read_text(encoding="utf-8").splitlines()
    ):
        parts = {part.exercise: part for part in one.parts}
        told = "\n".join([one.problem, *(part.reason for part in one.parts)])
        found[one.student] = one.points, parts["04.2"].status if parts else "", told
    return {"found": found, "said": ran.stdout + ran.stderr}


@pytest.fixture(scope="module")
def attacked(place):
    contents = {name: ATTACKS[name].content for name in (*SHOWN, "locks-pools-and-shared-tensors")}
    return graded(place, "attacks", contents)["found"]


@pytest.mark.parametrize("name", SHOWN)
def test_the_walls_stand_where_the_grader_is_not_root(attacked, name):
    points, status, told = attacked[name]
    assert (points, status) == (FAULTS[name].points, FAULTS[name].status), told


def test_locks_are_to_be_had_where_a_user_may_have_namespaces_and_else_it_is_said_that_they_are_not(attacked):
    points, _, told = attacked["locks-pools-and-shared-tensors"]
    assert points == 16 or (points == 15 and "The machine that graded this" in told), told


@pytest.mark.parametrize("namespaces", [True, False])
def test_one_notebooks_processes_leave_room_for_anothers(place, namespaces):
    """Linux counts the processes of a user, and a grader without rights has one user for all."""
    contents = {"asks-for-few": with_answer(FEW + RIGHT), "asks-for-many": with_answer(MANY)}
    path = None
    if not namespaces:
        path = place / "without"
        path.mkdir()
        (path / "sitecustomize.py").write_text(WITHOUT)
    found = graded(place, f"many-{namespaces}", contents, path=path)["found"]
    assert found["asks-for-few"][0] == 16, found["asks-for-few"]
    if not namespaces:
        assert "more than 64 processes" in found["asks-for-many"][2]


def test_what_cannot_be_read_is_named_and_the_others_are_graded(place):
    contents = dict.fromkeys(("ada", "bob", "cyd"), FAULTS["right"].content)
    said = graded(place, "shut", contents, ("bob/04_attention.ipynb", "cyd"))
    assert said["found"]["ada"][0] == 16
    assert "The file cannot be read: Permission denied." in said["found"]["bob"][2]
    assert "Left aside: cyd: it cannot be read: Permission denied." in said["said"]


@pytest.mark.skipif(not IS_ROOT or shutil.which("setpriv") is None, reason="about a root that lacks rights")
def test_a_root_without_the_right_to_mount_says_that_there_are_no_locks(tmp_path):
    """As in Docker."""
    (tmp_path / "04_attention.ipynb").write_bytes(
        with_answer("import multiprocessing\nmultiprocessing.Lock()\n" + RIGHT)
    )
    grade = [sys.executable, "-m", "unravelling", "grade", str(tmp_path / "04_attention.ipynb")]
    ran = subprocess.run(
        ["setpriv", "--bounding-set", "-sys_admin", *grade], cwd=ROOT, capture_output=True, text=True, timeout=200
    )
    assert "15 of 16 points" in ran.stdout and own_shm.NONE in ran.stdout, ran.stdout + ran.stderr
