"""Who may look at whom: the pattern of an encoder, a decoder, a prefix decoder and an encoder with a decoder."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from unravelling.demos.base import BadInput, Demo, Scene, Slider, Text, Toggle, Values
from unravelling.demos.bert_and_gpt.timeline import KINDS
from unravelling.drawing.text_metrics import short, text_width
from unravelling.drawing.wrapping import ON_NARROW_PAGES

FAMILIES = ("encoder", "decoder", "prefix decoder", "encoder-decoder")
MOST_WORDS = 12
_ROLES = {**KINDS, "prefix decoder": KINDS["decoder"]}
NOTHING, SELF, CROSS = 0, 1, 2  # how a word is seen: not, by self-attention, by cross-attention


def visible(family: str, count: int, given: int) -> np.ndarray:
    """(count, count) ints: how row i sees column j, as NOTHING, SELF or CROSS.

    The first `given` words are the input, the others are written by the model. An encoder sees everything, a decoder
    what stands before and the word itself; a prefix decoder sees all of the input from everywhere in it; an encoder
    with a decoder the same, but the decoder reaches the input by cross-attention. Sources: Vaswani et al., 2017,
    arXiv:1706.03762; Raffel et al., 2019, arXiv:1910.10683. Raises ValueError for another family or given outside
    1 to count.
    """
    if family not in FAMILIES:
        raise ValueError(f"family must be one of {', '.join(FAMILIES)}, not {family!r}.")
    if not 1 <= given <= count:
        raise ValueError(f"given must be from 1 to {count}, not {given}.")
    if family == "encoder":
        return np.full((count, count), SELF)
    table = np.tril(np.full((count, count), SELF))
    if family != "decoder":
        table[:given, :given] = SELF
    if family == "encoder-decoder":
        table[given:, :given] = CROSS
    return table


class Sight(NamedTuple):
    """words; table as of `visible`; row: the word that looks, from 0."""

    words: list[str]
    table: np.ndarray
    row: int

    @property
    def seen(self) -> list[str]:
        """The words that the chosen one sees."""
        return [word for word, how in zip(self.words, self.table[self.row], strict=True) if how != NOTHING]


def role_of(family: str, how: int, reads: bool) -> str:
    """The colour of a cell: a family's own; of an encoder with a decoder, that of the stack whose word looks, and
    the family's where the one looks at the other. reads: whether the word that looks is of the input."""
    if family != "encoder-decoder" or how == CROSS:
        return _ROLES[family]
    return _ROLES["encoder" if reads else "decoder"]


