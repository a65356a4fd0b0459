"""Words that come again: a decoder writes greedily under a penalty, by the right rule and by the common mistake."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import torch
from cachetools import LRUCache, cachedmethod
from torch import Tensor

from unravelling import models
from unravelling.demos.base import Demo, Scene, Select, Text, Toggle, Values
from unravelling.demos.choosing_the_next_word.usable_scores import usable
from unravelling.drawing.text_metrics import short, text_width
from unravelling.drawing.wrapping import ON_NARROW_PAGES

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

RULES = ("lower every score", "divide every score")
SCALES = ("the model's scores", "logarithms of the shares")
RUN = 3


class Written(NamedTuple):
    """tokens: the new ones, as a person reads them; again: for each, whether it ends a run of three that the decoder
    had already written."""

    tokens: list[str]
    again: list[bool]


def penalised(scores: Tensor, ids: list[int], penalty: float, rule: str = RULES[0]) -> Tensor:
    """New scores (V,) in which those of `ids` are punished, once each. By the second rule scores below 0 go up."""
    places = torch.tensor(sorted(set(ids)), dtype=torch.int64)
    was, new = scores[places], scores.clone()
    new[places] = was / penalty if rule == RULES[1] else torch.where(was > 0, was / penalty, was * penalty)
    return new


def comes_again(ids: list[int]) -> list[bool]:
    """For each token, whether it and the two before it stood so, in a row, earlier on."""
    runs = [tuple(ids[max(end - RUN + 1, 0) : end + 1]) for end in range(len(ids))]
    return [len(run) == RUN and run in runs[:end] for end, run in enumerate(runs)]


class Repetition(Demo):
    """Choose a penalty and a rule; the decoder writes, and what it has written before is marked."""

    title = "Words that come again"
    text = Text("text", "dog dog dog", most_words=30)
    penalty = Select("penalty", [("1 (none)", 1.0), ("1.1", 1.1), ("1.3", 1.3), ("2", 2.0)], 1.0)
    rule = Toggle("rule", list(RULES))
    scale = Toggle("applied to", list(SCALES))

    def __init__(self, decoder: Pretrained | str = "decoder", text: str = "dog dog dog", length: int = 24) -> None:
        super().__init__()
        self.decoder = models.loaded(decoder, kind="decoder")
        if not 1 <= length <= 60:
            raise ValueError(f"Repetition writes 1 to 60 tokens, not {length}.")
        self.length = length
        self._texts: LRUCache[object, Written] = LRUCache(64)
        self.text = text

    def compute(self, v: Values) -> Written:
        if v.penalty == 1:  # then rule and scale make no difference
            return self._write(v.text, 1.0, RULES[0], SCALES[0])
        return self._write(v.text, v.penalty, v.rule, v.scale)

    @cachedmethod(attrgetter("_texts"))
    def _write(self, text: str, penalty: float, rule: str, scale: str) -> Written:
        from unravelling.models.threads import threads_for

        ids, cache = self.decoder.ids(text), None
        new: list[int] = []
        read = ids
        for _ in range(self.length):
            with torch.inference_mode(), threads_for(len(read)):
                output = self.decoder.model(torch.tensor([read]), past_key_values=cache, use_cache=True)
            cache, scores = output.past_key_values, usable(output.logits[0, -1].float())
            scores = scores.log_softmax(-1) if scale == SCALES[1] else scores
            read = [int(penalised(scores, ids + new, penalty, rule).argmax())]
            new += read
        pieces = self.decoder.pieces(new)
        return Written([short(each, 18) for each in pieces], comes_again(new))

    def draw(self, v: Values, data: Written) -> Scene:
        scene = Scene(height=120)
        scene.text(10, 16, self.how(v), bold=True, size=14)
        scene.text(
            10, 42, "the tokens that the decoder writes; framed: ends a run of three that it had already written"
        )
        x, y = 10.0, 62.0
        for token, again in zip(data.tokens, data.again, strict=True):
            wide = text_width(token, ON_NARROW_PAGES) * 1.04 + 14
            if x + wide > 750:
                x, y = 10.0, y + 40
            scene.rect(
                x, y, wide, 30, fill="accent" if again else "grid", opacity=0.2 if again else 0.3,
                stroke="accent" if again else None, width=2, radius=4,
            )  # fmt: skip
            scene.text(x + wide / 2, y + 15, token, size=15, align="center")
            x += wide + 6
        scene.text(10, y + 54, f"{sum(data.again)} of {len(data.again)} tokens end such a run", bold=True, size=14)
        scene.height = y + 74
        return scene

    @staticmethod
    def how(v: Values) -> str:
        """By what the text came about: two rules may well write the same, and then this alone tells them apart."""
        return "Without a penalty" if v.penalty == 1 else f"With penalty {v.penalty:g}, by “{v.rule}” on {v.scale}"

    def describe(self, v: Values, data: Written) -> str:
        comma = "" if v.penalty == 1 else ","
        return (
            f"{self.how(v)}{comma} the decoder writes “{' '.join(data.tokens)}”; {sum(data.again)} of "
            f"{len(data.again)} tokens end a run of three that it had already written."
        )
