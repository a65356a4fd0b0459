"""Who sees whom in BERT and GPT, and which questions a sentence makes for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from unravelling.demos.base import Demo, Scene, Values
from unravelling.demos.pictures.parts import NARROW, count_of
from unravelling.drawing.text_metrics import text_width

_CELL, _TOP = 34, 106


class Sight(NamedTuple):
    """name; open_to[i][j]: whether word i sees word j; asked: the places where the model is asked for a word."""

    name: str
    open_to: list[list[bool]]
    asked: list[int]
    shown: list[str]


class WhoMayBeAsked(Demo):
    """words: four or five of a sentence. hidden: the place of the word that is hidden from BERT."""

    title = "Who may be asked"

    def __init__(self, words: Sequence[str] = ("the", "piano", "blocks", "the", "door"), hidden: int = 2) -> None:
        super().__init__()
        if not 4 <= len(words) <= 5 or not 0 <= hidden < len(words) or any(len(word) > 7 for word in words):
            raise ValueError(
                f"The picture needs four or five short words and the place of one, not {list(words)} and {hidden}."
            )
        self.words, self.hidden = list(words), hidden

    def compute(self, v: Values) -> tuple[Sight, Sight]:
        count = len(self.words)
        masked = [*self.words[: self.hidden], "[MASK]", *self.words[self.hidden + 1 :]]
        bert = Sight("BERT", [[True] * count for _ in range(count)], [self.hidden], masked)
        causal = [[other <= place for other in range(count)] for place in range(count)]
        return bert, Sight("GPT", causal, list(range(count)), self.words)

    def draw(self, v: Values, data: tuple[Sight, Sight]) -> Scene:
        scene = Scene(height=_TOP + _CELL * len(self.words) + 82)
        for left, sight, heading, role in [
            (8, data[0], "BERT: all see all", "key"),
            (388, data[1], "GPT: only what came before", "query"),
        ]:
            scene.text(left, 16, heading, role=role, bold=True)
            self._table(scene, left, sight, role)
        scene.line([(374, 8), (374, scene.height - 8)], role="grid", width=1.5)
        return scene

    def _table(self, scene: Scene, x: float, sight: Sight, role: str) -> None:
        count = len(sight.shown)
        left = x + text_width("[MASK]", NARROW) * 1.05 + 14
        bottom = _TOP + _CELL * count
        for j, word in enumerate(sight.shown):
            scene.text(left + _CELL * (j + 0.5) - 2, _TOP - 8, word, size=12, angle=-45)
        for i, word in enumerate(sight.shown):
            y, asked = _TOP + _CELL * i, i in sight.asked
            scene.text(left - 8, y + _CELL / 2, word, align="right", bold=asked, role=role if asked else "ink")
            for j, sees in enumerate(sight.open_to[i]):
                scene.rect(left + _CELL * j, y, _CELL, _CELL, role if sees else None, "grid", opacity=0.35)
                if not sees:
                    scene.text(left + _CELL * (j + 0.5), y + _CELL / 2, "×", role="muted", align="center")
            if asked:
                scene.arrow(
                    left + _CELL * count + 4, y + _CELL / 2, left + _CELL * count + 24, y + _CELL / 2, role="output"
                )
                scene.text(left + _CELL * count + 30, y + _CELL / 2, self._answer(sight, i), role="output", bold=True)
        questions = count_of(len(sight.asked), "question")
        words = f"{questions}: the hidden word" if sight.name == "BERT" else f"{questions}: every next word"
        scene.text(x, bottom + 26, words, role="output", bold=True)
        scene.text(x, bottom + 54, "row: who looks; column: who is seen", role="muted", size=12)

    def _answer(self, sight: Sight, place: int) -> str:
        if sight.name == "BERT":
            return self.words[place]
        return self.words[place + 1] if place + 1 < len(self.words) else "?"

    def describe(self, v: Values, data: tuple[Sight, Sight]) -> str:
        bert, gpt = (sum(map(sum, sight.open_to)) for sight in data)
        pairs, count = len(self.words) ** 2, len(self.words)
        return (
            f"In BERT all {bert} of {pairs} pairs are open, so a word must be hidden before it can be asked for: "
            f"1 question, “{self.words[self.hidden]}”. In GPT {gpt} of {pairs} are open and no word sees a later one, "
            f"so the same sentence asks for the next word at all {count} places."
        )
