"""One token's numbers cut into heads: each head shares and mixes by itself, and the slices are laid side by side."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from unravelling.demos.attention.arguments import as_count, as_tensor, as_words
from unravelling.demos.base import Demo, Scene, Values
from unravelling.demos.pictures.parts import count_of, down, lines, number, squares
from unravelling.drawing.text_metrics import short

_SIDE, _ROW = 38, 28
_QUERY, _KEY, _BAR, _VALUE, _MIX = 68, 300, 392, 504, 600
_MOST = 6  # tokens that there is room for


class Cut(NamedTuple):
    """query (d,): of the token that asks; shares (h, T): where it looks, by head; mixed (d,): heads side by side."""

    query: Tensor
    shares: Tensor
    mixed: Tensor


def cut_into_heads(query: Tensor, keys: Tensor, values: Tensor, heads: int) -> Cut:
    """Attention of one query (d,) in `heads` heads, without a mask, before the output projection. keys: (T, d)."""
    (count, d), wide = keys.shape, keys.shape[1] // heads
    scores = torch.einsum("hw,thw->ht", query.view(heads, wide), keys.view(count, heads, wide)) / wide**0.5
    shares = torch.softmax(scores, dim=-1)
    mixed = torch.einsum("ht,thw->hw", shares, values.view(count, heads, wide))
    return Cut(query, shares, mixed.reshape(d))


class HeadsCut(Demo):
    """queries, keys, values: (T, d), the same as a model has them. words: T of them. asking: the place of the one that
    asks. heads: how many slices."""

    title = "One token, cut into heads"

    def __init__(
        self, queries: Tensor, keys: Tensor, values: Tensor, words: list[str], asking: int, heads: int = 2
    ) -> None:
        super().__init__()
        self.queries, self.keys = as_tensor(queries, "The queries"), as_tensor(keys, "The keys")
        self.value_vectors, self.names = as_tensor(values, "The values"), as_words(words, "The words")
        shape = self.keys.shape
        if {self.queries.shape, self.value_vectors.shape} != {shape} or len(shape) != 2 or shape[0] != len(self.names):
            raise ValueError("HeadsCut needs queries, keys and values of one shape (T, d), and T words.")
        self.d, self.heads = shape[1], as_count(heads, 1, 4, "The number of heads")
        if len(self.names) > _MOST or self.d > 4 or self.d % heads or self.d // heads > 2:
            raise ValueError(
                f"The picture has room for {_MOST} tokens and for d up to 4, cut into slices of 1 or 2, "
                f"not {len(self.names)} tokens, d={self.d}, heads={heads}."
            )
        self.asking = as_count(asking, 0, len(self.names) - 1, "The place that asks")

    def compute(self, v: Values) -> Cut:
        return cut_into_heads(self.queries[self.asking], self.keys, self.value_vectors, self.heads)

    def draw(self, v: Values, data: Cut) -> Scene:
        count, wide = len(self.names), self.d // self.heads
        lane = _ROW * count + 26
        scene = Scene(height=104 + lane * self.heads + 100)
        asker = self.names[self.asking]
        scene.text(8, 16, f"The query of “{asker}”: {count_of(self.d, 'number')}, cut into {self.heads}", bold=True)
        squares(scene, _QUERY, 32, data.query, "query", side=_SIDE, high=_ROW)
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
        scene.text(8, bottom + 76, f"No mask here: “{asker}” may look at every token.", "muted", size=12)
        return scene

    def _lane(self, scene: Scene, y: float, head: int, wide: int, data: Cut) -> None:
        """One head: its slice of the query, of every key and every value, its shares, and what it mixes."""
        mine = slice(head * wide, (head + 1) * wide)
        middle = y + _ROW * len(self.names) / 2
        lines(scene, 8, middle, f"head\n{head}", align="left", bold=True)
        for left, values, role in [(_QUERY, data.query, "query"), (_MIX, data.mixed, "output")]:
            for place in range(self.d):
                scene.rect(left + _SIDE * place, middle - _ROW / 2, _SIDE, _ROW, None, "grid")
            squares(scene, left + _SIDE * wide * head, middle - _ROW / 2, values[mine], role, side=_SIDE, high=_ROW)
        for place, name in enumerate(self.names):
            top = y + _ROW * place
            scene.text(_KEY - 8, top + _ROW / 2, short(name, 7), align="right", bold=place == self.asking)
            squares(scene, _KEY, top, self.keys[place, mine], "key", side=_SIDE, high=_ROW)
            share = data.shares[head, place].item()
            scene.bar(_BAR, top + 5, 52, _ROW - 10, share, "muted")
            scene.text(_BAR + 58, top + _ROW / 2, f"{share:.0%}")
            squares(scene, _VALUE, top, self.value_vectors[place, mine], "value", side=_SIDE, high=_ROW)

    def describe(self, v: Values, data: Cut) -> str:
        looks = ", ".join(f"head {head} looks most at {self._most(row)}" for head, row in enumerate(data.shares))
        mixed = ", ".join(number(value) for value in data.mixed)
        numbers = count_of(self.d, "number")
        slices = count_of(self.d // self.heads, "number")
        return (
            f"The {numbers} of “{self.names[self.asking]}” are cut into slices of {slices}, one for each head. "
            f"Each head has shares of its own: {looks}. Their mixtures, side by side, are {numbers} "
            f"again: {mixed}."
        )

    def _most(self, shares: Tensor) -> str:
        """What a head looks at most, with its share; a word that stands there twice is looked at twice."""
        best = int(shares.argmax())
        places = [n for n, share in enumerate(shares.tolist()) if abs(share - shares[best]) < 1e-5]
        each = " each" if len(places) > 1 else ""
        words = " and ".join(f"“{self.names[n]}” in place {n}" if each else f"“{self.names[n]}”" for n in places)
        return f"{words} ({shares[best]:.0%}{each})"
