"""The card of a check: static HTML that inherits the page's colours, and the same in plain text."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unravelling.checks.engine import Verdict

_BOX = (
    "border: 1px solid var(--jp-border-color1, #8888); border-left-width: 0.5em; padding: 0.5em 1em; "
    "margin: 0.25em 0; max-width: 52em; line-height: 1.5; overflow-wrap: anywhere"
)
# Wrapped, never scrolled: a box that scrolls would need a tab stop of its own.
_CODE = (
    "white-space: pre-wrap; overflow-wrap: anywhere; margin: 0.25em 0; padding: 0.5em; "
    "border: 1px dashed var(--jp-border-color1, #8888); font-family: var(--jp-code-font-family, monospace); "
    "background: transparent; color: inherit"
)


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
        return f'Stuck? hint("{self.verdict.exercise.id}") opens the next of three hints.'

    def html(self) -> str:
        """The card. Whatever the learner's code produced is escaped."""
        verdict = self.verdict
        name = f"{verdict.exercise.id} {verdict.exercise.title}"
        if verdict.status == "unsolved":
            parts = [f"<p>{escape(text)}</p>" for text in (verdict.symptom, verdict.already()) if text]
        else:
            parts = [f"<p><strong>Not yet.</strong> {escape(verdict.symptom)} {escape(verdict.cause)}</p>"]
            rows = "".join(f"<dt>{label}</dt><dd>{escape(text)}</dd>" for label, text in verdict.rows())
            parts += [f"<dl>{rows}</dl>"] if rows else []
        if verdict.cell:
            parts.append("<p>To see it happen, paste this into a new cell and run it:</p>")
            parts.append(f'<pre style="{_CODE}"><code>{escape(verdict.cell)}</code></pre>')
        parts.append(f"<p>{escape(self._way_on())}</p>")
        return (
            f'<div role="group" aria-label="Check of {escape(name)}" style="{_BOX}" '
            f'class="unravelling-card" data-status="{verdict.status}">{"".join(parts)}</div>'
        )