class Visibility(Demo):
    """Choose a family and a word: which words does it see, and how?"""

    title = "Who sees whom"
    sentence = Text("words", "Le piano est large : The piano is wide", most_words=MOST_WORDS)
    family = Toggle("family", list(FAMILIES), value="prefix decoder")
    given = Slider("words given as input", 1, 9, value=5)
    word = Slider("word that looks", 1, 9, value=3)

    def __init__(self, sentence: str = "Le piano est large : The piano is wide", given: int = 5) -> None:
        super().__init__()
        self.sentence = sentence
        self._fit()
        self.given = min(given, self.controls["given"].max)

    def on_change(self, name: str) -> None:
        if name == "sentence":
            self._fit()

    def _fit(self) -> None:
        count = len(self.sentence.split())
        if 2 <= count <= MOST_WORDS:
            self.set_range("given", 1, count)
            self.set_range("word", 1, count)

    def compute(self, v: Values) -> Sight:
        words = v.sentence.split()
        if len(words) < 2:
            raise BadInput("One word has nobody to look at: type at least two.")
        return Sight(words, visible(v.family, len(words), v.given), v.word - 1)

    def draw(self, v: Values, data: Sight) -> Scene:
        words = [short(word, 11) for word in data.words]
        count = len(words)
        longest = 1.05 * max(text_width(word, ON_NARROW_PAGES) for word in words)
        side = 280.0
        x, y = longest + 16, 0.71 * longest + 48
        scene = Scene(height=y + side + 118)
        cell = side / count
        scene.text(8, 14, "looking (down), looked at (across)", role="muted")
        for place, word in enumerate(words):
            bold = place == data.row
            scene.text(x - 8, y + (place + 0.5) * cell, word, align="right", size=12, bold=bold,
                       role="accent" if bold else "ink")  # fmt: skip
            scene.text(x + (place + 0.5) * cell, y - 8, word, size=12, angle=-45, role="ink")
        for i in range(count):
            for j in range(count):
                role = role_of(v.family, int(data.table[i, j]), i < v.given)
                self._draw_cell(scene, x + j * cell, y + i * cell, cell, int(data.table[i, j]), role)
        scene.rect(x - 2, y + data.row * cell - 1, side + 4, cell + 2, fill=None, stroke="accent", width=2.5)
        edge = v.given * cell
        scene.line([(x + edge, y - 4), (x + edge, y + side + 4)], role="ink", width=2, dash=True)
        scene.line([(x - 4, y + edge), (x + side + 4, y + edge)], role="ink", width=2, dash=True)
        self._draw_words(v, scene, x + side + 20, y, data)
        below = y + side + 28
        for place, (left, top, wide, high) in enumerate(scene.tokens(8, below + 18, words, size=16)):
            if place == data.row:
                scene.rect(left, top, wide, high, fill=None, stroke="accent", width=2.5, radius=4)
            if data.table[data.row, place] == NOTHING:
                scene.line([(left + 3, top + high / 2), (left + wide - 3, top + high / 2)], role="muted", width=2)
        told = f"“{words[data.row]}” sees"
        scene.text(8, below, told, role="accent", bold=True)
        struck = 24 + 1.05 * text_width(told, ON_NARROW_PAGES)
        scene.text(struck, below, "(struck out: it may not look there)", role="muted", size=12)
        scene.height = top + 48
        return scene

    def _draw_cell(self, scene: Scene, x: float, y: float, cell: float, how: int, role: str) -> None:
        gap = 1.5
        if how == NOTHING:
            scene.rect(x + gap, y + gap, cell - 2 * gap, cell - 2 * gap, fill=None, stroke="grid", radius=2)
            return
        scene.rect(x + gap, y + gap, cell - 2 * gap, cell - 2 * gap, fill=role, opacity=0.7, radius=2)
        if how == CROSS:  # a ring as well: colour alone tells nothing
            scene.circle(x + cell / 2, y + cell / 2, cell / 5, fill="paper", stroke="ink")

    def _draw_words(self, v: Values, scene: Scene, left: float, y: float, data: Sight) -> None:
        pairs, count = int((data.table != NOTHING).sum()), len(data.words)
        lines = [
            ("filled: looked at by self-attention", "", "ink" if v.family == "encoder-decoder" else _ROLES[v.family]),
            ("with a ring: by cross-attention", "", KINDS["encoder-decoder"]),
            ("empty: hidden by the mask", "", "muted"),
            ("dashed: where the input ends", "", "ink"),
            (f"word {data.row + 1} sees", f"{len(data.seen)} of {count} words", "accent"),
            ("pairs in which one sees the other", f"{pairs} of {count * count}", "ink"),
            ("what it can be trained on", _GOALS[v.family][0], "ink"),
            ("the dashed line", _GOALS[v.family][1], "ink"),
        ]
        y += 10
        for what, value, role in lines:
            scene.text(left, y, what, role="muted" if value else role)
            if value:
                scene.text(left, y + 19, value, role=role, bold=True)
            y += 48 if value else 24

    def describe(self, v: Values, data: Sight) -> str:
        seen = [f"“{word}”" for word in data.seen]
        sees = (
            "sees every word"
            if len(seen) == len(data.words)
            else "sees only " + " and ".join(filter(None, [", ".join(seen[:-1]), seen[-1]]))
        )
        cross = sum(how == CROSS for how in data.table[data.row])
        how = f", {cross} of them by cross-attention" if cross else ""
        return (
            f"In the family “{v.family}”, with {v.given} word{'s' * (v.given > 1)} given, word {data.row + 1}, "
            f"“{data.words[data.row]}”, {sees}{how}. There are {int((data.table != NOTHING).sum())} of "
            f"{data.table.size} pairs in which one may look at the other. {_GOALS[v.family][2]}"
        )


# What each family can be trained on, and what the line between input and output means: in a few words, in a sentence.
_GOALS = {
    "encoder": (
        "words that were hidden",
        "changes nothing: all is input",
        "Where the input ends changes nothing: to an encoder every word is input.",
    ),
    "decoder": (
        "the next word, everywhere",
        "changes nothing: one mask for all",
        "Where the input ends changes nothing: a decoder reads its input with the same mask.",
    ),
    "prefix decoder": (
        "the next word, after the line",
        "before it, all words see all",
        "Within the input every word sees every other; after it, each word sees only what came before.",
    ),
    "encoder-decoder": (
        "the next word, after the line",
        "one stack reads, another writes",
        "One stack reads the input in both directions, and another writes after it.",
    ),
}
