"""Which formula numbers follow that is not the one asked for: a fact about them, in the words of the docstring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

import torch
from torch.nn import functional

NEAR = 1e-5  # numbers that agree as well as this follow the same formula
CHANGES = 2  # how many things may stand otherwise than asked; with more, some formula fits any number by chance
CURVES = {
    "z / (1 + |z|)": functional.softsign,
    "the sine": torch.sin,
    "the arctangent": torch.atan,
    "the error function": torch.erf,
    "the GELU": functional.gelu,
    "the ELU": functional.elu,
    "the leaky ReLU": functional.leaky_relu,
    "the softmax": lambda z: z.softmax(-1),
    "the sign": torch.sign,
}

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
            yield changes, text, sum(value for _, _, value in way)


def of_a_memory(
    x: torch.Tensor, h: torch.Tensor, w_x: torch.Tensor, w_h: torch.Tensor, b: torch.Tensor
) -> Iterator[tuple[str, torch.Tensor]]:
    """Formulas for the number [n, i] of the memory of 03.1, and what they give. The right one comes first; {n} and {i}
    stand for the place."""
    first, second, bias = "(row {i} of w_x times x[{n}])", "(row {i} of w_h times h[{n}])", "b[{i}]"
    heard, remembered = {first: x @ w_x.T}, {second: h @ w_h.T}
    remembered |= {"h[{n}, {i}]": h, "(column {i} of w_h times h[{n}])": h @ w_h}
    if x.shape[1] == h.shape[1]:
        heard |= {
            "x[{n}, {i}]": x,
            "(column {i} of w_x times x[{n}])": x @ w_x,
            "(row {i} of w_h times x[{n}])": x @ w_h.T,
        }
        remembered |= {"(row {i} of w_x times h[{n}])": h @ w_x.T}
    for changes, text, value in sums(times(heard), times(remembered), times({bias: b})):
        z = value.expand_as(h)
        yield f"tanh({text})", torch.tanh(z)
        if changes < CHANGES:
            yield text, z
            yield f"the sigmoid of ({text})", torch.sigmoid(z)
    tanh, A, H = torch.tanh, heard[first], remembered[second]
    yield from {
        f"tanh{first} + tanh{second} + {bias}": tanh(A) + tanh(H) + b,
        f"tanh{first} + tanh{second} + tanh({bias})": tanh(A) + tanh(H) + tanh(b),
        f"tanh{first} + tanh({second} + {bias})": tanh(A) + tanh(H + b),
        f"tanh({first} + {bias}) + tanh({second} + {bias})": tanh(A + b) + tanh(H + b),
        f"tanh(tanh{first} + tanh{second} + {bias})": tanh(tanh(A) + tanh(H) + b),
        f"tanh(tanh{first} + tanh({second} + {bias}))": tanh(tanh(A) + tanh(H + b)),
        f"tanh(tanh({first} + {bias}) + tanh{second})": tanh(tanh(A + b) + tanh(H)),
        f"tanh({first} + tanh({second} + {bias}))": tanh(A + tanh(H + b)),
        f"tanh(tanh({first} + {bias}) + {second})": tanh(tanh(A + b) + H),
        f"tanh({first} + {bias}) + {second}": tanh(A + b) + H,
        f"{first} + tanh({second} + {bias})": A + tanh(H + b),
        f"tanh(tanh({first} + {second} + {bias}))": tanh(tanh(A + H + b)),
        f"h[{{n}}, {{i}}] * tanh({first} + {second} + {bias})": h * tanh(A + H + b),
        f"(h[{{n}}, {{i}}] + tanh({first} + {second} + {bias})) / 2": (h + tanh(A + H + b)) / 2,
        f"tanh({first} * {second} * {bias})": tanh(A * H * b),
        f"tanh({first} * ({second} + {bias}))": tanh(A * (H + b)),
        f"tanh(({first} + {second}) * {bias})": tanh((A + H) * b),
        f"tanh(({first} + {second} + {bias}) / 2)": tanh((A + H + b) / 2),
        f"tanh(({first} + {second}) / 2 + {bias})": tanh((A + H) / 2 + b),
        **{f"{name} of the right sum": curve(A + H + b) for name, curve in CURVES.items()},
    }.items()
    if len(x) > 1:
        yield from {
            f"tanh({first} + (row {{i}} of w_h times h[0]) + {bias})": tanh(A + H[:1] + b),
            f"tanh((row {{i}} of w_x times x[0]) + {second} + {bias})": tanh(A[:1] + H + b),
            f"tanh({first} + (row {{i}} of w_h times the mean of h over the texts) + {bias})": tanh(A + H.mean(0) + b),
            "the mean of column {i} of the right memory, over the texts": tanh(A + H + b).mean(0).expand_as(h),
            "column {i} of the right memory, added up over the texts": tanh(A + H + b).sum(0).expand_as(h),
        }.items()
