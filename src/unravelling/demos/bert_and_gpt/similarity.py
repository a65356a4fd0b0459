"""Five sentences of your own, each as one row of the encoder, and how alike they are: by meaning or by common words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from unravelling import models
from unravelling.demos.base import BadInput, Demo, Scene, Slider, Text, Toggle
from unravelling.language_models.embedding import sentence_rows, words_in_common

if TYPE_CHECKING:
    from torch import Tensor

    from unravelling.models.pretrained import Pretrained

COUNT, MOST_WORDS = 5, 40
BY = ("the encoder's rows", "words in common")
SENTENCES = (
    "How do I get a stain out of my shirt?",
    "Removing spots from clothes with salt.",
    "How do I get a bird out of my house?",
    "The bank was closed on Sunday.",
    "Nobody could draw money at the weekend.",
)


class Alike(NamedTuple):
    """table (N, N): how alike each two sentences are; asked: the one in view, from 0."""

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
    """Write five sentences; see which of them the encoder holds for alike."""

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
        self.encoder = models.load(encoder) if isinstance(encoder, str) else encoder
        if not hasattr(self.encoder, "ids"):
            raise ValueError(
                'Similarity takes a model first: models.load("encoder"), or another one to compare it with.'
            )
        if len(sentences) != COUNT:
            raise ValueError(f"Similarity takes {COUNT} sentences, not {len(sentences)}.")
        self._rows: dict[str, Tensor] = {}
        for name, sentence in zip(("one", "two", "three", "four", "five"), sentences, strict=True):
            setattr(self, name, sentence)

    def compute(self) -> Alike:
        sentences = [self.one, self.two, self.three, self.four, self.five]
        if self.by == BY[1]:
            table = [[words_in_common(a, b) for b in sentences] for a in sentences]
            return Alike(sentences, np.array(table), self.asked - 1)
        try:
            rows = [self._row(sentence) for sentence in sentences]
        except models.ModelError as problem:
            raise BadInput(str(problem)) from None
        table = np.array([[float(a @ b) for b in rows] for a in rows])
        return Alike(sentences, table, self.asked - 1)

    def _row(self, sentence: str) -> Tensor:
        if sentence not in self._rows:
            while len(self._rows) > 200:
                self._rows.pop(next(iter(self._rows)))
            self._rows[sentence] = sentence_rows(self.encoder, [sentence])[0]
        return self._rows[sentence]

    def draw(self, data: Alike) -> Scene:
        scene = Scene(height=374)
        x, y, side = 28, 46, 280
        low = min(0.0, math.floor(10 * float(data.table.min())) / 10)
        what = "cosine" if self.by == BY[0] else "share of words in common"
        scene.text(x, 14, f"{what}, sentence by sentence", role="muted")
        names = [str(place + 1) for place in range(COUNT)]
        scene.heat(
            x, y, side, side, data.table, rows=names, columns=names, low=low, high=1,
            label="how alike", digits=2, title=False, row_word="sentence", column_word="and",
        )  # fmt: skip
        cell = side / COUNT
        scene.rect(x - 2, y + data.asked * cell - 1, side + 4, cell + 2, fill=None, stroke="query", width=3)
        scene.scale_bar(x, y + side + 18, low=low, high=1, label="")
        left = 344
        scene.text(left, 14, f"how near to sentence {data.asked + 1}", role="query", bold=True)
        order = sorted(range(COUNT), key=lambda place: -data.table[data.asked, place])
        for row, place in enumerate(order):
            top, share = 46 + 58 * row, float(data.table[data.asked, place])
            own = place == data.asked
            text = data.sentences[place]
            shown = text if len(text) <= 54 else text[:53] + "…"
            scene.text(left, top, f"{place + 1}. {shown}", bold=place == data.nearest, role="muted" if own else "ink")
            scene.rect(left, top + 12, 340, 18, fill="grid", opacity=0.5, radius=3)
            scene.rect(left, top + 12, max(340 * share, 1), 18, fill="muted" if own else "output", radius=3)
            scene.text(left + 350, top + 21, f"{share:.2f}".replace("-", "−"), bold=True)
        return scene

    def describe(self, data: Alike) -> str:
        by = "by the rows of the encoder" if self.by == BY[0] else "by words in common"
        near = data.nearest
        return (
            f"Nearest to sentence {data.asked + 1}, “{data.sentences[data.asked]}”, is {by} sentence {near + 1}, "
            f"“{data.sentences[near]}”, with {data.table[data.asked, near]:.2f}."
        )
