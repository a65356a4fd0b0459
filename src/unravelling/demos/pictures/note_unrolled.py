"""The note of a small recurrent network, rewritten letter by letter, and the gradient that walks back over it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from unravelling.demos.base import Demo, Scene, Values
from unravelling.demos.pictures.parts import box, number, squares
from unravelling.drawing.text_metrics import text_width

LETTERS = "abcdefghijklmnopqrstuvwxyz "
_SIDE, _HIGH, _D, _NOTE = 38, 30, 3, 118
_LEFT, _STEP = 14, 206


class Unrolled(NamedTuple):
    """notes (T + 1, d), the empty one first. loss in bits; gradients: the length of the loss's at each."""

    notes: Tensor
    loss: float
    gradients: list[float]


def unrolled(text: str, seed: int) -> Unrolled:
    """Reads all but the last letter with a random network of three numbers; the loss is the surprise at the last."""
    generator = torch.Generator().manual_seed(seed)
    w_x, w_h = torch.randn(_D, len(LETTERS), generator=generator), torch.randn(_D, _D, generator=generator) / 2
    w_out = torch.randn(len(LETTERS), _D, generator=generator)
    notes = [torch.zeros(_D, requires_grad=True)]
    for letter in text[:-1]:
        notes.append(torch.tanh(w_x[:, LETTERS.index(letter)] + w_h @ notes[-1]))
        notes[-1].retain_grad()
    loss = -torch.log_softmax(w_out @ notes[-1], dim=0)[LETTERS.index(text[-1])] / math.log(2)
    loss.backward()
    gradients = [float(note.grad.norm()) for note in notes if note.grad is not None]
    return Unrolled(torch.stack(notes).detach(), loss.item(), gradients)


class NoteUnrolled(Demo):
    """text: four letters; three are read, and the fourth is what really comes."""

    title = "One note, rewritten at each letter"

    def __init__(self, text: str = "keys", seed: int = 1) -> None:
        super().__init__()
        if len(text) != 4 or any(letter not in LETTERS for letter in text):
            raise ValueError(f"The picture needs four small letters or spaces, not '{text}'.")
        self.text, self.seed = text, seed

    def compute(self, v: Values) -> Unrolled:
        return unrolled(self.text, self.seed)

    def draw(self, v: Values, data: Unrolled) -> Scene:
        scene = Scene(height=364)
        lefts = [_LEFT + _STEP * place for place in range(len(data.notes))]
        centres = [left + _SIDE * _D / 2 for left in lefts]
        scene.text(8, 16, "the gradient walks back, from the loss to every note", role="bad", bold=True)
        scene.text(8, 38, "red numbers: its length at each note", role="muted", size=12)
        loss = f"loss at “{self.text[-1]}”: {data.loss:.1f} bits"
        scene.text(752, 16, loss, role="bad", bold=True, align="right")
        scene.arrow(centres[-1], 28, centres[-1], 56, role="bad", width=2.5)
        for place, (centre, slope) in enumerate(zip(centres, data.gradients, strict=True)):
            scene.text(centre, 70, f"{slope:.2f}", role="bad", align="center", bold=True)
            if place:
                half = text_width("0.00", 16.8) / 2 + 6
                scene.arrow(centre - half, 70, centres[place - 1] + half, 70, role="bad", width=2.5)
        for place, note in enumerate(data.notes):
            squares(scene, lefts[place], _NOTE, note, "query", side=_SIDE, high=_HIGH, most=1)
            words = "empty note" if not place else f"note {place}"
            scene.text(centres[place], _NOTE - 16, words, role="query", align="center", bold=True)
        for place in range(1, len(data.notes)):
            self._position(scene, place, lefts, centres[place])
        scene.text(8, 330, "the same w_x and w_h at every position; only the note changes", bold=True)
        scene.text(8, 352, "A network of 3 numbers with random tables, before any training.", role="muted", size=12)
        return scene

    def _position(self, scene: Scene, place: int, lefts: Sequence[float], centre: float) -> None:
        """The old note through w_h and the letter through w_x into the new note."""
        end, start, middle = lefts[place - 1] + _SIDE * _D, lefts[place], _NOTE + _HIGH / 2
        half = (start - end) / 2
        scene.arrow(end + 2, middle, start - 3, middle, role="query", width=2)
        scene.rect(end + half - 25, middle - 15, 46, 30, fill="paper", radius=6)
        box(scene, end + half - 25, middle - 15, 46, 30, "w_h", "value")
        scene.arrow(centre, 252, centre, _NOTE + _HIGH + 3, role="key", width=2)
        scene.rect(centre - 25, 184, 50, 30, fill="paper", radius=6)
        box(scene, centre - 25, 184, 50, 30, "w_x", "accent")
        box(scene, centre - 22, 252, 44, 32, self.text[place - 1], "key", size=15)
        scene.text(centre, 302, f"position {place}", role="muted", align="center", size=12)

    def describe(self, v: Values, data: Unrolled) -> str:
        read = ", ".join(f"“{letter}”" for letter in self.text[:-1])
        walk = ", ".join(
            f"{data.gradients[place]:.2f} at {f'note {place}' if place else 'the empty note'}"
            for place in reversed(range(len(data.gradients)))
        )
        return (
            f"A note of 3 numbers is rewritten at {read}, each time with the same two tables: old note and letter in, "
            f"new note out ({', '.join(number(value) for value in data.notes[-1])} at the end). The loss at "
            f"“{self.text[-1]}” is {data.loss:.1f} bits; its gradient walks back the same way, "
            f"and its length is {walk}."
        )
