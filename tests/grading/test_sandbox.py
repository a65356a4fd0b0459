"""Each wall stands, for root and for a user without rights, and a wall that is not there is reported."""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import multiprocessing
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from tests.grading.children import in_a_child
from unravelling.grading import sandbox
from unravelling.grading.readable_paths import readable
from unravelling.grading.sandbox import confinement, landlock, seccomp, system_calls

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="walls are made of Linux")
NOBODY = 61_999
ROOT = sys.platform == "linux" and os.geteuid() == 0
USER = NOBODY if ROOT else None


def behind_walls(action, **limits):
    """What `action(home)` gives behind the walls, in a child."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        home = Path(folder, "home")
        home.mkdir()
        if USER is not None:
            os.chown(home, USER, USER)

        def inside():
            try:
                sandbox.enter(sandbox.Limits(**limits), map(Path, readable()), [home], USER)
            except system_calls.MissingWall as why:
                return f"missing: {why}"
            return action(home)

        return in_a_child(inside)


def needs_walls():
    """Walls are made of what the kernel offers; where it offers none, that is what is tested."""
    missing = {wall: why for wall, why in sandbox.standing(USER).items() if why}
    if missing:
        assert all(missing.values())
        pytest.skip(f"this machine offers no {', '.join(missing)}")


def test_every_wall_is_tried_and_stands_or_says_why_not():
    found = sandbox.standing(USER)
    assert list(found) == list(sandbox.WALLS)
    if landlock.version():
        assert found == dict.fromkeys(sandbox.WALLS, "")
    else:
        assert all(found.values())


def standing_for_a_user_without_rights():
    """What is found of the walls by a user who becomes no other: the grader then has the submissions' own number."""
    import resource  # noqa: F401  (before: this Python may lie where the other user cannot read it)

    if not ROOT:
        return sandbox.standing(None)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        os.environ["TMPDIR"], before = folder, os.environ.get("TMPDIR")
        tempfile.tempdir = None
        try:
            return in_a_child(sandbox.standing, None, user=NOBODY - 1)["value"]
        finally:
            os.environ.pop("TMPDIR")
            if before:
                os.environ["TMPDIR"] = before
            tempfile.tempdir = None


def test_every_wall_stands_for_a_user_without_rights():
    needs_walls()
    assert standing_for_a_user_without_rights() == dict.fromkeys(sandbox.WALLS, "")


def test_the_walls_stand_for_a_grader_that_lets_others_go_first():
    needs_walls()
    code = f"from unravelling.grading import sandbox; assert not any(sandbox.standing({USER}).values())"
    subprocess.run(["nice", "-n", "19", sys.executable, "-c", code], check=True)


@pytest.mark.skipif(not ROOT, reason="only root has no limit of processes")
def test_root_that_stays_root_is_told_that_processes_have_no_limit():
    needs_walls()
    assert "possible" in sandbox.standing(None)["processes"]


def without_the_right_to_look():
    """As Docker's root, who has not the right to look at the processes of others."""
    has = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("CapPrm"))
    rights = int(has.split()[1], 16) & ~(1 << 19)
    low, high = rights & 0xFFFFFFFF, rights >> 32
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    system_calls.call(system_calls.numbers()["capset"], header, (ctypes.c_uint32 * 6)(low, low, 0, high, high, 0))
    return sandbox.standing(USER)


@pytest.mark.skipif(not ROOT, reason="a user without rights looks at its own processes")
def test_root_that_may_not_look_what_a_kernel_holds_is_told_so():
    needs_walls()
    found = in_a_child(without_the_right_to_look)["value"]
    assert "lacks CAP_SYS_PTRACE" in found.pop("memory") and not any(found.values())


def test_a_program_of_its_own_that_starts_is_reported(monkeypatch):
    needs_walls()
    monkeypatch.setattr(landlock, "_NOT_WRITTEN", landlock._NOT_WRITTEN & ~1)
    assert "possible" in sandbox.standing(USER)["processes"]


