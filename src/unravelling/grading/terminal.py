"""Texts of learners on a screen, or in the log of a CI job, which reads some lines as commands."""

from __future__ import annotations

import re

from .visible_text import visible

# How GitHub Actions takes a command from a log: "::error::" where a line begins, and "##[error]" anywhere in it.
_COMMAND = re.compile(r"^([^\S\n]*)(?=::)|(#)(?=#\[)", re.MULTILINE)


def shown(text: str) -> str:
    """A text that neither moves a terminal's cursor, changes its colours or turns its letters round, nor commands a CI.

    Lines stay lines. A backslash stands in what would be a command.
    """
    return _COMMAND.sub(r"\1\2\\", visible(text, "\n\t"))
