"""Tables of weights: one table read row by row, and what the three masks do to it."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from unravelling.demos.attention.arguments import as_count, as_tensor, as_words
from unravelling.demos.base import Demo, Scene, Slider, Toggle, Values
from unravelling.drawing.text_metrics import short, text_width


def draw_table(
    scene: Scene, x: float, y: float, side: float, weights: Tensor, words: list[str], row: int, label: str = "weights"
) -> float:
    """One heat map of weights (T, T) with the asking row framed. Returns the size of a cell in pixels."""
    cell = side / len(words)
    scene.heat(x, y, side, side, weights, rows=words, columns=words, label=label, title=False)
    scene.rect(x - 2, y + row * cell - 1, side + 4, cell + 2, fill=None, stroke="query", width=3, radius=2)
    return cell


def word_room(words: list[str]) -> float:
    """Pixels that the longest word needs beside or, turned, above a table."""
    return min(max(text_width(short(word), 17) for word in words) + 8, 165)  # 17: as large as on a narrow page


class Weights(Demo):
    """A table of weights (T, T); choose the token that asks and read its row as a sentence."""

    title = "A table of attention weights"
    asking = Slider("token that asks", 0, 1)

    def __init__(self, weights: Tensor, words: list[str]) -> None:
        weights, words = as_tensor(weights, "The weights"), as_words(words, "The words")
        if weights.shape != (len(words), len(words)):
            raise ValueError(
                f"{len(words)} words need weights of shape ({len(words)}, {len(words)}), not {tuple(weights.shape)}."
            )
        super().__init__()
        self.weights, self.words = weights, words
        self.set_range("asking", 0, len(words) - 1)

    def compute(self, v: Values) -> Tensor:
        return self.weights

    def draw(self, v: Values, data: Tensor) -> Scene:
        room = word_room(self.words)
        side = min(56 * len(self.words), 312)
        scene = Scene(height=max(side + room + 24, 190))
        draw_table(scene, room + 8, room, side, data, self.words, v.asking)
        right = room + side + 48
        scene.text(right, room + 6, f"“{self.words[v.asking]}” (row {v.asking}) looks at", role="query", bold=True)
        scene.tokens(right, room + 28, self.words, data[v.asking], chosen=v.asking)
        scene.scale_bar(right, room + side - 26, label="attention weight")
        return scene

    def describe(self, v: Values, data: Tensor) -> str:
        row = data[v.asking]
        best = int(row.argmax())
        return (
            f"Row {v.asking}: “{self.words[v.asking]}” gives most, {row[best]:.0%}, "
            f"to “{self.words[best]}” at position {best}. The row sums to {row.sum():.2f}."
        )


class Masked(NamedTuple):
    """weights (T, T) and the mask (T, T) they were computed with, True where looking is allowed."""

    weights: Tensor
    allowed: Tensor


def mask_of(kind: str, tokens: int, padding: int) -> Tensor:
    """(T, T) bool, True where looking is allowed. kind: none, causal, padding or both; `padding` tokens at the end."""
    allowed = torch.ones(tokens, tokens, dtype=torch.bool)
    if kind in ("causal", "both"):
        allowed = allowed.tril()
    if kind in ("padding", "both") and padding:
        allowed = allowed.clone()
        allowed[:, -padding:] = False
    return allowed


def masked_weights(q: Tensor, k: Tensor, allowed: Tensor) -> Tensor:
    """softmax(q k^T / sqrt(d)) over the allowed keys; q, k: (T, d)."""
    scores = q @ k.T / math.sqrt(q.shape[-1])
    return torch.softmax(scores.masked_fill(~allowed, -torch.inf), dim=-1).nan_to_num(0)


class Masks(Demo):
    """One set of queries and keys (T, d) under each mask. The last `padding` words are filling."""

    title = "What may be seen"
    mask = Toggle("mask", ["none", "causal", "padding", "both"])
    asking = Slider("token that asks", 0, 1)

    def __init__(self, q: Tensor, k: Tensor, words: list[str], padding: int = 2) -> None:
        q, k, words = as_tensor(q, "q"), as_tensor(k, "k"), as_words(words, "The words")
        if q.ndim != 2 or len(words) != q.shape[0] or q.shape != k.shape or not q.shape[1]:
            raise ValueError(
                f"Masks needs q and k of shape (T, d) and T words, not {tuple(q.shape)}, {tuple(k.shape)} and "
                f"{len(words)} words."
            )
        padding = as_count(padding, 0, len(words) - 1, "The number of padding tokens")
        super().__init__()
        self.q, self.k, self.words, self.padding = q, k, words, padding
        self.set_range("asking", 0, len(words) - 1, value=min(2, len(words) - 1))

    def compute(self, v: Values) -> Masked:
        allowed = mask_of(v.mask, len(self.words), self.padding)
        return Masked(masked_weights(self.q, self.k, allowed), allowed)

    def draw(self, v: Values, data: Masked) -> Scene:
        room = word_room(self.words)
        side = min(42 * len(self.words), 330)
        scene = Scene(height=side + room + 24)
        x, y = room + 8, room
        cell = draw_table(scene, x, y, side, data.weights, self.words, v.asking)
        for row, column in (~data.allowed).nonzero().tolist():
            # A cross as well as a colour: a forbidden cell must not look like a very small weight.
            a, b, pad = x + column * cell, y + row * cell, cell * 0.34
            scene.line([(a + pad, b + pad), (a + cell - pad, b + cell - pad)], role="muted", width=1.2)
            scene.line([(a + cell - pad, b + pad), (a + pad, b + cell - pad)], role="muted", width=1.2)
        right = x + side + 40
        scene.text(right, y + 6, f"“{self.words[v.asking]}” (row {v.asking}) looks at", role="query", bold=True)
        scene.tokens(right, y + 28, self.words, data.weights[v.asking], chosen=v.asking)
        scene.text(right, y + side - 62, "× may not be looked at: exactly 0", role="muted")
        scene.scale_bar(right, y + side - 26, label="attention weight")
        return scene

    def describe(self, v: Values, data: Masked) -> str:
        forbidden = int((~data.allowed).sum())
        row = data.weights[v.asking]
        allowed = int(data.allowed[v.asking].sum())
        return (
            f"Mask “{v.mask}”: {forbidden} of {data.allowed.numel()} places are forbidden. "
            f"“{self.words[v.asking]}” may look at {allowed} token{'s' * (allowed != 1)}; "
            f"its row sums to {row.sum():.2f}."
        )
