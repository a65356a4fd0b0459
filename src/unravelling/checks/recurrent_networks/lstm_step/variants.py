"""The step of 03.2 with one thing changed, so that each wrong answer shows its one difference."""

from __future__ import annotations

from collections.abc import Callable

import torch

Curve = Callable[[torch.Tensor], torch.Tensor]


def gates(
    x: torch.Tensor,
    h: torch.Tensor,
    c: torch.Tensor,
    w_x: torch.Tensor,
    w_h: torch.Tensor,
    b: torch.Tensor,
    *,
    squash: bool = True,
    order: str = "ifgo",
) -> tuple[torch.Tensor, ...]:
    """(i, f, g, o), (B, d) each, as 03.2 describes them; `order` names the blocks in the order in which they stand."""
    blocks = dict(zip(order, (x @ w_x.T + h @ w_h.T + b).chunk(4, dim=-1), strict=True))
    if not squash:
        return tuple(blocks[name] for name in "ifgo")
    return tuple(torch.tanh(blocks[name]) if name == "g" else torch.sigmoid(blocks[name]) for name in "ifgo")


def changed_step(
    x: torch.Tensor,
    h: torch.Tensor,
    c: torch.Tensor,
    w_x: torch.Tensor,
    w_h: torch.Tensor,
    b: torch.Tensor,
    *,
    order: str = "ifgo",
    gate: Curve = torch.sigmoid,
    news: Curve = torch.tanh,
    show: Curve = torch.tanh,
    cell: Callable[..., torch.Tensor] = lambda i, f, g, c: f * c + i * g,
) -> tuple[torch.Tensor, torch.Tensor]:
    """(h', c'), right as long as no keyword is given."""
    i, f, g, o = gates(x, h, c, w_x, w_h, b, squash=False, order=order)
    c = cell(gate(i), gate(f), news(g), c)
    return gate(o) * show(c), c
