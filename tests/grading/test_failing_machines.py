"""What the machine does to a notebook is nobody's zero: it is tried again, and then told as a problem."""

from __future__ import annotations

import copy
import json
import os
import signal
import time

import pytest

from tests.grading.faults import FAULTS, ROOT, SOLVED
from unravelling.grading import local_grader, nbval_worker, rebuilt_notebook, submitted_notebook, warm
from unravelling.grading.cell_record import CellRecord
from unravelling.grading.job import Bounds, Job
from unravelling.grading.local_grader import LocalGrader
from unravelling.grading.results import PASSED, STOPPED
from unravelling.grading.warm.fork_server import offered

pytestmark = pytest.mark.skipif(bool(offered()), reason=offered() or "offered")
EXERCISES = [f"04.{n}" for n in range(1, 7)]


@pytest.fixture(scope="module")
def grader():
    with LocalGrader(trust=True) as grader:
        yield grader


@pytest.fixture
def job(tmp_path):
    (tmp_path / "x.ipynb").write_text(json.dumps(SOLVED))
    ours = rebuilt_notebook.pristine_of(ROOT / "exercises", "04")[1]
    return Job("ada", "04", 7, "x", rebuilt_notebook.rebuild(ours, submitted_notebook.read(tmp_path / "x.ipynb")), ours)


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """In place of each pytest, the next of some functions; returns how many were run."""

    def instead(*functions):
        count = tmp_path / "count"
        count.write_text("0")

        def run(module, seed, notebook, sink, *more):
            number = int(count.read_text())
            count.write_text(str(number + 1))
            functions[number](sink)

        monkeypatch.setattr(nbval_worker, "run", run)
        return lambda: int(count.read_text())

    return instead


def write(sink, exercise: str, status: str = PASSED, roles=("answer", "check", "hint"), **more) -> None:
    for role in roles:
        CellRecord(exercise, role, status, **{"seconds": 1.0, **more}).write(sink)


def goes_well(sink) -> None:
    for each in EXERCISES:
        write(sink, each)


def crashes(sink) -> None:
    write(sink, "04.1")
    os.kill(os.getpid(), signal.SIGKILL)


def falls(sink) -> None:
    write(sink, "04.1")
    raise SystemExit(3)


def unwatched(sink) -> None:
    write(sink, "04.1")
    write(sink, "04.2", STOPPED, ended="supervisor", message="what watched over it was lost")


def says_nothing(sink) -> None:
    print("ImportError: no such thing")


@pytest.mark.parametrize("fails", [crashes, falls, unwatched, says_nothing])
def test_what_fails_once_is_tried_again(grader, job, runs, fails):
    count = runs(fails, goes_well)
    (found,) = grader.grade([job])
    assert (found.points, found.problem, count()) == (16, "", 2)


@pytest.mark.parametrize(
    ("fails", "says"),
    [
        (crashes, "exit code -9"),
        (falls, "exit code 3"),
        (unwatched, "was lost"),
        (says_nothing, "exit code 0"),
    ],
)
def test_what_fails_twice_is_a_problem_and_no_zero(grader, job, runs, fails, says):
    count = runs(fails, fails, goes_well)
    (found,) = grader.grade([job])
    assert (found.parts, count()) == ((), 2)
    assert "not the student's fault" in found.problem and says in found.problem


def test_a_kernel_that_ends_before_any_answer_runs_is_a_problem(grader, job):
    notebook = copy.deepcopy(job.rebuilt.notebook)
    setup = next(each for each in notebook["cells"] if "setup" in each["metadata"].get("tags", []))
    setup["source"] = "import os; os.kill(os.getpid(), 9)"
    rebuilt = rebuilt_notebook.Rebuilt(notebook, job.rebuilt.found)
    (found,) = grader.grade([Job("ada", "04", 7, "x", rebuilt, job.pristine)])
    assert found.parts == () and "SIGKILL" in found.problem


def test_a_pytest_that_falls_is_told_from_one_whose_cells_fail(grader, job, monkeypatch):
    monkeypatch.setattr("pytest.main", lambda *arguments, **more: pytest.ExitCode.INTERNAL_ERROR)
    (found,) = grader.grade([job])
    assert found.parts == () and f"exit code {int(pytest.ExitCode.INTERNAL_ERROR)}" in found.problem


def hangs(sink) -> None:
    write_our_cells(sink)
    write(sink, "04.1")
    write(sink, "", roles=("",))
    time.sleep(60)


def write_our_cells(sink) -> None:
    """Those before the first answer; a record each, so that the next cell can be told."""
    for each in rebuilt_notebook.pristine_of(ROOT / "exercises", "04")[1]["cells"]:
        if submitted_notebook.mark(each)[1] == "answer":
            return
        if each["cell_type"] == "code":
            write(sink, "", roles=("",))


