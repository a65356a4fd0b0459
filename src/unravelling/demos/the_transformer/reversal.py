"""A trained reverser at work: what it has written, and where it looks while it writes each letter."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from unravelling.demos.base import BadInput, Demo, Scene, Slider, Text, Values
from unravelling.language_models import reversal_task
from unravelling.models.threads import one_thread

MARK = "■"  # stands for the end of the word, which the model reads, too
MOST_SHOWN = 12  # letters: longer than any word of the training, so that one can see what comes of it


class Writing(NamedTuple):
    """written: what the model wrote; cross (n, n + 1): where it looks if it writes the right letters, the last column
    at the mark of the end; share: the weight on the squares that one would predict, mean of the rows."""

    word: str
    written: reversal_task.Written
    cross: Tensor
    share: float


class Reversal(Demo):
    """Type a word; see it written backwards, and the cross-attention row by row.

    model: a `reversal_task.Reverser`, trained or not; it is looked at as it is when the demo computes.
    """

    title = "Written backwards"
    word = Text("word", "piano", most_words=20)
    letter = Slider("letter being written", 1, 8)

    def __init__(self, model: reversal_task.Reverser, word: str = "piano") -> None:
        if not isinstance(model, reversal_task.Reverser):
            raise ValueError(f"Reversal takes a reversal_task.Reverser, not {type(model).__name__}.")
        super().__init__()
        self.model = model
        self.word = word
        self._fit()
        self.letter = min(2, self.controls["letter"].max)

    def on_change(self, name: str) -> None:
        if name == "word":
            self._fit()

    def _fit(self) -> None:
        """Lets the slider reach each letter; not at all if the word will be refused."""
        if 1 <= (count := len(self.word.strip())) <= MOST_SHOWN:
            self.set_range("letter", 1, count)

    def compute(self, v: Values) -> Writing:
        word = v.word.strip().lower()
        foreign = next((c for c in word if c not in reversal_task.ALPHABET), None)
        if foreign is not None:
            what = "one word at a time, without spaces" if foreign.isspace() else f"and '{foreign}' is none of them"
            raise BadInput(f"This model knows the 26 letters from a to z, {what}: type a word of those.")
        if len(word) > MOST_SHOWN:
            raise BadInput(
                f"'{word[:MOST_SHOWN]}…' has {len(word)} letters, and {MOST_SHOWN} fit into the picture: "
                "type a shorter word."
            )
        was_training = self.model.training
        self.model.eval()
        try:
            with one_thread():
                written, cross = self.model.write(word), self.model.cross_attention(word, mark=True)
        finally:
            self.model.train(was_training)
        return Writing(word, written, cross, reversal_task.antidiagonal_share(cross[:, :-1]))

    def draw(self, v: Values, data: Writing) -> Scene:
        scene = Scene(height=452)
        n, right = len(data.word), data.word[::-1]
        wide = min(300, 44 * n + 60)
        cell, x, y = wide / (n + 1), 76, 74
        side = cell * n
        scene.text(x, 16, "read (across), being written (down)", role="muted")
        scene.heat(
            x, y, wide, side, data.cross, rows=list(right), columns=[*data.word, MARK], label="cross-attention",
            row_word="writing", column_word="looks at", title=False, digits=2 if n <= 8 else None,
        )  # fmt: skip
        for row in range(n):
            scene.rect(x + (n - 1 - row) * cell + 1, y + row * cell + 1, cell - 2, cell - 2, fill=None,
                       stroke="accent", width=2.5)  # fmt: skip
        at = v.letter - 1
        scene.rect(x - 3, y + at * cell - 2, wide + 6, cell + 4, fill=None, stroke="query", width=2.5)
        scene.scale_bar(x, y + side + 24, label="")
        scene.text(x + 152, y + side + 22, "framed: the prediction", role="accent", size=12)
        scene.text(x, y + side + 64, "Each row comes after the right letters.", role="muted", size=12)
        scene.text(x, y + side + 84, f"{MARK} is the mark at the end of the word.", role="muted", size=12)
        self._draw_words(scene, data, at)
        return scene

    def _draw_words(self, scene: Scene, data: Writing, at: int) -> None:
        left, n = 424, len(data.word)
        scene.text(left, 30, "read, and where it looks now", bold=True)
        self._letters_in_a_row(scene, left, 46, data.word + MARK, data.cross[at], None)
        scene.text(left, 124, f"written so far, and letter {at + 1}", bold=True)
        got = data.written.letters
        shown = (got + "·" * n)[: at + 1]
        boxes = self._letters_in_a_row(scene, left, 140, shown, None, at)
        for place, box in enumerate(boxes):
            if shown[place] != data.word[n - 1 - place]:
                scene.line([(box[0] + 3, box[1] + box[3] + 4), (box[0] + box[2] - 3, box[1] + box[3] + 4)], role="bad",
                           width=3)  # fmt: skip
        right = got == data.word[::-1] and data.written.ended
        best = int(data.cross[at].argmax())
        for line, (what, value) in enumerate(
            [
                (f"at letter {at + 1}, it looks most at", f"{_place(data.word, best)}: {data.cross[at, best]:.0%}"),
                ("all it writes, left to itself", got if len(got) else "nothing"),
                ("is that the word backwards?", "yes" if right else "no"),
                ("mean weight on the framed squares", f"{data.share:.0%}"),
            ]
        ):  # fmt: skip
            scene.text(left, 208 + 46 * line, what, role="muted")
            role = "accent" if line == 3 else "bad" if value == "no" else "ink"
            scene.text(left, 227 + 46 * line, value, bold=True, size=15, role=role)

    def _letters_in_a_row(
        self, scene: Scene, x: float, y: float, letters: str, weights: Tensor | None, chosen: int | None
    ) -> list[tuple[float, float, float, float]]:
        step, boxes = min(27.0, (752 - x) / len(letters)), []
        for place, letter in enumerate(letters):
            box = (x + place * step, y, step - 3, 26.0)
            if weights is not None:
                scene.rect(*box, fill="key", opacity=0.45 * weights[place].clamp(0, 1).item(), radius=3)
            stroke, width = ("query", 2.5) if place == chosen else ("grid", 1)
            scene.rect(*box, fill=None, stroke=stroke, width=width, radius=3)
            scene.text(box[0] + box[2] / 2, y + 13, letter, align="center", size=15, bold=place == chosen)
            if weights is not None:
                scene.text(
                    box[0] + box[2] / 2, y + 38, f"{100 * weights[place]:.0f}", role="muted", align="center", size=11
                )
            boxes.append(box)
        if weights is not None:
            scene.text(x, y + 56, "weight in %", role="muted", size=11)
        return boxes

    def describe(self, v: Values, data: Writing) -> str:
        at, n = v.letter - 1, len(data.word)
        best = int(data.cross[at].argmax())
        right = data.written.letters == data.word[::-1] and data.written.ended
        predicted = int((data.cross.argmax(dim=1) == torch.arange(n - 1, -1, -1)).sum())  # the mark counts as well
        verdict = (
            f"“{data.word}” is written backwards, “{data.written.letters}”"
            if right
            else f"“{data.word}” becomes “{data.written.letters}”, which is not the word backwards"
        )
        if not reversal_task.SHORTEST <= n <= reversal_task.LONGEST and not right:
            verdict += f" (words of the training had {reversal_task.SHORTEST} to {reversal_task.LONGEST} letters)"
        rows = "row looks" if n == 1 else "rows look"
        return (
            f"{verdict}. While it writes letter {at + 1}, it looks most at {_place(data.word, best)}: "
            f"{data.cross[at, best]:.0%} of the weight. {predicted} of {n} {rows} most "
            f"where you would predict, and on average {data.share:.0%} of the weight lies there."
        )


def _place(word: str, column: int) -> str:
    """What stands in a column of the table, in words."""
    return (
        f"letter {column + 1} of {len(word)}, “{word[column]}”"
        if column < len(word)
        else f"the mark at the end, {MARK}"
    )
