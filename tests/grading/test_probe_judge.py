"""A check has passed only where it was judged and found right, whatever goes wrong on the way."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from unravelling.checks import registry
from unravelling.checks.engine import Verdict
from unravelling.grading.cell_record import CellRecord, read_records
from unravelling.grading.nbval_hooks import JudgingPlugin
from unravelling.grading.results import PASSED, TAMPERED, WRONG

MARK = {"unravelling": {"exercise": "04.2", "role": "check"}}


def recorded(
    tmp_path, raised: BaseException | None = None, verdict=lambda exercise, outputs, failed: None
) -> CellRecord:
    """What is written of a check's cell in which something is raised, or whose judge does this."""
    judging = JudgingPlugin(SimpleNamespace(exercises={"04.2": None}, verdict=verdict), tmp_path / "cells.jsonl", 60)
    judging._watchdog = SimpleNamespace(next_cell=lambda exercise: None)
    item = SimpleNamespace(cell={"metadata": MARK}, test_outputs=[])
    running = judging.pytest_runtest_call(item)
    next(running)
    try:
        running.throw(raised) if raised else running.send(None)
    except BaseException as error:
        assert not isinstance(error, GeneratorExit)
    (record,) = read_records(tmp_path / "cells.jsonl")
    return record


def verdict(status: str):
    return lambda exercise, outputs, failed: Verdict(status, registry.load(exercise), symptom="It is not right.")


def test_what_is_judged_right_has_passed(tmp_path):
    found = recorded(tmp_path, verdict=verdict("passed"))
    assert (found.status, found.message) == (PASSED, "")


def test_what_is_judged_wrong_has_not(tmp_path):
    found = recorded(tmp_path, verdict=verdict("wrong"))
    assert found.status == WRONG and "It is not right." in found.message and not found.error


@pytest.mark.parametrize("error", [AssertionError("of the judge"), ValueError("no idea")])
def test_a_judge_that_fails_lets_nothing_pass(tmp_path, error):
    def fails(exercise, outputs, failed):
        raise error

    found = recorded(tmp_path, verdict=fails)
    assert (found.status, found.raised) == (WRONG, f"{type(error).__name__}: {error}")


@pytest.mark.parametrize(
    "outcome", [AssertionError("of nbval"), pytest.xfail.Exception("a cell timed out"), SystemExit(0)]
)
def test_a_cell_that_ends_unjudged_has_not_passed(tmp_path, outcome):
    assert recorded(tmp_path, outcome).status in (WRONG, TAMPERED)