def test_where_pytest_hangs_the_exercise_that_ran_is_taken_out_and_the_others_graded(grader, job, runs, monkeypatch):
    monkeypatch.setattr(local_grader, "SPARE", 0)
    monkeypatch.setattr(grader, "bounds", Bounds(wall=2))
    count = runs(hangs, goes_well)
    (found,) = grader.grade([job])
    assert (found.points, found.problem, count()) == (15, "", 2)
    stopped = next(each for each in found.parts if each.status == STOPPED)
    assert "had not ended after 2 seconds" in stopped.reason


def waits(sink) -> None:
    for each, seconds in (("04.1", 1.0), ("04.2", 280.0), ("04.3", 10.0)):
        write(sink, each, seconds=seconds)
    write(sink, "04.4", STOPPED, seconds=0.5, ended="wall", message="it took too long")


def test_where_a_notebooks_time_is_over_the_exercise_that_took_it_is_taken_out(grader, job, runs):
    runs(waits, goes_well)
    (found,) = grader.grade([job])
    assert [each.exercise for each in found.parts if each.status == STOPPED] == ["04.2"]
    assert "stopped after 300 seconds, and most of them went by in this exercise" in found.parts[1].reason


def waits_everywhere(seen):
    """Each run waits in the first of its answers that is left, until its time by the clock is over."""

    def run(sink) -> None:
        number = len(seen.read_text()) if seen.exists() else 0
        seen.write_text("x" * (number + 1))
        for each in EXERCISES[:number]:
            write(sink, each)
        write(sink, EXERCISES[number], STOPPED, roles=("answer",), seconds=9.0, ended="wall", message="too long")

    return run


def test_each_answer_that_the_clock_stops_leaves_less_time_for_the_next(grader, job, runs, tmp_path, monkeypatch):
    monkeypatch.setattr(grader, "bounds", Bounds(cpu=40))
    count = runs(*[waits_everywhere(tmp_path / "seen")] * 6, goes_well)
    (found,) = grader.grade([job])
    assert (found.points, found.problem, count()) == (0, "", 7)
    told = [int(each.reason.split(" seconds")[0].rsplit(" ", 1)[1]) for each in found.parts]
    assert told == [400, 200, 100, 80, 80, 80]


def test_the_rest_of_a_notebook_is_never_given_more_time_than_the_whole():
    assert [Bounds(wall=wall).hurried().wall for wall in (7, 60, 90, 300)] == [7, 60, 60, 150]


def test_every_bound_by_the_clock_is_that_of_the_run(grader, job, monkeypatch):
    """The supervisor's, the one within pytest, and the one for pytest itself."""
    attempt = local_grader._Attempt(grader, job, 0)
    attempt.bounds = Bounds().hurried()
    given = []
    monkeypatch.setattr(nbval_worker, "run", lambda *arguments: None)
    process = local_grader.multiprocessing.context.ForkContext.Process

    def noticed(self, *more, **named):
        given.extend(named["args"][-2:])
        return process(*more, **named)

    monkeypatch.setattr(local_grader.multiprocessing.context.ForkContext, "Process", noticed)
    attempt.start()
    attempt.process.join()
    environment, wall = given
    assert wall == json.loads(environment[warm.BOUNDS])["wall"] == 150
    assert attempt.until - time.monotonic() < 150 + local_grader.SPARE


def test_where_nobody_says_which_cores_are_ours_all_of_them_are(monkeypatch):
    """macOS and Windows."""
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    monkeypatch.setattr(local_grader, "offered", lambda: "no warm kernels here")
    assert local_grader.default_jobs(Bounds()) == 6


def test_a_notebook_may_take_ten_times_its_processor_time_and_five_minutes_at_least():
    assert (Bounds().wall, Bounds(cpu=5).wall, Bounds(cpu=600).wall, Bounds(wall=7).wall) == (300, 300, 6000, 7)


def test_with_trust_a_loop_that_never_ends_is_stopped_by_its_processor_time(grader, tmp_path, job, monkeypatch):
    monkeypatch.setattr(grader, "bounds", Bounds(cpu=2))
    (tmp_path / "x.ipynb").write_bytes(FAULTS["endless"].content)
    rebuilt = rebuilt_notebook.rebuild(job.pristine, submitted_notebook.read(tmp_path / "x.ipynb"))
    begun = time.monotonic()
    (found,) = grader.grade([Job("ada", "04", 7, "x", rebuilt, job.pristine)])
    assert found.points == 15 and time.monotonic() - begun < 60
    assert "after 2 seconds of processor time" in found.parts[1].reason


def ends_between(sink) -> None:
    write(sink, "04.1")
    write(sink, "04.2")
    write(sink, "04.3", STOPPED, ended="memory", message="it used too much memory", before=True)


def test_what_ends_a_kernel_between_two_cells_is_no_fault_of_the_second(grader, job, runs):
    runs(ends_between, goes_well)
    (found,) = grader.grade([job])
    assert [each.exercise for each in found.parts if each.status == STOPPED] == ["04.2"]
