"""The hooks that let nbval run a rebuilt notebook while the grader judges: a plugin for pytest.main."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from .kernel_watchdog import KernelEnded, Watchdog
from .probe_judge import Judge, LeftOpen, Tampered
from .pytest_plugin import failure, marked
from .results import PASSED, STOPPED, TAMPERED, UNSOLVED, WRONG

# What nbval reads from comments and tags, set for every cell: a learner's comment must not switch a check off.
NBVAL_OPTIONS = {"skip": False, "check_exception": False, "check": False}


class NotPassed(AssertionError):
    """A check was judged, and its cell fails with what was found."""


class JudgingPlugin:
    """Judges each check cell from what came out of it, and writes one JSON line for each cell to `sink`.

    wall: seconds that the notebook may run for.
    """

    def __init__(self, judge: Judge, sink: Path, wall: float) -> None:
        self._judge, self._sink, self._wall = judge, sink, wall
        self._watch: Watchdog | None = None
        self._cell: dict[str, Any] = {}
        self._not_passed: set[str] = set()

    def pytest_itemcollected(self, item) -> None:
        if hasattr(item, "cell"):
            item.options.update(NBVAL_OPTIONS)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        if self._watch is None:
            self._watch = Watchdog(item.parent.kernel, self._wall)
        exercise, role = marked(item.cell)
        # Until it has ended and was judged it has not passed, whatever raises: pytest.xfail is no Exception.
        self._cell = {"exercise": exercise, "role": role, "status": TAMPERED, "message": "It was not judged."}
        begun, before = time.monotonic(), True
        try:
            self._watch.next_cell(exercise)
            before = False
            result = yield
            if role == "check" and exercise in self._judge.exercises:
                self._conclude(exercise, item.test_outputs)
            self._cell = {"exercise": exercise, "role": role, "status": PASSED}
            return result
        except NotPassed:
            raise
        except KernelEnded as ended:
            self._cell |= {"status": STOPPED, "ended": ended.reason, "message": ended.detail, "before": before}
            raise
        except Exception as error:
            self._cell["status"] = WRONG
            self._cell |= failure(item, pytest.ExceptionInfo.from_exception(error))
            raise
        finally:
            self._cell["seconds"] = round(time.monotonic() - begun, 3)
            with self._sink.open("a", encoding="utf-8") as file:
                file.write(json.dumps(self._cell) + "\n")

    def pytest_unconfigure(self) -> None:
        """The kernel is down by now: keep what its keeper told of the time it used."""
        told = self._watch.told if self._watch is not None else None
        (self._sink.parent / "cpu").write_text(str((told or {}).get("cpu", 0.0)))

    def _conclude(self, exercise: str, outputs: list[dict]) -> None:
        try:
            verdict = self._judge.verdict(exercise, outputs, self._not_passed)
        except Tampered as why:
            self._cell |= {"status": TAMPERED, "message": str(why)}
            raise NotPassed(str(why)) from None
        except LeftOpen as why:
            self._cell |= {"status": STOPPED, "ended": "open", "message": str(why)}
            raise NotPassed(str(why)) from None
        if not verdict.passed:
            self._not_passed.add(exercise)
            status = UNSOLVED if verdict.status == "unsolved" and not verdict.waits_for else WRONG
            self._cell |= {"status": status, "message": verdict.plain(), "misconception": verdict.misconception}
            self._cell["points"] = verdict.points
            raise NotPassed(verdict.plain())
