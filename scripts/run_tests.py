"""Run everything that proves the course, stage by stage, and close with one line that counts it all.

    .venv/bin/python scripts/run_tests.py [--quick | --no-browser]

`--quick` is for authors: no browser, no Colab, and only the notebooks of the modules that differ from the last commit.
`--no-browser` leaves out the browser and Colab only.
Exit code 0 only if every stage passed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ("course", "solutions")
WARM = ("torch", "transformers.models.llama.modeling_llama", "transformers.models.bert.modeling_bert", "ipywidgets")
SOURCES = ("src", "tests", "scripts", "course", "exercises", "solutions")


def main(arguments: list[str]) -> int:
    """Run the stages in order, cheap ones first; all of them, so that one failure does not hide another."""
    from unravelling.workplace import PATIENT

    quick = "--quick" in arguments
    browser = not quick and "--no-browser" not in arguments
    os.chdir(ROOT)
    os.environ["UNRAVELLING_PROGRESS"] = ""  # nobody's progress is touched by a test
    os.environ.pop("UNRAVELLING_CHECK", None)
    for name, value in PATIENT.items():
        os.environ.setdefault(name, value)
    counts: Counter[str] = Counter()
    times: list[tuple[str, float, bool]] = []
    for name, stage in _stages(quick, browser):
        print(f"\n=== {name}", flush=True)
        begun = time.monotonic()
        passed = stage(counts)
        times.append((name, time.monotonic() - begun, passed))
    print("\n=== seconds by stage")
    for name, seconds, passed in times:
        print(f"{seconds:7.1f}  {'ok    ' if passed else 'FAILED'}  {name}")
    failed_stages = [name for name, _, passed in times if not passed]
    # A stage that fails without a test of its own (lint, a crash of pytest) must show in the count too.
    counts["failed"] = max(counts["failed"], len(failed_stages))
    print(f"\n{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if failed_stages else 0


def _stages(quick: bool, browser: bool):
    there = [folder for folder in SOURCES if Path(folder).is_dir()]
    yield "ruff check", _command("-m", "ruff", "check", *there)
    yield "ruff format", _command("-m", "ruff", "format", "--check", *there)
    yield "types", _command("-m", "mypy")
    yield "spelling", _command("-m", "codespell_lib")
    yield "JavaScript: lint and types", _command("scripts/check_javascript.py")
    yield "notebooks agree with their sources", _command("-m", "unravelling", "build", "--check")
    yield "lessons whose outputs are older than their code", _name_stale_lessons
    yield "models and texts", _fetch_supplies
    yield "tests", _pytest("tests", "-m", "not browser and not colab", "-n", "2", "--dist", "loadfile", or_none=quick)
    if browser:
        yield "tests in the browser", _pytest("tests", "-m", "browser")
        yield "tests in an environment like Colab's", _pytest("tests/colab", "-m", "colab", "-n", "2")
    notebooks = _touched() if quick else [folder for folder in NOTEBOOKS if any(Path(folder).glob("*.ipynb"))]
    if notebooks:
        yield "lessons and solutions under nbval", _nbval(notebooks, or_none=quick)


def _command(*arguments: str):
    def stage(counts: Counter[str]) -> bool:
        return subprocess.run([sys.executable, *arguments], stdin=subprocess.DEVNULL).returncode == 0

    return stage


def _pytest(*arguments: str, or_none: bool = False):
    """A stage that runs pytest and adds its outcomes to the counts. Finding no test is a failure unless `or_none`.

    Its temporary folders are its own, and so are those of every pytest that a test starts: the usual place also holds
    what earlier runs left, and pytest fails where it can't tidy that up.
    """

    def stage(counts: Counter[str]) -> bool:
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
                counts.update(_outcomes(report))
            for each in (own, *Path(folder).glob("pytest-of-*")):
                temporary_folders.remove(each)
        return ran.returncode == 0 or (or_none and ran.returncode == 5)  # 5: no test was found

    return stage


def _nbval(notebooks: list[str], or_none: bool):
    """nbval on notebooks: in forks of one warm process where that can be had, else in ordinary kernels."""
    options = ["--nbval-lax", "--nbval-cell-timeout", "180", "-n", "2", "--dist", "loadscope"]

    def stage(counts: Counter[str]) -> bool:
        from unravelling.grading import warm
        from unravelling.grading.warm.fork_server import ForkServer, NoWarmKernels

        try:
            with ForkServer(WARM) as server:
                os.environ.update(server.environment)
                return _pytest(*notebooks, *options, "--nbval-kernel-name", warm.KERNEL, or_none=or_none)(counts)
        except NoWarmKernels as why:
            print(f"ordinary kernels: {why}", flush=True)
            return _pytest(*notebooks, *options, "--nbval-kernel-name", "python3", or_none=or_none)(counts)

    return stage


def _outcomes(report: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        total, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        counts.update(passed=total - skipped - failed, failed=failed, skipped=skipped)
    return counts


def _name_stale_lessons(counts: Counter[str]) -> bool:
    """Names them and passes: old outputs are a reminder to run `make execute`, not a fault in the code under test."""
    from unravelling import building

    stale = list(building.stale(ROOT))
    print("\n".join(f"{name}: run `make execute`" for name in stale) or "none")
    return True


def _fetch_supplies(counts: Counter[str]) -> bool:
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
