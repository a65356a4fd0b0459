"""What is true of wrong texts, lists and tables in a sentence, as relations does for numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .instruments.optional_torch import Tensor


def said(pairs: Sequence[tuple[Any, Any]]) -> str:
    """The first fact that holds of all pairs of (what came back, what was asked); empty if none does."""
    if any(_holds_tensors(each) for pair in pairs for each in pair):
        return ""
    for kind, facts in ((str, _TEXTS), (list, _LISTS), (dict, _TABLES)):
        if pairs and all(isinstance(got, kind) and isinstance(want, kind) for got, want in pairs):
            return next((text for text, holds in facts.items() if all(holds(got, want) for got, want in pairs)), "")
    return ""


def _holds_tensors(value: Any) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, (tuple, list)) else ()
    return isinstance(value, Tensor) or any(map(_holds_tensors, parts))


_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "The text is right but for capital letters.": lambda got, want: got != want and got.lower() == want.lower(),
    "There is a line break at the end that was not asked for.": lambda got, want: got == want + "\n",
    "The line break at the end is missing.": lambda got, want: got + "\n" == want,
    "There is white space at the end that was not asked for.": lambda got, want: got != want and got.rstrip() == want,
    "There is white space at the beginning that was not asked for.": lambda got, want: (
        got != want and got.lstrip() == want
    ),
    "The words are right; the spaces and line breaks between them are not.": lambda got, want: (
        got != want and "".join(got.split()) == "".join(want.split())
    ),
    "The lines are right, in reverse order.": lambda got, want: (
        got != want and got.splitlines()[::-1] == want.splitlines()
    ),
    "The lines are right, in another order.": lambda got, want: (
        got != want and sorted(got.splitlines()) == sorted(want.splitlines())
    ),
    "The last line is missing.": lambda got, want: got.splitlines() == want.splitlines()[:-1],
    "The first line is missing.": lambda got, want: got.splitlines() == want.splitlines()[1:],
    "The text begins right and ends too early.": lambda got, want: got != want and want.startswith(got),
    "The text is right, and more follows that was not asked for.": lambda got, want: (
        got != want and bool(want) and got.startswith(want)
    ),
}


def _same_items(got: list, want: list) -> bool:
    return sorted(map(repr, got)) == sorted(map(repr, want))


_LISTS: dict[str, Callable[[list, list], bool]] = {
    "Nothing came back in the list.": lambda got, want: not got and bool(want),
    "The items are right, in reverse order.": lambda got, want: got != want and got[::-1] == want,
    "The items are right, in another order.": lambda got, want: got != want and _same_items(got, want),
    "Items that come more than once are there only once.": lambda got, want: (
        got != want and got == list({repr(each): each for each in want}.values())
    ),
    "The first item is missing.": lambda got, want: bool(want) and got == want[1:],
    "The last item is missing.": lambda got, want: bool(want) and got == want[:-1],
    "Items are missing; those that are there are right.": lambda got, want: (
        len(got) < len(want) and all(each in want for each in got)
    ),
    "All items are there, and others that were not asked for.": lambda got, want: (
        len(got) > len(want) and all(each in got for each in want)
    ),
}


def _common(got: dict, want: dict) -> bool:
    return all(got[key] == want[key] for key in got.keys() & want.keys())


_TABLES: dict[str, Callable[[dict, dict], bool]] = {
    "The table that came back is empty.": lambda got, want: not got and bool(want),
    "Entries are missing; those that are there are right.": lambda got, want: (
        got.keys() < want.keys() and _common(got, want)
    ),
    "All entries are right, and there are others that were not asked for.": lambda got, want: (
        got.keys() > want.keys() and _common(got, want)
    ),
    "The entries are the right ones, with other values.": lambda got, want: (
        got.keys() == want.keys() and not _common(got, want)
    ),
}
