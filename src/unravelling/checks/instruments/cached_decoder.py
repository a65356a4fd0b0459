"""A small decoder that works on new tokens only and keeps the keys and values of the others, for probes of writing with
a cache and their pasted cells. Like `probing`, it knows no reference, and a sandbox may read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

POSITIONS = 160


class CachedDecoder:
    """Scores for the next of V tokens, from drawn numbers that are loud enough for texts to differ.

    model(ids, start, cache) takes n new tokens, (n,), the position of the first of them and what it gave last as
    cache (None for an empty one), and returns the scores after each of them, (n, V), and the cache with them in it.
    attend: attend(q, k, v, keys, values) mixes the values of n new tokens and of those in the cache, (h, n, d) and
    (h, S, d), and returns the mixture, all keys and all values. None: its own way, one token after the other.
    most: so many tokens may be given at once. worked_on: how many were given in each call.
    """

    def __init__(
        self, seed: int, most: int, attend: Callable | None = None, V: int = 31, d: int = 12, h: int = 3
    ) -> None:
        numbers = torch.Generator().manual_seed(seed)

        def drawn(*shape: int) -> Tensor:
            return torch.randn(*shape, generator=numbers) / shape[0] ** 0.5

        self.h, self.most, self.attend = h, most, attend or one_after_the_other
        self.embedding, self.positions = drawn(V, d) * V**0.5, drawn(POSITIONS, d) * POSITIONS**0.5
        self.layers = [(drawn(d, 3 * d) * 1.5, drawn(d, d) * 2, drawn(d, 4 * d), drawn(4 * d, d)) for _ in range(2)]
        self.output = drawn(d, V)
        self.worked_on: list[int] = []

    def __call__(self, ids: Tensor, start: int, cache: Any) -> tuple[Tensor, Any]:
        self._look_at(ids, start, cache)
        self.worked_on.append(len(ids))
        x = self.embedding[ids] + self.positions[start : start + len(ids)]
        empty = torch.zeros(self.h, 0, x.shape[1] // self.h)
        kept = []
        for (mix, out, up, down), (keys, values) in zip(self.layers, cache or [(empty, empty)] * 2, strict=True):
            q, k, v = (each.unflatten(1, (self.h, -1)).transpose(0, 1) for each in (_level(x) @ mix).chunk(3, 1))
            found, keys, values = self.attend(q, k, v, keys, values)
            x = x + found.transpose(0, 1).flatten(1) @ out
            x = x + torch.relu(_level(x) @ up) @ down
            kept.append((keys, values))
        return _level(x) @ self.output, kept

    def flops(self, new: int, start: int) -> int:
        """Multiplications and additions for some new tokens, the first of them at position start."""
        d, V = self.output.shape
        pairs = sum(start + i + 1 for i in range(new))
        return 2 * new * (2 * 12 * d * d + d * V) + 2 * 4 * d * pairs

    def _look_at(self, ids: Any, start: Any, cache: Any) -> None:
        what = f"a value of type {type(ids).__name__}"
        assert isinstance(ids, Tensor), f"model was given {what} for ids; it takes a tensor of tokens, (n,)."
        assert ids.dim() == 1 and len(ids), (
            f"model was given ids of shape {tuple(ids.shape)}; it takes (n,), n at least 1."
        )
        assert not ids.is_floating_point(), f"model was given ids of {ids.dtype}; the numbers of tokens are whole."
        known = isinstance(start, int) and 0 <= start <= POSITIONS - len(ids)
        assert known, f"model was given start = {start!r}; it is the position of the first of the new tokens, an int."
        if len(ids) > self.most:  # of a kind of its own, for it is a mistake of its own
            raise ValueError(f"model was given {len(ids)} tokens at once; at most {self.most} should be (chunk).")
        assert cache is None or isinstance(cache, list), "model was given a cache that it did not make."


def one_after_the_other(q: Tensor, k: Tensor, v: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Attention of new tokens to all before them and themselves, one at a time: slow, and nothing needs a mask."""
    found = []
    for i in range(q.shape[1]):
        keys, values = (torch.cat([old, new[:, i : i + 1]], 1) for old, new in ((keys, k), (values, v)))
        shares = (keys @ q[:, i, :, None] / q.shape[-1] ** 0.5).softmax(1)  # (h, S, 1)
        found.append((shares * values).sum(1))
    return torch.stack(found, 1), keys, values


def _level(x: Tensor) -> Tensor:
    return torch.nn.functional.layer_norm(x, x.shape[-1:])
