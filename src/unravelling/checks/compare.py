"""Compare a result with what was asked for, and say in a sentence with numbers where they part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .instruments.optional_torch import Tensor, torch
from .instruments.plain import Foreign
from .instruments.probing import Raised, close

SMALL = 12  # tensors up to this many numbers are shown in full


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. `symptom` is a sentence; `asked`, `came_back` are short; `look_at` says where to look.

    kind: exists, signature, raised, changed, unsteady, forbidden, type, shape, dtype, property, value or gradient.
    rule: which of several of that kind: the property's name, the input that was changed.
    """

    kind: str
    symptom: str
    asked: str = ""
    came_back: str = ""
    look_at: str = ""
    rule: str = ""


class Written(str):
    """What a probe has written out in Python's own way: shown as it stands, without quotes round it."""


DIGITS = 3  # of a number, where nothing else is to be told apart


def number(value: float, digits: int = DIGITS) -> str:
    """A number as short as it can be and still be told apart: 0.37, 1, 1e+04."""
    return "NaN" if value != value else f"{value:.{digits}g}"


def numbers_apart(a: float, b: float) -> tuple[str, str]:
    """Two numbers in a sentence, with as many digits as show where they part: 0.667 and 0.66667."""
    return next(
        (pair for digits in range(DIGITS, 18) if (pair := (number(a, digits), number(b, digits)))[0] != pair[1]),
        (number(a), number(b)),
    )


def rows_apart(got: Tensor, want: Tensor) -> list[str]:
    """Two rows of numbers in a sentence, with as many digits as show where they part."""
    near = torch.isclose(got.double(), want.double(), rtol=1e-3, atol=1e-5).tolist()
    rows = zip(got.tolist(), want.tolist(), near, strict=True)
    pairs = [(number(b), number(b)) if alike else numbers_apart(a, b) for a, b, alike in rows]
    return [", ".join(each) for each in zip(*pairs, strict=True)]


def described_apart(got: Any, want: Any) -> tuple[str, str]:
    """Both values in a few words that differ, if the values do: more digits, or the first place where they part."""
    texts = describe(got), describe(want)
    if texts[0] != texts[1]:
        return texts
    if {type(got), type(want)} == {int, float}:  # 8.0 and 8
        return repr(got), repr(want)
    for digits in (4, 5, 6, 8, 10, 17):
        texts = describe(got, digits), describe(want, digits)
        if texts[0] != texts[1]:
            return texts
    return next(_places_apart(got, want), texts)


def _places_apart(got: Any, want: Any) -> Iterator[tuple[str, str]]:
    """Of values too large to be written out: both with the first place where their numbers part."""
    if isinstance(want, Tensor) and isinstance(got, Tensor) and got.shape == want.shape:
        a, b = got.to(torch.float64), want.to(torch.float64)
        apart = ((a - b).abs() > 1e-9 * (1 + b.abs())) | (a.isnan() != b.isnan())
        for place in map(tuple, apart.nonzero()[:1].tolist()):
            which = f", with {{}} at [{', '.join(map(str, place))}]"
            left, right = numbers_apart(float(a[place]), float(b[place]))
            yield describe(got) + which.format(left), describe(want) + which.format(right)
    elif isinstance(want, (tuple, list)) and isinstance(got, (tuple, list)) and len(got) == len(want):
        for i, (a, b) in enumerate(zip(got, want, strict=True)):
            for left, right in _parts_apart(a, b):
                yield f"{describe(got)}; [{i}] is {left}", f"{describe(want)}; [{i}] is {right}"
    elif isinstance(want, dict) and isinstance(got, dict) and got.keys() == want.keys():
        for key in want:
            for left, right in _parts_apart(got[key], want[key]):
                yield f"{key}: {left}", f"{key}: {right}"


def _parts_apart(a: Any, b: Any) -> Iterator[tuple[str, str]]:
    left, right = described_apart(a, b)
    if left != right:
        yield left, right


