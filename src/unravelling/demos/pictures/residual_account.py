"""The residual stream as an account: what each part of a real model adds to a token's vector, and the sum below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from unravelling import models
from unravelling.demos.base import Demo, Scene, Values
from unravelling.demos.pictures.parts import count_of, number, squares

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

_SIDE, _HIGH, _LEFT = 66, 30, 226


class Entry(NamedTuple):
    """One line of the account: who wrote it, the first numbers of what was added, and the length of the whole."""

    name: str
    role: str
    numbers: list[float]
    length: float


class Account(NamedTuple):
    """entries: the embedding and what each part adds. total: their sum, which is the stream there. width: its d."""

    entries: list[Entry]
    total: Entry
    token: str
    width: int


class ResidualAccount(Demo):
    """decoder: a loaded model or its name. text: its last token is followed through the first `blocks` blocks."""

    title = "Nothing is rewritten, only added"
    shown = 4

    def __init__(self, decoder: Pretrained | str, text: str = "The piano did not fit", blocks: int = 2) -> None:
        super().__init__()
        self.decoder, self.text, self.blocks = models.loaded(decoder), text, blocks
        if self.decoder.kind != "decoder" or not 1 <= blocks <= min(3, self.decoder.layers):
            raise ValueError(f"The account needs a decoder and 1 to 3 of its blocks, not {blocks}.")

    def compute(self, v: Values) -> Account:
        added, stream = self._read()
        names, roles = ["embedding"], ["muted"]
        for block in range(1, self.blocks + 1):
            names += [f"+ attention {block}", f"+ feed-forward {block}"]
            roles += ["query", "value"]
        entries = [
            Entry(name, role, part[: self.shown].tolist(), part.norm().item())
            for name, role, part in zip(names, roles, added, strict=True)
        ]
        total = Entry(f"= after block {self.blocks}", "output", stream[: self.shown].tolist(), stream.norm().item())
        return Account(entries, total, self.decoder.tokens(self.text)[-1], stream.numel())

    def _read(self) -> tuple[list[Tensor], Tensor]:
        """(what was added to the last token's vector, in order; the stream after the last of the blocks)."""
        inner: Any = self.decoder.model.base_model
        added: list[Tensor] = []

        def keep(module: Any, given: Any, gave: Any) -> None:
            added.append((gave[0] if isinstance(gave, tuple) else gave)[0, -1].float().clone())

        blocks = inner.layers[: self.blocks]
        listening = [part.register_forward_hook(keep) for block in blocks for part in (block.self_attn, block.mlp)]
        try:
            with torch.inference_mode():
                ids = torch.tensor([self.decoder.ids(self.text)])
                states = inner(ids, output_hidden_states=True, use_cache=False).hidden_states
        finally:
            for each in listening:
                each.remove()
        return [states[0][0, -1].float().clone(), *added], states[self.blocks][0, -1].float().clone()

    def draw(self, v: Values, data: Account) -> Scene:
        step = 44
        scene = Scene(height=84 + step * len(data.entries) + 84)
        scene.text(8, 16, f"the vector of “{data.token}”: an account", bold=True)
        scene.text(_LEFT, 46, f"its first {self.shown} of {data.width} numbers", role="muted", size=12)
        track = _LEFT + _SIDE * self.shown + 26
        scene.text(track, 46, "length of all of it", role="muted", size=12)
        most = max(each.length for each in (*data.entries, data.total))
        for place, each in enumerate((*data.entries, data.total)):
            y = 66 + step * place + (16 if each is data.total else 0)
            if each is data.total:
                scene.line([(8, y - 10), (752, y - 10)], role="ink", width=2)
            scene.text(8, y + _HIGH / 2, each.name, role=each.role if each.role != "muted" else "ink", bold=True)
            largest = max(abs(value) for entry in (*data.entries, data.total) for value in entry.numbers)
            squares(scene, _LEFT, y, each.numbers, each.role, side=_SIDE, high=_HIGH, digits=2, most=largest)
            end = scene.bar(track, y + 4, 752 - track - 60, _HIGH - 8, each.length / most, each.role, on_track=False)
            scene.text(end + 8, y + _HIGH / 2, number(each.length), bold=True)
        foot = scene.height - 22
        scene.text(
            8, foot, "Each line stays; the stream is the sum. (Lengths of vectors do not add up.)", "muted", size=12
        )
        return scene

    def describe(self, v: Values, data: Account) -> str:
        most = max(data.entries, key=lambda each: each.length)
        count = count_of(len(data.entries), "entry", "entries")
        parts = ", ".join(f"{each.name.removeprefix('+ ')} {number(each.length)}" for each in data.entries)
        return (
            f"To the {data.width} numbers of “{data.token}” every part adds its own, and nothing already there is "
            f"rewritten: after {count_of(self.blocks, 'block')} the vector is the sum of {count}. "
            f"Their lengths: {parts}; most was written by {most.name.removeprefix('+ ')}. The sum has length "
            f"{number(data.total.length)}."
        )
