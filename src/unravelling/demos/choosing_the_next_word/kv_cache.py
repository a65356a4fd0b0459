"""What a cache of keys and values saves and costs, token by token, worked out from a model's configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unravelling import models
from unravelling.demos.base import Demo, Scene, Slider, Values

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

MOST = 1024
_BYTES = 2


class Work(NamedTuple):
    """Operations for one new token, its text `length` tokens long by then, and the bytes that the cache holds."""

    with_cache: float
    without: float
    cache_bytes: int


class Shape(NamedTuple):
    """matrices: parameters that each token is multiplied with; the rest as in the configuration of a decoder."""

    matrices: int
    layers: int
    width: int
    kept: int  # numbers kept for each token, keys and values of all layers


def shape_of(decoder: Pretrained) -> Shape:
    """The numbers that count, from a loaded decoder. The table of tokens counts once, where scores are made."""
    config = decoder.model.config.get_text_config()
    wide = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    groups = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    table = config.vocab_size * config.hidden_size
    tied = getattr(config, "tie_word_embeddings", True)
    matrices = decoder.model.num_parameters() - (0 if tied else table)
    layers = config.num_hidden_layers
    return Shape(matrices, layers, config.num_attention_heads * wide, 2 * layers * groups * wide)


def work(shape: Shape, length: int) -> Work:
    """What the token that makes a text `length` long takes: 2 operations a parameter, and attention on top.

    A token that looks at n tokens multiplies its query with n keys and mixes n values: 4 n times the width, a layer.
    Without a cache that is done anew for every token of the text.
    """
    looking = 4 * shape.layers * shape.width
    one = 2 * shape.matrices + looking * length
    everyone = 2 * shape.matrices * length + looking * length * (length + 1) / 2
    return Work(one, everyone, _BYTES * shape.kept * length)


class KVCache(Demo):
    """Move along a growing text: operations for its next token with and without a cache, and what the cache holds."""

    title = "With a cache and without"
    length = Slider("tokens so far", 1, MOST, value=64, wide=460)

    def __init__(self, decoder: Pretrained | str | Shape = "decoder") -> None:
        super().__init__()
        if isinstance(decoder, Shape):
            self.shape = decoder
            return
        loaded = models.loaded(decoder)
        if getattr(loaded, "kind", "") != "decoder":
            raise ValueError('KVCache takes a decoder: models.load("decoder").')
        self.shape = shape_of(loaded)

    def compute(self, v: Values) -> Work:
        return work(self.shape, v.length)

    def draw(self, v: Values, data: Work) -> Scene:
        scene = Scene(height=420)
        unit = 1e9
        highest = work(self.shape, MOST).without / unit
        axes = scene.axes(
            70, 40, 500, 290, (0, MOST), (0, highest * 1.05), "tokens so far", "billion operations for the next token"
        )
        at = [*range(1, MOST, 33), MOST]
        for name, role in (("without", "bad"), ("with_cache", "good")):
            axes.plot(at, [getattr(work(self.shape, n), name) / unit for n in at], role=role, width=2.5)
            axes.points([v.length], [getattr(data, name) / unit], role=role)
        scene.text(590, 70, "without a cache", role="bad", bold=True)
        scene.text(590, 94, f"{data.without / unit:,.1f} billion", size=15)
        scene.text(590, 150, "with a cache", role="good", bold=True)
        scene.text(590, 174, f"{data.with_cache / unit:,.2f} billion", size=15)
        scene.text(590, 230, "the cache holds", bold=True)
        scene.text(590, 254, f"{data.cache_bytes / 1e6:,.2f} MB", size=15)
        scene.text(
            10,
            400,
            "Counted, not timed: 2 operations a parameter, and attention; 2 bytes for a number.",
            role="muted",
        )
        return scene

    def describe(self, v: Values, data: Work) -> str:
        return (
            f"At {v.length:,} tokens the next one takes {data.with_cache / 1e9:,.2f} billion operations with a cache "
            f"and {data.without / 1e9:,.1f} billion without, {data.without / data.with_cache:,.0f} times as many; "
            f"the cache holds {data.cache_bytes / 1e6:,.2f} MB."
        )
