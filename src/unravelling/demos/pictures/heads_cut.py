"""One token's numbers cut into heads: each head shares and mixes by itself, and the slices are laid side by side."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from unravelling.demos.base import Demo, Scene, Values
from unravelling.demos.pictures.parts import count_of, down, lines, number, squares

NAMES = ("the", "piano", "blocks", "doors")
_SIDE, _ROW = 38, 28
_QUERY, _KEY, _BAR, _VALUE, _MIX = 68, 300, 392, 504, 600


class Cut(NamedTuple):
    """queries, keys, values (T, d); shares (h, T): of the last token, by head; mixed (d,): the heads side by side."""

    queries: Tensor
    keys: Tensor
    values: Tensor
    shares: Tensor
    mixed: Tensor


def cut_into_heads(x: Tensor, tables: Tensor, heads: int) -> Cut:
    """Attention of the last token in `heads` heads, before the output projection. x: (T, d). tables: (3, d, d)."""
    queries, keys, values = x @ tables
    (count, d), wide = x.shape, x.shape[1] // heads
    asked = queries[-1].view(heads, wide)
    scores = torch.einsum("hw,thw->ht", asked, keys.view(count, heads, wide)) / wide**0.5
    shares = torch.softmax(scores, dim=-1)
    mixed = torch.einsum("ht,thw->hw", shares, values.view(count, heads, wide))
    return Cut(queries, keys, values, shares, mixed.reshape(d))


class HeadsCut(Demo):
    """d: numbers in a token's vector. heads: how many slices. tokens: how many are looked at; the last one asks."""

    title = "One token, cut into heads"

    def __init__(self, d: int = 4, heads: int = 2, tokens: int = 3, seed: int = 54) -> None:
        super().__init__()
        if not 1 <= d <= 4 or not 2 <= tokens <= len(NAMES) or heads < 1 or d % heads or d // heads > 2:
            raise ValueError(
                f"The picture has room for d up to 4, cut into slices of 1 or 2, and 2 to {len(NAMES)} tokens, "
                f"not d={d}, heads={heads}, tokens={tokens}."
            )
        self.d, self.heads, self.names, self.seed = d, heads, NAMES[:tokens], seed

    def compute(self, v: Values) -> Cut:
        generator = torch.Generator().manual_seed(self.seed)
        x = torch.randn(len(self.names), self.d, generator=generator)
        tables = torch.randn(3, self.d, self.d, generator=generator) / 2
        return cut_into_heads(x, tables, self.heads)

    def draw(self, v: Values, data: Cut) -> Scene:
        count, wide = len(self.names), self.d // self.heads
        lane = _ROW * count + 26
        scene = Scene(height=104 + lane * self.heads + 100)
        scene.text(
            8, 16, f"The query of “{self.names[-1]}”: {count_of(self.d, 'number')}, cut into {self.heads}", bold=True
        )
        squares(scene, _QUERY, 32, data.queries[-1], "query", side=_SIDE, high=_ROW)
        for left, head, role in [(_KEY, "keys", "key"), (_BAR, "shares", "ink"), (_VALUE, "values", "value")]:
            scene.text(left, 88, head, role=role, bold=True)
        scene.text(_MIX, 88, "mixture", role="output", bold=True)
        bottom = 104 + lane * self.heads
        for place in range(self.heads):
            self._lane(scene, 104 + lane * place, place, wide, data)
        for cut in range(1, self.heads):
            for left, start, end in [(_QUERY, 28, bottom - 18), (_MIX, 104, bottom + 50)]:
                x = left + _SIDE * wide * cut
                scene.line([(x, start), (x, end)], role="accent", width=2.5, dash=True)
        down(scene, _MIX + _SIDE * self.d / 4, bottom - 22, bottom + 16)
        down(scene, _MIX + _SIDE * self.d * 3 / 4, bottom - 22, bottom + 16)
        squares(scene, _MIX, bottom + 20, data.mixed, "output", side=_SIDE, high=_ROW)
        ready = f"side by side: {count_of(self.d, 'number')} again, ready for W_o"
        scene.text(_MIX - 12, bottom + 34, ready, align="right", bold=True)
        scene.text(
            8, bottom + 76, "The vectors and the three tables are random; all else is computed.", "muted", size=12
        )
        return scene

    def _lane(self, scene: Scene, y: float, head: int, wide: int, data: Cut) -> None:
        """One head: its slice of the query, of every key and every value, its shares, and what it mixes."""
        mine = slice(head * wide, (head + 1) * wide)
        middle = y + _ROW * len(self.names) / 2
        lines(scene, 8, middle, f"head\n{head}", align="left", bold=True)
        for left, values, role in [(_QUERY, data.queries[-1], "query"), (_MIX, data.mixed, "output")]:
            for place in range(self.d):
                scene.rect(left + _SIDE * place, middle - _ROW / 2, _SIDE, _ROW, None, "grid")
            squares(scene, left + _SIDE * wide * head, middle - _ROW / 2, values[mine], role, side=_SIDE, high=_ROW)
        for place, name in enumerate(self.names):
            top = y + _ROW * place
            scene.text(_KEY - 8, top + _ROW / 2, name, align="right", bold=place == len(self.names) - 1)
            squares(scene, _KEY, top, data.keys[place, mine], "key", side=_SIDE, high=_ROW)
            share = data.shares[head, place].item()
            scene.bar(_BAR, top + 5, 52, _ROW - 10, share, "muted")
            scene.text(_BAR + 58, top + _ROW / 2, f"{share:.0%}")
            squares(scene, _VALUE, top, data.values[place, mine], "value", side=_SIDE, high=_ROW)

    def describe(self, v: Values, data: Cut) -> str:
        most = [int(row.argmax()) for row in data.shares]
        looks = ", ".join(
            f"head {head} looks most at “{self.names[at]}” ({data.shares[head, at]:.0%})"
            for head, at in enumerate(most)
        )
        mixed = ", ".join(number(value) for value in data.mixed)
        numbers = count_of(self.d, "number")
        slices = count_of(self.d // self.heads, "number")
        return (
            f"The {numbers} of “{self.names[-1]}” are cut into slices of {slices}, one for each head. "
            f"Each head has shares of its own: {looks}. Their mixtures, side by side, are {numbers} "
            f"again: {mixed}."
        )
