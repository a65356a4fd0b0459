"""Grade the same class with each tool, then larger ones with ours alone, and write docs/benchmarks-grading.md."""

from __future__ import annotations

import argparse
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from .class_of import ROOT, expected, hand_in
from .measuring import Used, measured
from .tools import TOOLS, Verdicts


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.graders", description=__doc__)
    parser.add_argument("--students", type=int, default=20, help="submissions that every tool grades (default 20)")
    parser.add_argument("--only", default=",".join(TOOLS), help="tools, with commas between")
    parser.add_argument("--growth", default="100,1000", help="sizes of the classes that ours alone grades")
    parser.add_argument("--killed", type=int, default=500, help="size of a class whose run is killed and resumed")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "benchmarks-grading.md")
    asked = parser.parse_args()
    rows: list[tuple[str, int, Used, Used | None, str]] = []
    wrong = False
    for tool in filter(None, asked.only.split(",")):
        one = _run(tool, 1)[0]
        used, verdicts = _run(tool, asked.students)
        told = _agreement(verdicts, asked.students)
        wrong |= tool in ("ours", "nbval") and not told.startswith("all")
        rows.append((tool, asked.students, used, one, told))
        print(rows[-1][0], f"{used.wall:.1f} s", told, file=sys.stderr, flush=True)
    for size in (int(each) for each in asked.growth.split(",") if each):
        used, verdicts = _run("ours", size)
        rows.append(("ours", size, used, None, _agreement(verdicts, size)))
        print("ours", size, f"{used.wall:.1f} s", file=sys.stderr, flush=True)
    killed = _killed(asked.killed) if asked.killed else ""
    asked.output.write_text(_report(rows) + killed, encoding="utf-8")
    print(f"Written: {asked.output}")
    return int(wrong)


def _run(tool: str, students: int) -> tuple[Used, Verdicts]:
    with tempfile.TemporaryDirectory(prefix="unravelling-graders-") as folder:
        os.chmod(folder, 0o755)
        handed = hand_in(Path(folder, "in"), students)
        return TOOLS[tool](handed, Path(folder))


def _killed(students: int) -> str:
    """Kill a run of ours at a random moment, resume it, and compare its table with that of a run that went through."""
    with tempfile.TemporaryDirectory(prefix="unravelling-graders-") as folder:
        os.chmod(folder, 0o755)
        handed = hand_in(Path(folder, "in"), students)
        command = [sys.executable, "-m", "unravelling", "grade", str(handed), "--seed", "11", "--out"]
        whole = measured([*command, f"{folder}/whole"], ROOT)
        running = subprocess.Popen([*command, f"{folder}/cut"], cwd=ROOT, stdout=subprocess.DEVNULL)
        time.sleep(whole.wall * random.uniform(0.2, 0.8))
        running.kill()
        running.wait()
        done = len(Path(folder, "cut", ".graded", "results.jsonl").read_text().splitlines())
        rest = measured([*command, f"{folder}/cut", "--resume"], ROOT)
        same = Path(folder, "whole", "scores.csv").read_text() == Path(folder, "cut", "scores.csv").read_text()
    return (
        f"\n{students} in one run: {whole.wall:.0f} s, {whole.peak / 1e6:,.0f} MB at the peak. Killed (SIGKILL) after "
        f"{done} of them and resumed ({rest.wall:.0f} s more): its table is {'the same' if same else 'NOT the same'}.\n"
    )


def _agreement(verdicts: Verdicts, students: int) -> str:
    right = sum(
        verdicts.get(f"s{number:04d}", {}).get(exercise) is passed
        for number in range(students)
        for exercise, passed in expected(number).items()
    )
    of = sum(len(expected(number)) for number in range(students))
    return f"all {of}" if right == of else f"{right} of {of}"


def _report(rows: list[tuple[str, int, Used, Used | None, str]]) -> str:
    by = {tool: (n, used, one) for tool, n, used, one, _ in rows if one is not None}
    lines = [
        "# How fast a class is graded",
        "",
        "Written by `make bench`. The submissions are of module 04: a third right, a third half right, a third",
        "untouched. Each tool grades the same files on the same machine in one run; nbgrader and otter each in an",
        "environment of its own. Processor time and memory are read off the whole machine, which did nothing else.",
        "",
        f"- {date.today():%-d %B %Y}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}",
        "- set-up: the time of one submission alone, less what one more costs",
        "",
        "| tool | submissions | seconds | a minute, with set-up | a minute, without | CPU s each | set-up s | peak MB "
        "| verdicts right |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---|",
    ]
    for tool, n, used, _, told in rows:
        setup = by[tool][2]
        each = (by[tool][1].wall - setup.wall) / max(by[tool][0] - 1, 1)
        first = max(setup.wall - each, 0.0)
        without = 60 * n / max(used.wall - first, 0.01)
        lines.append(
            f"| {tool} | {n} | {used.wall:.1f} | {60 * n / used.wall:.1f} | {without:.1f} | {used.cpu / n:.2f} "
            f"| {first:.1f} | {used.peak / 1e6:,.0f} | {told} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
