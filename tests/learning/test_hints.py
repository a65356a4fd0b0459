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


def test_each_call_opens_one_more_and_the_last_stays():
    texts = registry.load("04.1").hints
    opened = [hints.next_hint("04.1") for _ in range(4)]
    assert opened == [(1, 3, texts[0]), (2, 3, texts[1]), (3, 3, texts[2]), (3, 3, texts[2])]
    assert hints.opened("04.1") == list(texts)
    assert progress.read().exercises["04.1"].hints_opened == 3


def test_a_new_session_begins_where_the_last_one_stood_and_opens_nothing_by_itself(monkeypatch):
    hints.next_hint("04.1")
    hints.next_hint("04.1")
    monkeypatch.setattr(hints, "_opened", {})
    assert hints.next_hint("04.1")[0] == 2
    assert hints.next_hint("04.1")[0] == 3


def test_opening_hints_of_one_exercise_opens_none_of_another():
    hints.next_hint("04.1")
    assert hints.opened("00.1") == [] and hints.next_hint("00.1")[0] == 1


def test_an_unknown_exercise_gets_a_sentence():
    with pytest.raises(LookupError, match=r"There is no exercise '04\.99'"):
        hints.next_hint("04.99")
