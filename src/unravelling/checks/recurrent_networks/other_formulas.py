"""Which formula numbers follow that is not the one asked for: a fact about them, in the words of the docstring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

import torch

NEAR = 1e-5  # numbers that agree as well as this follow the same formula
CHANGES = 2  # how many things may stand otherwise than asked; with more, some formula fits any number by chance

Term = tuple[int, str, torch.Tensor]  # how many things are changed in it, its text, its values


def near(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Whether two tensors hold the same numbers."""
    return a.shape == b.shape and torch.allclose(a.double(), b.double(), rtol=NEAR, atol=NEAR)


def followed(result: torch.Tensor, formulas: Iterable[tuple[str, torch.Tensor]]) -> str:
    """The text of the first formula that all numbers of a result follow; empty if none does."""
    return next((text for text, value in formulas if near(result, value)), "")


def times(terms: dict[str, torch.Tensor]) -> list[Term]:
    """A term as it stands in a sum, or otherwise: left out, subtracted, twice, or another in its place. The first of
    `terms` is the one that was asked for."""
    (text, value), *others = terms.items()
    found = [(0, f" + {text}", value), (1, "", 0 * value), (1, f" - {text}", -value), (1, f" + 2 * {text}", 2 * value)]
    return [*found, *((1, f" + {text}", value) for text, value in others)]


def sums(*terms: list[Term]) -> Iterator[Term]:
    """The sums of a term out of each list, with few changes, those with the fewest first."""
    ways = [(sum(changes for changes, _, _ in way), way) for way in product(*terms)]
    for changes, way in sorted(ways, key=lambda each: each[0]):
        text = "".join(text for _, text, _ in way)
        if changes <= CHANGES and text:
            text = text.removeprefix(" + ")
            text = f"-{text[3:]}" if text.startswith(" - ") else text
            yield changes, text, sum((value for _, _, value in way), torch.zeros_like(way[0][2]))
