"""Five sentences of your own, each as one vector of the encoder, and how alike they are: by meaning or common words."""

from __future__ import annotations

import math
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from cachetools import LRUCache, cachedmethod

from unravelling import models
from unravelling.demos.base import Demo, Scene, Slider, Text, Toggle, Values
from unravelling.drawing.text_metrics import short
from unravelling.language_models.embedding import sentence_rows, words_in_common

if TYPE_CHECKING:
    from torch import Tensor

    from unravelling.models.pretrained import Pretrained

COUNT, MOST_WORDS = 5, 40
BY = ("the encoder's vectors", "words in common")
SENTENCES = (
    "How do I get a stain out of my shirt?",
    "Removing spots from clothes with salt.",
    "How do I get a bird out of my house?",
    "The bank was closed on Sunday.",
    "Nobody could draw money at the weekend.",
)


class Alike(NamedTuple):
    """table (N, N): how alike the sentences of each pair are; asked: the one in view, from 0."""

    sentences: list[str]
    table: np.ndarray
    asked: int

    @property
    def nearest(self) -> int:
        """The sentence most like the one in view, another one."""
        row = self.table[self.asked].copy()
        row[self.asked] = -np.inf
        return int(row.argmax())


class Similarity(Demo):
    """Write five sentences; see which of them are alike to the encoder."""

    title = "Alike in meaning"
    one = Text("sentence 1", SENTENCES[0], most_words=MOST_WORDS)
    two = Text("sentence 2", SENTENCES[1], most_words=MOST_WORDS)
    three = Text("sentence 3", SENTENCES[2], most_words=MOST_WORDS)
    four = Text("sentence 4", SENTENCES[3], most_words=MOST_WORDS)
    five = Text("sentence 5", SENTENCES[4], most_words=MOST_WORDS)
    by = Toggle("compare by", list(BY))
    asked = Slider("nearest to sentence", 1, COUNT, value=1)

    def __init__(self, encoder: Pretrained | str = "encoder", sentences: tuple[str, ...] = SENTENCES) -> None:
        super().__init__()
        self.encoder = models.loaded(encoder)
        if not hasattr(self.encoder, "ids"):
            raise ValueError(
                'Similarity takes a model first: models.load("encoder"), or another one to compare it with.'
            )
        if len(sentences) != COUNT:
            raise ValueError(f"Similarity takes {COUNT} sentences, not {len(sentences)}.")
        self._rows: LRUCache[object, Tensor] = LRUCache(200)
        for name, sentence in zip(("one", "two", "three", "four", "five"), sentences, strict=True):
            setattr(self, name, sentence)

    def compute(self, v: Values) -> Alike:
        sentences = [v.one, v.two, v.three, v.four, v.five]
        if v.by == BY[1]:
            shares = [[words_in_common(a, b) for b in sentences] for a in sentences]
            return Alike(sentences, np.array(shares), v.asked - 1)
        rows = [self._row(sentence) for sentence in sentences]
        table = np.array([[float(a @ b) for b in rows] for a in rows])
        return Alike(sentences, table, v.asked - 1)

    @cachedmethod(attrgetter("_rows"))
    def _row(self, sentence: str) -> Tensor:
        return sentence_rows(self.encoder, [sentence])[0]

    def draw(self, v: Values, data: Alike) -> Scene:
        scene = Scene(height=374)
        x, y, side = 28, 46, 260
        low = min(0.0, math.floor(10 * float(data.table.min())) / 10)
        what = "cosine of each pair of sentences" if v.by == BY[0] else "share of words in common"
        scene.text(x, 14, what, role="muted")
        names = [str(place + 1) for place in range(COUNT)]
        scene.heat(
            x, y, side, side, data.table, rows=names, columns=names, low=low, high=1,
            label="how alike", digits=2, title=False, row_word="sentence", column_word="and",
        )  # fmt: skip
        cell = side / COUNT
        scene.rect(x - 2, y + data.asked * cell - 1, side + 4, cell + 2, fill=None, stroke="accent", width=3)
        scene.scale_bar(x, y + side + 18, low=low, high=1, label="")
        left = 322
        scene.text(left, 14, f"how near to sentence {data.asked + 1}", role="accent", bold=True)
        order = sorted(range(COUNT), key=lambda place: -data.table[data.asked, place])
        rows = [
            (f"{p + 1}. {short(data.sentences[p], 46)}", float(data.table[data.asked, p]),
             "muted" if p == data.asked else "output", p == data.nearest)
            for p in order
        ]  # fmt: skip
        scene.bars(left, 58, rows, track=360, step=58, high=18, form="{:.2f}", above=True, value_gap=10)
        return scene

    def describe(self, v: Values, data: Alike) -> str:
        by = "By the encoder's vectors" if v.by == BY[0] else "By words in common"
        near = data.nearest
        return (
            f"{by}, sentence {near + 1}, “{data.sentences[near]}”, is nearest to sentence {data.asked + 1}, "
            f"“{data.sentences[data.asked]}”: {data.table[data.asked, near]:.2f}."
        )
