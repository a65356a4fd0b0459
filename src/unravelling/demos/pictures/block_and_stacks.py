"""The block with its two additions, and the encoder beside the decoder with the bridge between them."""

from __future__ import annotations

from typing import NamedTuple

from unravelling.demos.base import Demo, Scene, Values
from unravelling.demos.pictures.parts import box, count_of, down

_BLOCK, _ENCODER, _DECODER = 8, 292, 566  # where the three drawings begin
_WIDE = 186


class Stack(NamedTuple):
    """name; parts: what a block of it adds, the lowest first, each with who may be asked; reads and gives."""

    name: str
    parts: list[tuple[str, str]]
    reads: str
    gives: str


class BlockAndStacks(Demo):
    """source: a word that the encoder reads. written: what the decoder has written of it backwards so far."""

    title = "One block, two stacks, and the bridge"

    def __init__(self, source: str = "piano", written: int = 2) -> None:
        super().__init__()
        if not 0 <= written < len(source) <= 5:
            raise ValueError(
                f"'{source}' needs at most 5 letters, and fewer of them written than it has, not {written}."
            )
        self.source, self.written = source, written

    def compute(self, v: Values) -> tuple[Stack, Stack]:
        backwards = self.source[::-1]
        so_far = "".join(f" {letter}" for letter in backwards[: self.written])
        encoder = Stack(
            "encoder: reads",
            [("self-attention", "all see all"), ("feed-forward", "each by itself")],
            f"source: {' '.join(self.source)}",
            "its rows",
        )
        decoder = Stack(
            "decoder: writes",
            [
                ("self-attention", "earlier ones only"),
                ("cross-attention", "all of the source"),
                ("feed-forward", "each by itself"),
            ],
            f"so far: [start]{so_far}",
            f"next: {backwards[self.written]}",
        )
        return encoder, decoder

    def draw(self, v: Values, data: tuple[Stack, Stack]) -> Scene:
        scene = Scene(height=486)
        self._block(scene)
        scene.line([(262, 8), (262, 478)], role="grid", width=1.5)
        encoder, decoder = data
        top = self._stack(scene, _ENCODER, encoder)
        self._stack(scene, _DECODER, decoder)
        self._bridge(scene, top)
        return scene

    def _block(self, scene: Scene) -> None:
        """The stream goes straight up; each part reads it, works, and adds what it found."""
        stream, left, wide = 40, 78, 160
        scene.text(_BLOCK, 16, "one block: two additions", bold=True)
        scene.arrow(stream, 438, stream, 52, role="output", width=4)
        scene.text(_BLOCK, 466, "a token’s vector", role="output")
        for foot, part in [(420, "attention"), (236, "feed-forward")]:
            scene.line([(stream, foot), (left + wide / 2, foot), (left + wide / 2, foot - 18)], role="muted", width=1.6)
            box(scene, left + 40, foot - 48, wide - 80, 30, "norm")
            down(scene, left + wide / 2, foot - 48, foot - 68)
            role = "query" if part == "attention" else "value"
            box(scene, left, foot - 112, wide, 44, part, role, strong=True)
            scene.line([(left + wide / 2, foot - 112), (left + wide / 2, foot - 136)], role="muted", width=1.6)
            scene.arrow(left + wide / 2, foot - 136, stream + 13, foot - 136, role="muted", width=1.6)
            scene.circle(stream, foot - 136, 12, fill="paper", stroke="output", width=2.5)
            scene.text(stream, foot - 136, "+", role="output", align="center", bold=True, size=16)

    def _stack(self, scene: Scene, left: float, stack: Stack) -> float:
        """The parts of a stack from below to above; returns the height of its upper edge."""
        scene.text(left + _WIDE / 2, 16, stack.name, align="center", bold=True)
        foot, high, gap = 412, 62, 22
        top = foot - len(stack.parts) * (high + gap) - gap + 12
        scene.rect(left, top, _WIDE, foot - top, fill="grid", opacity=0.18, stroke="muted", radius=10)
        middle = left + _WIDE / 2
        for place, (name, sees) in enumerate(stack.parts):
            y = foot - (place + 1) * (high + gap)
            down(scene, middle, y + high + gap - (0 if place else -6), y + high + 2)
            role = {"cross-attention": "key", "feed-forward": "value"}.get(name, "query")
            box(
                scene, left + 8, y, _WIDE - 16, high, f"{name}\n{sees}", role, strong=name == "cross-attention", size=12
            )
        first = foot - len(stack.parts) * (high + gap)
        if stack.name.startswith("decoder"):
            down(scene, middle, first, 62)
            scene.text(middle, 46, stack.gives, role="output", align="center", bold=True, size=15)
        scene.text(middle, 444, stack.reads, align="center")
        scene.text(middle, 470, "this block many times", role="muted", align="center", size=12)
        return first

    def _bridge(self, scene: Scene, top: float) -> None:
        """From the top of the encoder to the cross-attention of the decoder."""
        middle, lane, into = _ENCODER + _WIDE / 2, _DECODER - 36, 412 - 2 * 84 + 31
        scene.line([(middle, top), (middle, 130), (lane, 130), (lane, into)], role="key", width=3)
        scene.arrow(lane, into, _DECODER + 7, into, role="key", width=3)
        scene.text(lane + 4, 84, "the bridge", role="key", bold=True, align="right")
        scene.text(lane + 4, 108, "keys and values of the source", role="key", size=12, align="right")

    def describe(self, v: Values, data: tuple[Stack, Stack]) -> str:
        _, decoder = data
        written = count_of(self.written, "letter")
        return (
            "A block adds twice to the stream: what attention found, then what the feed-forward network made of it; "
            "each reads the stream through a norm. The two stacks are drawn without norms and additions. In the "
            "encoder's blocks all tokens see all; in the decoder's they see earlier ones only, and there is a third "
            f"part, cross-attention, whose keys and values come over the bridge. Of “{self.source}”, to be written "
            f"backwards, {written} are there already; {decoder.gives.replace('next: ', 'next comes ')}."
        )
