"""A kind of exercise: the same result with less work. The work is counted (instruments/counted_work.py), not timed.

    budget = Budget("looks at tokens", share=0.2, plain=work_of_the_plain_way, least=looks_that_nobody_can_save)

    class SameTokenizerWithLessWork:
        def probe(solution, ..., measured): ...     # {"...": the result, "work": {"hashes": 120, "comparisons": 31}}
        within_budget = budget.kept()
        is_counted = budget.counted()
        found = budget.found

Work may be of one kind or of several, each counted under its own name: hashes, comparisons, calls of a model. A case is
measured if its input `measured` is True: one that is large enough for the way to tell. On the others the result alone
counts. `budget.spent_as_plain` is for the fingerprint: on what the work went.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .declare import Case, Property


@dataclass(frozen=True)
class Budget:
    """What a result may cost. unit: of what is counted, in words. plain: what the plain way takes on a case, by kind.
    share: how much of that is allowed in all. least: what nobody can do without who works with what is counted."""

    unit: str
    share: float
    plain: Callable[[Case], Mapping[str, int]]
    least: Callable[[Case], int]

    def allowed(self, case: Case) -> int:
        return int(self.share * _all(self.plain(case)))

    def kept(self) -> Property:
        """At most the share of the plain way's work."""

        def within_budget(case: Case, result: Any) -> str | None:
            work = _all(result["work"])
            if not case["measured"] or work <= self.allowed(case):
                return None
            return (
                f"Your function takes {work:,} {self.unit}; the plain way takes {_all(self.plain(case)):,}, and "
                f"{self.allowed(case):,} are allowed here."
            )

        return Property("within_budget", f"at most {self.share:.0%} of the work of the plain way", within_budget)

    def counted(self) -> Property:
        """At least what nobody can do without: less was counted only where something else was worked with."""

        def is_counted(case: Case, result: Any) -> str | None:
            work = _all(result["work"])
            if not case["measured"] or work >= self.least(case):
                return None
            return (
                f"Only {work:,} {self.unit} were counted, fewer than any way needs: your function works with something "
                "else in their place, such as copies as int, texts or places in a list, whose work nobody can count."
            )

        return Property("is_counted", "the work is done on what is counted", is_counted)

    def found(self, case: Case, result: Any) -> str:
        """What a right answer is told of itself."""
        if not case["measured"]:
            return ""
        work, plain = _all(result["work"]), _all(self.plain(case))
        return f"Yours takes {work:,} {self.unit}, the plain way {plain:,}: {work / plain:.0%} of it."

    def spent_as_plain(self, case: Case, result: Any) -> list[str]:
        """Where there is too much work: the kinds of which there is at least half as much as in the plain way."""
        if not case["measured"] or _all(result["work"]) <= self.allowed(case):
            return []
        return [kind for kind, plain in self.plain(case).items() if 2 * result["work"].get(kind, 0) >= plain]


def _all(work: Mapping[str, int]) -> int:
    return sum(work.values())
