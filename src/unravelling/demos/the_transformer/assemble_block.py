"""A stack of random blocks, put together part by part: what becomes of the signal, the gradient and the words."""

from __future__ import annotations

import math
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

import torch
import torch.nn.functional as F
from cachetools import LRUCache, cachedmethod
from torch import Tensor, nn

from unravelling.demos.base import Demo, Scene, Slider, Toggle, Values
from unravelling.demos.the_transformer.block_picture import draw_block
from unravelling.models.threads import one_thread

DEPTH, WIDTH, HEADS, TOKENS = 48, 64, 4, 16
NORMS = ("none", "after", "before")
PARTS = {"both": ("attention", "feed-forward"), "attention": ("attention",), "feed-forward": ("feed-forward",)}
ROLES = {"attention": "query", "feed-forward": "value"}


class ByDepth(NamedTuple):
    """What stands after 0, 1, 2, ... blocks, each (depth + 1,).

    size: root of the mean square of all numbers. gradient: the length of the gradient that arrives there, as a share of
    the one that was put in at the end. alike: the mean cosine between two different tokens, 1 if all point one way.
    """

    size: Tensor
    gradient: Tensor
    alike: Tensor


def by_depth(
    residual: bool = True,
    norm: str = "before",
    feed_forward: bool = True,
    attention: bool = True,
    depth: int = DEPTH,
    seed: int = 0,
) -> ByDepth:
    """Send 16 random tokens through `depth` random blocks of width 64 and a random gradient back.

    Weights are as PyTorch makes them, before any training; the norm is layer normalisation. norm: "none"; "after" each
    addition, as in Vaswani et al., 2017, arXiv:1706.03762; "before" each part, as in GPT-2 (Radford et al., 2019).
    Computed with double precision, since gradients get smaller than single precision can say. Raises ValueError if
    the norm has another name, if depth is not 1 to 48, or if the block would be empty.
    """
    if norm not in NORMS:
        raise ValueError(f"norm must be one of {', '.join(NORMS)}, not {norm!r}.")
    if isinstance(depth, bool) or not isinstance(depth, int) or not 1 <= depth <= DEPTH:
        raise ValueError(f"depth must be a whole number from 1 to {DEPTH}, not {depth!r}.")
    if not (feed_forward or attention):
        raise ValueError("A block without attention and without feed-forward is empty: keep one of them.")
    with one_thread():
        return _by_depth(_random_stack(seed), residual, norm, feed_forward, attention, depth)


def _by_depth(stack: _Stack, residual: bool, norm: str, feed_forward: bool, attention: bool, depth: int) -> ByDepth:
    streams = [stack.tokens.clone().requires_grad_()]
    with torch.enable_grad():
        for block in stack.blocks[:depth]:
            x = streams[-1]
            for part in (block.attend if attention else None, block.think if feed_forward else None):
                if part is not None:
                    y = part(_normed(x) if norm == "before" else x)
                    x = x + y if residual else y
                    x = _normed(x) if norm == "after" else x
            streams.append(x)
        gradients = torch.autograd.grad(streams[-1], streams, stack.blame)
    rows = torch.stack(streams).detach()  # (depth + 1, T, d)
    return ByDepth(
        rows.pow(2).mean(dim=(1, 2)).sqrt(),
        torch.stack(gradients).flatten(1).norm(dim=1) / stack.blame.norm(),
        mean_cosine(rows),
    )


def mean_cosine(rows: Tensor) -> Tensor:
    """The mean over all pairs of different tokens of the cosine between their rows. rows: (..., T, d) -> (...)."""
    directions = rows / rows.norm(dim=-1, keepdim=True)
    T = rows.shape[-2]
    # The square of the sum holds each pair twice, and each row with itself once.
    return (directions.sum(dim=-2).pow(2).sum(dim=-1) - T) / (T * T - T)


class _Block(NamedTuple):
    """The weights of one block."""

    qkv: Tensor  # (3 d, d)
    out: nn.Linear
    widen: nn.Linear
    narrow: nn.Linear

    def attend(self, x: Tensor) -> Tensor:
        T, d = x.shape
        q, k, v = (x @ self.qkv.T).view(T, 3, HEADS, d // HEADS).permute(1, 2, 0, 3)  # each (h, T, d / h)
        mixed = F.scaled_dot_product_attention(q, k, v)
        return self.out(mixed.transpose(0, 1).reshape(T, d))

    def think(self, x: Tensor) -> Tensor:
        return self.narrow(torch.relu(self.widen(x)))


class _Stack(NamedTuple):
    blocks: list[_Block]
    tokens: Tensor  # (T, d)
    blame: Tensor  # (T, d): the gradient at the end


def _normed(x: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:])


@lru_cache(maxsize=2)
def _random_stack(seed: int) -> _Stack:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        double = torch.float64
        tokens, blame = torch.randn(2, TOKENS, WIDTH, dtype=double)
        blocks = []
        for _ in range(DEPTH):
            attention = nn.MultiheadAttention(WIDTH, HEADS, dtype=double)
            widen, narrow = nn.Linear(WIDTH, 4 * WIDTH, dtype=double), nn.Linear(4 * WIDTH, WIDTH, dtype=double)
            for part in (attention, widen, narrow):
                part.requires_grad_(False)
            blocks.append(_Block(attention.in_proj_weight, attention.out_proj, widen, narrow))
    return _Stack(blocks, tokens, blame)


