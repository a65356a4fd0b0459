"""Kernels that are forks of a warm process behave as ordinary ones do, and their end is noticed and cleaned up."""

from __future__ import annotations

import os
import signal
import site
import socket
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from queue import Empty

import pytest

from unravelling.grading import warm
from unravelling.grading.kernel_watchdog import KernelEnded, Watchdog
from unravelling.grading.warm.fork_server import ForkServer, NoWarmKernels, offered

pytestmark = pytest.mark.skipif(bool(offered()), reason=offered() or "offered")


@pytest.fixture(scope="module")
def server():
    with ForkServer(["random"]) as server:
        before = {name: os.environ.get(name) for name in server.environment}
        os.environ.update(server.environment)
        yield server
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@pytest.fixture
def kernel(server):
    from nbval.kernel import RunningKernel

    kernel = RunningKernel(warm.KERNEL)
    Watchdog(kernel)
    yield kernel
    if kernel.is_alive():
        kernel.stop()


def said(kernel, code: str, seconds: float = 20) -> str:
    """What a cell prints, or its error."""
    message = kernel.execute_cell_input(code, allow_stdin=False)
    kernel.await_reply(message, timeout=seconds)
    text = ""
    while True:
        found = kernel.get_message("iopub", timeout=5)
        if found["parent_header"].get("msg_id") != message:
            continue
        content = found["content"]
        text += content.get("text", "") + (f"{content['ename']}: {content['evalue']}" if "ename" in content else "")
        if content.get("execution_state") == "idle":
            return text.strip()


def gone(pid: int) -> bool:
    try:
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_warm_kernel_runs_cells_where_it_was_started(kernel):
    assert said(kernel, "import os; print(6 * 7, os.getcwd())") == f"42 {os.getcwd()}"
    assert said(kernel, "1 / 0").startswith("ZeroDivisionError")


def test_two_kernels_draw_different_random_numbers(server):
    from nbval.kernel import RunningKernel

    drawn = []
    for _ in range(2):
        kernel = RunningKernel(warm.KERNEL)
        drawn.append(said(kernel, "import random; print(random.random())"))
        kernel.stop()
    assert drawn[0] != drawn[1]


def test_a_kernel_hears_an_interrupt(kernel):
    message = kernel.execute_cell_input("import time; time.sleep(60)", allow_stdin=False)
    with pytest.raises(Empty):
        kernel.await_reply(message, timeout=0.5)
    kernel.interrupt()
    kernel.await_reply(message, timeout=10)


@pytest.mark.parametrize(
    ("code", "reason"), [("import os; os._exit(3)", "exit"), ("import os; os.kill(os.getpid(), 11)", "signal")]
)
def test_a_kernel_that_ends_is_noticed_at_once(kernel, code, reason):
    begun = time.monotonic()
    with pytest.raises(KernelEnded) as ended:
        said(kernel, code)
    assert ended.value.reason == reason
    assert time.monotonic() - begun < 3


BURN = "import time; begun = time.process_time()\nwhile time.process_time() - begun < {}: pass"


def test_each_exercise_has_processor_time_of_its_own_and_no_more(server, monkeypatch):
    from nbval.kernel import RunningKernel

    monkeypatch.setenv(warm.BOUNDS, '{"cpu": 1.5}')
    kernel = RunningKernel(warm.KERNEL)
    watchdog = Watchdog(kernel)
    for exercise in ("04.1", "04.2", "04.3"):
        watchdog.next_cell(exercise)
        assert said(kernel, BURN.format(0.8)) == ""
    watchdog.next_cell("04.3")  # its check
    with pytest.raises(KernelEnded) as ended:
        said(kernel, BURN.format(60))
    assert ended.value.reason == "cpu"
    with pytest.raises(KernelEnded, match="had ended before"):
        watchdog.next_cell("04.4")
    assert watchdog.kernel_end.cpu < 4


def test_a_kernel_that_ended_between_two_cells_is_noticed_before_the_second(kernel):
    watchdog = Watchdog(kernel)
    watchdog.next_cell("04.1")
    said(kernel, "import os, threading; threading.Timer(0.5, os._exit, [3]).start()")
    time.sleep(1.5)
    with pytest.raises(KernelEnded, match="exit code 3"):
        watchdog.next_cell("04.2")


def test_a_loop_in_an_ordinary_kernel_is_stopped_when_its_time_is_over():
    from nbval.kernel import RunningKernel

    kernel = RunningKernel("python3")
    Watchdog(kernel, seconds=2)
    begun = time.monotonic()
    with pytest.raises(KernelEnded) as ended:
        said(kernel, "while True: pass", seconds=60)
    assert ended.value.reason == "wall" and 1 < time.monotonic() - begun < 10


def test_a_supervisor_that_is_lost_is_told_from_a_kernel_that_ends(kernel):
    supervisor = int(Path("/proc", str(kernel.km.provisioner.pid), "stat").read_text().rpartition(")")[2].split()[1])
    os.kill(supervisor, signal.SIGKILL)
    with pytest.raises(KernelEnded) as ended:
        said(kernel, "import time; time.sleep(5)")  # an instant might be over before anybody looks
    assert ended.value.reason == "supervisor"


def test_a_kernel_that_floods_its_outputs_is_stopped(kernel):
    with pytest.raises(KernelEnded, match="gave out"):
        said(kernel, "while True:\n    print('x' * 1000)")


