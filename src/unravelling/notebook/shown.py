"""What a cell shows: live where a kernel runs, static HTML elsewhere, plain text where there is no notebook."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from unravelling.html_templates import render

if TYPE_CHECKING:
    from typing import Protocol

    class Live(Protocol):
        """A widget, or what shows one."""

        def _repr_mimebundle_(self) -> Any: ...


@dataclass(frozen=True)
class Shown:
    """Static HTML and its plain twin, with a live widget before them if there is one."""

    html: str
    plain: str
    widget: Live | None = None

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle: dict[str, Any] = {"text/html": self.html, "text/plain": self.plain}
        metadata: dict[str, Any] = {}
        if self.widget is not None:
            made = self.widget._repr_mimebundle_()
            live, metadata = made if isinstance(made, tuple) else (made or {}, {})
            bundle = {**live, **bundle}
        return bundle, metadata


def show(shown: Any, plain: str) -> None:
    """Show in a notebook, or print the plain text where there is none."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        print(plain)
        return
    from IPython.display import display

    display(shown)


def show_page(template: str, plain: str, widget: Live | None = None, **values: Any) -> None:
    """Show a template of this package, and the same in plain text. values: what is filled in."""
    show(Shown(render(f"notebook/{template}.html", **values), plain, widget), plain)


def show_sentence(text: str) -> None:
    """Show a sentence in a box."""
    show_page("box", text, text=text)
