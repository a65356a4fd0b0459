"""A language model from text to the next word, with the parts that a lesson is about marked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from unravelling.demos.base import Demo, Scene, Values
from unravelling.demos.pictures.parts import box, listed

# name -> (words in the box, width, what it does)
PARTS = {
    "text": ("text", 50, "what is there so far"),
    "tokens": ("tokens", 66, "the text in pieces, each with its number in a list"),
    "embeddings": ("embeddings\n+ positions", 106, "each token becomes a vector that also says where it stands"),
    "attention": ("attention", 86, "each token looks at others and adds what it finds to its vector"),
    "feed-forward": ("feed-\nforward", 74, "a small network works on each vector by itself and adds to it"),
    "norm": ("norm", 56, "the numbers of each vector are brought back to one size"),
    "scores": ("scores", 64, "the last vector gives each token of the vocabulary a score"),
    "softmax": ("softmax", 74, "scores become shares that sum to 1"),
    "choice": ("choice", 62, "one token is chosen and added to the text"),
}
BLOCK = ("attention", "feed-forward")
MORE = {"blocks": BLOCK, "residual": ()}  # what is marked beside single parts
_DOES = {
    "blocks": "attention and feed-forward, one block after the other, each adding to the vectors",
    "residual": "the stream of vectors that every part reads and adds to",
}
_GAP, _TOP, _HIGH = 11, 70, 56


class MachineMap(Demo):
    """here: the part that a lesson is about, or several: a name of PARTS, "blocks" or "residual". note: words for it.

    note stands below the picture's description. stand_in: what a lesson has in the place of some of the parts, such as
    "a table of counts"; span: the first and the last of these parts. Raises ValueError for a part that there is not.
    """

    title = "From text to the next word"

    def __init__(
        self,
        here: str | Sequence[str] = (),
        note: str = "",
        stand_in: str = "",
        span: tuple[str, str] = BLOCK,
    ) -> None:
        super().__init__()
        self.here = (here,) if isinstance(here, str) else tuple(here)
        self.note, self.stand_in, self.span = note, stand_in, span
        for name in (*self.here, *span):
            if name not in PARTS and name not in MORE:
                raise ValueError(f"The machine has no part '{name}': it has {', '.join([*PARTS, *MORE])}.")

    def compute(self, v: Values) -> dict[str, bool]:
        marked = {part for name in self.here for part in MORE.get(name, (name,))}
        return {name: name in marked for name in PARTS}

    def draw(self, v: Values, data: dict[str, bool]) -> Scene:
        scene, x, middle = Scene(height=196), 8.0, _TOP + _HIGH / 2
        left: dict[str, float] = {}
        for name, (_, wide, _) in PARTS.items():
            x += 7 if name in ("attention", "norm") else 0
            left[name] = x
            x += wide + _GAP
        stream = "residual" in self.here
        start, end = left["attention"] - 11, left["feed-forward"] + PARTS["feed-forward"][1] + 11
        whole = "blocks" in self.here
        scene.rect(
            start, 30, end - start, _TOP + _HIGH - 20, fill="accent" if whole else "grid", opacity=0.12, radius=8
        )
        scene.rect(
            start,
            30,
            end - start,
            _TOP + _HIGH - 20,
            None,
            "accent" if whole else "muted",
            radius=8,
            width=3 if whole else 1,
        )
        if not self.stand_in:
            scene.text((start + end) / 2, 15, "block, many times", role="muted", align="center")
        self._flow(scene, left, middle)
        self._stream(scene, left, start, end, stream)
        for name, (words, wide, _) in PARTS.items():
            role = "accent" if data[name] else "muted"
            scene.rect(left[name], _TOP, wide, _HIGH, fill="paper", radius=6)
            box(scene, left[name], _TOP, wide, _HIGH, words, role, strong=data[name])
        first, last = left["text"] + 25, left["choice"] + 31
        scene.line([(last, _TOP + _HIGH), (last, 172), (first, 172)], role="muted", width=1.6)
        scene.arrow(first, 172, first, _TOP + _HIGH + 2, role="muted", width=1.6)
        scene.text(
            (first + last) / 2, 158, "the new token joins the text, and all begins again", role="muted", align="center"
        )
        if self.here:
            scene.text(8, 15, "gold: this lesson", role="accent", bold=True)
        if self.stand_in:
            self._frame(scene, left)
        return scene

    def _frame(self, scene: Scene, left: dict[str, float]) -> None:
        """Gold round the parts in whose place a lesson has something else, and what that is."""
        first, last = self.span
        aside, top = (11, 30) if self.span == BLOCK else (6, 26)
        start, end = left[first] - aside, left[last] + PARTS[last][1] + aside
        scene.rect(start, top, end - start, _TOP + _HIGH + 40 - 2 * top, None, "accent", radius=8, width=3)
        scene.text(752, 15, f"this lesson: {self.stand_in} instead", role="accent", align="right", bold=True)

    def _flow(self, scene: Scene, left: dict[str, float], middle: float) -> None:
        for one, other in pairwise(PARTS):
            begin, end = left[one] + PARTS[one][1], left[other] - 1
            if other == BLOCK[0]:
                end -= 10
            elif one == BLOCK[1]:
                begin += 11
            if (one, other) != BLOCK:
                scene.arrow(begin, middle, end, middle, role="muted", width=1.6)

    def _stream(self, scene: Scene, left: dict[str, float], start: float, end: float, marked: bool) -> None:
        """The residual stream over the parts of the block, which read from it and add to it."""
        role, y = ("accent" if marked else "output"), 48
        begin, done, middle = start + 6, end - 6, _TOP + _HIGH / 2
        path = [(start, middle), (begin, middle), (begin, y), (done, y), (done, middle), (end, middle)]
        scene.line(path, role=role, width=3.5 if marked else 2.5)
        for name in BLOCK:
            right = left[name] + PARTS[name][1]
            scene.arrow(left[name] + 14, y, left[name] + 14, _TOP - 1, role="muted", width=1.4)
            scene.line([(right - 16, _TOP), (right - 16, y + 7)], role="muted", width=1.4)
            scene.circle(right - 16, y, 8, fill="paper", stroke=role, width=1.6)
            scene.text(right - 16, y, "+", role=role, align="center", bold=True)

    def describe(self, v: Values, data: dict[str, bool]) -> str:
        does = "; ".join(f"{name}: {_DOES.get(name) or PARTS[name][2]}" for name in self.here)
        about = f" This lesson is about {listed(self.here)} ({does})." if self.here else ""
        if self.stand_in:
            first, last = self.span
            place = "the blocks" if self.span == BLOCK else f"everything from {first} to {last}"
            about += f" In this lesson {self.stand_in} stands in the place of {place}."
        way = (
            "The path that every word takes: text, tokens, vectors, blocks that attend and compute and add to the "
            "vectors, scores, shares, a choice, and back to the text."
        )
        return f"{way}{about}{' ' + self.note if self.note else ''}"
