"""A hundred tokens of a training text for BERT: which are asked for, and what is put in their places."""

from __future__ import annotations

from typing import NamedTuple

import torch

from unravelling.demos.base import Demo, Scene, Values
from unravelling.demos.pictures.parts import count_of

_CELL, _SIDE = 32, 10
KINDS = {
    "mask": ("[M]", "key", "hidden: [MASK]"),  # the encoder's colour, as in all of lesson 07
    "random": ("?", "output", "another token"),
    "kept": ("=", "muted", "left as it is"),
}
_EXPECTED = {"mask": 12.0, "random": 1.5, "kept": 1.5}


class Drawn(NamedTuple):
    """kinds: for each of a hundred tokens "mask", "random", "kept" or "" (not chosen). counts: of each."""

    kinds: list[str]
    counts: dict[str, int]


class FifteenOfHundred(Demo):
    """seed: of the draw; the one given shows every kind.

    Each token is chosen with probability 0.15; of the chosen, 80% are hidden and 10% replaced (Devlin et al., 2018,
    arXiv:1810.04805).
    """

    title = "Fifteen of a hundred"

    def __init__(self, seed: int = 75) -> None:
        super().__init__()
        self.seed = seed

    def compute(self, v: Values) -> Drawn:
        generator = torch.Generator().manual_seed(self.seed)
        chosen, which = torch.rand(2, _SIDE * _SIDE, generator=generator).tolist()
        kinds = [
            ("mask" if share < 0.8 else "random" if share < 0.9 else "kept") if chance < 0.15 else ""
            for chance, share in zip(chosen, which, strict=True)
        ]
        return Drawn(kinds, {kind: kinds.count(kind) for kind in KINDS})

    def draw(self, v: Values, data: Drawn) -> Scene:
        scene = Scene(height=44 + _CELL * _SIDE + 12)
        scene.text(8, 16, "100 tokens of a text", bold=True)
        for place, kind in enumerate(data.kinds):
            x, y = 8 + _CELL * (place % _SIDE), 36 + _CELL * (place // _SIDE)
            role = KINDS[kind][1] if kind else None
            scene.rect(x + 1, y + 1, _CELL - 2, _CELL - 2, role, role or "grid", opacity=0.35, radius=3)
            if kind:
                scene.text(x + _CELL / 2, y + _CELL / 2, KINDS[kind][0], align="center", bold=True, size=12)
        left, asked = 8 + _CELL * _SIDE + 40, sum(data.counts.values())
        scene.text(left, 52, f"{asked} of them are asked for in this draw", bold=True)
        scene.text(left, 76, "15 on average", role="muted", size=12)
        for place, (kind, (sign, role, words)) in enumerate(KINDS.items()):
            y = 112 + 62 * place
            scene.rect(left, y, 30, 30, role, role, opacity=0.35, radius=3)
            scene.text(left + 15, y + 15, sign, align="center", bold=True, size=12)
            scene.text(left + 42, y + 6, f"{data.counts[kind]}  {words}", role=role, bold=True)
            scene.text(left + 42, y + 30, f"on average {_EXPECTED[kind]:g} of a hundred", role="muted", size=12)
        scene.text(left, 318, "The answer is always the token", bold=True)
        scene.text(left, 340, "that was there before.", bold=True)
        return scene

    def describe(self, v: Values, data: Drawn) -> str:
        asked, kept = sum(data.counts.values()), data.counts["kept"]
        return (
            f"Of 100 tokens {asked} are asked for in this draw, on average 15: {data.counts['mask']} are hidden behind "
            f"[MASK], {count_of(data.counts['random'], 'is', 'are')} replaced by another token and "
            f"{count_of(kept, 'is', 'are')} left as {'it is' if kept == 1 else 'they are'}. "
            f"The other {100 - asked} are only read."
        )
