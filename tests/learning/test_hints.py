"""The ladder of hints."""

from __future__ import annotations

import pytest

from unravelling.checks import registry
from unravelling.learning import hints, progress


@pytest.fixture(autouse=True)
def kept_in(monkeypatch, tmp_path):
    monkeypatch.setenv("UNRAVELLING_PROGRESS", str(tmp_path / "progress.jsonl"))
    monkeypatch.setattr(progress, "_in_memory", [])
    monkeypatch.setattr(hints, "_opened", {})


def test_hints_open_one_by_one_and_the_last_stays():
    texts = list(registry.load("04.1").hints)
    for number in (1, 2, 3, 3):
        hints.open_next("04.1")
        assert hints.opened("04.1") == texts[:number]
    assert progress.read().exercises["04.1"].hints_opened == 3


def test_a_new_session_begins_where_the_last_one_stood(monkeypatch):
    hints.open_next("04.1")
    hints.open_next("04.1")
    monkeypatch.setattr(hints, "_opened", {})
    assert len(hints.opened("04.1")) == 2
    hints.open_next("04.1")
    assert len(hints.opened("04.1")) == 3


def test_with_progress_switched_off_a_session_remembers(monkeypatch):
    monkeypatch.setenv("UNRAVELLING_PROGRESS", "")
    hints.open_next("04.1")
    hints.open_next("04.1")
    assert len(hints.opened("04.1")) == 2


def test_opening_hints_of_one_exercise_opens_none_of_another():
    hints.open_next("04.1")
    assert hints.opened("00.1") == []


def test_an_unknown_exercise_gets_a_sentence():
    for ask in (hints.open_next, hints.opened, hints.count):
        with pytest.raises(LookupError, match=r"There is no exercise '04\.99'"):
            ask("04.99")