def describe(value: Any, digits: int = DIGITS) -> str:
    """A value in a few words: small tensors in numbers, large ones by shape and kind."""
    if isinstance(value, Tensor):
        kind = str(value.dtype).removeprefix("torch.")
        if value.numel() and value.numel() <= SMALL:
            return f"{_numbers(value.tolist(), digits)} ({kind}, shape {tuple(value.shape)})"
        return f"{kind} tensor of shape {tuple(value.shape)}"
    if isinstance(value, (tuple, list)):
        few = value if len(value) <= 4 else ()
        return _article(value) + (": " if few else "") + "; ".join(describe(each, digits) for each in few)
    if isinstance(value, dict):
        parts = "; ".join(f"{key}: {describe(each, digits)}" for key, each in value.items())
        return parts or _article(value)
    if isinstance(value, Foreign):
        return value.type
    if isinstance(value, Raised):
        return f"{value.kind}: {value.message}" if value.message else value.kind
    if isinstance(value, str) and (not value or isinstance(value, Written)):
        text = str(value) or "nothing"
    else:
        text = number(value, digits) if isinstance(value, float) else repr(value)
    return text if len(text) <= 200 else text[:200] + " ..."


def _numbers(value: Any, digits: int) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_numbers(each, digits) for each in value) + "]"
    return number(value, digits) if isinstance(value, float) else str(value)


def structure(got: Any, want: Any, name: str, shapes: bool, returns: tuple[str, ...] = ()) -> Iterator[Problem]:
    """Problems of type, then shape, then kind of number, part by part. want: what the reference gave."""
    if isinstance(want, (tuple, list)):
        names = returns if len(returns) == len(want) else tuple(f"{name}[{i}]" for i in range(len(want)))
        if isinstance(want, list) and (not isinstance(got, (tuple, list)) or len(got) != len(want)):
            came = _article(got)
            if isinstance(got, (tuple, list)) and got:
                came += " value" if len(got) == 1 else " values"
            start = "You returned" if returns else f"Your {name} {is_(name)}"
            text = f"{start} {came}; a list of {len(want)} was asked for."
            yield Problem("type", text, f"a list of {len(want)}", _given(got))
            return
        if not isinstance(got, (tuple, list)) or len(got) != len(want):
            yield Problem(
                "type",
                f"Your function returned {_article(got)}; {_count(len(want))} things were asked for: "
                f"{' and '.join(names)}.",
                asked=f"a tuple ({', '.join(names)})",
                came_back=_given(got),
                look_at=f"the return line: return {', '.join(names)}",
            )
            return
        for part, wanted, each in zip(got, want, names, strict=True):
            yield from structure(part, wanted, each, shapes)
    elif isinstance(want, dict):
        for key in want:
            yield from structure(got.get(key) if isinstance(got, dict) else got, want[key], key, shapes)
    elif isinstance(want, Tensor):
        yield from _tensor(got, want, name, shapes)
    elif isinstance(want, (int, float)) and not isinstance(want, bool):
        if isinstance(got, bool) or not isinstance(got, (int, float)):
            asked = (
                "a number that a float can hold" if isinstance(got, Foreign) and "digits" in got.type else "a number"
            )
            yield Problem("type", f"Your {name} {is_(name)} {_article(got)}, not {asked}.", asked, _given(got))
    elif type(got) is not type(want):
        text = f"Your {name} {is_(name)} {_article(got)}, not {_article(want)}."
        yield Problem("type", text, describe(want), _given(got))


def _tensor(got: Any, want: Tensor, name: str, shapes: bool) -> Iterator[Problem]:
    kind = str(want.dtype).removeprefix("torch.")
    asked = f"{'an' if kind[0] in 'aeiou' else 'a'} {kind} tensor of shape {tuple(want.shape)}"
    if not isinstance(got, Tensor):
        look = "whether every path of the function ends with a return" if got is None else "how the result is made"
        text = f"Your {name} {is_(name)} {_article(got)}, not a torch tensor."
        if isinstance(got, Foreign) and "tensor" in got.type.lower():  # a nested one, one of her own class
            text = f"Your {name} {is_(name)} {_article(got)}; it should be {asked}."
        yield Problem("type", text, asked, _given(got), look)
        return
    if shapes and got.shape != want.shape:
        yield Problem(
            "shape",
            f"Your {name} {'have' if is_(name) == 'are' else 'has'} shape {tuple(got.shape)}, not {tuple(want.shape)}.",
            asked,
            f"shape {tuple(got.shape)}",
            "the shape after each line: print it, and find the first that surprises you",
        )
    elif _kind(got, shapes) != _kind(want, shapes):
        look = "where a conversion, a comparison or a new tensor sets another type"
        yield Problem("dtype", f"Your {name} {is_(name)} {got.dtype}, not {want.dtype}.", asked, str(got.dtype), look)


