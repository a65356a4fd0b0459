"""Grade all that was handed in, keep each result as soon as it is there, and go on where a run was interrupted."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from unravelling.checks import registry

from . import rebuilt_notebook, reports, submissions, submitted_notebook
from .dask_grader import DaskGrader
from .local_grader import Bounds, Job, LocalGrader
from .results import NotebookResult, graded, write_whole
from .submissions import Submission, Submissions
from .visible_text import readable, shown

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_KEPT = ".graded"  # in the folder of reports: the seed, and a line for each result


@dataclass(frozen=True)
class Options:
    """What to grade and how. `place`: a folder of submissions, or one notebook. `pristine`: our exercises.

    dask: the address of a cluster's scheduler; empty: on this machine, `jobs` at once. due: what was changed later is
    late. together: all that lies in `place` is one student's.
    """

    place: Path
    pristine: Path
    out: Path | None = None
    module: str | None = None
    jobs: int = 1
    seed: int | None = None
    resume: bool = False
    trust: bool = False
    bounds: Bounds = field(default_factory=Bounds)
    dask: str = ""
    due: datetime | None = None
    together: bool = False


@dataclass(frozen=True)
class RunResult:
    """Everything that was found. `walls`: as sandbox.standing tells it. `aside`: as submissions.Submissions. `due`: the
    moment after which a notebook is late, with its zone; empty where none was ordered."""

    results: list[NotebookResult]
    absent: list[tuple[str, str]]
    walls: dict[str, str]
    aside: list[str]
    due: str = ""


class FolderInUse(RuntimeError):
    """Another run writes into the same folder of reports; the message says what to do."""


class OtherSeed(ValueError):
    """A run is to be resumed with inputs of another seed; the message says what to do."""


class GradingRun:
    """One order being carried out."""

    def __init__(self, order: Options) -> None:
        self.order = order
        self.handed = self._handed()
        self.found = self.handed.files
        self._ours: dict[str, dict[str, Any]] = {}

    def _handed(self) -> Submissions:
        place, module = self.order.place, self.order.module
        known = [path.stem for path in self.order.pristine.glob("*.ipynb")]
        if place.is_dir():
            whose = "you" if self.order.together else ""
            return submissions.find(place, known, module, self.order.due, self.order.out, whose)
        if not place.is_file():
            raise submissions.NothingHandedIn(f"There is no file or folder {place}.")
        return Submissions([submissions.alone(place, known, module, self.order.due)], [], [])

    @cached_property
    def kept(self) -> dict[str, NotebookResult]:
        """Results of an interrupted run, by student and module; the last line may have been cut off."""
        if not (self.order.resume and self.order.out):
            return {}
        file = self.order.out / _KEPT / "results.jsonl"
        found = {}
        for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
            try:
                one = graded(line)
            except (ValueError, TypeError, KeyError):
                continue
            if not one.problem:  # what could not be graded is tried again
                found[one.key] = one
        return found

    @cached_property
    def seed(self) -> int:
        """The secret from which inputs are drawn: that of the run that is resumed, as ordered, or a fresh one.

        Raises OtherSeed where the first two differ.
        """
        ordered = self.order.seed
        file = None if self.order.out is None else self.order.out / _KEPT / "seed"
        if file is not None and self.order.resume and file.exists():
            seed = int(file.read_text())
            if ordered not in (None, seed):
                raise OtherSeed(
                    f"The run in {self.order.out} has another seed than {ordered}: leave --seed out to go on with its "
                    "own, or leave --resume out to grade all again."
                )
            return seed
        seed = secrets.randbits(48) if ordered is None else ordered
        if file is not None:
            write_whole(file, str(seed))
            os.chmod(file, 0o600)
        return seed

    def carry_out(self, tell: Callable[[NotebookResult, int, int], None] = lambda *_: None) -> RunResult:
        """Grade what is not graded yet, call `tell` for each, and write the reports if there is a place for them.

        Raises FolderInUse where another run writes to that place, and OtherSeed.
        """
        with _alone(self.order.out):
            return self._carry_out(tell)

    def _carry_out(self, tell: Callable[[NotebookResult, int, int], None]) -> RunResult:
        order, results = self.order, []
        log = None
        if order.out is not None:
            file = order.out / _KEPT / "results.jsonl"
            kept = "".join(each.text() + "\n" for each in self.kept.values())
            write_whole(file, kept)  # without a line that was cut off
            log = file.open("a", encoding="utf-8")
        seed = self.seed  # stored now, after the log of an earlier run is gone: a log never meets another run's seed

        def take(one: NotebookResult) -> None:
            results.append(one)
            before = self.kept.get(one.key)
            if log is not None and (before is None or before.text() != one.text()):
                log.write(one.text() + "\n")
                log.flush()
                os.fsync(log.fileno())
            tell(one, len(results), len(self.found))

        works, walls = self._works(take, seed), {}
        try:
            if (first := next(works, None)) is not None:  # else there is nothing to make a kernel for
                with self._bench() as bench:
                    for one in bench.grade(chain([first], works)):
                        take(one)
                walls = bench.walls
        finally:
            if log is not None:
                log.close()
        notes = {self._file(each): each.notes for each in self.found}
        results = [readable(replace(each, notes=(*notes[each.file], *each.notes))) for each in results]
        modules = [order.module] if order.module else sorted({each.module for each in results if each.module})
        absent = submissions.missing(self.handed, modules)
        outcome = RunResult(results, absent, walls, self.handed.aside, self.due)
        if order.out is not None:
            reports.write(order.out, results, outcome.absent, outcome.walls, outcome.aside, outcome.due)
        return outcome

    @property
    def due(self) -> str:
        """The moment after which a notebook is late, for people; empty where there is none."""
        return submissions.moment(self.order.due.timestamp(), self.order.due) if self.order.due else ""

    def _bench(self) -> LocalGrader | DaskGrader:
        if self.order.dask:
            return DaskGrader(self.order.dask, self.order.trust, self.order.bounds, expected=len(self.found))
        return LocalGrader(self.order.jobs, self.order.trust, self.order.bounds)

    def _file(self, submission: Submission) -> str:
        inside = submission.path.relative_to(self.order.place).parts
        return shown(inside or submission.path.name)

    def _works(self, take: Callable[[NotebookResult], None], seed: int) -> Iterator[Job]:
        """What is to be run, read when its turn comes. What cannot be run, or was graded before, is taken at once."""
        for each in self.found:
            file = self._file(each)
            module, problem = each.module, ""
            try:
                notebook = submitted_notebook.read(each.path)
                if module not in registry.MODULES:
                    problem = (
                        "Neither the file's name nor its cells tell which module it is: call it 04_attention.ipynb "
                        "or the like."
                    )
            except submitted_notebook.Unreadable as error:
                problem = str(error)
            if problem:
                take(NotebookResult(each.student, module, file, problem=problem, late=each.late))
                continue
            ours = self._pristine(module)
            rebuilt = rebuilt_notebook.rebuild(ours, notebook)
            before = self.kept.get(f"{module}/{each.student}")
            if before is not None and before.digest == rebuilt.digest:
                take(replace(before, file=file, late=each.late))
                continue
            yield Job(each.student, module, seed, file, rebuilt, ours, each.late)

    def _pristine(self, module: str) -> dict[str, Any]:
        if module not in self._ours:
            self._ours[module] = rebuilt_notebook.pristine_of(self.order.pristine, module)[1]
        return self._ours[module]


@contextlib.contextmanager
def _alone(folder: Path | None) -> Iterator[None]:
    """Keep a folder of reports for this run, if its file system has locks. It is free again whenever the run ends."""
    if folder is None or fcntl is None:
        yield
        return
    file = folder / _KEPT / "lock"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # by process: with flock, forks would hold it after us
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EACCES):
                raise FolderInUse(
                    f"Another run is grading into {folder}: wait until it has ended, or choose another folder with "
                    "--out."
                ) from error
            if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP):
                raise
        yield
