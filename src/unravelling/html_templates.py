"""Every page and card is made from a Jinja2 template, which escapes whatever is filled in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .code_in_prose import parts

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def render(template: str, **values: Any) -> str:
    """HTML from a template, named by its file as it lies in the package: "notebook/quiz.html"."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    import jinja2

    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,  # a misspelt name is a fault, not an empty text
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
    )
    environment.filters["prose"] = _prose
    return environment


def _code(text: str) -> Markup:
    """Short code stays on one line: float("-inf") is not broken at its minus."""
    from markupsafe import Markup

    style = ' style="white-space: nowrap"' if len(text) <= 30 else ""
    return Markup(f"<code{style}>{{}}</code>").format(text)


def _prose(text: str) -> Markup:
    """Escaped, with code set as code."""
    from markupsafe import Markup, escape

    pieces = parts(str(text))
    return Markup("").join(_code(each) if code else escape(each) for each, code in pieces)
