"""Grade all that was handed in, keep each result as soon as it is there, and go on where a run was interrupted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from unravelling.checks import registry

from . import rebuilt_notebook, reports, submissions, submitted_notebook
from .dask_grader import DaskGrader
from .job import Bounds, Job
from .kept_results import KeptResults, alone
from .local_grader import LocalGrader
from .results import NotebookResult
from .submissions import Submission, Submissions
from .visible_text import readable, shown


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


class GradingRun:
    """All that was handed in, to be graded."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.submissions = self._find()
        self.kept = KeptResults(options.out, options.resume)
        self._ours: dict[str, dict[str, Any]] = {}

    def _find(self) -> Submissions:
        place, module = self.options.place, self.options.module
        known = [path.stem for path in self.options.pristine.glob("*.ipynb")]
        if place.is_dir():
            whose = "you" if self.options.together else ""
            return submissions.find(place, known, module, self.options.due, self.options.out, whose)
        if not place.is_file():
            raise submissions.NothingHandedIn(f"There is no file or folder {place}.")
        return Submissions([submissions.alone(place, known, module, self.options.due)], [], [])

    def carry_out(self, tell: Callable[[NotebookResult, int, int], None] = lambda *_: None) -> RunResult:
        """Grade what is not graded yet, call `tell` for each, and write the reports if there is a place for them.

        Raises FolderInUse where another run writes to that place, and OtherSeed.
        """
        options = self.options
        with alone(options.out):
            results, walls = self._grade(tell)
            notes = {self._file(each): each.notes for each in self.submissions.files}
            results = [readable(replace(each, notes=(*notes[each.file], *each.notes))) for each in results]
            modules = [options.module] if options.module else sorted({each.module for each in results if each.module})
            absent = submissions.missing(self.submissions, modules)
            found = RunResult(results, absent, walls, self.submissions.aside, self.due)
            if options.out is not None:
                reports.write(options.out, results, found.absent, found.walls, found.aside, found.due)
            return found

    def _grade(self, tell: Callable[[NotebookResult, int, int], None]) -> tuple[list[NotebookResult], dict[str, str]]:
        """The results as they were kept, and the walls behind which they came to be."""
        results: list[NotebookResult] = []

        def take(one: NotebookResult) -> None:
            results.append(one)
            self.kept.add(one)
            tell(one, len(results), len(self.submissions.files))

        with closing(self.kept):
            jobs = self._jobs(take, self.kept.begin(self.options.seed))
            if (first := next(jobs, None)) is None:  # there is nothing to make a kernel for
                return results, {}
            with self._grader() as grader:
                for one in grader.grade(chain([first], jobs)):
                    take(one)
            return results, grader.walls

    @property
    def due(self) -> str:
        """The moment after which a notebook is late, for people; empty where there is none."""
        return submissions.moment(self.options.due.timestamp(), self.options.due) if self.options.due else ""

    def _grader(self) -> LocalGrader | DaskGrader:
        options = self.options
        if options.dask:
            return DaskGrader(options.dask, options.trust, options.bounds, expected=len(self.submissions.files))
        return LocalGrader(options.jobs, options.trust, options.bounds)

    def _file(self, submission: Submission) -> str:
        inside = submission.path.relative_to(self.options.place).parts
        return shown(inside or submission.path.name)

    def _jobs(self, take: Callable[[NotebookResult], None], seed: int) -> Iterator[Job]:
        """What is to be run, made when its turn comes. What cannot be run, or was graded before, is taken at once."""
        for each in self.submissions.files:
            file = self._file(each)
            module, problem = each.module, ""
            try:
                notebook = each.notebook()
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
            before = self.kept.before.get(f"{module}/{each.student}")
            if before is not None and before.digest == rebuilt.digest:
                take(replace(before, file=file, late=each.late))
                continue
            yield Job(each.student, module, seed, file, rebuilt, ours, each.late)

    def _pristine(self, module: str) -> dict[str, Any]:
        if module not in self._ours:
            self._ours[module] = rebuilt_notebook.pristine_of(self.options.pristine, module)[1]
        return self._ours[module]
