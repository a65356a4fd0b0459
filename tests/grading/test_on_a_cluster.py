"""The same work on a Dask cluster: every result once, also when a worker is killed half way."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.grading.faults import FAULTS, ROOT
from unravelling.grading import distributing, notebooks, rebuilding, sandbox
from unravelling.grading.running import FIRST_USER, Work

distributed = pytest.importorskip("distributed")
USER = FIRST_USER if hasattr(os, "geteuid") and os.geteuid() == 0 else None
pytestmark = pytest.mark.skipif(any(sandbox.standing(USER).values()), reason="this machine offers no walls")


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def works(tmp_path_factory):
    ours = rebuilding.pristine_of(ROOT / "exercises", "04")[1]
    file = tmp_path_factory.mktemp("x") / "04_attention.ipynb"
    found = []
    for number, name in enumerate(["right", "wrong", "not-tried", "leaves-hard", "right", "wrong"]):
        file.write_bytes(FAULTS[name].content)
        rebuilt = rebuilding.rebuild(ours, notebooks.read(file))
        found.append(Work(f"{number:02d}-{name}", "04", 7, file.name, rebuilt, ours))
    return found


def test_every_result_comes_once_though_a_worker_is_killed_half_way(cluster, works):
    killed = []

    def kill() -> None:
        """The first worker that has a grader running loses its life."""
        until = time.monotonic() + 60
        while not killed and time.monotonic() < until:
            for name, worker in cluster.workers.items():
                pid = worker.pid
                if any("grading.remote" in _command(each) for each in _below(pid)):
                    time.sleep(3)
                    os.kill(pid, 9)
                    killed.append(name)
                    return
            time.sleep(0.05)

    killing = threading.Thread(target=kill)
    killing.start()
    with distributing.Cluster(cluster.scheduler_address, batch=3) as there:
        found = list(there.grade(works))
    killing.join()
    assert killed
    assert sorted(each.student for each in found) == sorted(each.student for each in works)
    points = {"right": 16, "wrong": 15, "not-tried": 15, "leaves-hard": 15}
    assert all(each.points == points[each.student[3:]] for each in found)
    assert there.walls == dict.fromkeys(sandbox.WALLS, "")
    until = time.monotonic() + 15
    while (left := [pid for pid in os.listdir("/proc") if pid.isdigit() and "grading.remote" in _command(pid)]) and (
        time.monotonic() < until
    ):
        time.sleep(0.2)
    assert left == []


def _below(parent: int) -> list[str]:
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                text = Path("/proc", entry, "stat").read_text()
            except OSError:
                continue
            if int(text.rpartition(")")[2].split()[1]) == parent:
                found.append(entry)
    return found


def _command(pid: str) -> str:
    try:
        return Path("/proc", pid, "cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def test_the_command_grades_on_a_cluster(cluster, tmp_path):
    for name in ("right", "wrong"):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "04_attention.ipynb").write_bytes(FAULTS[name].content)
    command = [sys.executable, "-m", "unravelling", "grade", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    ran = subprocess.run(
        [*command, "--dask", cluster.scheduler_address], cwd=ROOT, capture_output=True, text=True, timeout=200
    )
    assert ran.returncode == 0, ran.stderr
    assert "31 of 32 points" in ran.stdout


def test_an_address_where_nobody_is_ends_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(distributing, "CONNECT", 1)
    with pytest.raises(distributing.NoCluster, match="no Dask scheduler"), distributing.Cluster("tcp://127.0.0.1:9"):
        pass
