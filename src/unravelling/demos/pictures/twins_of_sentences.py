"""Sentences above their counterfactual twins, with the words that were exchanged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from unravelling.demos.base import Demo, Scene, Values
from unravelling.demos.pictures.parts import NARROW, count_of
from unravelling.drawing.text_metrics import text_width
from unravelling.language_models import bias

SENTENCES = ("The father said he was late.", "She took her coat.", "It rained.")


class Pair(NamedTuple):
    """A sentence and its twin, word by word; other is None where a table cannot make one, and why says why not."""

    words: list[str]
    other: list[str] | None
    why: str


class TwinsOfSentences(Demo):
    """sentences: up to four short ones."""

    title = "A sentence and its twin"

    def __init__(self, sentences: Sequence[str] = SENTENCES) -> None:
        super().__init__()
        if not 1 <= len(sentences) <= 4 or any(_long(sentence.split()) > 620 for sentence in sentences):
            raise ValueError("The picture has room for one to four sentences of about eight words.")
        self.sentences = list(sentences)

    def compute(self, v: Values) -> list[Pair]:
        pairs = []
        for sentence in self.sentences:
            twin = bias.twin(sentence)
            unsure = [word for word in sentence.split() if word.lower().strip(".,!?") in bias.UNSURE]
            why = (
                ""
                if twin
                else f"no twin: “{unsure[0]}” has two counterparts"
                if unsure
                else "no twin: nothing to exchange"
            )
            pairs.append(Pair(sentence.split(), twin.split() if twin else None, why))
        return pairs

    def draw(self, v: Values, data: list[Pair]) -> Scene:
        scene, y = Scene(height=10), 34.0
        scene.text(8, 14, "sentence, and the twin that differs in the words about gender alone", bold=True)
        for pair in data:
            scene.text(8, y + 14, "sentence", role="muted", size=12)
            self._words(scene, y, pair.words, pair.other, "query")
            if pair.other is None:
                scene.text(96, y + 50, pair.why, role="bad", bold=True)
                y += 84
                continue
            scene.text(8, y + 72, "twin", role="muted", size=12)
            self._words(scene, y + 58, pair.other, pair.words, "key")
            x = 96.0
            for one, other in zip(pair.words, pair.other, strict=True):
                wide = _wide(one, other)
                if one != other:
                    scene.arrow(x + wide / 2 - 5, y + 30, x + wide / 2 - 5, y + 56, role="muted", width=1.4)
                    scene.arrow(x + wide / 2 + 5, y + 56, x + wide / 2 + 5, y + 30, role="muted", width=1.4)
                x += wide + 6
            y += 118
        scene.height = y
        return scene

    def _words(self, scene: Scene, y: float, words: list[str], others: list[str] | None, role: str) -> None:
        x = 96.0
        for word, other in zip(words, others or words, strict=True):
            wide, changed = _wide(word, other), word != other
            scene.rect(x, y, wide, 28, role if changed else "grid", role if changed else "grid", opacity=0.25, radius=4)
            scene.text(x + wide / 2, y + 14, word, align="center", bold=changed)
            x += wide + 6

    def describe(self, v: Values, data: list[Pair]) -> str:
        made = [pair for pair in data if pair.other]
        told = "; ".join(
            f"“{' '.join(pair.words)}” becomes “{' '.join(pair.other)}”"
            if pair.other
            else f"“{' '.join(pair.words)}” has {pair.why}"
            for pair in data
        )
        return f"{count_of(len(made), 'sentence')} of {len(data)} can be given a twin by a table of words: {told}."


def _wide(one: str, other: str) -> float:
    """Room for either of two words, so that twins stand in line."""
    return max(text_width(word, NARROW) for word in (one, other)) * 1.05 + 12


def _long(words: list[str]) -> float:
    return sum(_wide(word, word) + 14 for word in words)
