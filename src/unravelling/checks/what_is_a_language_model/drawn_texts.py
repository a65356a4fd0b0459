"""Small texts for cases. Tokens are written with spaces between them, so that a case is one readable string."""

from __future__ import annotations

import torch

from ..random_inputs import randint


def draw_text(rng: torch.Generator, length: int, kinds: int) -> str:
    """`length` tokens of `kinds` kinds, named a, b, c, ...; early letters are more frequent, as words in a text are."""
    places = [min(randint(rng, 0, kinds - 1), randint(rng, 0, kinds - 1)) for _ in range(length)]
    return " ".join("abcdefghijklmnopqrstuvwxyz"[place] for place in places)


def times(n: int) -> str:
    """How often, in words: once, 2 times."""
    return "once" if n == 1 else f"{n} times"


def letters(text: str) -> str:
    """A text as letters with spaces between them; a space is written as _."""
    return " ".join(text.replace(" ", "_"))


def shortened(context: tuple[str, ...]) -> str:
    """A context as text; of a long one the end."""
    return repr(context) if len(context) <= 6 else "(..., " + repr(context[-4:])[1:]
