"""A text of one's own, cut by tokenizers that have learned few merges or many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from unravelling.demos.base import BadInput, Demo, Scene, Select, Text, Values
from unravelling.models.token_text import readable

MOST = 120  # characters: what fits into the picture


class Cut(NamedTuple):
    """pieces: the tokens as a person reads them, a space drawn as a dot. counts: tokens needed with each vocabulary."""

    pieces: list[str]
    counts: dict[int, int]


class GrowingPieces(Demo):
    """tokenizers: byte-level ones of the library `tokenizers`, by the merges they have learned. ValueError if none.

    bits: by the same merges, what a bigram of such tokens costs on new text, in bits per character; may be left out.
    """

    title = "Pieces that grow"
    text = Text("text", "The piano did not go through the door.")
    merges = Select("merges", [0], value=0)

    def __init__(self, tokenizers: Mapping[int, Any], bits: Mapping[int, float] | None = None) -> None:
        super().__init__()
        if not tokenizers:
            raise ValueError("There is no tokenizer to look at.")
        if bits is not None and set(bits) != set(tokenizers):
            raise ValueError("Each number of merges needs its bits.")
        self.bits = None if bits is None else dict(bits)
        self.tokenizers = dict(sorted(tokenizers.items()))
        self.set_options("merges", list(self.tokenizers))
        self.merges = list(self.tokenizers)[len(self.tokenizers) // 2]

    def compute(self, v: Values) -> Cut:
        if len(v.text) > MOST:
            raise BadInput(f"The picture has room for {MOST} characters; your text has {len(v.text):,}.")
        cuts = {merges: tokenizer.encode(v.text).tokens for merges, tokenizer in self.tokenizers.items()}
        return Cut([shown(token) for token in cuts[v.merges]], {merges: len(cut) for merges, cut in cuts.items()})

    def draw(self, v: Values, data: Cut) -> Scene:
        measured = Scene()
        _, low, _, high = measured.tokens(20, 44, data.pieces, width=720)[-1]
        top = low + high + 60
        scene = Scene(height=top + 30 * len(data.counts) + 10)
        scene.text(20, 20, f"{len(data.pieces)} {_tokens(len(data.pieces))}; a dot stands for a space", bold=True)
        scene.tokens(20, 44, data.pieces, width=720)
        scene.text(20, top - 26, "tokens that your text needs", role="muted")
        rows = [
            (f"{merges:,} merges", count, "query" if merges == v.merges else "muted", merges == v.merges)
            for merges, count in data.counts.items()
        ]
        track = 480 if self.bits is None else 290
        scene.bars(150, top, rows, track=track, step=30, most=max(data.counts.values()), form="{:.0f}")
        if self.bits is not None:
            scene.text(740, top - 26, "a bigram of such tokens, on held-out articles", role="muted", align="right")
            for place, merges in enumerate(data.counts):
                words = f"{self.bits[merges]:.2f} bits per character"
                scene.text(740, top + 10 + 30 * place, words, align="right", bold=merges == v.merges)
        return scene

    def describe(self, v: Values, data: Cut) -> str:
        count, letters, room = len(data.pieces), len(v.text), len(v.text.encode())
        bits = None if self.bits is None else self.bits[v.merges]
        these = f"this 1 character ({room} {'byte' if room == 1 else 'bytes'}) is" if letters == 1 else ""
        these = these or f"these {letters} characters ({room} bytes) are"
        cut = f"With {v.merges:,} merges {these} {count} {_tokens(count)}: {' '.join(data.pieces)}"
        if bits is None:
            return cut
        return f"On held-out articles, a bigram of such tokens costs {bits:.2f} bits per character. {cut}"


def shown(token: str) -> str:
    """A byte-level token to be read: its space as a dot; bytes that are only part of a character as numbers."""
    if token.startswith("Ġ") and len(token) > 1:
        return "·" + readable(token[1:], "bytes")
    return "·" if token == "Ġ" else readable(token, "bytes")


def _tokens(number: int) -> str:
    return "token" if number == 1 else "tokens"
