"""Run rebuilt notebooks under nbval, several at once, each in a pytest and a kernel of its own.

The pytest processes are forks of this one, in which pytest, nbval and the right answers are ready; the kernels are
forks of the warm process, behind walls. Where there is no forking, both start from nothing and find the same.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from importlib.util import find_spec
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from . import exercise_results, nbval_worker, rebuilt_notebook, sandbox, submitted_notebook, temporary_folders, warm
from .cell_record import CellRecord, read_records
from .job import Bounds, Job
from .readable_paths import readable
from .results import STOPPED, TAMPERED, NotebookResult
from .warm.fork_server import ForkServer, NoWarmKernels, offered

# What the kernels find imported. The setup cell of every notebook of ours imports the last three, and with them torch.
WARM: tuple[str, ...] = ("unravelling.grading.in_kernel.preload",)
if find_spec("torch"):
    WARM += ("matplotlib_inline.backend_inline", "unravelling.corpora", "unravelling.demos", "unravelling.models")
FIRST_USER = 61_000  # numbers of users that nobody has; one for each that runs at once
SPARE = 120  # seconds a pytest may need beyond the kernel's own bound
TRIES = 2  # times that a notebook is run where the machine fails


def default_jobs(bounds: Bounds) -> int:
    """How many notebooks to run at once if nobody says: two for each core, since each spends half its time waiting for
    sockets, but no more beyond one for each than may fill the memory."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if offered():
        return cores  # ordinary kernels, which import torch each
    return max(cores, min(2 * cores, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // bounds.memory))


# What a run is ended by from outside; it then tidies up, as after Ctrl-C.
_ENDING = [getattr(signal, each) for each in ("SIGTERM", "SIGHUP") if hasattr(signal, each)]


def _in_charge() -> bool:
    """Whether this thread is the one that hears signals."""
    return threading.current_thread() is threading.main_thread()


def _leave(number: int, _: object) -> None:
    raise SystemExit(128 + number)


class NoWalls(RuntimeError):
    """The sandbox cannot be had here; the message says which walls are missing and what can be done."""


class LocalGrader:
    """Grade many notebooks: `with LocalGrader(at_once) as grader: for result in grader.grade(jobs): ...`.

    trust: run without walls, for notebooks whose authors are trusted as if they sat at this machine. Raises NoWalls
    where walls are missing and `trust` is not given.
    """

    def __init__(self, at_once: int = 1, trust: bool = False, bounds: Bounds | None = None) -> None:
        self.at_once, self.bounds = max(1, at_once), bounds or Bounds()
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        self.users = [FIRST_USER + (os.getpid() * 16 + n) % 4000 for n in range(self.at_once)] if root else [None]
        self.walls = dict.fromkeys(sandbox.WALLS, "trusted: not tried") if trust else sandbox.standing(self.users[0])
        missing = {wall: why for wall, why in self.walls.items() if why}
        if missing and not trust:
            lines = "\n".join(f"  {sandbox.WALLS[wall]}: {why}" for wall, why in missing.items())
            raise NoWalls(
                f"These walls are not to be had on this machine:\n{lines}\n"
                "Grade elsewhere, or add --trust if you would run these notebooks yourself."
            )
        self.shut_in = not trust
        self.warm = not offered()
        if self.shut_in and not self.warm:
            raise NoWalls(
                f"Walls need warm kernels: {offered()}. Add --trust if you would run these notebooks yourself."
            )

    def __enter__(self) -> LocalGrader:
        self.server: ForkServer | None = None
        self._running: dict[Any, _Attempt] = {}
        self._before = {each: signal.signal(each, _leave) for each in _ENDING} if _in_charge() else {}
        temporary_folders.sweep()
        self.folder = Path(temporary_folders.short_folder("unravelling-grade-"))
        try:
            os.chmod(self.folder, 0o711)  # the kernels' users must get through to their own folders, and see no names
            self.server = ForkServer(WARM) if self.warm else None
            nbval_worker.prepare()  # while the warm process does the same
            if self.server is not None:
                self.server.wait()
        except NoWarmKernels:
            if self.shut_in:
                self.__exit__()
                raise
            self.server, self.warm = None, False
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._before:
            signal.signal(each, signal.SIG_IGN)
        for each in self._running.values():  # a run that is broken off: nobody waits for them any more
            each.process.kill()
            each.process.join()
        if self.server is not None:
            self.server.close()
        temporary_folders.remove(self.folder)
        for each, before in self._before.items():
            signal.signal(each, before)

    def grade(self, jobs: Iterable[Job]) -> Iterator[NotebookResult]:
        """Grade each; results come as they are ready, `at_once` side by side."""
        running, coming = self._running, iter(jobs)
        slots = list(range(self.at_once))
        while True:
            while slots and (job := next(coming, None)) is not None:
                attempt = _Attempt(self, job, slots.pop())
                running[attempt.start()] = attempt
            if not running:
                return
            nearest = min(each.until for each in running.values()) - time.monotonic()
            ready = wait(list(running), timeout=max(0.0, nearest))
            late = [key for key, each in running.items() if each.until <= time.monotonic()]
            for sentinel in {*ready, *late}:
                attempt = running.pop(sentinel)
                if attempt.over():
                    slots.append(attempt.slot)
                    yield attempt.result()
                else:
                    running[attempt.start()] = attempt


class _Attempt:
    """One notebook, run until no answer ends its kernel any more, or is in the way of the check: each that does is
    taken out and stands as stopped or tampered with, so that it takes nothing from the others.

    Each run has all of the bounds, but for the time by the clock, of which less is left where it stopped an answer.
    """

    def __init__(self, grader: LocalGrader, job: Job, slot: int) -> None:
        self.grader, self.job, self.slot = grader, job, slot
        self.bounds = grader.bounds
        self.killers: dict[str, tuple[str, str]] = {}
        self.suspect = self.changed = ""  # exercises: whose answer is taken out to see if this one's check is as it was
        self.records: list[CellRecord] = []
        self.cpu = 0.0
        self.failures = 0
        self.problem = ""

    def start(self) -> Any:
        """Start a pytest on what is left of the notebook; returns what becomes ready when it ends."""
        self.folder = Path(tempfile.mkdtemp(prefix="n", dir=self.grader.folder))
        os.chmod(self.folder, 0o711)
        home = self.folder / "home"
        home.mkdir()
        judge = nbval_worker.judge_of(self.job.module, self.job.seed)
        (home / "tasks.json").write_text(judge.tasks, encoding="utf-8")
        user = self.grader.users[self.slot] if self.grader.shut_in and self.grader.users[0] is not None else None
        if user is not None:
            os.chown(home, user, user)
        os.chmod(home, 0o700)
        os.chmod(home / "tasks.json", 0o644)
        self.rest = rebuilt_notebook.without(self.job.rebuilt.notebook, self.job.pristine, self.killers)
        self.sink = self.folder / "cells.jsonl"
        notebook = self.folder / f"{self.job.module}.ipynb"
        notebook.write_text(json.dumps(self.rest), encoding="utf-8")
        environment = self._environment(home, user, len(judge.exercises))
        # Each context has a type of its own, and some systems have no "fork".
        way = (
            multiprocessing.get_context("fork").Process
            if self.grader.warm
            else multiprocessing.get_context("spawn").Process
        )
        self.process = way(
            target=nbval_worker.run,
            args=(self.job.module, self.job.seed, notebook, self.sink, environment, self.bounds.wall),
            daemon=True,  # it does not outlive us
        )
        self.until = time.monotonic() + self.bounds.wall + SPARE
        self.process.start()
        return self.process.sentinel

    def _environment(self, home: Path, user: int | None, exercises: int) -> dict[str, str]:
        bounds = self.bounds
        inside = {
            "UNRAVELLING_CHECK": "publish",
            "UNRAVELLING_TASKS": str(home / "tasks.json"),
            "UNRAVELLING_PROGRESS": "",
            "UNRAVELLING_SCOREBOARD": "",
        }
        found = dict(inside)
        if self.grader.server is not None:
            found |= self.grader.server.environment | {warm.SOCKETS: str(self.folder)}
            found[warm.BOUNDS] = json.dumps(asdict(bounds.of_kernel()))
        if self.grader.shut_in:
            # of one process; the supervisor counts for each exercise
            limits = sandbox.Limits(bounds.cpu * (exercises + 1), bounds.memory, bounds.file, bounds.processes)
            walls = {"limits": asdict(limits), "reads": readable(), "writes": [str(home)], "user": user}
            found[warm.WALLS] = json.dumps({**walls, "environment": inside})
        return found

    def over(self) -> bool:
        """Whether there is nothing more to run. Call it when the pytest has ended, or should have.

        What the machine did is nobody's answer: it is tried once more, and then told as a problem.
        """
        code, log = self._collect()
        ended = next((each for each in self.records if each.status == STOPPED), None)
        killer = None if ended is None else self._killer(ended)
        if not self.records or code:
            said = next((line for line in reversed(log.splitlines()) if "Error" in line), log[-200:]).strip()[:300]
            failure = f"pytest left with exit code {code} and said: {said or 'nothing'}"
        elif ended is None:
            return not self._in_the_way()
        elif killer is None or ended.ended == "supervisor":
            failure = f"a kernel ended where no answer ran, or with what watches it: {ended.message}"
        else:
            self.killers[killer] = (STOPPED, exercise_results.stopped(ended, self.bounds))
            if ended.ended in ("wall", "late"):
                self.bounds = self.bounds.hurried()
            return False
        self.failures += 1
        if self.failures == TRIES:
            self.problem = (
                "The machine failed twice while it was graded; that is not the student's fault, and it was given no "
                f"score. What was seen: {failure}"
            )
        return bool(self.problem)

    def _collect(self) -> tuple[int, str]:
        """Take what the pytest has left, and remove it. Returns its exit code and what it printed."""
        late = self.process.is_alive() and self.until <= time.monotonic()
        if late:
            self.process.kill()
        self.process.join()
        code = 0 if late else self.process.exitcode or 0
        self.records = read_records(self.sink)
        if late:
            self._give_up()
        with contextlib.suppress(OSError, ValueError):
            self.cpu += float((self.folder / "cpu").read_text())
        self.process.close()
        file = self.folder / f"{self.job.module}.log"
        log = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
        temporary_folders.remove(self.folder)
        return code, log

    def _in_the_way(self) -> bool:
        """Whether an answer changed what a check sends, and the others are to be judged without it.

        It is most likely that of the check. Where a stub in its place changes nothing, it is one of those before. Each
        is tried in a run of its own, as long as they have not taken four times what one exercise may take.
        """
        enough = self.cpu > 4 * self.bounds.cpu
        tampered = {each.exercise: each for each in self.records if each.status == TAMPERED}
        if self.suspect and self.changed in tampered:  # without the suspect it is the same: not guilty
            why = self.killers.pop(self.suspect)[1]
            before = [each.exercise for each in self.records[: self.records.index(tampered[self.changed])]]
            rest = before[: before.index(self.suspect)] if self.suspect in before else before
            earlier = [each for each in rest if each in self.job.rebuilt.found - {self.suspect, self.changed}]
            self.suspect = earlier[-1] if earlier and not enough else ""
            self.killers[self.suspect or self.changed] = (TAMPERED, why)
            return True
        self.suspect = self.changed = ""
        for exercise in () if enough else tampered:
            if exercise in self.job.rebuilt.found - self.killers.keys():
                self.suspect = self.changed = exercise
                self.killers[exercise] = (TAMPERED, tampered[exercise].message)
                return len(self.job.rebuilt.found) > 1
        return False

    def _killer(self, ended: CellRecord) -> str | None:
        """The exercise whose answer ended the kernel: that of the cell, or the nearest before it; where the time of the
        whole notebook ran out, the one that took most of it."""
        ran = self.records[: self.records.index(ended) + (not ended.before)]
        seconds: dict[str, float] = {}
        for each in ran:
            if each.exercise in self.job.rebuilt.found and each.exercise not in self.killers:
                seconds[each.exercise] = seconds.get(each.exercise, 0.0) + each.seconds
        if ended.ended == "wall":
            return max(seconds, key=seconds.__getitem__, default=None)
        return next((each.exercise for each in reversed(ran) if each.exercise in seconds), None)

    def _give_up(self) -> None:
        """Write the record of the cell that was running, which can't do so any more."""
        cells = [cell for cell in self.rest["cells"] if cell["cell_type"] == "code"]
        if len(self.records) < len(cells):
            mark, why = submitted_notebook.mark(cells[len(self.records)]), "it had not ended when all its time was over"
            self.records.append(CellRecord(*mark, STOPPED, why, ended="late", seconds=float(self.bounds.wall)))

    def result(self) -> NotebookResult:
        """What was found."""
        return exercise_results.notebook_result(
            self.job,
            nbval_worker.judge_of(self.job.module, self.job.seed),
            self.records,
            self.killers,
            problem=self.problem,
            cpu=self.cpu,
        )
