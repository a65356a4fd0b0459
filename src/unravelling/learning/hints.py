"""Hints are a ladder: a learner opens one after the other, and tomorrow the ladder stands where it stood."""

from __future__ import annotations

from unravelling.learning import progress

_opened: dict[str, int] = {}  # in this session, by exercise; progress may be switched off


def open_next(exercise_id: str) -> None:
    """Open one more hint, if there is one. Raises LookupError with a sentence for an exercise that does not exist."""
    number = min(len(opened(exercise_id)) + 1, count(exercise_id))
    _opened[exercise_id] = number
    progress.record("hint", exercise_id, number=number)


def opened(exercise_id: str) -> list[str]:
    """The hints of an exercise that are open, in order. Raises LookupError as `open_next` does."""
    from unravelling.checks import registry

    hints = registry.load(exercise_id).hints
    before = progress.read().exercises.get(exercise_id)
    return list(hints[: max(before.hints_opened if before else 0, _opened.get(exercise_id, 0))])


def count(exercise_id: str) -> int:
    """How many hints there are."""
    from unravelling.checks import registry

    return len(registry.load(exercise_id).hints)
