"""The same work on a Dask cluster: every result once, also when a worker is killed half way."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.grading.faults import FAULTS, ROOT
from unravelling.grading import dask_grader, rebuilt_notebook, sandbox, submitted_notebook
from unravelling.grading.job import Job
from unravelling.grading.local_grader import FIRST_USER

distributed = pytest.importorskip("distributed")
USER = FIRST_USER if hasattr(os, "geteuid") and os.geteuid() == 0 else None
pytestmark = pytest.mark.skipif(any(sandbox.standing(USER).values()), reason="this machine offers no walls")


MARK = {"UNRAVELLING_TESTED_BY": str(os.getpid())}  # tells our graders from others on this machine


def workers(number: int) -> distributed.LocalCluster:
    return distributed.LocalCluster(
        n_workers=number, threads_per_worker=1, processes=True, dashboard_address=":0", host="127.0.0.1", env=MARK
    )


@pytest.fixture(scope="module")
def cluster():
    with workers(2) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def jobs(tmp_path_factory):
    ours = rebuilt_notebook.pristine_of(ROOT / "exercises", "04")[1]
    file = tmp_path_factory.mktemp("x") / "04_attention.ipynb"
    found = []
    for number, name in enumerate(["right", "wrong", "not-tried", "leaves-hard", "right", "wrong"]):
        file.write_bytes(FAULTS[name].content)
        rebuilt = rebuilt_notebook.rebuild(ours, submitted_notebook.read(file))
        found.append(Job(f"{number:02d}-{name}", "04", 7, file.name, rebuilt, ours))
    return found


def test_every_result_comes_once_though_a_worker_is_killed_half_way(cluster, jobs):
    killed = []

    def kill() -> None:
        """The first worker that has a grader running loses its life."""
        until = time.monotonic() + 60
        while not killed and time.monotonic() < until:
            for name, worker in cluster.workers.items():
                pid = worker.pid
                if any(map(_is_grader, _below(pid))):
                    time.sleep(3)
                    os.kill(pid, 9)
                    killed.append(name)
                    return
            time.sleep(0.05)

    killing = threading.Thread(target=kill)
    killing.start()
    with dask_grader.DaskGrader(cluster.scheduler_address, batch=3) as there:
        found = list(there.grade(jobs))
    killing.join()
    assert killed
    assert sorted(each.student for each in found) == sorted(each.student for each in jobs)
    points = {"right": 16, "wrong": 15, "not-tried": 15, "leaves-hard": 15}
    assert all(each.points == points[each.student[3:]] for each in found)
    assert there.walls == dict.fromkeys(sandbox.WALLS, "")
    until = time.monotonic() + 15
    while (left := [pid for pid in os.listdir("/proc") if pid.isdigit() and _is_grader(pid)]) and (
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


def _is_grader(pid: str) -> bool:
    try:
        environment = Path("/proc", pid, "environ").read_bytes()
    except OSError:
        return False
    return "grading.dask_worker" in _command(pid) and "=".join(*MARK.items()).encode() in environment


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


@pytest.fixture(scope="module")
def quick():
    """Two workers that are lost for good the first time they are lost."""
    import dask

    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        cluster = workers(2)
    with cluster:
        yield cluster


def pretending(monkeypatch) -> None:
    """In place of grading: a worker ends at the student "deadly", raises at "broken", and tells how many came along."""

    def run(text: str) -> list[str]:  # inside a function, so that workers get its code and need not have these tests
        import json
        import os
        import time

        rows = json.loads(text)["jobs"]
        names = [row["student"] for row in rows]
        if "deadly" in names:
            time.sleep(0.2)
            os._exit(9)
        if "broken" in names:
            raise ValueError("no such\nthing")
        return [
            "{}",
            *(
                json.dumps({"student": n, "module": "04", "file": n, "parts": [], "notes": [str(len(rows))]})
                for n in names
            ),
        ]

    monkeypatch.setattr(dask_grader, "run_batch", run)


def named(job: Job, *names: str) -> list[Job]:
    return [replace(job, student=name, file=name) for name in names]


def test_a_notebook_that_takes_its_worker_along_gets_a_reason_and_the_others_their_results(quick, jobs, monkeypatch):
    pretending(monkeypatch)
    handed = named(jobs[0], "ada", "deadly", "bo", "broken", "cy", "dan")
    with dask_grader.DaskGrader(quick.scheduler_address, batch=3) as there:
        found = {each.student: each for each in there.grade(handed)}
    assert sorted(found) == sorted(each.student for each in handed)
    assert "not the student's fault. It said: KilledWorker" in found["deadly"].problem
    assert found["broken"].problem.endswith("It said: ValueError: no such thing")
    assert not [each for each in ("ada", "bo", "cy", "dan") if found[each].problem]


def test_a_small_class_is_shared_by_all_workers(quick, jobs, monkeypatch):
    pretending(monkeypatch)
    handed = named(jobs[0], *map(str, range(7)))
    quick.wait_for_workers(2)  # one of them may have been lost just now
    with dask_grader.DaskGrader(quick.scheduler_address, expected=7) as there:
        assert {each.notes for each in there.grade(handed)} == {("4",), ("3",)}
    with dask_grader.DaskGrader(quick.scheduler_address, batch=2, expected=7) as there:
        assert {each.notes for each in there.grade(handed)} == {("2",), ("1",)}


def test_workers_with_another_version_of_the_course_are_refused(quick, monkeypatch):
    monkeypatch.setattr("unravelling.__version__", "0.0.9")
    with pytest.raises(dask_grader.NoCluster, match=r"another version of the course: .*; here it is 0\.0\.9-"):
        dask_grader.DaskGrader(quick.scheduler_address).__enter__()


def test_the_version_of_the_course_changes_with_its_sources(tmp_path, monkeypatch):
    (tmp_path / "__init__.py").write_text("")
    monkeypatch.setattr("unravelling.__file__", str(tmp_path / "__init__.py"))
    before = dask_grader.version()
    (tmp_path / "__init__.py").write_text("# mended")
    assert dask_grader.version() != before


def test_a_scheduler_without_workers_ends_in_one_sentence(monkeypatch):
    monkeypatch.setattr(dask_grader, "WORKERS", 1)
    with workers(0) as cluster, pytest.raises(dask_grader.NoCluster, match="no worker for 1 seconds"):
        dask_grader.DaskGrader(cluster.scheduler_address).__enter__()


def test_a_scheduler_that_is_lost_half_way_ends_in_one_sentence(jobs, monkeypatch):
    def slow(text: str) -> list[str]:
        import time

        time.sleep(30)
        return ["{}"]

    monkeypatch.setattr(dask_grader, "run_batch", slow)
    with workers(1) as cluster, dask_grader.DaskGrader(cluster.scheduler_address) as there:
        losing = threading.Timer(1, cluster.close)
        losing.start()
        with pytest.raises(dask_grader.NoCluster, match="is gone"):
            list(there.grade(named(jobs[0], "ada")))
        losing.join()


def test_an_address_where_nobody_is_ends_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(dask_grader, "CONNECT", 1)
    with pytest.raises(dask_grader.NoCluster, match="no Dask scheduler"), dask_grader.DaskGrader("tcp://127.0.0.1:9"):
        pass
