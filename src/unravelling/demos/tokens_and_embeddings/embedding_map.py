"""Words of one's own in a real model's table: how alike their rows are, and a map of them in two directions."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from unravelling import models
from unravelling.demos.base import BadInput, Demo, Scene, Text, Values
from unravelling.demos.controls import listed
from unravelling.drawing.text_metrics import text_width

if TYPE_CHECKING:
    from torch import Tensor

    from unravelling.models.pretrained import Pretrained

LEAST, MOST, LONGEST = 3, 12, 12
RIGHT = 312  # where the map ends, in the picture
WORDS = "piano violin drum monday friday seven 7 three red blue"


class Map(NamedTuple):
    """places: (N, 2). kept: the share of the spread that two directions keep. cosines: (N, N)."""

    words: list[str]
    places: np.ndarray
    kept: float
    cosines: np.ndarray


class EmbeddingMap(Demo):
    """Write words that are one token each to the encoder."""

    title = "A map of the table"
    words = Text("words", WORDS, most_words=MOST)

    def __init__(self, encoder: Pretrained | str = "encoder") -> None:
        super().__init__()
        self.encoder = models.loaded(encoder)
        self.table = self.encoder.model.get_input_embeddings().weight.detach()

    def compute(self, v: Values) -> Map:
        words = list(dict.fromkeys(listed(v.words)))
        if not LEAST <= len(words) <= MOST:
            raise BadInput(f"A map needs {LEAST} to {MOST} different words; there are {len(words)}.")
        return mapped(words, self.table[[self._number(word) for word in words]])

    def _number(self, word: str) -> int:
        tokenizer = self.encoder.tokenizer
        tokens = tokenizer.tokenize(word)
        if len(tokens) != 1 or tokens[0] == tokenizer.unk_token:
            raise BadInput(
                f"“{word[:30]}” is no single token of the {self.encoder.name} ({' '.join(tokens[:6])}), so it has no "
                "row of its own: choose another word."
            )
        if len(word) > LONGEST:
            raise BadInput(f"“{word}” is too long for the picture: at most {LONGEST} letters.")
        return tokenizer.convert_tokens_to_ids(tokens[0])

    def draw(self, v: Values, data: Map) -> Scene:
        scene, side, x, y = Scene(height=400), 250, 444, 104
        reach = 1.15 * max(float(np.abs(data.places).max()), 1e-3)  # one scale both ways, or distances would lie
        scene.text(20, 12, f"a map: it keeps {data.kept:.0%} of the differences", bold=True)
        scene.rect(20, 40, RIGHT - 20, 340, fill=None, stroke="grid")
        middle, scale = ((20 + RIGHT) / 2, 210), 110 / reach
        spots = [(middle[0] + scale * a, middle[1] - scale * b) for a, b in data.places.tolist()]
        for left, top in spots:
            scene.circle(left, top, 4, fill="query")
        for (x0, y0), (left, top), word in zip(spots, labels(spots, data.words), data.words, strict=True):
            scene.text(left, top, word, size=12)
            if abs(top - y0) >= 12:  # moved away from its spot: a line says where it belongs
                near = left if left > x0 else left + text_width(word, 12)
                scene.line([(x0, y0), (near, top)], role="muted", width=1)
        scene.text(x, 12, "cosine of each pair", bold=True)
        scene.heat(
            x, y, side, side, data.cosines, data.words, data.words, 0, 1, "cosine", title=False,
            row_word="", column_word="and",
        )  # fmt: skip
        scene.scale_bar(x, y + side + 16, low=0, high=1, label="")
        return scene

    def describe(self, v: Values, data: Map) -> str:
        pairs = sorted(combinations(range(len(data.words)), 2), key=lambda pair: -data.cosines[pair])
        (a, b), (c, d) = pairs[0], pairs[-1]
        return (
            f"The rows most alike are “{data.words[a]}” and “{data.words[b]}”, with a cosine of "
            f"{data.cosines[a, b]:.2f}; least alike are “{data.words[c]}” and “{data.words[d]}”, "
            f"{data.cosines[c, d]:.2f}. The map keeps {data.kept:.0%} of the differences."
        ).replace("-0.", "−0.")


def mapped(words: list[str], rows: Tensor) -> Map:
    """The map of rows (N, d) in the two directions in which their unit vectors differ most (a principal component
    analysis), and their cosines."""
    unit = (rows / rows.norm(dim=1, keepdim=True)).double().numpy()
    cosines = unit @ unit.T
    # All distances are in the table of cosines, which is small: its centre taken out, its two longest directions.
    among = cosines - cosines.mean(0) - cosines.mean(1)[:, None] + cosines.mean()
    sizes, directions = np.linalg.eigh(among)
    spread = sizes.clip(min=0)[::-1]
    places = directions[:, ::-1][:, :2] * np.sqrt(spread[:2])
    places *= np.where(places[0] < 0, -1, 1)  # the first word lies above and to the right, on every machine
    return Map(words, places, float(spread[:2].sum() / max(spread.sum(), 1e-12)), cosines)


def labels(spots: list[tuple[float, float]], words: list[str], size: float = 17) -> list[tuple[float, float]]:
    """Where each word begins: as near to its spot as it can be without lying on another word or spot.

    size: of the writing where the page is narrow and the picture small.
    """
    taken = [(x - 5, x + 5, y) for x, y in spots]
    found = []
    for (x, y), word in zip(spots, words, strict=True):
        wide = text_width(word, size)
        sides = [each for each in (x + 8, x - 8 - wide) if each > 22 and each + wide < RIGHT - 2]
        places = ((left, y + shift) for step in range(28) for shift in (12 * step, -12 * step) for left in sides)
        free = (
            (left, level)
            for left, level in places
            if 48 < level < 372
            and all(abs(level - other) >= 13 or left >= end or left + wide <= begin for begin, end, other in taken)
        )
        left, level = next(free, (sides[0], y))
        taken.append((left, left + wide, level))
        found.append((left, level))
    return found
