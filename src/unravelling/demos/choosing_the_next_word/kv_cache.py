"""What a cache of keys and values saves and costs, token by token: counted from a model's shape, and timed on it."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import torch

from unravelling import models
from unravelling.demos.base import BadInput, Buttons, Demo, Scene, Slider, State, Values
from unravelling.models.threads import threads_for

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

MOST = 512
TICKS = (0, 128, 256, 384, 512)
KINDS = (("without", "without a cache", "bad"), ("with_cache", "with a cache", "good"))
COUNTED = "billion operations, counted"
TIMED = "milliseconds, timed here"
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


class Measured(NamedTuple):
    """Milliseconds for the token that makes a text `length` long, on this machine."""

    length: int
    with_cache: float
    without: float


def measured(decoder: Pretrained, length: int) -> Measured:
    """Time the step once without a cache, which makes the cache too, and with it the least of three.

    The text is of random tokens: what they are takes no more and no less time.
    """
    generator = torch.Generator().manual_seed(length)
    ids = torch.randint(decoder.model.config.get_text_config().vocab_size, (1, length), generator=generator)
    with torch.inference_mode():
        with threads_for(1):
            decoder.model(ids[:, -1:])  # the first call of a process takes longer
        began = perf_counter()
        with threads_for(length):
            cache = decoder.model(ids, use_cache=True).past_key_values
        without = perf_counter() - began
        if length == 1:  # nothing to keep yet: the two are one
            return Measured(1, 1000 * without, 1000 * without)
        least = float("inf")
        for _ in range(3):
            cache.crop(-1)
            began = perf_counter()
            with threads_for(1):
                decoder.model(ids[:, -1:], past_key_values=cache, use_cache=True)
            least = min(least, perf_counter() - began)
    return Measured(length, 1000 * least, 1000 * without)


class Costs(NamedTuple):
    """work: counted for the text as long as the slider says. here: what was measured at this length, if anything."""

    work: Work
    here: Measured | None


class KVCache(Demo):
    """Move along a growing text: what its next token takes with and without a cache, counted, and timed on request."""

    title = "With a cache and without"
    length = Slider("tokens so far", 1, MOST, value=64, wide=460)
    clock = Buttons("time", ["time it here, on this machine"])
    timed = State(())  # of Measured, one for each length

    def __init__(self, decoder: Pretrained | str | Shape = "decoder") -> None:
        super().__init__()
        self.decoder: Pretrained | None = None
        if isinstance(decoder, Shape):
            self.shape = decoder
            return
        loaded = models.loaded(decoder, kind="decoder")
        self.decoder, self.shape = loaded, shape_of(loaded)

    def on_press(self, name: str, index: int) -> None:
        if self.decoder is None:
            raise BadInput("Only a loaded model can be timed: give KVCache a decoder.")
        new = measured(self.decoder, self.length)
        others = [each for each in self.timed if each.length != new.length]
        self.timed = tuple(sorted([*others, new]))

    def compute(self, v: Values) -> Costs:
        return Costs(work(self.shape, v.length), next((each for each in v.timed if each.length == v.length), None))

    def draw(self, v: Values, data: Costs) -> Scene:
        scene = Scene(height=440)
        unit = 1e9
        at = [*range(1, MOST, 33), MOST]
        counted = {name: [getattr(work(self.shape, n), name) / unit for n in at] for name, *_ in KINDS}
        slowest = max((each.without for each in v.timed), default=100.0)
        left = scene.axes(
            62, 44, 290, 220, (0, MOST), (0, 1.08 * max(counted["without"])), "tokens so far", title=COUNTED,
            x_ticks=TICKS,
        )  # fmt: skip
        right = scene.axes(
            450, 44, 290, 220, (0, MOST), (0, 1.2 * slowest), "tokens so far", title=TIMED, x_ticks=TICKS
        )
        if not v.timed:
            scene.text(595, 154, "press the button", role="muted", align="center")
        for name, _, role in KINDS:
            left.plot(at, counted[name], role=role, width=2.5)
            left.points([v.length], [getattr(data.work, name) / unit], role=role)
            times = [getattr(each, name) for each in v.timed]
            if times:
                right.plot([each.length for each in v.timed], times, role=role, width=2)
                right.points([each.length for each in v.timed], times, role=role)
        for y, (name, words, role) in zip((342, 370), KINDS, strict=True):
            scene.text(10, y, words, role=role, bold=True)
            scene.text(200, y, f"{getattr(data.work, name) / unit:,.2f} billion operations")
            scene.text(490, y, f"{getattr(data.here, name):,.0f} ms" if data.here else "not timed at this length")
        scene.text(10, 398, f"the cache holds {data.work.cache_bytes / 1e6:,.2f} MB at 2 bytes a number")
        scene.text(
            10, 426, "operations: two for each parameter that a token passes through, plus attention", role="muted"
        )
        return scene

    def describe(self, v: Values, data: Costs) -> str:
        less = data.work.without / data.work.with_cache
        at = "1 token" if v.length == 1 else f"{v.length:,} tokens"
        many = (
            f"{less:,.0f} times as many" if less >= 1.5 else "as many" if v.length == 1 else f"{less:.1f} times as many"
        )
        said = (
            f"At {at} the next one takes {data.work.with_cache / 1e9:,.2f} billion operations with a "
            f"cache and {data.work.without / 1e9:,.2f} billion without, {many}; the cache holds "
            f"{data.work.cache_bytes / 1e6:,.2f} MB."
        )
        if data.here is None:
            return said
        return f"{said} Timed here: {data.here.with_cache:,.0f} ms with, {data.here.without:,.0f} ms without."
