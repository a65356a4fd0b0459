"""The card of a check: static HTML that inherits the page's colours, and the same in plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from unravelling.checks.verdict import PASTE
from unravelling.html_templates import render

if TYPE_CHECKING:
    from unravelling.checks.engine import Verdict


@dataclass(frozen=True)
class Card:
    """What a notebook shows for a verdict that is not a pass."""

    verdict: Verdict

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.plain(), "text/html": self.html()}

    def plain(self) -> str:
        """The same in plain text, with the way to the hints."""
        return f"{self.verdict.plain()}\n{self._way_on()}"

    def _way_on(self) -> str:
        return f'Stuck? hint("{self.verdict.exercise.id}") has three hints for you.'

    def html(self) -> str:
        """The card. Whatever the learner's code produced is escaped."""
        return render("notebook/verdict_card.html", verdict=self.verdict, paste=PASTE, way_on=self._way_on())
