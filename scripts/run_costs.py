"""What a test run cost, from the JUnit files of its stages: outcomes counted, and the seconds of each course module."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

SHARED = "shared"  # what belongs to no module alone
LIKELY = 16  # modules that the course will have
_NUMBER = re.compile(r"(?<!\d)(\d\d)[._]\d|(?<!\d)(\d\d)_[a-z]")


def outcomes(report: Path) -> Counter[str]:
    """How many tests of a stage passed, failed and were skipped."""
    counts: Counter[str] = Counter()
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        total, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        counts.update(passed=total - skipped - failed, failed=failed, skipped=skipped)
    return counts


def seconds_by_module(report: Path) -> Counter[str]:
    """Seconds of the tests of a stage by module ("04"), added up over all processes; those of none under SHARED."""
    found: Counter[str] = Counter()
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        found[_module_of(f"{case.get('classname', '')} {case.get('name', '')}")] += float(case.get("time", 0))
    return found


def _module_of(test: str) -> str:
    """The module that a test is about: by the number in its name, else by the module's name in its file's."""
    from unravelling.course_modules import MODULES

    if found := _NUMBER.search(test):
        number = found[1] or found[2]
        return number if number in MODULES else SHARED
    return next((number for number, name in MODULES.items() if re.search(rf"test_{name}\b|test_{name}_", test)), SHARED)


def at_sixteen(stages: list[tuple[float, Counter[str]]]) -> float:
    """Seconds that all stages would take if the course had sixteen modules like those it has.

    stages: how long each took, and its seconds by module. Module 00 is small and stays one; the others' mean is what a
    module costs. What a stage does besides its tests, such as starting, does not grow.
    """
    whole = 0.0
    for took, by_module in stages:
        full = [seconds for module, seconds in by_module.items() if module not in (SHARED, "00")]
        now = sum(by_module.values())
        more = (LIKELY - 1 - len(full)) * sum(full) / len(full) if full else 0.0
        whole += took * (now + more) / now if now else took
    return whole


def table(stages: list[tuple[float, Counter[str]]]) -> str:
    """The seconds of each module as lines of text, and what sixteen would take."""
    whole: Counter[str] = sum((by_module for _, by_module in stages), Counter())
    rows = [f"{whole[module]:7.0f}  {module}" for module in sorted(whole)]
    took = sum(seconds for seconds, _ in stages)
    rows.append(
        f"{took / 60:.1f} minutes for all stages; about {at_sixteen(stages) / 60:.0f} with {LIKELY} modules like these"
    )
    return "\n".join(rows)
