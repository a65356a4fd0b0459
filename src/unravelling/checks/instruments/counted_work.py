"""Numbers that count how often they are looked at, for exercises that ask for the same result with less work.

Seconds depend on the machine and on what else runs there; looks do not. A look is a hash (to find something in a
dictionary or a set, or to put it there) or a comparison with another number. Reading, storing and copying cost nothing.
Like `probing`, it knows no reference and no exercise, and a sandbox may read it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Meter:
    """Counts the looks at all numbers that it has given out."""

    def __init__(self) -> None:
        self.hashed = 0
        self.compared = 0

    @property
    def looks(self) -> int:
        return self.hashed + self.compared

    def number(self, value: int) -> Counted:
        """The same number, counted from now on."""
        found = Counted(value)
        found.meter = self
        return found


class Counted(int):
    """A whole number that tells its meter of every look. Whatever is computed from it is an ordinary number."""

    meter: Meter

    def __hash__(self) -> int:
        self.meter.hashed += 1
        return int.__hash__(self)

    def __deepcopy__(self, memo: Any) -> Counted:
        return self


def _comparing(name: str) -> Callable[[Counted, Any], Any]:
    plain = getattr(int, name)

    def compare(self: Counted, other: Any) -> Any:
        self.meter.compared += 1
        return plain(self, other)

    return compare


for _name in ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"):
    setattr(Counted, _name, _comparing(_name))


def counted_words(words: dict[tuple[int, ...], int], new: list[int]) -> tuple[Meter, dict[Any, int], list[Any]]:
    """Words of a tokenizer and the tokens that are to come, all of them counted by the meter that comes first."""
    meter = Meter()
    given = {each: meter.number(each) for word in words for each in word}
    counted = {tuple(given[each] for each in word): count for word, count in words.items()}
    coming = [given[each] if each in given else meter.number(each) for each in new]
    meter.hashed = meter.compared = 0  # what making them took
    return meter, counted, coming
