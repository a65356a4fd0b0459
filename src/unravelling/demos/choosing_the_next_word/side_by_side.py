"""One beginning, one seed, six ways to choose: what a decoder writes by each, and how much it surprises itself."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import torch
from cachetools import LRUCache, cachedmethod
from torch import Tensor

from unravelling import models
from unravelling.demos.base import Demo, Scene, Select, Text, Values
from unravelling.demos.choosing_the_next_word.distribution_lab import narrowed
from unravelling.demos.choosing_the_next_word.repetition import penalised
from unravelling.drawing.wrapping import wrapped
from unravelling.models.threads import threads_for

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

# Each takes scores (V,) and the tokens that stand there, and gives shares (V,).
WAYS: dict[str, Callable[[Tensor, list[int]], Tensor]] = {
    "greedy": lambda scores, ids: narrowed(scores, temperature=0).left,
    "greedy, penalty 1.3": lambda scores, ids: narrowed(penalised(scores, ids, 1.3), temperature=0).left,
    "drawn as it is": lambda scores, ids: narrowed(scores).left,
    "temperature 0.7": lambda scores, ids: narrowed(scores, temperature=0.7).left,
    "top-k, k = 20": lambda scores, ids: narrowed(scores, k=20).left,
    "top-p, p = 0.8": lambda scores, ids: narrowed(scores, p=0.8).left,
}


class Row(NamedTuple):
    """What one way wrote; bits: the model's mean surprise at a token of it."""

    text: str
    bits: float


def under(needle: float, shares: Tensor) -> int:
    """The token on which a needle at 0 <= needle < 1 falls, where shares (V,) lie end to end, the likeliest first."""
    likeliest, order = shares.sort(descending=True, stable=True)
    # Rounding may leave the sum a little below the needle; then the last token with a share gets it.
    place = min(int((likeliest.cumsum(-1) <= needle).sum()), int((likeliest > 0).sum()) - 1)
    return int(order[place])


class SideBySide(Demo):
    """Choose a beginning and a seed. At each place all rows are given the same needle, so only their rules differ."""

    title = "Six ways to choose, one seed"
    text = Text("text", "The old woman opened the door and saw", most_words=30)
    seed = Select("seed", [(str(each), each) for each in range(1, 9)], 1)

    def __init__(self, decoder: Pretrained | str = "decoder", text: str = "", length: int = 20) -> None:
        super().__init__()
        self.decoder = models.loaded(decoder, kind="decoder")
        if not 1 <= length <= 30:
            raise ValueError(f"SideBySide writes 1 to 30 tokens, not {length}.")
        self.length = length
        self._rows: LRUCache[object, dict[str, Row]] = LRUCache(32)
        if text:
            self.text = text

    def compute(self, v: Values) -> dict[str, Row]:
        return self._write(v.text, v.seed)

    @cachedmethod(attrgetter("_rows"))
    def _write(self, text: str, seed: int) -> dict[str, Row]:
        generator = torch.Generator().manual_seed(seed)
        read, cache = torch.tensor([self.decoder.ids(text)] * len(WAYS)), None
        ids = read
        bits = torch.zeros(len(WAYS))
        for _ in range(self.length):
            with torch.inference_mode(), threads_for(read.numel()):
                output = self.decoder.model(read, past_key_values=cache, use_cache=True)
            cache, scores = output.past_key_values, output.logits[:, -1].float()  # (B, V)
            needle = float(torch.rand((), generator=generator))
            shares = [way(row, old) for way, row, old in zip(WAYS.values(), scores, ids.tolist(), strict=True)]
            read = torch.tensor([[under(needle, each)] for each in shares])
            ids = torch.cat([ids, read], dim=1)
            bits -= scores.log_softmax(-1).gather(-1, read)[:, 0] / torch.log(torch.tensor(2.0))
        new = ids[:, -self.length :].tolist()
        return {
            name: Row(
                " ".join(self.decoder.tokenizer.decode(row, skip_special_tokens=True).split()),
                float(each) / self.length,
            )
            for name, row, each in zip(WAYS, new, bits, strict=True)
        }

    def draw(self, v: Values, data: dict[str, Row]) -> Scene:
        scene = Scene(height=100)
        y = 16.0
        for name, row in data.items():
            scene.text(10, y, name, bold=True)
            scene.text(750, y, f"{row.bits:.1f} bits a token", role="muted", align="right")
            for line in wrapped(row.text or "(nothing but spaces)", 720):
                y += 24
                scene.text(24, y, line)
            y += 34
        scene.text(10, y, "bits: the model's surprise at its own text", role="muted")
        scene.height = y + 18
        return scene

    def describe(self, v: Values, data: dict[str, Row]) -> str:
        return f"After “{v.text}”, seed {v.seed}: " + " ".join(
            f"{name}: “{row.text}” ({row.bits:.1f} bits a token)." for name, row in data.items()
        )
