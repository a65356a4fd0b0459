"""Bits: how often the whole must be halved to come down to a probability."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from unravelling.demos.base import Demo, Scene, Values
from unravelling.demos.pictures.parts import NARROW, count_of
from unravelling.drawing.text_metrics import text_width


class Surprise(NamedTuple):
    """What came, its probability and its surprise in bits."""

    name: str
    probability: float
    bits: float


class HalvesAndBits(Demo):
    """probabilities: for up to five things that came, how probable each was before."""

    title = "Bits count halvings"
    halvings = 4

    def __init__(self, probabilities: Mapping[str, float] | None = None) -> None:
        super().__init__()
        given = dict(probabilities or {"“cat” after “the”": 3 / 5, "heads": 1 / 2, "one of ten digits": 1 / 10})
        if not 1 <= len(given) <= 5 or any(not 0 < chance <= 1 for chance in given.values()):
            raise ValueError("The picture has room for one to five probabilities above 0 and up to 1.")
        self.given = given

    def compute(self, v: Values) -> list[Surprise]:
        # Adding 0 makes the −0.0 of a certain thing an ordinary zero.
        return [Surprise(name, chance, -math.log2(chance) + 0.0) for name, chance in self.given.items()]

    def draw(self, v: Values, data: list[Surprise]) -> Scene:
        scene = Scene(height=64 + 32 * (self.halvings + 1) + 64 + 34 * len(data))
        scene.text(8, 16, "halve, and halve again", bold=True)
        scene.text(160, 42, "what is left of the whole", role="muted", size=12)
        for times in range(self.halvings + 1):
            y = 56 + 32 * times
            scene.text(148, y + 11, "0 bits: sure" if not times else count_of(times, "bit"), align="right")
            end = scene.bar(160, y, 520, 22, 2.0**-times, "query", on_track=False, opacity=0.7)
            scene.text(end + 8, y + 11, "1" if not times else f"1/{2**times}")
        top = 56 + 32 * (self.halvings + 1) + 34
        scene.text(8, top, "surprise: how many halvings a probability is away from sure", bold=True)
        room = max(text_width(name, NARROW) for name, *_ in data) + 20
        most = max(self.halvings + 1.0, *(bits for *_, bits in data))
        for place, (name, chance, bits) in enumerate(data):
            y = top + 22 + 34 * place
            scene.text(8, y + 11, name)
            scene.text(room + 60, y + 11, f"{chance:.1%}", align="right", bold=True)
            end = scene.bar(room + 76, y, 760 - room - 76 - 100, 22, bits / most, "bad", on_track=False, opacity=0.8)
            scene.text(end + 8, y + 11, f"{bits:.2f} bits", bold=True)
        return scene

    def describe(self, v: Values, data: list[Surprise]) -> str:
        found = "; ".join(f"{name}, probability {chance:.1%}: {bits:.2f} bits" for name, chance, bits in data)
        return (
            "Half of the whole is 1 bit away from sure, a quarter 2 bits, an eighth 3: each halving costs one bit "
            f"more. So the surprise is: {found}."
        )
