"""Run rebuilt notebooks under nbval, several at once, each in a pytest and a kernel of its own.

The pytest processes are forks of this one, in which pytest, nbval and the right answers are ready; the kernels are
forks of the warm process, behind walls. Where there is no forking, both start from nothing and find the same.
"""

from __future__ import annotations

import contextlib
import gc
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import rebuilding, sandbox, warm
from .rebuilding import Rebuilt
from .results import MISSING, PASSED, STOPPED, UNSOLVED, WRONG, Graded, Part
from .visible import readable
from .warm import forked
from .warm.stove import NoWarmKernels, Stove, offered

if TYPE_CHECKING:
    from .judging import Judge

# What the kernels find imported. The setup cell of every notebook of ours imports the last three, and with them torch.
WARM = ("unravelling.grading.inside.warming",)
if find_spec("torch"):
    WARM += ("matplotlib_inline.backend_inline", "unravelling.corpora", "unravelling.demos", "unravelling.models")
FIRST_USER = 61_000  # numbers of users that nobody has; one for each job
EMPTY = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
# Bytes of memory that a pytest may add for what a kernel sends it (a check up to 96 MB) and for judging it, which
# takes more than 1 and less than 1.25 GB where a decoder reads the answer (10.5).
READING = 2 << 30
SPARE = 120  # seconds a pytest may need beyond the kernel's own bound


@dataclass(frozen=True)
class Bounds:
    """What one notebook may use. cpu: seconds of processor time. wall: seconds. memory: bytes.

    file: bytes of one file. disk: bytes of all it has written and not removed.
    """

    cpu: int = 30
    wall: int = 300
    memory: int = 2 << 30
    file: int = 64 << 20
    disk: int = 256 << 20
    processes: int = 64


