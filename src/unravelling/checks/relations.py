"""What is true of wrong values in a sentence: each twice what it should be, rows and columns swapped, rounded.

Every sentence here is a fact about the numbers, found in *all* wrong results of an answer; none says how the code was
written. So none can be false, and most point at the line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import products, texts_apart
from .compare import number
from .instruments.optional_torch import Tensor, torch
from .instruments.probing import same

NEAR = 1e-4  # numbers that agree as well as this, relative to their size, count as equal

NEARLY = "The first digits agree, the later ones do not: rounded, of too little precision, or with a little added."


@dataclass(frozen=True)
class Pair:
    """A wrong result, what was asked for, and the name of the case."""

    case: str
    got: Any
    want: Any


def said(pairs: Sequence[Pair], inputs: Sequence[Mapping[str, Any]] = ()) -> str:
    """The first fact that holds of all pairs; empty if none does. inputs: those of each pair's case, by name."""
    if any(same(each.got, each.want, 1e-9) or _same_flat(each) for each in pairs):
        return ""  # these numbers are right, and something else is wrong
    if pairs and (sentence := _parts_exchanged(pairs)):
        return sentence
    if not pairs or any(_shape(each.got) != _shape(each.want) for each in pairs):
        return texts_apart.said([(each.got, each.want) for each in pairs])
    columns = _columns(pairs)
    if columns and all(a == b for a, b in columns):
        return ""  # what is wrong is no number
    for find in (
        _handed_back,
        _negated,
        _axes,
        _not_numbers,
        _all_alike,
        _formulas,
        _differences,
        _same_numbers,
        _places,
    ):
        if sentence := find(pairs, inputs):
            return sentence
    return texts_apart.said([(each.got, each.want) for each in pairs])


def flat(value: Any) -> list[float] | None:
    """All numbers in a value, in order; None if there is anything else in it."""
    if isinstance(value, Tensor):
        return value.to(torch.float64).flatten().tolist()
    if isinstance(value, (bool, int, float)):
        try:
            return [float(value)]
        except OverflowError:
            return None
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        numbers: list[float] = []
        for each in value:
            if (part := flat(each)) is None:
                return None
            numbers += part
        return numbers
    return None


def _same_flat(pair: Pair) -> bool:
    """Whether the numbers are the same, of whatever kind they are: 8.0 and 8."""
    numbers = flat(pair.got)
    return numbers is not None and numbers == flat(pair.want)


