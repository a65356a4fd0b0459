"""`unravelling grade`: what the command line says before, while and after a class is graded."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from unravelling.whole_file import write_whole

from .results import PASSED, NotebookResult
from .terminal import shown

if TYPE_CHECKING:
    from .grading_run import Options, RunResult

GRADED, NOT_ALL, WRONG_USE = 0, 1, 2


class WrongUse(ValueError):
    """An option that makes no sense; the message says what to write."""


class Ended(RuntimeError):
    """The machine let us not go on: no right to write, no room on the disk. The message says what it said."""


@contextlib.contextmanager
def _in_a_sentence() -> Iterator[None]:
    """What the system refuses ends a command in a sentence; a name that a terminal cannot show ends none."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        yield
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        raise Ended(f"This machine refuses{where}: {error.strerror or error}.") from error


def add_to(commands) -> argparse.ArgumentParser:
    """Add the command to the parser of `unravelling`."""
    grade = commands.add_parser(
        "grade",
        help="grade a folder of submissions, or one notebook, behind walls",
        description="Exit code 0: all were graded (for one notebook: all exercises passed); 1: some were not; "
        "2: the run could not begin or go on.",
    )
    grade.add_argument("place", metavar="DIR|FILE", type=Path, help="a notebook or a folder for each student; one file")
    grade.add_argument("--module", help="only this module, such as 04")
    grade.add_argument("--out", metavar="REPORTS", type=Path, help="folder for reports (default for DIR: DIR-graded)")
    grade.add_argument(
        "--jobs", metavar="N", type=int, default=0, help="notebooks at once (default: two for each core)"
    )
    grade.add_argument("--seed", metavar="S", type=int, help="draw the inputs from this number, not from a secret one")
    grade.add_argument("--resume", action="store_true", help="go on with an interrupted run; keep what it has graded")
    grade.add_argument(
        "--cpu", metavar="SECONDS", type=int, default=30, help="processor time each exercise may use (default 30)"
    )
    grade.add_argument("--dask", metavar="ADDRESS", default="", help="on a Dask cluster, such as tcp://scheduler:8786")
    grade.add_argument(
        "--due",
        metavar="TIME",
        help="what was changed later is late: 2026-11-30T18:00, or 2026-11-30 for the whole of that day; in this "
        "machine's time zone if you write none (2026-11-30T18:00+01:00)",
    )
    grade.add_argument(
        "--together", action="store_true", help="DIR is one student's: grade her last notebook, as if it were FILE"
    )
    grade.add_argument(
        "--trust", action="store_true", help="without walls, for notebooks you would run yourself without a thought"
    )
    return grade


def run(arguments: argparse.Namespace, root: Path) -> int:
    """Carry out the command in the course that lies at `root`; returns the exit code. Raises what the package says."""
    with _in_a_sentence():
        return _run(arguments, root)


def _run(arguments: argparse.Namespace, root: Path) -> int:
    from .grading_run import Options
    from .job import Bounds
    from .local_grader import default_jobs

    if arguments.cpu < 1 or arguments.jobs < 0:
        raise WrongUse("--cpu and --jobs are whole numbers above 0.")
    bounds = Bounds(cpu=arguments.cpu)
    folder = arguments.place.is_dir() and not arguments.together
    options = Options(
        place=arguments.place,
        pristine=root / "exercises",
        out=arguments.out or (_beside(arguments.place) if folder else None),
        module=None if arguments.module is None else _module(arguments.module),
        jobs=arguments.jobs or default_jobs(bounds),
        seed=arguments.seed,
        resume=arguments.resume,
        trust=arguments.trust,
        bounds=bounds,
        dask=arguments.dask,
        due=_due(arguments.due) if arguments.due else None,
        together=arguments.together,
    )
    return _all(options) if folder else _one(options)


def _due(text: str) -> datetime:
    """The last moment that is not late: of a day alone, its end. Without a zone of its own, in that of this machine."""
    try:
        try:
            due = datetime.combine(date.fromisoformat(text), time.max)
        except ValueError:
            due = datetime.fromisoformat(text)
        due.timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise WrongUse(
            f"{text!r} is no time: write it like 2026-11-30T18:00, or 2026-11-30 for the whole of that day."
        ) from error
    return due


def _beside(folder: Path) -> Path:
    """Where the reports of a folder go if nobody says: "." and ".." have no name of their own."""
    whole = Path(os.path.abspath(folder))
    return (folder.parent if folder.name not in ("", "..") else whole.parent) / f"{whole.name}-graded"


