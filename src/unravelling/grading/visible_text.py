"""Text that others chose, shown as it is: no sign moves a cursor, turns a line round, or hides what follows."""

from __future__ import annotations

from dataclasses import replace

from .results import NotebookResult

LONGEST = 300  # characters of a name in a sentence
# Spaces, and the joiners without which words of some languages are spelt wrong; Python calls these not printable.
_HARMLESS = "\u200c\u200d\u00a0\u3000\u2009\u202f"


def visible(text: str, keep: str = "") -> str:
    """A text with each sign that is not seen written as Python writes it (\\x1b, \\u202e), but for those in `keep`."""
    kept = _HARMLESS + keep
    return "".join(each if each.isprintable() or each in kept else _escaped(each) for each in text)


def _escaped(sign: str) -> str:
    number = ord(sign)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def shown(names: tuple[str, ...] | str) -> str:
    """A name, or names from above to below, in one line of bounded length."""
    name = visible(names if isinstance(names, str) else "/".join(names))
    return name if len(name) <= LONGEST else f"{name[: LONGEST // 2]} … {name[-LONGEST // 2 :]}"


def readable(result: NotebookResult) -> NotebookResult:
    """A result for people and spreadsheets: what its author wrote into it, in the lines that she wrote."""
    return replace(
        result,
        student=visible(result.student),
        file=visible(result.file),
        problem=visible(result.problem, "\n\t"),
        notes=tuple(visible(each, "\n\t") for each in result.notes),
        parts=tuple(replace(each, reason=visible(each.reason, "\n\t")) for each in result.parts),
    )
