"""Which other formulas the numbers of 03.2 may follow: of the cell, of what is shown, or of the sums before them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations

import torch

from ..other_formulas import sums, times

Curve = Callable[[torch.Tensor], torch.Tensor]


def blocks_of(x, h, c, w_x, w_h, b) -> tuple[torch.Tensor, ...]:
    """The four blocks before their curves, i, f, g, o, (B, d) each."""
    return (x @ w_x.T + h @ w_h.T + b).chunk(4, dim=-1)


def gates(**inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """(i, f, g, o), as 03.2 describes them."""
    i, f, g, o = blocks_of(**inputs)
    return torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)


def cells(h, c, i, f, g, o, z_i, z_f, z_g, z_o) -> Iterator[tuple[str, torch.Tensor]]:
    """Formulas for a new cell with what they give; the right one comes first. z_i, ..., z_o: before the curves."""
    kept = {
        "f * c": f * c,
        "c": c,
        "f": f,
        "(f + c)": f + c,
        "(1 - f) * c": (1 - f) * c,
        "i * c": i * c,
        "(1 - i) * c": (1 - i) * c,
        "g * c": g * c,
        "o * c": o * c,
        "f * h": f * h,
        "f * tanh(c)": f * torch.tanh(c),
        "(f before its sigmoid) * c": z_f * c,
        "tanh(f before its sigmoid) * c": torch.tanh(z_f) * c,
        "f * g": f * g,
    }
    news = {
        "i * g": i * g,
        "g": g,
        "i": i,
        "(i + g)": i + g,
        "i * (g before its tanh)": i * z_g,
        "i * sigmoid(g before its tanh)": i * torch.sigmoid(z_g),
        "i * ReLU(g before its tanh)": i * torch.relu(z_g),
        "(i before its sigmoid) * g": z_i * g,
        "tanh(i before its sigmoid) * g": torch.tanh(z_i) * g,
        "(1 - i) * g": (1 - i) * g,
        "(1 - f) * g": (1 - f) * g,
        "f * g": f * g,
        "o * g": o * g,
        "i * o": i * o,
        "i * c": i * c,
        "i * h": i * h,
        "i * tanh(g)": i * torch.tanh(g),
    }
    yield from ((text, value) for _, text, value in sums(times(kept), times(news)))
    right = f * c + i * g
    yield from {
        "tanh(f * c + i * g)": torch.tanh(right),
        "f * c * i * g": f * c * i * g,
        "f * (c + i * g)": f * (c + i * g),
        "i * (f * c + g)": i * (f * c + g),
        "(f + i) * (c + g)": (f + i) * (c + g),
        "(f + i * g) * c": (f + i * g) * c,
        "f * c + i * g + c": right + c,
        "o * (f * c + i * g)": o * right,
        "o * tanh(f * c + i * g)": o * torch.tanh(right),
        "(f * c + i * g) / 2": right / 2,
        "f * tanh(c) + i * g": f * torch.tanh(c) + i * g,
        "h": h,
    }.items()


def shown(h, c, new, i, f, g, o, z_o) -> Iterator[tuple[str, torch.Tensor]]:
    """Formulas for what is shown of a new cell, with what they give; the right one comes first."""
    curved = torch.tanh(new)
    yield from {
        "o * tanh(c')": o * curved,
        "o * c'": o * new,
        "tanh(c')": curved,
        "c'": new,
        "o": o,
        "o + tanh(c')": o + curved,
        "o + c'": o + new,
        "-o * tanh(c')": -o * curved,
        "(1 - o) * tanh(c')": (1 - o) * curved,
        "tanh(o * c')": torch.tanh(o * new),
        "tanh(o) * tanh(c')": torch.tanh(o) * curved,
        "o * sigmoid(c')": o * torch.sigmoid(new),
        "o * ReLU(c')": o * torch.relu(new),
        "o * tanh(tanh(c'))": o * torch.tanh(curved),
        "o * o * tanh(c')": o * o * curved,
        "(o before its sigmoid) * tanh(c')": z_o * curved,
        "(o before its sigmoid) * c'": z_o * new,
        "tanh(o before its sigmoid) * tanh(c')": torch.tanh(z_o) * curved,
        "i * tanh(c')": i * curved,
        "f * tanh(c')": f * curved,
        "g * tanh(c')": g * curved,
        "o * tanh(c), the old one": o * torch.tanh(c),
        "o * c, the old one": o * c,
        "tanh(c), the old one": torch.tanh(c),
        "o * tanh(g)": o * torch.tanh(g),
        "o * g": o * g,
        "o * tanh(f * c + i * g)": o * torch.tanh(f * c + i * g),
        "o * tanh(c') + h": o * curved + h,
        "o * h": o * h,
        "h": h,
        "o / tanh(c')": o / curved,
    }.items()


def steps_from_other_blocks(x, h, c, w_x, w_h, b) -> Iterator[tuple[str, torch.Tensor]]:
    """What whole steps give, h' above c' in one tensor, whose sums or blocks are not those asked for."""
    heard, remembered = {"w_x times x": x @ w_x.T}, {"w_h times h": h @ w_h.T, "w_h times c": c @ w_h.T}
    if x.shape[1] == h.shape[1]:
        heard |= {"w_h times x": x @ w_h.T}
        remembered |= {"w_x times h": h @ w_x.T}
    (_, _, right), *others = sums(times(heard), times(remembered), times({"b": b}))

    def step(z: torch.Tensor, order: str = "ifgo", gate: Curve = torch.sigmoid, news: Curve = torch.tanh):
        blocks = dict(zip(order, z.expand(len(x), -1).chunk(4, dim=-1), strict=True))
        new = gate(blocks["f"]) * c + gate(blocks["i"]) * news(blocks["g"])
        return torch.cat([gate(blocks["o"]) * torch.tanh(new), new])

    asked = step(right)
    ways = [(f"sums of {text}", step(z)) for _, text, z in others]
    ways += [(f"the order {', '.join(each)}", step(right, "".join(each))) for each in permutations("ifgo")]
    ways += [
        ("gates cut off at 0 and 1, in place of a sigmoid", step(right, gate=torch.nn.functional.hardsigmoid)),
        ("gates that are z cut off at 0 and 1", step(right, gate=lambda z: z.clamp(0, 1))),
        ("gates that are 0 or 1 and nothing between", step(right, gate=lambda z: (z > 0).to(z.dtype))),
        ("a softmax of each gate in place of a sigmoid", step(right, gate=lambda z: z.softmax(-1))),
        ("gates through a ReLU", step(right, gate=torch.relu)),
        ("gates with the sign of their sums reversed", step(right, gate=lambda z: torch.sigmoid(-z))),
        ("gates through two sigmoids", step(right, gate=lambda z: torch.sigmoid(torch.sigmoid(z)))),
        ("gates and new content through a sigmoid", step(right, news=torch.sigmoid)),
        ("gates that are not squashed", step(right, gate=lambda z: z)),
        ("the sums of the first text for all", step(right[:1])),
    ]
    yield from (way for way in ways if not torch.allclose(way[1], asked, atol=1e-4))