def test_what_a_kernel_leaves_behind_is_ended_with_it(kernel):
    code = "import subprocess; print(subprocess.Popen(['sleep', '300'], start_new_session=True).pid)"
    child = int(said(kernel, code))
    assert not gone(child)
    kernel.stop()
    until = time.monotonic() + 5
    while not gone(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert gone(child)


def test_what_an_exercise_leaves_running_is_ended_before_the_next(kernel):
    watchdog = Watchdog(kernel)
    watchdog.next_cell("04.1")
    code = (
        "import os, subprocess; children = [subprocess.Popen(['sleep', '300'], start_new_session=n) for n in (0, 1)]\n"
    )
    children = said(kernel, code + "print(*[each.pid for each in children])").split()
    watchdog.next_cell("04.1")
    assert not any(gone(int(each)) for each in children)
    watchdog.next_cell("04.2")
    assert all(gone(int(each)) for each in children)
    assert said(kernel, "print(len(children))") == "2"


def test_a_kernel_ends_with_the_process_that_asked_for_it(server):
    """As when a pytest is killed: nobody is left to say that the kernel should end."""
    code = (
        "import os, time; from nbval.kernel import RunningKernel\n"
        "kernel = RunningKernel('unravelling-warm'); print(kernel.km.provisioner.pid, flush=True); time.sleep(60)"
    )
    asking = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pid = int(asking.stdout.readline())
    asking.kill()
    asking.wait()
    asking.stdout.close()
    until = time.monotonic() + 5
    while not gone(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert gone(pid)


def test_the_warm_process_and_its_folder_end_with_their_owner(tmp_path):
    code = (
        "import time; from unravelling.grading.warm.fork_server import ForkServer\n"
        "server = ForkServer([]); server.wait(); print(server.process.pid, server.folder, flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pid, folder = owner.stdout.readline().split()
    owner.kill()
    owner.wait()
    owner.stdout.close()
    until = time.monotonic() + 5
    while not (gone(int(pid)) and not Path(folder).exists()) and time.monotonic() < until:
        time.sleep(0.05)
    assert gone(int(pid)) and not Path(folder).exists()


def test_a_module_that_is_not_there_is_told(server):
    with pytest.raises(NoWarmKernels, match="no_such_module"), ForkServer(["no_such_module"]):
        pass


def test_what_pip_installed_for_one_user_is_found(monkeypatch, tmp_path):
    """By the Python that this environment was made of: one in an environment has no libraries of a user."""
    own = Path(sysconfig.get_path("purelib", f"{os.name}_user", {"userbase": str(tmp_path)}))
    own.mkdir(parents=True)
    (own / "only_for_this_user.py").touch()
    places = [str(Path(warm.__file__).parents[3]), *site.getsitepackages()]
    monkeypatch.setattr(site, "USER_BASE", str(tmp_path))
    monkeypatch.setattr(sys, "executable", sys._base_executable)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(places))
    with ForkServer(["only_for_this_user"]) as server:
        assert server.process.poll() is None


def test_another_system_is_told_to_use_ordinary_kernels(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "darwin" in offered()


def test_the_same_notebook_passes_under_nbval_with_warm_and_ordinary_kernels(server, tmp_path):
    import nbformat.v4 as nb

    cells = [nb.new_code_cell("x = 3"), nb.new_code_cell("assert x == 3"), nb.new_code_cell("assert x == 4")]
    (tmp_path / "x.ipynb").write_text(__import__("nbformat").writes(nb.new_notebook(cells=cells)))
    for name in (warm.KERNEL, "python3"):
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--nbval-lax",
            "--nbval-kernel-name",
            name,
            "-p",
            "no:cacheprovider",
        ]
        ran = subprocess.run([*command, "x.ipynb"], cwd=tmp_path, capture_output=True, text=True)
        assert "1 failed, 2 passed" in ran.stdout, ran.stdout


def test_a_kernel_that_floods_in_the_name_of_a_check_is_stopped(kernel):
    code = (
        "from IPython.display import publish_display_data\n"
        "while True:\n    publish_display_data({'application/vnd.unravelling.values+json': 'x' * (8 << 20)})"
    )
    with pytest.raises(KernelEnded, match="gave out"):
        said(kernel, code, seconds=60)


FORKS = """
import os, torch
from unravelling.grading.warm import after_fork
torch.set_num_threads(2)
torch.ones(100_000) + 1  # from now on torch's own hook leaves a fork without its threads
if os.fork() == 0:
    found = [len(os.listdir("/proc/self/task"))]
    after_fork.own_threads()
    print(*found, len(os.listdir("/proc/self/task")), torch.get_num_threads(), flush=True)
    os._exit(0)
os.wait()
"""


def test_a_fork_has_torchs_threads_before_a_second_thread_could_ask_for_them():
    ran = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, timeout=120)
    assert ran.stdout.split() == ["1", "2", "2"], ran.stderr


def test_going_on_to_the_next_exercise_costs_no_time(kernel):
    said(kernel, "1")
    begun = time.monotonic()
    for _ in range(10):
        kernel.km.provisioner.next_exercise()
    assert time.monotonic() - begun < 1


def test_callers_who_say_nothing_or_nonsense_keep_nobody_waiting(server):
    from nbval.kernel import RunningKernel

    silent = [socket.socket(socket.AF_UNIX) for _ in range(120)]
    for number, each in enumerate(silent):
        each.connect(server.environment[warm.ADDRESS])
        each.send((b"", b"\xff\0\0\0", b"{", b"[1]\n", b"x" * 5_000)[number % 5] or b"x")
    begun = time.monotonic()
    kernel = RunningKernel(warm.KERNEL)
    try:
        assert said(kernel, "print(6 * 7)") == "42"
        assert time.monotonic() - begun < 8
    finally:
        kernel.stop()
        for each in silent:
            each.close()
