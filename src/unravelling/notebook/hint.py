"""hint, as a learner calls it in a notebook: running the cell opens nothing, so that Run All gives nothing away."""

from __future__ import annotations

import sys
from typing import Any

import ipywidgets

from unravelling.html_templates import render
from unravelling.learning import hints

from .shown import show_page, show_sentence

ORDINAL = ("first", "second", "third")


def hint(exercise_id: str) -> None:
    """The hints of an exercise, from a nudge to nearly the answer: hint("04.1").

    In a notebook those that were opened before are shown, and a button opens the next. Where there is no button, each
    call opens one more.
    """
    try:
        texts = hints.opened(exercise_id)
        if not _has_buttons():
            hints.open_next(exercise_id)
            texts = hints.opened(exercise_id)
    except LookupError as unknown:
        show_sentence(str(unknown))
        return
    plain = "\n".join([f"Hint {n}: {text}" for n, text in enumerate(texts, start=1)] + [_rest(exercise_id)])
    widget = Ladder(exercise_id) if _has_buttons() else None
    show_page("hint", plain, widget, **_page(exercise_id))


class Ladder:
    """The live form: the hints that are open, and a button for the next. Attributes: box, page, button (ipywidgets)."""

    def __init__(self, exercise_id: str) -> None:
        self.exercise_id = exercise_id
        self.page = ipywidgets.HTML()
        self.button = ipywidgets.Button(layout={"width": "auto"})
        self.button.on_click(lambda _: self.open_next())
        self.box = ipywidgets.VBox([self.page, self.button])
        self._write()

    def open_next(self) -> None:
        """What the button does."""
        hints.open_next(self.exercise_id)
        self._write()

    def _write(self) -> None:
        count, of = len(hints.opened(self.exercise_id)), hints.count(self.exercise_id)
        self.page.value = render("notebook/hint.html", **_page(self.exercise_id))
        self.button.description = f"Open the {ORDINAL[count]} of {of} hints" if count < of else ""
        self.button.layout.display = None if count < of else "none"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.box.model_id}
        return {"application/vnd.jupyter.widget-view+json": view}


def _page(exercise_id: str) -> dict[str, Any]:
    return {"exercise": exercise_id, "texts": hints.opened(exercise_id), "rest": _rest(exercise_id)}


def _rest(exercise_id: str) -> str:
    count, of = len(hints.opened(exercise_id)), hints.count(exercise_id)
    if count == of:
        return "This was the last one."
    return f"{of} hints, none open yet." if count == 0 else f"{count} of {of} hints are open."


def _has_buttons() -> bool:
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None) is not None
