"""`unravelling grade`: what the command line says before, while and after a class is graded."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import datetime
from pathlib import Path

from .results import PASSED, Graded

GRADED, NOT_ALL, WRONG_USE = 0, 1, 2


class WrongUse(ValueError):
    """An option that makes no sense; the message says what to write."""


def add_to(commands) -> argparse.ArgumentParser:
    """Add the command to the parser of `unravelling`."""
    grade = commands.add_parser(
        "grade",
        help="grade a folder of submissions, or one notebook, behind walls",
        description="Exit code 0: all were graded (for one notebook: all exercises passed); 1: some were not; "
        "2: nothing could be graded.",
    )
    grade.add_argument("place", metavar="DIR|FILE", type=Path, help="a notebook or a folder for each student; one file")
    grade.add_argument("--module", help="only this module, such as 04")
    grade.add_argument("--out", metavar="REPORTS", type=Path, help="folder for reports (default for DIR: DIR-graded)")
    grade.add_argument(
        "--jobs", metavar="N", type=int, default=0, help="notebooks at once (default: one for each core)"
    )
    grade.add_argument("--seed", metavar="S", type=int, help="draw the inputs from this number, not from a secret one")
    grade.add_argument("--resume", action="store_true", help="go on with an interrupted run; keep what it has graded")
    grade.add_argument(
        "--cpu", metavar="SECONDS", type=int, default=30, help="processor time a notebook may use (default 30)"
    )
    grade.add_argument("--due", metavar="TIME", help="what was changed later is late, such as 2026-11-30T18:00")
    grade.add_argument(
        "--trust", action="store_true", help="without walls, for notebooks you would run yourself without a thought"
    )
    return grade


def run(options: argparse.Namespace, root: Path) -> int:
    """Carry out the command in the course that lies at `root`; returns the exit code. Raises what the package says."""
    from . import classroom, reports
    from .running import Bounds

    if options.cpu < 1 or options.jobs < 0:
        raise WrongUse("--cpu and --jobs are whole numbers above 0.")
    due = None
    if options.due:
        try:
            due = datetime.fromisoformat(options.due)
        except ValueError as error:
            raise WrongUse(f"{options.due!r} is no time: write it like 2026-11-30T18:00.") from error
    if options.module is not None:
        options.module = options.module.zfill(2)
        from unravelling.checks import registry

        if options.module not in registry.MODULES:
            there = ", ".join(registry.MODULES)
            raise WrongUse(f"There is no module {options.module} with exercises. Modules here: {there}.")
    folder = options.place.is_dir()
    out = options.out or (options.place.with_name(options.place.resolve().name + "-graded") if folder else None)
    order = classroom.Order(
        place=options.place,
        pristine=root / "exercises",
        out=out,
        module=options.module,
        jobs=options.jobs or len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else [1]),
        seed=options.seed,
        resume=options.resume,
        trust=options.trust,
        bounds=Bounds(cpu=options.cpu),
        due=due,
    )
    graded = classroom.Class(order)
    if folder:
        print(f"{len(graded.found)} notebooks in {options.place}", flush=True)
    outcome = graded.carry_out(_tell if folder else lambda *_: None)
    if not folder:
        return _one(outcome.results[0], out)
    _after(outcome, out)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        print("\n".join(reports.annotations(outcome.results)))
        if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
            with open(summary, "a", encoding="utf-8") as file:
                file.write(reports.markdown(outcome.results, outcome.absent, outcome.walls))
    return NOT_ALL if any(each.problem for each in outcome.results) else GRADED


def _tell(one: Graded, number: int, total: int) -> None:
    """A row of the table, as soon as it is known."""
    lost = " ".join(f"{part.exercise}:{part.status}" for part in one.parts if part.status != PASSED)
    points = f"{one.points:>3} of {one.of:<3}" if one.parts else " not graded"
    row = f"[{number:>{len(str(total))}}/{total}] {one.module or '??'} {points} {one.student}"
    words = one.problem or lost
    print(f"{row}  {words[:100]}".rstrip(), flush=True)


def _one(one: Graded, out: Path | None) -> int:
    from . import reports
    from .reports.machine import gradescope
    from .results import write_whole

    print(reports.student_text(one))
    if out is not None:
        write_whole(out / "results.json", gradescope(one))
    return GRADED if one.parts and one.points == one.of and not one.problem else NOT_ALL


def _after(outcome, out: Path | None) -> None:
    results = outcome.results
    points, most = sum(each.points for each in results), sum(each.of for each in results)
    problems = sum(bool(each.problem) for each in results)
    line = f"{len(results)} notebooks: {points} of {most} points"
    line += f"; {problems} could not be graded" if problems else ""
    line += f"; {len(outcome.absent)} not handed in" if outcome.absent else ""
    print(f"\n{line}.\nReports: {out}/class.html, scores.csv, junit.xml, students/")
    if missing := [wall for wall, why in outcome.walls.items() if why]:
        print(f"Graded without these walls: {', '.join(missing)}.", file=sys.stderr)
