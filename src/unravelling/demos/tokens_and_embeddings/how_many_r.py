"""What a model gets of a word in which letters are to be counted: pieces and numbers, written in four ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unravelling import models
from unravelling.demos.base import BadInput, Demo, Scene, Text, Values
from unravelling.drawing.text_metrics import fitting

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

MOST = 24  # letters: what fits into the picture with a hyphen between each two


class Written(NamedTuple):
    """One way to write the word: its pieces, their numbers, and how many are the letter and nothing else."""

    way: str
    pieces: list[str]
    numbers: list[int]
    alone: int


class HowManyR(Demo):
    """A word and a letter of one's own: how often it stands there, and how often a model sees it by itself."""

    title = "How many r"
    word = Text("word", "strawberry", most_words=3)
    letter = Text("letter", "r", most_words=1, least="one letter")

    def __init__(self, model: Pretrained | str = "decoder") -> None:
        super().__init__()
        self.model = models.loaded(model)

    def compute(self, v: Values) -> list[Written]:
        word, letter = v.word.strip(), v.letter.strip()
        if len(letter) != 1:
            raise BadInput(f"Give one letter to count, not {len(letter)}.")
        if len(word) > MOST:
            raise BadInput(f"The picture has room for a word of {MOST} letters; yours has {len(word):,}.")
        ways = {
            "as you typed it": word,
            "after a space": " " + word,
            "with a capital": word[:1].upper() + word[1:],
            "with hyphens": "-".join(word),
        }
        return [self._written(way, text, letter.lower()) for way, text in ways.items()]

    def _written(self, way: str, text: str, letter: str) -> Written:
        numbers = self.model.tokenizer(text, add_special_tokens=False).input_ids
        pieces = self.model.pieces(numbers)
        alone = sum(piece.removeprefix("##").lower() == letter for piece in pieces)
        return Written(way, pieces, numbers, alone)

    def draw(self, v: Values, data: list[Written]) -> Scene:
        rows, top = [], 44.0
        for each in data:
            boxes = Scene().tokens(170, top, each.pieces, width=570)
            rows.append(top)
            top = boxes[-1][1] + 74 if boxes else top + 74
        scene, letter = Scene(height=top - 16), v.letter.strip()
        scene.text(20, 16, f"{_times(v)} × {letter} for you; for the {self.model.name}, pieces and numbers", bold=True)
        for each, top in zip(data, rows, strict=True):
            scene.text(20, top + 12, each.way)
            boxes = scene.tokens(170, top, each.pieces, width=570)
            numbers = fitting(" ".join(f"{number}" for number in each.numbers), 550)
            last = boxes[-1][1] if boxes else top
            scene.text(170, last + 40, numbers, role="muted", size=12)
            scene.text(20, top + 32, f"{letter} by itself: {each.alone}", role="accent", size=12)
        return scene

    def describe(self, v: Values, data: list[Written]) -> str:
        typed, apart, letter = data[0], data[-1], v.letter.strip()
        return (
            f"“{v.word.strip()}” has {letter} {_often(_times(v))}. As typed it is {len(typed.pieces)} "
            f"{'token' if len(typed.pieces) == 1 else 'tokens'} ({' '.join(typed.pieces)}). Tokens that are {letter} "
            f"alone: {typed.alone} as typed, {apart.alone} with hyphens between the letters."
        )


def _times(v: Values) -> int:
    return v.word.lower().count(v.letter.strip().lower())


def _often(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")
