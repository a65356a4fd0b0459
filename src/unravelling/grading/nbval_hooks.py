"""The hooks that let nbval run a rebuilt notebook while the grader judges: a plugin for pytest.main."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from .cell_record import CellRecord
from .kernel_watchdog import KernelEnded, Watchdog
from .probe_judge import Judge, LeftOpen, Tampered
from .results import PASSED, STOPPED, TAMPERED, UNSOLVED, WRONG
from .submitted_notebook import mark

# What nbval reads from comments and tags, set for every cell: a learner's comment must not switch a check off.
NBVAL_OPTIONS = {"skip": False, "check_exception": False, "check": False}
NAME, MESSAGE = 100, 4_000  # characters kept of an error, which may print all that it was given


class NotPassed(AssertionError):
    """A check was judged, and its cell fails with what was found."""


class JudgingPlugin:
    """Judges each check cell from what came out of it, and writes a CellRecord for each cell to `sink`.

    wall: seconds that the notebook may run for.
    """

    def __init__(self, judge: Judge, sink: Path, wall: float) -> None:
        self._judge, self._sink, self._wall = judge, sink, wall
        self._watchdog: Watchdog | None = None
        self._not_passed: set[str] = set()

    def pytest_itemcollected(self, item) -> None:
        if hasattr(item, "cell"):
            item.options.update(NBVAL_OPTIONS)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        if self._watchdog is None:
            self._watchdog = Watchdog(item.parent.kernel, self._wall)
        exercise, role = mark(item.cell)
        # Until it has ended and was judged it has not passed, whatever raises: pytest.xfail is no Exception.
        record = CellRecord(exercise, role, TAMPERED, "It was not judged.", before=True)
        begun = time.monotonic()
        try:
            self._watchdog.next_cell(exercise)
            record.before = False
            result = yield
            if role == "check" and exercise in self._judge.exercises:
                self._conclude(record, item.test_outputs)
            record.status, record.message = PASSED, ""
            return result
        except NotPassed:
            raise
        except KernelEnded as ended:
            record.status, record.ended, record.message = STOPPED, ended.reason, ended.detail
            raise
        except Exception as error:
            record.status = WRONG
            record.error, record.message = _failure(item, error)
            raise
        finally:
            record.seconds = round(time.monotonic() - begun, 3)
            record.write(self._sink)

    def pytest_unconfigure(self) -> None:
        """The kernel is down by now: keep what its supervisor told of the time it used."""
        end = self._watchdog.kernel_end if self._watchdog is not None else None
        (self._sink.parent / "cpu").write_text(str(end.cpu if end is not None else 0.0))

    def _conclude(self, record: CellRecord, outputs: list[dict]) -> None:
        try:
            verdict = self._judge.verdict(record.exercise, outputs, self._not_passed)
        except Tampered as why:
            record.status, record.message = TAMPERED, str(why)
            raise NotPassed(record.message) from None
        except LeftOpen as why:
            record.status, record.ended, record.message = STOPPED, "open", str(why)
            raise NotPassed(record.message) from None
        if not verdict.passed:
            self._not_passed.add(record.exercise)
            record.status = UNSOLVED if verdict.status == UNSOLVED and not verdict.waits_for else WRONG
            record.message, record.misconception = verdict.plain(), verdict.misconception
            record.points = verdict.points
            raise NotPassed(record.message)


def _failure(item, error: Exception) -> tuple[str, str]:
    """Name and sentence of what went wrong: the kernel's error where there is one, else nbval's words."""
    name, message = type(error).__name__, str(error)
    for output in getattr(item, "test_outputs", None) or []:
        if output.get("output_type") == "error":
            name, message = str(output.get("ename", "")), str(output.get("evalue", ""))
            break
    half = MESSAGE // 2
    return name[:NAME], message if len(message) <= MESSAGE else f"{message[:half]} [...] {message[-half:]}"