def _shape(value: Any) -> Any:
    """What must be equal for two values to be compared number by number; a value without numbers has none."""
    if isinstance(value, Tensor):
        return tuple(value.shape)
    if isinstance(value, dict):
        return {key: _shape(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [_shape(each) for each in value]
    return "number" if isinstance(value, (bool, int, float)) else repr(type(value))


def _near(a: float, b: float, tolerance: float = NEAR) -> bool:
    return a == b or (math.isfinite(a) and math.isfinite(b) and abs(a - b) <= tolerance * (1e-3 + max(abs(a), abs(b))))


def _columns(pairs: Sequence[Pair]) -> list[tuple[list[float], list[float]]] | None:
    columns = [(a, b) for each in pairs if (a := flat(each.got)) and (b := flat(each.want)) is not None]
    return columns if len(columns) == len(pairs) else None


def _handed_back(pairs: Sequence[Pair], inputs: Sequence[Mapping[str, Any]]) -> str:
    """An input that came back as it was."""
    columns = _columns(pairs)
    if columns is not None and len(columns[0][0]) < 2:
        return ""  # a single number may well be another one by chance
    for name in inputs[0] if inputs else ():
        if all(name in given and same(each.got, given[name]) for each, given in zip(pairs, inputs, strict=True)):
            return f"What came back is your input {name} as it was."
    return ""


def _parts_exchanged(pairs: Sequence[Pair]) -> str:
    """Two things in each other's place."""
    if all(type(x) is tuple and len(x) == 2 for each in pairs for x in (each.got, each.want)) and all(
        same(each.got[0], each.want[1], NEAR) and same(each.got[1], each.want[0], NEAR) for each in pairs
    ):
        return "The two things that came back are right, in each other's place."
    return ""


def _negated(pairs: Sequence[Pair], inputs: Any) -> str:
    """True where False was asked for."""
    columns = _columns(pairs)
    if columns is None or not all(_truths(each) for pair in pairs for each in (pair.got, pair.want)):
        return ""
    if all(x != y for each in columns for x, y in zip(*each, strict=True)) and sum(len(a) for a, _ in columns) > 1:
        return "True and False have changed places throughout."
    return ""


def _axes(pairs: Sequence[Pair], inputs: Any) -> str:
    """The right numbers of one tensor, turned or in reverse."""
    if not all(isinstance(each.want, Tensor) and each.want.dim() > 0 for each in pairs):
        return ""
    turns: dict[str, Callable[[Any], Any]] = {
        "Rows and columns have changed places (the last two axes are swapped).": lambda x: x.transpose(-1, -2),
        "The numbers are right, in reverse order along the last axis.": lambda x: x.flip(-1),
        "The numbers are right, in reverse order along the first axis.": lambda x: x.flip(0),
        "The numbers are right, one place too late along the last axis.": lambda x: x.roll(1, -1),
        "The numbers are right, one place too early along the last axis.": lambda x: x.roll(-1, -1),
    }
    for sentence, turn in turns.items():
        if "two axes" in sentence and any(each.want.dim() < 2 for each in pairs):
            continue
        turned = [(each, turn(each.want)) for each in pairs]
        if all(same(each.want, other, NEAR) for each, other in turned):
            continue  # to turn these round changes nothing
        if all(each.want.numel() > 2 and same(each.got, other.to(each.got.dtype), NEAR) for each, other in turned):
            return sentence
    return ""


def _not_numbers(pairs: Sequence[Pair], inputs: Any) -> str:
    """NaN or infinity, where numbers were asked for."""
    columns = _columns(pairs)
    if columns is None:
        return ""
    for what, bad, whence in (
        ("NaN", math.isnan, "0 / 0, infinity minus infinity, or the root or logarithm of a negative number"),
        ("infinity", math.isinf, "a division by 0, or the exponential of a large number"),
    ):
        if all(any(bad(a) and not bad(b) for a, b in zip(*each, strict=True)) for each in columns):
            return f"{what[0].upper()}{what[1:]} stands where a number should: it comes from {whence}."
    return ""


def _truths(value: Any) -> bool:
    """Whether a value holds True and False alone."""
    if isinstance(value, Tensor):
        return bool(value.dtype == torch.bool)
    if isinstance(value, dict):
        value = list(value.values())
    return all(map(_truths, value)) if isinstance(value, (tuple, list)) else isinstance(value, bool)


def _all_alike(pairs: Sequence[Pair], inputs: Any) -> str:
    """The same number everywhere, whatever was asked."""
    columns = _columns(pairs)
    if columns is None or sum(len(a) for a, _ in columns) < 3:
        return ""
    values = {a for each, _ in columns for a in each}
    if len(values) == 1 and len({b for _, each in columns for b in each}) > 1:
        if all(_truths(each.got) for each in pairs):
            return f"Everything that came back is {bool(values.pop())}, whatever was asked."
        return f"Every number that came back is {number(values.pop())}, whatever was asked."
    return ""


def _formulas(pairs: Sequence[Pair], inputs: Any) -> str:
    """One formula that leads from every number asked for to the one that came back."""
    columns = _columns(pairs)
    if columns is None:
        return ""
    numbers = [(a, b) for each in columns for a, b in zip(*each, strict=True) if math.isfinite(a) and math.isfinite(b)]
    telling = [(a, b) for a, b in numbers if abs(b) > 1e-9]
    if len(numbers) != sum(len(a) for a, _ in columns) or not telling:
        return ""
    if all(a == b for a, b in numbers):  # what is wrong is something else, such as their type
        return ""
    if all(_truths(each.got) for each in pairs):  # True is no number that a formula leads to
        return ""
    if rounded := _rounded(numbers):
        return rounded
    if len({b for _, b in telling}) < 2:  # any formula leads from one number to one other
        return ""
    return next(_formula_sentences(pairs, columns, numbers, telling), "")


def _rounded(numbers: Sequence[tuple[float, float]]) -> str:
    """To how many decimals the right numbers were rounded, if they were. One number that is whole says nothing."""
    for places in range(0 if len(numbers) > 1 else 2, 7):
        if all(_is_round(a, places) and abs(a - b) <= 0.51 * 10**-places for a, b in numbers):
            decimals = "1 decimal" if places == 1 else f"{places or 'no'} decimals"
            return f"Every number is the right one, rounded to {decimals}. Do not round."
    return ""


def _is_round(value: float, places: int) -> bool:
    """Whether a number has no more decimals, but for the last digit of its precision, single or double."""
    single = torch is not None and torch.tensor(value, dtype=torch.float32).item() == value
    last = abs(value) * (1.5e-7 if single else 4e-16)
    return 10.0**-places > 500 * last and abs(value - round(value, places)) <= last


_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "1 minus the one asked for": lambda b: 1 - b,
    "the natural logarithm of the one asked for": math.log,
    "the logarithm to the base 2 of the one asked for": math.log2,
    "minus the natural logarithm of the one asked for": lambda b: -math.log(b),
    "the exponential of the one asked for": math.exp,
    "2 to the power of the one asked for": lambda b: 2.0**b,
    "the root of the one asked for": math.sqrt,
    "the square of the one asked for": lambda b: b * b,
    "1 divided by the one asked for": lambda b: 1 / b,
    "the one asked for without its sign": abs,
    "the one asked for with negative numbers cut off at 0": lambda b: max(b, 0.0),
    "the one asked for, cut off to a whole number": lambda b: float(math.trunc(b)),
}


def _formula_sentences(pairs: Any, columns: Any, numbers: Any, telling: Any) -> Iterator[str]:
    if all(_near(a, -b) for a, b in numbers):
        yield "Every number has the wrong sign."
    if all(_near(a, b) for a, b in numbers):
        yield NEARLY
        return
    factors = [a / b for a, b in telling]
    zeros = all(abs(a) < 1e-9 for a, b in numbers if abs(b) <= 1e-9)
    if zeros and factors[0] and all(_near(each, factors[0]) for each in factors):
        yield f"Every number is {_times(factors[0])} what it should be."
    offsets = [a - b for a, b in numbers]
    # Two whole numbers, such as tokens, are as far off as one another by chance.
    chance = len(numbers) < 3 and all(a == round(a) and b == round(b) for a, b in numbers)
    if not chance and all(_near(each, offsets[0]) for each in offsets) and abs(offsets[0]) > 1e-9:
        more = "large" if offsets[0] > 0 else "small"
        yield f"Every number is too {more} by {number(abs(offsets[0]))}."
    for words, function in _FUNCTIONS.items():
        if _holds(function, numbers):
            yield f"Every number is {words}."
    if all(abs(a - b) <= 5e-3 * (1e-2 + abs(b)) for a, b in numbers):
        yield NEARLY
    yield from _by_case(pairs, columns)


_BASES = {
    math.log(2): "the natural logarithm of 2",
    1 / math.log(2): "1 / the natural logarithm of 2",
    math.log10(2): "the logarithm to the base 10 of 2",
    1 / math.log(10): "1 / the natural logarithm of 10",
    math.log(2) ** 2: "the natural logarithm of 2, squared",
}


def _times(factor: float) -> str:
    for base, words in _BASES.items():
        if _near(factor, base):
            return f"{number(factor)} ({words}) times"
    for known, words in ((0.5, "half"), (2, "twice")):
        if _near(factor, known):
            return words
    if 0 < factor < 1 and _near(1 / factor, round(1 / factor)):
        return f"1 / {round(1 / factor)} of"
    return f"{number(factor)} times"


def _holds(function: Callable[[float], float], numbers: Sequence[tuple[float, float]]) -> bool:
    try:
        return all(_near(a, function(b)) for a, b in numbers)
    except (ValueError, OverflowError, ZeroDivisionError):
        return False


def _by_case(pairs: Sequence[Pair], columns: Sequence[tuple[list[float], list[float]]]) -> Iterator[str]:
    """One factor, or one number too much, within each result, another one from case to case."""
    alone = any(len(each[0]) < 2 for each in columns)  # a single number is always off by some factor, and some number
    factors = [_single([a / b for a, b in zip(*each, strict=True) if abs(b) > 1e-9]) for each in columns]
    offsets = [_single([a - b for a, b in zip(*each, strict=True)]) for each in columns]
    for values, word in ((factors, "multiplied"), (offsets, "too large")):
        found = [each for each in values if each is not None]
        if len(found) < len(values) or (alone and (word == "too large" or not all(map(_whole, found)))):
            continue
        other = next((n for n in range(1, len(found)) if not _near(found[n], found[0])), None)
        if other is not None:
            first, second = number(found[0]), number(found[other])
            yield (
                f"Within one result every number is {word} by one and the same: {first} with “{pairs[0].case}”, "
                f"{second} with “{pairs[other].case}”. What differs between the two?"
            )


def _single(values: Sequence[float]) -> float | None:
    """The one number that all of these are; None if they differ, or it is 0."""
    if not values or not all(_near(each, values[0]) for each in values) or abs(values[0]) < 1e-9:
        return None
    return values[0]


def _whole(factor: float) -> bool:
    """Whether a factor is a whole number, or 1 divided by one."""
    return _near(factor, round(factor)) or _near(1 / factor, round(1 / factor))


def _differences(pairs: Sequence[Pair], inputs: Sequence[Mapping[str, Any]]) -> str:
    """One product of the inputs by which single numbers are too large or too small."""
    columns = _columns(pairs)
    if columns is None or not inputs or any(len(a) != 1 or not math.isfinite(a[0]) for a, _ in columns):
        return ""
    return products.difference([a[0] - b[0] for a, b in columns], inputs)


def _same_numbers(pairs: Sequence[Pair], inputs: Any) -> str:
    """The right numbers in other places."""
    columns = _columns(pairs)
    if columns is None or any(len(a) < 3 or len(set(b)) < 3 for a, b in columns):
        return ""
    if all(all(map(_near, sorted(a), sorted(b))) for a, b in columns):
        return "These are the right numbers, in other places: some axes are mixed up, or the order is another."
    return ""


def _places(pairs: Sequence[Pair], inputs: Any) -> str:
    """Where the wrong numbers are, if all others are right."""
    if not all(isinstance(each.want, Tensor) and each.want.dim() > 0 for each in pairs):
        return ""
    wrong = [
        ~torch.isclose(each.got.to(torch.float64), each.want.to(torch.float64), 1e-4, 1e-5, True) for each in pairs
    ]
    places: dict[str, Callable[[Any], Any]] = {
        "the first one along the last axis": lambda w: w[..., :1],
        "the last one along the last axis": lambda w: w[..., -1:],
        "the first row": lambda w: w[..., :1, :],
        "the last row": lambda w: w[..., -1:, :],
        "the even columns (0, 2, ...)": lambda w: w[..., ::2],
        "the odd columns (1, 3, ...)": lambda w: w[..., 1::2],
        "the first item of the batch": lambda w: w[:1],
        "all items of the batch but the first": lambda w: w[1:],
    }
    for words, part in places.items():
        if ("row" in words and any(w.dim() < 2 for w in wrong)) or (
            "batch" in words and any(w.dim() < 3 for w in wrong)
        ):
            continue
        if all(w.numel() > part(w).numel() > 0 and int(part(w).sum()) == int(w.sum()) for w in wrong):
            are = "are" if words.startswith(("the even", "the odd", "all")) else "is"
            rest = "value" if all(_truths(each.want) for each in pairs) else "number"
            return f"Only {words} {are} wrong; every other {rest} is right."
    return ""
