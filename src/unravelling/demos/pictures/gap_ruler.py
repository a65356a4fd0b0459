"""A ruler in bits: what a gap of so many bits means, with measured gaps on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from unravelling.demos.base import Demo, Scene, Values
from unravelling.demos.pictures.parts import NARROW, number
from unravelling.drawing.text_metrics import text_width

_STEP, _TOP = 44, 116


class Gaps(NamedTuple):
    """Of each word: its smallest, mean and largest gap over the templates, in bits. ends: of the ruler."""

    words: list[str]
    low: list[float]
    mean: list[float]
    high: list[float]
    ends: int


class GapRuler(Demo):
    """words: up to eight. gaps (W, T): log2 P(she) − log2 P(he) of each word in each template, as `bias.gaps` gives."""

    title = "A gap in bits is a factor"

    def __init__(self, words: Sequence[str], gaps: Any) -> None:
        super().__init__()
        self.words = list(words)
        self.gaps = np.asarray(gaps, dtype=float).reshape(len(self.words), -1)
        if not 1 <= len(self.words) <= 8 or not self.gaps.size or not np.isfinite(self.gaps).all():
            raise ValueError("The ruler needs one to eight words, and a finite gap for each in every template.")

    def compute(self, v: Values) -> Gaps:
        ends = max(3, math.ceil(float(np.abs(self.gaps).max())))
        return Gaps(self.words, self.gaps.min(1).tolist(), self.gaps.mean(1).tolist(), self.gaps.max(1).tolist(), ends)

    def draw(self, v: Values, data: Gaps) -> Scene:
        room = max(text_width(word, NARROW) for word in data.words) * 1.05 + 24
        left, right, bottom = room + 20, 660.0, _TOP + _STEP * len(data.words)
        scene = Scene(height=bottom + 66)

        def x(bits: float) -> float:
            return left + (right - left) * (bits + data.ends) / (2 * data.ends)

        scene.text(x(0) - 12, 16, "“he” is likelier", role="key", bold=True, align="right")
        scene.text(x(0) + 12, 16, "“she” is likelier", role="query", bold=True)
        every = max(1, math.ceil(data.ends / 3))
        ticks = [bits for bits in range(-data.ends, data.ends + 1) if bits % every == 0]
        for bits in ticks:
            scene.line(
                [(x(bits), 68), (x(bits), bottom)], role="muted" if not bits else "grid", width=1.5 if not bits else 1
            )
            factor = "equal" if not bits else f"{2 ** abs(bits):,} ×"
            scene.text(x(bits), 52, factor, align="center", bold=True)
            scene.text(x(bits), bottom + 16, number(bits, 0, sign=True) if bits else "0", role="muted", align="center")
        scene.text(x(0), bottom + 44, "gap in bits: log2 P(she) − log2 P(he)", align="center")
        scene.text(8, 52, "factor", role="muted", size=12)
        for place, word in enumerate(data.words):
            y, mean = _TOP + _STEP * place, data.mean[place]
            role = "query" if mean > 0 else "key"
            scene.text(8, y, word, bold=True)
            scene.line([(x(data.low[place]), y), (x(data.high[place]), y)], role=role, width=6, opacity=0.35)
            scene.circle(x(mean), y, 7, fill=role)
            scene.text(right + 24, y, f"{number(mean, 2, sign=True)}", role=role, bold=True)
        if self.gaps.shape[1] > 1:
            scene.text(right + 24, 84, "mean", role="muted", size=12)
        return scene

    def describe(self, v: Values, data: Gaps) -> str:
        told = "; ".join(
            f"“{word}” {number(mean, 2, sign=True)} ({number(low, 2, sign=True)} to {number(high, 2, sign=True)})"
            for word, low, mean, high in zip(data.words, data.low, data.mean, data.high, strict=True)
        )
        far = max(range(len(data.words)), key=lambda place: abs(data.mean[place]))
        factor = 2 ** abs(data.mean[far])
        who = "she" if data.mean[far] > 0 else "he"
        return (
            f"Each bit doubles: the mean gap of “{data.words[far]}” makes “{who}” {factor:.1f} times as likely as the "
            f"other. Mean gaps, with the smallest and largest of {self.gaps.shape[1]} templates: {told}."
        )