class AssembleBlock(Demo):
    """Switch the parts of a block on and off, and see what 48 such blocks do before any training."""

    title = "A block, put together"
    residual = Toggle("residual", ["on", "off"])
    norm = Toggle("norm", list(NORMS), value="before")
    parts = Toggle("parts", list(PARTS))
    depth = Slider("look after block", 0, DEPTH, value=DEPTH)

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        self.seed = seed
        self._known: LRUCache[object, ByDepth] = LRUCache(maxsize=2 * len(NORMS) * len(PARTS))

    def compute(self, v: Values) -> ByDepth:
        return self._by_depth(v.residual, v.norm, v.parts)

    @cachedmethod(attrgetter("_known"))
    def _by_depth(self, residual: str, norm: str, parts: str) -> ByDepth:
        inside = PARTS[parts]
        return by_depth(residual == "on", norm, "feed-forward" in inside, "attention" in inside, seed=self.seed)

    def draw(self, v: Values, data: ByDepth) -> Scene:
        scene = Scene(height=520)
        inside = [(part, ROLES[part]) for part in PARTS[v.parts]]
        draw_block(scene, (12, 30, 180, 440), inside, v.residual == "on", v.norm)
        scene.text(102, 500, f"one of {DEPTH} blocks", role="muted", align="center")
        k = v.depth
        panels = [
            ("size of the numbers", logarithms(data.size), size_text(data.size[k]), "query"),
            ("what arrives of a gradient of 1 sent back", logarithms(data.gradient),
             size_text(data.gradient[k]), "key"),
            ("how alike the tokens are (mean cosine)", data.alike, f"{data.alike[k]:.2f}", "output"),
        ]  # fmt: skip
        for row, (name, heights, value, role) in enumerate(panels):
            low, high = (-0.1, 1.1) if role == "output" else _range(heights)
            axes = scene.axes(
                272, 40 + 160 * row, 468, 96, (0, DEPTH), (low, high), "after block" if row == 2 else "", "",
                x_ticks=list(range(0, DEPTH + 1, 8)), y_ticks=[0, 0.5, 1] if role == "output" else [],
            )  # fmt: skip
            for power in [] if role == "output" else _whole(low, high):
                scene.line([(272, axes.y(power)), (740, axes.y(power))], role="grid", width=1)
                scene.text(264, axes.y(power), power_text(power), role="muted", size=12, align="right")
            scene.text(228, 18 + 160 * row, name, role=role, bold=True)
            scene.text(740, 18 + 160 * row, f"after block {k}: {value}", role=role, bold=True, align="right")
            axes.plot([k, k], [low, high], role="muted", width=1, dash=True)
            axes.plot(range(DEPTH + 1), heights, role=role, width=2.5)
            axes.points([k], [heights[k]], role=role, r=6)
        return scene

    def describe(self, v: Values, data: ByDepth) -> str:
        k = v.depth
        norm = {"none": "no norm", "after": "norm after each part", "before": "norm before each part"}[v.norm]
        residual = "with the residual" if v.residual == "on" else "without the residual"
        alike, arrives = data.alike[k].item(), data.gradient[0].item()
        words = "all tokens are nearly the same" if alike > 0.99 else "the tokens still differ"
        if arrives < 1e-3:
            back = "is all but lost"
        elif arrives > 1e3:
            back = "has grown beyond use"
        else:
            back = "arrives in a size that can be used"
        return (
            f"Blocks of {' and '.join(PARTS[v.parts])}, {residual}, {norm}: after block {k} the numbers have size "
            f"{size_text(data.size[k])}, and {words} (mean cosine {alike:.2f}, at the start {data.alike[0]:.2f}). "
            f"A gradient of size 1 sent back from block {DEPTH} {back}: {size_text(arrives)} of it reaches the tokens."
        )


def logarithms(values: Tensor) -> Tensor:
    """Logarithms to base 10; what is 0 counts as 1e-300."""
    return values.clamp(min=1e-300).log10()


def power_text(power: int) -> str:
    """A power of ten as one reads it on an axis: "0.01", "1", "1,000", "10⁶"."""
    if -2 <= power <= 3:
        return f"{10**power:,}" if power >= 0 else f"{10.0**power:g}"
    return "10" + str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def size_text(value: float | Tensor) -> str:
    """A positive number, in full from 0.01 to 9,999, else as a power of ten: "3.5 × 10⁻⁵¹"."""
    value = float(value)
    if value == 0 or 0.00995 <= value < 9_999.5:
        return f"{value:.2g}" if value < 100 else f"{value:,.0f}"
    exponent = math.floor(math.log10(value))
    first = round(value / 10**exponent, 1) if exponent > -300 else 1.0
    if first >= 10:
        first, exponent = 1.0, exponent + 1
    return f"{first:g} × 10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _range(heights: Tensor) -> tuple[float, float]:
    """Powers of ten with room around the curve, at least from 0.1 to 10, so that a nearly flat curve looks flat."""
    room = 0.06 * (heights.max() - heights.min()).item()
    return min(-1.2, heights.min().item() - room), max(1.2, heights.max().item() + room)


def _whole(low: float, high: float) -> list[int]:
    """Whole powers of ten from low to high, at most seven or so of them."""
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100) if (high - low) / step <= 6)
    return [power for power in range(math.ceil(low), math.floor(high) + 1) if power % step == 0]