def _kind(tensor: Tensor, precise: bool) -> str:
    """Floats must keep their precision where values are given; any width of integer will do."""
    if not precise and tensor.is_floating_point():
        return "float"
    if tensor.is_floating_point() or tensor.is_complex() or tensor.dtype == torch.bool:
        return str(tensor.dtype)
    return "integer"


def difference(got: Any, want: Any, tolerance: float, name: str, returns: tuple[str, ...] = ()) -> Problem | None:
    """The first number that differs by more than the tolerance. Both have the same structure by now."""
    found: Iterator[Problem | None]
    if isinstance(want, (tuple, list)):
        names = returns if len(returns) == len(want) else tuple(f"{name}[{i}]" for i in range(len(want)))
        found = (difference(a, b, tolerance, each) for a, b, each in zip(got, want, names, strict=True))
    elif isinstance(want, dict):
        found = (difference(got[key], want[key], tolerance, key) for key in want)
    elif isinstance(want, Tensor):
        found = iter([_first_different(got, want, tolerance, name)])
    else:
        fits = got == want or (isinstance(want, float) and close(got, want, tolerance))
        left, right = described_apart(got, want)
        text = f"Your {name} {is_(name)} {left}; {'they' if is_(name) == 'are' else 'it'} should be {right}."
        found = iter([None if fits else Problem("value", text, describe(want), describe(got))])
    return next((each for each in found if each is not None), None)


def _first_different(got: Tensor, want: Tensor, tolerance: float, name: str) -> Problem | None:
    if want.dtype == torch.float64:
        tolerance /= 1000
    a, b = got.to(torch.float64), want.to(torch.float64)
    wrong = ~torch.isclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)
    if not wrong.any():
        return None
    place = tuple(wrong.nonzero()[0].tolist())
    cell = f"{name}[{', '.join(map(str, place))}]" if place else name
    value = bool(got[place]) if got.dtype == torch.bool else float(a[place])
    wanted = bool(want[place]) if want.dtype == torch.bool else float(b[place])
    left, right = (str(value), str(wanted)) if isinstance(value, bool) else numbers_apart(value, wanted)
    what = "values" if isinstance(value, bool) else "numbers"
    share = f"; {int(wrong.sum())} of {wrong.numel()} {what} differ" if wrong.numel() > 1 else ""
    return Problem(
        "value", f"{cell} {'is' if place else is_(name)} {left}, not {right}{share}.", describe(want), describe(got)
    )


def _given(value: Any) -> str:
    """What came back where it is of the wrong type: an empty text, which looks like nothing, by its type."""
    return _article(value) if isinstance(value, str) and not value else describe(value)


def is_(name: str) -> str:
    """The verb after the name of what came back: logits are, a loss is, and what a function gives (split_heads) is."""
    noun = name.split(" of ")[0]
    return "are" if noun.endswith("s") and not noun.endswith("ss") and "_" not in noun else "is"


def _article(value: Any) -> str:
    if value is None:
        return "nothing (None)"
    if isinstance(value, Tensor):
        return "one tensor"
    if isinstance(value, (tuple, list, dict, str)) and not value:
        return f"an empty {type(value).__name__}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    name = value.type if isinstance(value, Foreign) else type(value).__name__
    return f"an {name}" if name.startswith(("a", "e", "i", "o", "u")) else f"a {name}"


def _count(n: int) -> str:
    return {1: "one", 2: "two", 3: "three", 4: "four"}.get(n, str(n))
