"""What a reader hands to a demo, turned into tensors and words, or refused with a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from unravelling.drawing.text_metrics import short

MOST_LETTERS = 24  # of a word in a picture and its description


def as_tensor(given: Any, what: str) -> Tensor:
    """A float32 copy of a tensor, a NumPy array or lists of numbers, without a gradient.

    what: how a sentence calls it, for example "The weights". ValueError if it is no numbers, or if one is not finite.
    """
    try:
        if isinstance(given, list | tuple) and any(isinstance(part, Tensor) for part in given):
            given = torch.stack([torch.as_tensor(part) for part in given])
        if not isinstance(given, Tensor):
            given = torch.from_numpy(np.array(given, dtype=np.float32))
        if given.is_complex():
            raise TypeError("complex numbers")
        numbers = given.detach().to("cpu", torch.float32, copy=True)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"{what} must be numbers: a tensor, a NumPy array, or lists whose rows all have the same length, "
            f"not this {type(given).__name__}."
        ) from error
    if not numbers.isfinite().all():
        place = tuple((~numbers.isfinite()).nonzero()[0].tolist())
        raise ValueError(
            f"{what} must be finite numbers, and at {list(place)} there is {numbers[place].item()}: "
            "look at how they were computed."
        )
    return numbers


def as_words(given: Any, what: str) -> list[str]:
    """A list of words, each cut to 24 letters. ValueError for a bare string, and where there is no word at all."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ValueError(f'{what} must be a list of words, like ["the", "piano"], not {str(given)[:40]!r}.')
    words = [short(word, MOST_LETTERS) for word in given]
    if not words:
        raise ValueError(f"{what} must hold at least one word.")
    return words


def as_count(given: Any, least: int, most: int, what: str) -> int:
    """A whole number from `least` to `most`. ValueError with a sentence otherwise."""
    if isinstance(given, bool) or not isinstance(given, int | np.integer) or not least <= given <= most:
        raise ValueError(f"{what} must be a whole number from {least} to {most}, not {given!r}.")
    return int(given)
