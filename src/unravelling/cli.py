"""The command `unravelling`: lab, check, grade, gradescope, build, models, progress.

Each part is imported when it is asked for, so that `unravelling --help` answers at once. What a user can get wrong ends
in one sentence on standard error and exit code 2; "not yet" (an exercise, a drifted notebook) is exit code 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

NOT_YET, WRONG_USE = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and options.run is not _lab:
        parser.error(f"unrecognised arguments: {' '.join(rest)}")
    options.rest = rest
    try:
        return options.run(options)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except Exception as error:
        # The package's own errors are sentences written for the person who typed the command; anything else is a fault.
        if not type(error).__module__.startswith("unravelling"):
            raise
        from unravelling.grading.terminal import shown

        print(shown(str(error)), file=sys.stderr)  # it may name a learner's file
        return WRONG_USE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="unravelling", description="Unravelling LLMs: a course in notebooks.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    lab = commands.add_parser(
        "lab",
        help="fetch the models, copy the exercises into work/, open JupyterLab at lesson 00",
        description="Options that are not known here are handed to JupyterLab.",
    )
    lab.add_argument("--no-browser", action="store_true", help="print the address instead of opening it")
    lab.set_defaults(run=_lab)

    check = commands.add_parser("check", help="run your exercise notebook and say which exercises are solved")
    check.add_argument("module", metavar="MODULE", help="a module number such as 04, or a notebook file")
    check.set_defaults(run=_check)

    from unravelling.grading import grade_command as grading

    grading.add_to(commands).set_defaults(run=_in_course(grading.run))
    grading.add_gradescope_to(commands).set_defaults(run=_in_course(grading.build_gradescope))

    build = commands.add_parser("build", help="for authors: make the notebooks from authoring/")
    build.add_argument(
        "--check", action="store_true", help="change nothing; fail if a notebook differs from its source"
    )
    build.add_argument("--execute", action="store_true", help="run lessons and solutions and store their outputs")
    build.add_argument("--watch", action="store_true", help="build again whenever a source is saved")
    build.add_argument("--force", action="store_true", help="overwrite built notebooks that were edited by hand")
    build.add_argument("only", metavar="MODULE", nargs="?", help="only this module, such as 04")
    build.set_defaults(run=_build)

    models = commands.add_parser("models", help="fetch, list or verify the pretrained models and the texts")
    models.add_argument("action", choices=("fetch", "list", "verify"))
    models.add_argument(
        "name", metavar="NAME", nargs="*", help="decoder, encoder, encyclopedia or hub:OWNER/NAME (default: all three)"
    )
    models.set_defaults(run=_models)

    progress = commands.add_parser("progress", help="what you have solved so far")
    progress.set_defaults(run=_progress)
    return parser


def _lab(options: argparse.Namespace) -> int:
    from unravelling import workplace

    return workplace.open_lab(Path.cwd(), (["--no-browser"] if options.no_browser else []) + options.rest)


def _check(options: argparse.Namespace) -> int:
    from unravelling import workplace
    from unravelling.grading import self_check
    from unravelling.grading.results import PASSED
    from unravelling.grading.terminal import shown

    notebook = workplace.exercise_notebook(options.module, Path.cwd())
    print(shown(f"Running {notebook} ..."), file=sys.stderr)
    graded = self_check.checked(notebook, workplace.exercises_for(notebook))
    for part in graded.parts:
        name = f"{part.exercise} {part.title}"
        said = f"PASS {name}" if part.status == PASSED else f"not yet {name}: {_indented(self_check.reason(part))}"
        print(shown(said))
    for note in self_check.noticed(graded):
        print(shown(f"Note: {note}"))
    solved = sum(part.status == PASSED for part in graded.parts)
    print(f"{solved} of {len(graded.parts)} exercises solved, {graded.points} of {graded.of} points.")
    return 0 if solved == len(graded.parts) else NOT_YET


def _in_course(command: Callable[[argparse.Namespace, Path], int]) -> Callable[[argparse.Namespace], int]:
    """A command that is told where the course lies."""

    def run(options: argparse.Namespace) -> int:
        from unravelling import workplace

        return command(options, workplace.course_root(Path.cwd()))

    return run


def _indented(text: str) -> str:
    """The first line as it is, the others set in, so that the next exercise is easy to find."""
    return text.strip().replace("\n", "\n    ")


def _build(options: argparse.Namespace) -> int:
    from unravelling import building, workplace

    root = workplace.course_root(Path.cwd())
    if options.watch:
        building.watch(root)
        return 0
    changed = building.build(root, check=options.check, only=options.only, force=options.force)
    if options.check:
        for path in changed:
            print(f"{path} differs from its source: run `make build` and commit the result.", file=sys.stderr)
        return NOT_YET if changed else 0
    for path in changed:
        print(f"built {path}")
    if options.execute:
        for path in building.execute(root, only=options.only):
            print(f"executed {path}")
    return 0


def _models(options: argparse.Namespace) -> int:
    from unravelling import models, workplace

    supplies = workplace.supplies()
    if options.action == "list":
        rows = [row for module in dict.fromkeys(supplies.values()) for row in module.listing()]
        for row in rows:
            here = "fetched" if row.fetched else "not fetched"
            print(f"{row.name:<13}{row.size:>7}  {here}\n    {row.what}. {row.licence}.")
        return 0
    problems = []
    for name in options.name or supplies:
        module = supplies.get(name, models)  # a name that is not ours may be one of the Hub
        if options.action == "fetch":
            module.fetch(name)
            print(f"{name} is ready.", flush=True)
        elif found := module.verify(name):
            problems += found
            print("\n".join(found), file=sys.stderr)
        else:
            print(f"{name} is complete and unchanged.", flush=True)
    return NOT_YET if problems else 0


def _progress(options: argparse.Namespace) -> int:
    from unravelling.notebook.progress_table import progress

    progress()
    return 0
