"""By which product of the inputs wrong numbers are too large or too small: 4 * layers * width, the same in every case.

A fact about the numbers, as in relations; it speaks the language of the inputs' names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, combinations_with_replacement
from typing import Any

LARGEST = 500  # a factor above this is no count of things
DEGREE = 3


def difference(offsets: Sequence[float], inputs: Sequence[Mapping[str, Any]]) -> str:
    """What every offset (a number that came back minus the one asked for) is made of, in a sentence; empty if nothing
    simple gives all of them. Whole inputs only; one product needs three cases, a sum of two needs five."""
    if len(offsets) < 3 or not all(each == int(each) for each in offsets) or len(set(offsets)) < 2:
        return ""
    wanted = [Fraction(int(each)) for each in offsets]
    products = dict(_products(inputs))
    for name, values in products.items():
        if (factor := _factor(wanted, values)) is not None:
            return _sentence([(factor, name)])
    if len(wanted) < 5:
        return ""
    for (first, a), (second, b) in combinations(products.items(), 2):
        if factors := _factors(wanted, a, b):
            return _sentence([(factors[0], first), (factors[1], second)])
    return ""


def _products(inputs: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[int]]]:
    """Every product of up to DEGREE of the inputs that are whole numbers, none more than twice: its name, and its value
    in each case. True counts as 1. Short products first, and each list of values once."""
    names = [name for name in inputs[0] if all(isinstance(each.get(name), int) for each in inputs)]
    seen = set()
    for degree in range(1, DEGREE + 1):
        for chosen in combinations_with_replacement(names, degree):
            if any(chosen.count(name) > 2 for name in chosen):
                continue
            values = [1] * len(inputs)
            for name in chosen:
                values = [value * int(each[name]) for value, each in zip(values, inputs, strict=True)]
            if tuple(values) not in seen:
                seen.add(tuple(values))
                powers = {name: chosen.count(name) for name in chosen}
                yield " * ".join(name if n == 1 else f"{name}**{n}" for name, n in powers.items()), values


def _factor(wanted: Sequence[Fraction], values: Sequence[int]) -> Fraction | None:
    if 0 in values:
        return None
    factor = wanted[0] / values[0]
    fits = _simple(factor) and all(each == factor * value for each, value in zip(wanted, values, strict=True))
    return factor if fits else None


def _factors(wanted: Sequence[Fraction], a: Sequence[int], b: Sequence[int]) -> tuple[Fraction, Fraction] | None:
    other = next((n for n in range(1, len(a)) if a[0] * b[n] != a[n] * b[0]), None)
    if other is None:
        return None
    determinant = a[0] * b[other] - a[other] * b[0]
    first = (wanted[0] * b[other] - wanted[other] * b[0]) / determinant
    second = (wanted[other] * a[0] - wanted[0] * a[other]) / determinant
    fits = _simple(first) and _simple(second)
    fits = fits and all(w == first * x + second * y for w, x, y in zip(wanted, a, b, strict=True))
    return (first, second) if fits else None


def _simple(factor: Fraction) -> bool:
    return factor.denominator == 1 and 0 < abs(factor) <= LARGEST


def _sentence(terms: Sequence[tuple[Fraction, str]]) -> str:
    more = terms[0][0] > 0
    written = ""
    for factor, name in terms:
        sign = "" if not written else " + " if (factor > 0) == more else " - "
        written += sign + (name if abs(factor) == 1 else f"{abs(factor)} * {name}")
    return f"Every number is too {'large' if more else 'small'} by {written}."