def test_a_machine_without_landlock_is_told_so(monkeypatch):
    monkeypatch.setattr(landlock, "version", lambda: 0)
    assert all("Landlock" in why for why in sandbox.standing(USER).values())


def test_where_there_is_no_fork_every_wall_is_reported_as_missing():
    """As on Windows, which has neither this module nor this function."""
    code = (
        "import os, sys; sys.modules['resource'] = None; del os.fork\n"
        "from unravelling.grading import grade_command, local_grader, sandbox\n"
        "assert all(sandbox.standing(None).values())\n"
        "try: local_grader.LocalGrader()\nexcept local_grader.NoWalls as why: assert '--trust' in str(why)\n"
        "else: raise SystemExit(1)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_another_system_is_told_so(monkeypatch):
    monkeypatch.setattr(system_calls.platform, "system", lambda: "Darwin")
    with pytest.raises(system_calls.MissingWall, match="Darwin"):
        system_calls.numbers()


def copied(home):
    """A program in its own folder, that may be executed and not be read."""
    file = os.open(home / "program", os.O_CREAT | os.O_WRONLY, 0o111)
    os.write(file, Path("/bin/true").read_bytes())
    os.close(file)
    return home / "program"


@pytest.mark.parametrize(
    "action",
    [
        lambda home: Path("/etc/shadow").read_text(),
        lambda home: os.listdir("/"),
        lambda home: os.listdir(home.parent),
        lambda home: os.listdir("/proc"),
        lambda home: Path(__file__).read_text(),
        lambda home: (home.parent / "new").write_text("x"),
        lambda home: os.mknod(home / "device", 0o600 | 0o020000),
        lambda home: socket.socket(),
        lambda home: socket.socket(2, 2),
        lambda home: socket.socket(10),
        lambda home: socket.socket(16, 3),
        lambda home: socket.socket(1, 2),
        lambda home: socket.socket(1).connect(str(home / "nowhere")),
        lambda home: os.kill(os.getppid(), 0),
        lambda home: os.truncate(__file__, 0),
        lambda home: __import__("resource").prlimit(os.getppid(), 0, (1, 1)),
        lambda home: os.setuid(0),
        lambda home: system_calls.call(system_calls.numbers()["ptrace"], 0, 0, 0, 0),
        lambda home: system_calls.call(system_calls.numbers()["unshare"], 0x10000000),
        lambda home: os.memfd_create("hidden"),
        lambda home: system_calls.control(system_calls.DUMPABLE, 0),  # then nobody could look what it holds
        lambda home: subprocess.run([copied(home)]),  # nor into a program that nobody may read
    ],
)
def test_what_is_outside_is_refused(action):
    needs_walls()
    said = behind_walls(action)
    if "setuid" in action.__code__.co_names and not ROOT:
        assert "PermissionError" in said["error"]
    assert "error" in said and "PermissionError" in said["error"], said


@pytest.mark.parametrize("kind", ["SOCK_DGRAM", "SOCK_RAW", "SOCK_SEQPACKET", "SOCK_STREAM"])
def test_a_program_that_listens_outside_hears_nothing(kind):
    needs_walls()
    kind = getattr(socket, kind)
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, kind) as ear:
        os.chmod(folder, 0o755)
        ear.bind(f"{folder}/ear")
        os.chmod(f"{folder}/ear", 0o777)  # anybody may talk to it
        ear.setblocking(False)
        connected = kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET)
        if connected:
            ear.listen()

        def call(home, ways=("sendto", "sendmsg", "connect")):
            said = []
            for way in ways:
                try:
                    mouth = socket.socketpair(socket.AF_UNIX, kind)[0]
                    if way == "sendto":
                        mouth.sendto(b"hello", f"{folder}/ear")
                    elif way == "sendmsg":
                        mouth.sendmsg([b"hello"], [], 0, f"{folder}/ear")
                    else:
                        mouth.connect(f"{folder}/ear")
                    said.append("said")
                except OSError as error:
                    said.append(type(error).__name__)
            return said

        refused = ["OSError" if kind == socket.SOCK_STREAM else "PermissionError", "PermissionError"]
        assert behind_walls(call) == {"value": [*refused, "PermissionError"]}
        with pytest.raises(BlockingIOError):
            ear.accept() if connected else ear.recv(9)


