"""The card of a check: static HTML that inherits the page's colours, and the same in plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from unravelling.checks import registry
from unravelling.checks.verdict import PASTE
from unravelling.course_modules import MODULES
from unravelling.html_templates import render

if TYPE_CHECKING:
    from unravelling.checks.engine import Verdict


def _to_do(ids: list[str]) -> str:
    *before, last = ids or [""]
    named = f"{', '.join(before)} and {last}" if before else last
    return f"{named} {'are' if before else 'is'} still to do" if ids else ""


@dataclass(frozen=True)
class Card:
    """What a notebook shows for a verdict. solved: exercises that passed once, now or in an earlier session."""

    verdict: Verdict
    solved: frozenset[str] = frozenset()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.plain(), "text/html": self.html()}

    def plain(self) -> str:
        """The same in plain text."""
        why = [self.verdict.exercise.because, self.verdict.found] if self.verdict.passed else []
        return "\n".join(line for line in (self.verdict.plain(), *why, self._way_on()) if line)

    def _way_on(self) -> str:
        exercise = self.verdict.exercise
        if not self.verdict.passed:
            return f'Stuck? hint("{exercise.id}") has three hints for you.'
        here = registry.module(exercise.id[:2])
        done = sum(each.id in self.solved for each in here)
        counted = (
            f"{done} of {len(here)} here {'is' if done == 1 else 'are'} solved. " if done and len(here) > 1 else ""
        )
        to_do = [each for each in here if each.id not in self.solved]
        after = [each for each in to_do if each.number > exercise.number]
        left = _to_do([each.id for each in to_do if each.number < exercise.number]) if done else ""
        if after:
            return f"{counted}Next: {after[0].id} {after[0].title}.{f' Before it, {left}.' if left else ''}"
        if exercise.id == here[-1].id:
            return f"{counted}That was the last exercise here{f'; {left}' if left else ''}."
        return f"{counted}{left[0].upper() + left[1:] if left else 'Nothing is left to do here'}."

    def _next_lesson(self) -> tuple[str, str] | None:
        """Path from where exercises lie, and name, of the lesson after this module; None before its last exercise."""
        number = self.verdict.exercise.id[:2]
        later = [(each, name) for each, name in MODULES.items() if each > number]
        if not self.verdict.passed or not later or self.verdict.exercise.id != registry.module(number)[-1].id:
            return None
        found, name = later[0]
        return f"../course/{found}_{name}.ipynb", f"{found} {name.replace('_', ' ')}"

    def html(self) -> str:
        """The card. Whatever the learner's code produced is escaped."""
        values = {"verdict": self.verdict, "paste": PASTE, "way_on": self._way_on(), "lesson": self._next_lesson()}
        return render("notebook/verdict_card.html", **values)
