"""Run everything that proves the course, stage by stage, and close with one line that counts it all.

    .venv/bin/python scripts/run_tests.py [--quick | --no-browser | --part NAME]

`--quick` is for authors: no browser, no Colab, and only the notebooks of the modules that differ from the last commit.
`--no-browser` leaves out the browser and Colab only. `--part NAME`: one of PARTS, since CI's machines share the work.
Exit code 0 only if every stage passed.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts import run_costs  # noqa: E402  (this file is run by its path)

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
PARTS = ("units", "browser", "notebooks")
NOTEBOOKS = ("course", "solutions")
WARM = ("torch", "transformers.models.llama.modeling_llama", "transformers.models.bert.modeling_bert", "ipywidgets")
SOURCES = ("src", "tests", "scripts", "course", "exercises", "solutions")


class Stage(NamedTuple):
    """part: of which of PARTS it is, empty if of all. budget: minutes it may take in a fresh clone on two quiet cores,
    with the eleven modules of December 2026; a stage that takes longer is named."""

    name: str
    part: str
    budget: float
    run: Callable[[Tally], bool]


class Tally:
    """What the stages found: outcomes, and the seconds of each module in the stage that runs."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.by_module: Counter[str] = Counter()


def main(arguments: list[str]) -> int:
    """Run the stages in order, cheap ones first; all of them, so that one failure does not hide another."""
    from unravelling.workplace import PATIENT

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--part", choices=PARTS)
    chosen = parser.parse_args(arguments)
    browser = not chosen.quick and not chosen.no_browser
    os.chdir(ROOT)
    # A shell starts what is in its background with Ctrl+C ignored, and the tests of Ctrl+C would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ["UNRAVELLING_PROGRESS"] = ""  # nobody's progress is touched by a test
    os.environ.pop("UNRAVELLING_CHECK", None)
    for name, value in PATIENT.items():
        os.environ.setdefault(name, value)
    tally = Tally()
    ran: list[tuple[Stage, float, bool, Counter[str]]] = []
    for stage in _stages(chosen.quick, browser, everything=not chosen.part):
        if chosen.part and stage.part not in ("", chosen.part):
            continue
        print(f"\n=== {stage.name}", flush=True)
        begun, tally.by_module = time.monotonic(), Counter()
        passed = stage.run(tally)
        ran.append((stage, time.monotonic() - begun, passed, tally.by_module))
    print("\n=== seconds by stage, and its budget")
    for stage, seconds, passed, _ in ran:
        late = "  over its budget" if seconds > 60 * stage.budget else ""
        print(f"{seconds:7.1f} {60 * stage.budget:6.0f}  {'ok    ' if passed else 'FAILED'}  {stage.name}{late}")
    print("\n=== seconds of tests by module, all processes together")
    print(run_costs.table([(seconds, by_module) for _, seconds, _, by_module in ran]))
    counts, failed_stages = tally.counts, [stage for stage, _, passed, _ in ran if not passed]
    # A stage that fails without a test of its own (lint, a crash of pytest) must show in the count too.
    counts["failed"] = max(counts["failed"], len(failed_stages))
    if failed_stages:  # among the last lines, since those are what one sees of a long log
        print("\nfailed: " + ", ".join(stage.name for stage in failed_stages))
    print(f"\n{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if failed_stages else 0


def _stages(quick: bool, browser: bool, everything: bool) -> Iterator[Stage]:
    there = [folder for folder in SOURCES if Path(folder).is_dir()]
    side_by_side = ("-n", str(CORES), "--dist", "loadgroup")  # tests/conftest.py says what belongs together
    yield Stage("ruff check", "", 0.1, _command("-m", "ruff", "check", *there))
    yield Stage("ruff format", "", 0.1, _command("-m", "ruff", "format", "--check", *there))
    yield Stage("types", "units", 2, _command("-m", "mypy"))
    yield Stage("spelling", "units", 0.2, _command("-m", "codespell_lib"))
    yield Stage("JavaScript: lint and types", "units", 0.5, _command("scripts/check_javascript.py"))
    yield Stage("notebooks agree with their sources", "", 0.3, _command("-m", "unravelling", "build", "--check"))
    yield Stage("lessons whose outputs are older than their code", "units", 0.1, _name_stale_lessons)
    yield Stage("models and texts", "", 0.5, _fetch_supplies)
    tests = _pytest("tests", "-m", "not browser and not colab", *side_by_side, or_none=quick)
    if browser and everything:  # many tests wait for processes, so that there is time for the packages of Colab
        tests = _beside(tests, "-m", "tests.colab.imitation")
    yield Stage("tests", "units", 18, tests)
    if browser:
        untimed = _pytest("tests/browser", "-m", "browser and not timed", *side_by_side)
        yield Stage("tests in the browser", "browser", 8.5, untimed)
        # Milliseconds are measured with the machine to themselves.
        yield Stage("tests in the browser that take times", "browser", 1, _pytest("tests/browser", "-m", "timed"))
        colab = _pytest("tests/colab", "-m", "colab", *side_by_side)
        yield Stage("tests in an environment like Colab's", "notebooks", 4.5, colab)
    # No cell of a lesson is compared with anything: that they all run, the browser has shown.
    folders = NOTEBOOKS[1:] if browser else NOTEBOOKS
    notebooks = _touched() if quick else [folder for folder in folders if any(Path(folder).glob("*.ipynb"))]
    if notebooks:
        yield Stage("notebooks under nbval", "notebooks", 2, _nbval(notebooks, or_none=quick))


def _command(*arguments: str):
    def stage(tally: Tally) -> bool:
        return subprocess.run([sys.executable, *arguments], stdin=subprocess.DEVNULL).returncode == 0

    return stage


def _beside(stage: Callable[[Tally], bool], *arguments: str):
    """A stage that runs while a command of this Python makes what a later one needs, which would make it otherwise."""

    def both(tally: Tally) -> bool:
        other = subprocess.Popen([sys.executable, *arguments], stdin=subprocess.DEVNULL)
        try:
            return stage(tally)
        finally:
            other.wait()

    return both


def _pytest(*arguments: str, or_none: bool = False):
    """A stage that runs pytest and adds its outcomes to the counts. Finding no test is a failure unless `or_none`.

    Its temporary folders are its own, and so are those of every pytest that a test starts: the usual place also holds
    what earlier runs left, and pytest fails where it can't tidy that up.
    """

    def stage(tally: Tally) -> bool:
        from unravelling.grading import temporary_folders

        with tempfile.TemporaryDirectory() as folder:
            report, own = Path(folder, "junit.xml"), Path(folder, "t")  # short: sockets lie in there
            options = ["-q", "--durations=5", f"--junitxml={report}", f"--basetemp={own}"]
            command = [sys.executable, "-m", "pytest", *options, *arguments]
            # Two processes at work: with two threads each they would wait for each other, up to ten times as long.
            threads = {"OMP_NUM_THREADS": "1"} if "-n" in arguments else {}
            environment = {**threads, **os.environ, "PYTEST_DEBUG_TEMPROOT": folder}
            ran = subprocess.run(command, stdin=subprocess.DEVNULL, env=environment)
            if report.exists():
                tally.counts.update(run_costs.outcomes(report))
                tally.by_module.update(run_costs.seconds_by_module(report))
            for each in (own, *Path(folder).glob("pytest-of-*")):
                temporary_folders.remove(each)
        return ran.returncode == 0 or (or_none and ran.returncode == 5)  # 5: no test was found

    return stage


def _nbval(notebooks: list[str], or_none: bool):
    """nbval on notebooks: in forks of one warm process where that can be had, else in ordinary kernels."""
    options = ["--nbval-lax", "--nbval-cell-timeout", "180", "-n", str(CORES), "--dist", "loadscope"]

    def stage(tally: Tally) -> bool:
        from unravelling.grading import warm
        from unravelling.grading.warm.fork_server import ForkServer, NoWarmKernels

        try:
            with ForkServer(WARM) as server:
                os.environ.update(server.environment)
                return _pytest(*notebooks, *options, "--nbval-kernel-name", warm.KERNEL, or_none=or_none)(tally)
        except NoWarmKernels as why:
            print(f"ordinary kernels: {why}", flush=True)
            return _pytest(*notebooks, *options, "--nbval-kernel-name", "python3", or_none=or_none)(tally)

    return stage


def _name_stale_lessons(tally: Tally) -> bool:
    """Names them and passes: old outputs are a reminder to run `make execute`, not a fault in the code under test."""
    from unravelling import building

    stale = list(building.stale(ROOT))
    print("\n".join(f"{name}: run `make execute`" for name in stale) or "none")
    return True


def _fetch_supplies(tally: Tally) -> bool:
    """Fetch what is not there. Without a network this says so, and so do the tests that need a model."""
    from unravelling import workplace

    workplace.fetch_what_is_missing()
    print(
        ", ".join(name for name, module in workplace.supplies().items() if module.available(name)), "ready", flush=True
    )
    return True


def _touched() -> list[str]:
    """Lessons and solutions of the modules with changes that are not committed yet."""
    status = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True).stdout
    modules = {found[1] for found in re.finditer(r"(?:authoring|course|exercises|solutions)/(\d\d)_", status)}
    return [str(path) for folder in NOTEBOOKS for m in sorted(modules) for path in Path(folder).glob(f"{m}_*.ipynb")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