@pytest.mark.parametrize("family", [socket.AF_UNIX, 30])  # 30: TIPC, which has streams too where it is loaded
def test_a_pair_of_sockets_is_a_local_stream_or_refused(family):
    needs_walls()
    flags = socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK

    said = behind_walls(lambda home: len(socket.socketpair(family, flags)))
    assert said == {"value": 2} if family == socket.AF_UNIX else "PermissionError" in said["error"]


def test_a_program_that_can_be_called_is_reported(monkeypatch):
    needs_walls()
    monkeypatch.setattr(seccomp, "_ALWAYS_REFUSED", [each for each in seccomp._ALWAYS_REFUSED if each != "connect"])
    assert "possible" in sandbox.standing(USER)["network"]


def test_a_pair_of_sockets_for_datagrams_is_reported(monkeypatch):
    needs_walls()
    monkeypatch.setitem(system_calls.numbers(), "socketpair", 100_000)  # a call that nobody makes
    assert "possible" in sandbox.standing(USER)["network"]


def test_what_a_file_is_cannot_be_changed_and_copying_works_all_the_same():
    needs_walls()

    def tries(home):
        (home / "mine").write_text("x")
        before = os.stat(home), os.stat(home.parent), os.stat(__file__)
        for each in (home, home.parent, __file__):
            os.chmod(each, 0)
            os.chown(each, 1, 1)
            os.utime(each, (1, 1))
        shutil.copy2(home / "mine", home / "copy")
        after = os.stat(home), os.stat(home.parent), os.stat(__file__)
        same = [
            (a.st_mode, a.st_uid, a.st_mtime) == (b.st_mode, b.st_uid, b.st_mtime)
            for a, b in zip(before[1:], after[1:], strict=True)
        ]
        return [*same, before[0].st_mode == after[0].st_mode, (home / "copy").read_text()]

    assert behind_walls(tries) == {"value": [True, True, True, "x"]}


def test_what_a_learner_needs_still_works():
    needs_walls()

    def needed(home):
        (home / "made").write_text("mine")
        ran = subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True)
        with tempfile.TemporaryFile() as file:
            file.write(b"x")
        one, other = socket.socketpair()
        one.send(b"y")
        return [(home / "made").read_text(), ran.stdout, other.recv(1).decode(), os.cpu_count() > 0]

    assert behind_walls(needed) == {"value": ["mine", "42\n", "y", True]}


def test_the_environment_is_empty_but_for_the_home():
    needs_walls()
    os.environ["SECRET_OF_THE_GRADER"] = "1"
    try:
        said = behind_walls(lambda home: sorted(os.environ))
    finally:
        del os.environ["SECRET_OF_THE_GRADER"]
    assert said == {"value": ["HOME", "LANG", "PATH", "TMPDIR", "USER"]}


def test_a_file_and_the_memory_have_their_bounds():
    needs_walls()

    def too_long(home):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        (home / "long").write_bytes(bytes(3 << 20))

    assert "File too large" in behind_walls(too_long, file=1 << 20)["error"]
    assert "MemoryError" in behind_walls(lambda home: bytearray(1 << 30), memory=256 << 20)["error"]


QUEUED = (ctypes.c_int * 32)(0, 0, -1)  # what a process says of a signal that it sends with a value beside it