def at_once(bounds: Bounds) -> int:
    """How many notebooks to run at once if nobody says: two for each core, since each spends half its time waiting for
    sockets, but no more beyond one for each than may fill the memory."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if offered():
        return cores  # ordinary kernels, which import torch each
    return max(cores, min(2 * cores, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // bounds.memory))


@dataclass(frozen=True)
class Work:
    """One notebook to grade: who, which module, the secret seed of its inputs, the notebook as it is to be run."""

    student: str
    module: str
    seed: int
    file: str
    rebuilt: Rebuilt
    pristine: dict[str, Any] = field(repr=False, compare=False)
    late: bool = False


class NoWalls(RuntimeError):
    """The sandbox cannot be had here; the message says which walls are missing and what can be done."""


class Bench:
    """Grade many notebooks: `with Bench(jobs) as bench: for graded in bench.grade(works): ...`.

    trust: run without walls, for notebooks whose authors are trusted as if they sat at this machine. Raises NoWalls
    where walls are missing and `trust` is not given.
    """

    def __init__(self, jobs: int = 1, trust: bool = False, bounds: Bounds | None = None) -> None:
        self.jobs, self.bounds = max(1, jobs), bounds or Bounds()
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        self.users = [FIRST_USER + (os.getpid() * 16 + n) % 4000 for n in range(self.jobs)] if root else [None]
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

    def __enter__(self) -> Bench:
        self.folder = Path(warm.short_folder("unravelling-grade-"))
        os.chmod(self.folder, 0o711)  # the kernels' users must get through to their own folders, and see no names
        self.stove = Stove(WARM) if self.warm else None
        _prepare()  # while the warm process does the same
        try:
            if self.stove is not None:
                self.stove.wait()
        except NoWarmKernels:
            warm.remove(self.folder)
            if self.shut_in:
                raise
            self.stove, self.warm = None, False
        return self

    def __exit__(self, *_: object) -> None:
        if self.stove is not None:
            self.stove.close()
        warm.remove(self.folder)

    def grade(self, works: Iterable[Work]) -> Iterator[Graded]:
        """Grade each; results come as they are ready, `jobs` at once."""
        running: dict[Any, _Attempt] = {}
        places = list(range(self.jobs))
        coming = iter(works)
        while True:
            while places and (work := next(coming, None)) is not None:
                attempt = _Attempt(self, work, places.pop())
                running[attempt.start()] = attempt
            if not running:
                return
            nearest = min(each.until for each in running.values()) - time.monotonic()
            ready = wait(list(running), timeout=max(0.0, nearest))
            late = [key for key, each in running.items() if each.until <= time.monotonic()]
            for sentinel in {*ready, *late}:
                attempt = running.pop(sentinel)
                if attempt.over():
                    places.append(attempt.place)
                    yield attempt.graded()
                else:
                    running[attempt.start()] = attempt


class _Attempt:
    """One notebook, run until no answer ends its kernel any more: each that does is taken out and stands as stopped."""

    def __init__(self, bench: Bench, work: Work, place: int) -> None:
        self.bench, self.work, self.place = bench, work, place
        self.deadly: dict[str, str] = {}
        self.records: list[dict] = []
        self.said = ""
        self.cpu = 0.0
        self.rounds = 0

    def start(self) -> Any:
        """Start a pytest on what is left of the notebook; returns what becomes ready when it ends."""
        self.rounds += 1
        self.folder = Path(tempfile.mkdtemp(prefix="n", dir=self.bench.folder))
        os.chmod(self.folder, 0o711)
        home = self.folder / "home"
        home.mkdir()
        judge = _judge(self.work.module, self.work.seed)
        (home / "tasks.json").write_text(judge.tasks, encoding="utf-8")
        user = self.bench.users[self.place] if self.bench.shut_in and self.bench.users[0] is not None else None
        if user is not None:
            os.chown(home, user, user)
        os.chmod(home, 0o700)
        os.chmod(home / "tasks.json", 0o644)
        rest = rebuilding.without(self.work.rebuilt.notebook, self.work.pristine, self.deadly)
        self.sink = self.folder / "cells.jsonl"
        notebook = self.folder / f"{self.work.module}.ipynb"
        notebook.write_text(json.dumps(rest), encoding="utf-8")
        context = multiprocessing.get_context("fork" if self.bench.warm else "spawn")
        self.process = context.Process(
            target=_pytest,
            args=(self.work.module, self.work.seed, notebook, self.sink, self._environment(home, user)),
            daemon=False,
        )
        self.until = time.monotonic() + self.bench.bounds.wall + SPARE
        self.process.start()
        return self.process.sentinel

    def _environment(self, home: Path, user: int | None) -> dict[str, str]:
        bounds = self.bench.bounds
        inside = {
            "UNRAVELLING_CHECK": "publish",
            "UNRAVELLING_TASKS": str(home / "tasks.json"),
            "UNRAVELLING_PROGRESS": "",
            "UNRAVELLING_SCOREBOARD": "",
        }
        found = dict(inside)
        if self.bench.stove is not None:
            found |= self.bench.stove.environment
        if self.bench.shut_in:
            found[warm.WALLS] = json.dumps(
                {
                    "limits": {
                        "cpu": bounds.cpu,
                        "memory": bounds.memory,
                        "file": bounds.file,
                        "processes": bounds.processes,
                    },
                    "bounds": {each: getattr(bounds, each) for each in ("cpu", "wall", "memory", "disk")},
                    "reads": readable(),
                    "writes": [str(home)],
                    "user": user,
                    "environment": inside,
                }
            )
        return found

    def over(self) -> bool:
        """Whether there is nothing more to run. Call it when the pytest has ended, or should have."""
        if self.process.is_alive() and self.until <= time.monotonic():
            self.process.kill()
        self.process.join()
        text = self.sink.read_text(encoding="utf-8") if self.sink.exists() else ""
        self.records = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
        with contextlib.suppress(OSError, ValueError):
            self.cpu += float((self.folder / "cpu").read_text())
        self.process.close()
        if not self.records:
            file = self.folder / f"{self.work.module}.log"
            log = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
            self.said = next((line for line in reversed(log.splitlines()) if "Error" in line), log[-200:]).strip()[:300]
        warm.remove(self.folder)
        ended = next((each for each in self.records if each["status"] == STOPPED), None)
        if ended is None:
            return True
        guilty = self._guilty(ended)
        if guilty is None or guilty in self.deadly or self.rounds > len(self.work.rebuilt.found):
            return True
        self.deadly[guilty] = _stopped(ended, self.bench.bounds)
        return False

    def _guilty(self, ended: dict) -> str | None:
        """The exercise whose answer ended the kernel: that of the cell, or the nearest before it."""
        for record in reversed(self.records[: self.records.index(ended) + 1]):
            if record["exercise"] in self.work.rebuilt.found and record["exercise"] not in self.deadly:
                return record["exercise"]
        return None

    def graded(self) -> Graded:
        """What was found."""
        judge = _judge(self.work.module, self.work.seed)
        notes = list(self.work.rebuilt.notes)
        ran = {(each["exercise"], each["role"]): each for each in self.records}
        broken = next((each for each in self.records if not each["exercise"] and each["status"] != PASSED), None)
        parts, problem = [], ""
        if not self.records:
            problem = f"The grader could not run it; that is not the student's fault. It said: {self.said or 'nothing'}"
        elif broken is not None and broken["status"] != STOPPED:
            notes.append(f"A cell of ours did not run: {broken.get('error', '')}: {broken.get('message', '')}")
        for exercise in judge.exercises.values() if self.records else ():
            status, reason, misconception = self._finding(exercise.id, ran)
            share = ran.get((exercise.id, "check"), {}).get("points", 0) if status in (WRONG, UNSOLVED) else 0
            parts.append(
                Part(
                    exercise=exercise.id,
                    title=exercise.title,
                    points=exercise.points if status == PASSED else share,
                    of=exercise.points,
                    status=status,
                    reason=reason,
                    misconception=misconception,
                    seconds=sum(each["seconds"] for each in self.records if each["exercise"] == exercise.id),
                )
            )
        work = self.work
        return Graded(
            student=work.student,
            module=work.module,
            file=work.file,
            parts=tuple(parts),
            problem=problem,
            notes=tuple(notes),
            cpu=round(self.cpu, 3),
            late=work.late,
            digest=work.rebuilt.digest,
        )

    def _finding(self, exercise: str, ran: dict) -> tuple[str, str, str]:
        if exercise not in self.work.rebuilt.found:
            return MISSING, "Its answer is not in the notebook: start again from the cell of exercises/.", ""
        if exercise in self.deadly:
            return STOPPED, self.deadly[exercise], ""
        check, answer = ran.get((exercise, "check")), ran.get((exercise, "answer"))
        if check is None:
            return STOPPED, "The notebook ended before this exercise was checked.", ""
        if answer is not None and answer["status"] not in (PASSED, STOPPED):
            line = f"{answer.get('error', '')}: {answer.get('message', '')}"
            return WRONG, f"The cell of your answer does not run: {line}", ""
        if check["status"] == STOPPED:
            return STOPPED, "The notebook ended before this exercise was checked.", ""
        if check.get("error"):
            return WRONG, f"The check could not call your answer: {check['error']}: {check['message']}", ""
        return check["status"], check.get("message", ""), check.get("misconception", "")


def _stopped(ended: dict, bounds: Bounds) -> str:
    reason, detail = ended.get("ended", ""), ended.get("message", "")
    if reason == "cpu":
        return (
            f"Your code was stopped after {bounds.cpu} seconds of processor time. Is there a loop that never ends? "
            "Look at what should make it stop."
        )
    if reason == "memory":
        return f"Your code was stopped when it had taken {bounds.memory / (1 << 30):g} GB of memory."
    if reason == "wall":
        return f"Your code was stopped after {bounds.wall} seconds in which it mostly waited. What does it wait for?"
    if reason == "disk":
        return f"Your code was stopped when its files took {bounds.disk >> 20} MB, or were too many or too deep."
    if reason == "output":
        return f"Your code was stopped because {detail}. Is there a print in a loop that never ends?"
    if reason == "signal" and "SEGV" in detail:
        return "Your code crashed Python itself (segmentation fault)."
    return f"Your code ended Python in the middle of the check ({detail}): look for exit, _exit or kill."


@lru_cache(maxsize=32)
def _judge(module: str, seed: int) -> Judge:
    from .judging import Judge

    judge = Judge(module, seed)
    judge.warm()
    gc.freeze()  # a collector in a fork would touch, and so copy, all that is here
    return judge


def _prepare() -> None:
    """Import what every pytest needs, once, before they are forked; start no thread.

    Nothing of it is imported before the warm process is started: both take their seconds side by side.
    """
    # jsonschema asks it for a grammar of web addresses, which takes 1.5 seconds to build and no notebook needs
    sys.modules.setdefault("rfc3987_syntax", None)
    import IPython  # noqa: F401
    import nbformat
    import nbval.plugin  # noqa: F401
    from jupyter_client.provisioning import KernelProvisionerFactory

    from unravelling.checks.tensors import torch

    from . import at_pytest  # noqa: F401

    nbformat.reads(EMPTY, as_version=4)  # compiles the schema that every notebook is validated against
    if torch:
        torch.set_num_threads(1)
    KernelProvisionerFactory.instance()  # reads the entry points of all packages, which takes a tenth of a second


def _pytest(module: str, seed: int, notebook: Path, sink: Path, environment: dict[str, str]) -> None:
    """In a process of its own: nbval on one notebook, judged as it runs."""
    forked.own_threads()
    os.environ.update(environment)
    os.environ.pop("PYTEST_ADDOPTS", None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ["UNRAVELLING_NO_HUB"] = "1"  # models.hub.CLOSED: nobody names a model for this process to load
    log = os.open(notebook.with_suffix(".log"), os.O_WRONLY | os.O_CREAT, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir(notebook.parent)
    import pytest

    from .at_pytest import Judging

    if warm.ADDRESS in environment:  # on Linux
        sandbox.bound_memory(READING)
    settings = notebook.parent / "pytest.ini"
    settings.write_text("[pytest]\n", encoding="utf-8")
    kernel = warm.KERNEL if warm.ADDRESS in environment else "python3"
    options = ["-q", "-c", str(settings), f"--rootdir={notebook.parent}", "--noconftest", "-p", "no:cacheprovider"]
    options += ["-p", "no:unraisableexception", "-p", "no:threadexception"]  # they collect garbage again and again
    options += ["-p", "nbval.plugin", "-p", "unravelling.grading.plugin", "--nbval-lax", "--tb=no"]
    options += ["--nbval-kernel-name", kernel, "--nbval-cell-timeout=100000", str(notebook)]
    pytest.main(options, plugins=[Judging(_judge(module, seed), sink)])
