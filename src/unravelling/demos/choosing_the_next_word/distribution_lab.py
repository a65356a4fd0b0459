"""Temperature, k and p on a real next-word distribution: what is kept, and what share it gets."""

from __future__ import annotations

import unicodedata
from collections import Counter
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import torch
from cachetools import LRUCache, cachedmethod
from torch import Tensor

from unravelling import models
from unravelling.demos.base import Demo, Scene, Select, Slider, Text, Values
from unravelling.demos.choosing_the_next_word.usable_scores import usable
from unravelling.drawing.text_metrics import short

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

SHOWN = 12
ALL = "all"
SPACE = "␣"


class Choice(NamedTuple):
    """What is left to choose from. Both (V,), in the vocabulary's order: the model's own shares, and the last ones.

    kept: how many tokens are left; mass: what they had together once the temperature had had its say.
    """

    own: Tensor
    left: Tensor
    kept: int
    mass: float

    @property
    def bits(self) -> tuple[float, float]:
        """The entropy before and after, in bits."""
        return entropy(self.own), entropy(self.left)


def entropy(shares: Tensor) -> float:
    """How open a choice is, in bits: 0 for one token, log2 n for n equal ones. shares: (V,), sum 1."""
    return abs(torch.special.entr(shares).sum().item() / torch.log(torch.tensor(2.0)).item())


def narrowed(scores: Tensor, temperature: float = 1.0, k: int | None = None, p: float = 1.0) -> Choice:
    """First the temperature, then the k likeliest, then the likeliest of these whose sum reaches p. scores: (V,).

    A temperature of 0 keeps the best token alone; the token with which the sum crosses p is kept; of equal shares the
    token with the lower number comes first. ValueError for settings, BadInput for scores that make no shares.
    """
    if not (temperature >= 0 and 0 < p <= 1 and (k is None or k >= 1)):  # so that NaN is refused as well
        raise ValueError(
            "The temperature must be at least 0, k at least 1 or None, and p above 0 and at most 1, "
            f"not {temperature}, {k} and {p}."
        )
    scores = usable(scores).double()
    own = scores.softmax(-1)
    if temperature == 0:
        warm = torch.zeros_like(own)
        warm[scores.argmax()] = 1
    else:
        warm = ((scores - scores.max()) / temperature).softmax(-1)
    shares, order = warm.sort(descending=True, stable=True)
    left = shares.clone()
    if k is not None:
        left[k:] = 0
    left = left / left.sum()
    if p < 1:
        left[left.cumsum(-1) - left >= p] = 0
    kept = left > 0
    ends = torch.zeros_like(left).scatter(0, order, left / left.sum())
    return Choice(own, ends, int(kept.sum()), min(shares[kept].sum().item(), 1.0))


def seen(name: str) -> str:
    """A token's text, or the code points of one that has only signs that stand above or behind another."""
    if all(unicodedata.category(sign)[0] == "M" for sign in name):
        return "".join(f"‹U+{ord(sign):04X}›" for sign in name)
    return name


class DistributionLab(Demo):
    """Turn temperature, k and p, and see what they leave of the shares that a decoder gives to the next token."""

    title = "What is left to choose from"
    text = Text("text", "The old woman opened the door and saw")
    temperature = Slider("temperature", 0.0, 2.0, step=0.1, value=1.0)
    p = Slider("p", 0.05, 1.0, step=0.05, value=1.0)
    k = Select("k", [(ALL, ALL), *((str(each), each) for each in (1, 2, 3, 5, 10, 20, 50, 100, 1000))], ALL)

    def __init__(self, decoder: Pretrained | str = "decoder", text: str = "", **values) -> None:
        super().__init__(**values)
        self.decoder = models.loaded(decoder, kind="decoder")
        self._scores: LRUCache[object, Tensor] = LRUCache(16)
        if text:
            self.text = text

    @cachedmethod(attrgetter("_scores"))
    def _after(self, text: str) -> Tensor:
        return self.decoder.logits(text)[1][-1]

    def compute(self, v: Values) -> Choice:
        return narrowed(self._after(v.text), v.temperature, None if v.k == ALL else v.k, v.p)

    def names(self, ids: Tensor) -> list[str]:
        """Tokens as a person reads them, and no two alike: where one has a space before it, and another has none, the
        space is drawn; signs that show nothing by themselves are told by their code points."""
        pieces = self.decoder.tokenizer.convert_ids_to_tokens(ids.tolist())
        names = [seen(each) for each in self.decoder.pieces(ids.tolist())]
        times = Counter(names)
        return [
            short(f"{SPACE}{name}" if times[name] > 1 and piece[0] in "Ġ▁" else name, 12)
            for name, piece in zip(names, pieces, strict=True)
        ]

    def draw(self, v: Values, data: Choice) -> Scene:
        scene = Scene(height=132 + 28 * SHOWN)
        shares, order = data.own.topk(SHOWN)
        heads = (
            (150, "the model's share", shares, "muted"),
            (460, "the share after your choices", data.left[order], "output"),
        )
        names = self.names(order)
        for left, head, values, role in heads:
            scene.text(left, 16, head, role="ink" if role == "output" else "muted", bold=role == "output")
            rows = [
                (name if left == 150 else "", value, role, data.left[token].item() > 0)
                for name, value, token in zip(names, values.tolist(), order, strict=True)
            ]
            scene.bars(left, 36, rows, track=220, step=28, high=18, most=1.0, label_size=14, label_room=124, least=0)
        y = 36 + 28 * SHOWN + 16
        lines = [*self.sums(data), "A bar as long as its track is 100%."]
        if any(name[0] == SPACE and name[1:] in names for name in names):
            lines[-1] += f" {SPACE} is the space before a token's letters."
        for line in lines:
            scene.text(10, y, line, size=14)
            y += 26
        return scene

    @staticmethod
    def sums(data: Choice) -> tuple[str, str]:
        """How many tokens are kept, and how open the choice is, in two sentences."""
        before, after = data.bits
        tokens = "token is" if data.kept == 1 else "tokens are"
        had = "it had" if data.kept == 1 else "together they had"
        return (
            f"{data.kept:,} {tokens} left of {len(data.own):,}; {had} {data.mass:.1%} at this temperature.",
            f"Entropy: {before:.2f} bits from the model, {after:.2f} bits now.",
        )

    def describe(self, v: Values, data: Choice) -> str:
        best, shown = data.left.argmax(), data.own.topk(SHOWN).indices
        name = self.names(torch.cat([best[None], shown[shown != best]]))[0]
        return f"The best token, “{name}”, goes from {data.own[best]:.1%} to {data.left[best]:.1%}. " + " ".join(
            self.sums(data)
        )