def _demand_packages(options: Options) -> None:
    """Raise WrongUse where nbval or pytest are missing; on a cluster its workers need them."""
    lacking = [name for name in ("nbval", "pytest") if not options.dask and importlib.util.find_spec(name) is None]
    if lacking:
        raise WrongUse(f"Grading needs {' and '.join(lacking)}: pip install 'unravelling[grading]'.")


def _all(options: Options) -> int:
    """Grade a folder: a row for each notebook on the screen, the reports in their folder."""
    from . import grading_run, reports

    _demand_packages(options)
    grading = grading_run.GradingRun(options)
    late = f"; late is what was changed after {grading.due}" if grading.due else ""
    print(shown(f"{_notebooks(len(grading.submissions.files))} in {options.place}{late}"), flush=True)
    result = grading.carry_out(_tell)
    _after(result, options.out)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        print("\n".join(reports.workflow_commands(result.results, options.place)))
        if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
            with open(summary, "a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(reports.markdown(result.results, result.absent, result.walls, result.aside, result.due))
    return NOT_ALL if any(each.problem for each in result.results) else GRADED


def _tell(one: NotebookResult, number: int, total: int) -> None:
    """A row of the table, as soon as it is known."""
    lost = " ".join(f"{part.exercise}:{part.status}" for part in one.parts if part.status != PASSED)
    points = f"{one.points:>3} of {one.of:<3}" if one.parts else " not graded"
    row = f"[{number:>{len(str(total))}}/{total}] {one.module or '??'} {points} {one.student}"
    words = one.problem or lost
    print(shown(f"{row}  {words[:100]}".rstrip().replace("\n", " ")), flush=True)


def _one(options: Options) -> int:
    """Grade one notebook: its report on the screen and, where a folder is given, Gradescope's file in it."""
    from . import grading_run, reports
    from .reports import machine_readable

    file = None if options.out is None else options.out / "results.json"
    try:
        _demand_packages(options)
        result = grading_run.GradingRun(replace(options, out=None)).carry_out()
        one = result.results[0]
        one = replace(one, notes=(*one.notes, *result.aside))
    except Exception as problem:  # whoever reads the file alone must learn it too
        if file is not None:
            ours = type(problem).__module__.startswith("unravelling")
            fault = f"The grader failed; that is not your fault. It said: {type(problem).__name__}: {problem}"
            write_whole(file, machine_readable.gradescope_problem(str(problem) if ours else fault))
        raise
    print(shown(reports.student_text(one)))
    if file is not None:
        write_whole(file, machine_readable.gradescope(one))
    whole = bool(one.parts) and not one.problem
    return GRADED if whole and all(part.status == PASSED for part in one.parts) else NOT_ALL


def add_gradescope_to(commands) -> argparse.ArgumentParser:
    """Add the command that builds an autograder for Gradescope."""
    parser = commands.add_parser("gradescope", help="build an autograder for Gradescope: a zip to upload")
    parser.add_argument("module", metavar="MODULE", help="a module number such as 04")
    parser.add_argument("--out", metavar="ZIP", type=Path, help="default: gradescope-MODULE.zip")
    parser.add_argument("--trust", action="store_true", help="grade without walls, inside Gradescope's own container")
    return parser


def build_gradescope(arguments: argparse.Namespace, root: Path) -> int:
    """Write the zip; returns the exit code."""
    from . import gradescope_zip

    module = _module(arguments.module)
    with _in_a_sentence():
        target = gradescope_zip.write(root, module, arguments.out or Path(f"gradescope-{module}.zip"), arguments.trust)
    print(f"{target}: upload it as the autograder of a programming assignment, then test it with one submission.")
    return 0


def _module(text: str) -> str:
    from unravelling.checks import registry

    if (module := text.zfill(2)) not in registry.MODULES:
        raise WrongUse(f"There is no module {module} with exercises. Modules here: {', '.join(registry.MODULES)}.")
    return module


def _notebooks(number: int) -> str:
    return "1 notebook" if number == 1 else f"{number} notebooks"


def _after(result: RunResult, out: Path | None) -> None:
    results = result.results
    points, most = sum(each.points for each in results), sum(each.of for each in results)
    problems = sum(bool(each.problem) for each in results)
    line = f"{_notebooks(len(results))}: {points} of {most} points"
    line += f"; {problems} could not be graded" if problems else ""
    line += f"; {len(result.absent)} not handed in" if result.absent else ""
    print(f"\n{line}.\nReports: {out}/class.html, scores.csv, junit.xml, students/")
    for each in result.aside:
        print(shown(f"Left aside: {each}".replace("\n", " ")), file=sys.stderr)
    if missing := [wall for wall, why in result.walls.items() if why]:
        print(f"Graded without these walls: {', '.join(missing)}.", file=sys.stderr)