@pytest.mark.parametrize(
    "send",
    [
        lambda other: os.kill(other, 0),
        lambda other: os.kill(0, 0),
        lambda other: signal.pidfd_send_signal(os.pidfd_open(other), 0),
        lambda other: system_calls.call(system_calls.numbers()["pidfd_send_signal"], os.getpid(), 0, None, 0),
        lambda other: system_calls.call(system_calls.numbers()["tkill"], other, 0),
        lambda other: system_calls.call(system_calls.numbers()["tgkill"], other, other, 0),
        lambda other: system_calls.call(system_calls.numbers()["rt_sigqueueinfo"], other, 0, QUEUED),
        lambda other: system_calls.call(system_calls.numbers()["rt_tgsigqueueinfo"], other, other, 0, QUEUED),
        lambda other: fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, other),
        lambda other: fcntl.fcntl(os.pipe()[0], 15, struct.pack("ii", 1, other)),
        lambda other: fcntl.fcntl(os.pipe()[0], fcntl.F_SETSIG, signal.SIGURG),
        lambda other: fcntl.ioctl(socket.socketpair()[0], 0x8901, struct.pack("i", other)),
        lambda other: fcntl.ioctl(socket.socketpair()[0], 0x8902, struct.pack("i", other)),
    ],
)
def test_signals_can_be_kept_in_where_landlock_is_too_old_for_it(send):
    needs_walls()

    def inside():
        system_calls.control(system_calls.NO_NEW_PRIVILEGES, 1)
        seccomp.shut(signals=True, shared=1 << 20)
        send(os.getppid())

    said = in_a_child(inside).get("error", "nothing was refused")
    assert "PermissionError" in said or "Inappropriate ioctl" in said


@pytest.mark.parametrize("known", range(1, 7))
def test_every_wall_stands_with_each_older_landlock(monkeypatch, known):
    needs_walls()
    if known > landlock.version():
        pytest.skip(f"this machine has version {landlock.version()}")
    monkeypatch.setattr(landlock, "version", lambda: known)
    assert sandbox.standing(USER) == dict.fromkeys(sandbox.WALLS, "")


@pytest.mark.parametrize("gap", ["kill", "rt_sigqueueinfo", "fcntl", "pidfd_send_signal"])
def test_a_signal_that_an_older_landlock_and_the_filter_let_out_is_reported(monkeypatch, gap):
    needs_walls()
    monkeypatch.setattr(landlock, "version", lambda: landlock.SIGNALS - 1)
    monkeypatch.setattr(seccomp, "_SIGNALS", [each for each in seccomp._SIGNALS if each != gap])
    if gap == "fcntl":
        monkeypatch.setattr(seccomp, "_OWNERS", ())
    if gap == "pidfd_send_signal":
        monkeypatch.setitem(system_calls.numbers(), gap, 100_000)  # a call that nobody makes
    assert "possible" in standing_for_a_user_without_rights()["processes"]


def test_what_a_learner_needs_sends_signals_where_landlock_is_too_old_to_keep_them_in(monkeypatch):
    needs_walls()
    monkeypatch.setattr(landlock, "version", lambda: landlock.SIGNALS - 1)

    def needed(home):
        came = []
        signal.signal(signal.SIGUSR1, lambda number, frame: came.append(number))
        signal.raise_signal(signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGUSR1)
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
        here, there = multiprocessing.Pipe()
        helper = multiprocessing.get_context("fork").Process(target=there.send, args=(6 * 7,))
        helper.start()
        helper.join()
        return [len(came), here.recv(), helper.exitcode, asyncio.run(_heard_from_a_process())]

    assert behind_walls(needed) == {"value": [3, 42, 0, "42\n"]}


async def _heard_from_a_process():
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "print(6 * 7)", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    return (await process.communicate())[0].decode()


def test_rights_that_are_left_to_read_a_python_in_roots_home_open_nothing_else():
    needs_walls()
    assert not confinement._open_to_all(Path("/root")) or os.stat("/root").st_mode & 0o005
    said = behind_walls(lambda home: Path("/etc/shadow").read_text())
    assert "PermissionError" in said["error"]
