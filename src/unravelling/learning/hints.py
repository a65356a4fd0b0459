"""Hints are a ladder: each call opens one more, and tomorrow the ladder stands where it stood."""

from __future__ import annotations

from unravelling.learning import progress

_opened: dict[str, int] = {}  # in this session, by exercise


def next_hint(exercise_id: str) -> tuple[int, int, str]:
    """Open the next hint of an exercise: (its number, how many there are, its text).

    The first call of a session opens no new one if some were opened before: it comes back to the last of them, so that
    running a whole notebook again gives nothing away. At the end of the ladder the last hint stays.
    Raises LookupError with a sentence for an exercise that does not exist.
    """
    from unravelling.checks import registry

    hints = registry.load(exercise_id).hints
    if exercise_id in _opened:
        number = min(_opened[exercise_id] + 1, len(hints))
    else:
        before = progress.read().exercises.get(exercise_id)
        number = min(max(before.hints_opened if before else 0, 1), len(hints))
    _opened[exercise_id] = number
    progress.record("hint", exercise_id, number=number)
    return number, len(hints), hints[number - 1]


def opened(exercise_id: str) -> list[str]:
    """All hints of this exercise that are open in this session, in order."""
    from unravelling.checks import registry

    return list(registry.load(exercise_id).hints[: _opened.get(exercise_id, 0)])
