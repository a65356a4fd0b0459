"""The demo of lesson 00: three scores become three shares."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from unravelling.demos.base import Demo, Scene, Slider, Values


class Scores(NamedTuple):
    """scores (3,), powers (3,) of e, and shares (3,) that sum to 1."""

    scores: Tensor
    powers: Tensor
    shares: Tensor


def shares_of(scores: Tensor) -> Scores:
    """The softmax, with the step between shown. scores: (n,)."""
    powers = torch.exp(scores)
    return Scores(scores, powers, powers / powers.sum())


class Shares(Demo):
    """Three words, three scores; the slider sets the score of the second."""

    title = "From scores to shares"
    score = Slider("score of 'luck'", -4.0, 6.0, step=0.5, value=1.0, wide=460)
    words = ("morning", "luck", "grief")

    def compute(self, v: Values) -> Scores:
        return shares_of(torch.tensor([2.0, v.score, 0.0]))

    def draw(self, v: Values, data: Scores) -> Scene:
        scene = Scene(height=210)
        for x, head, align in [
            (20, "after “good” comes", "left"),
            (250, "score", "right"),
            (370, "e to the score", "right"),
            (410, "share", "left"),
        ]:
            scene.text(x, 20, head, role="muted", align=align)
        for row, word in enumerate(self.words):
            y = 60 + 52 * row
            scene.text(20, y, word, bold=True, size=15)
            scene.text(
                250, y, f"{data.scores[row]:.1f}".replace("-", "−"), align="right", role="query" if row == 1 else "ink"
            )
            scene.text(370, y, f"{data.powers[row]:.2f}", align="right")
            scene.bar(410, y - 12, 260, 24, data.shares[row].item(), least=0)
            scene.text(680, y, f"{data.shares[row]:.1%}")
        return scene

    def describe(self, v: Values, data: Scores) -> str:
        shown = [f"{share:.1%}" for share in data.shares]
        parts = ", ".join(f"“{word}” {share}" for word, share in zip(self.words, shown, strict=True))
        exact = round(10 * sum(float(share.rstrip("%")) for share in shown)) == 1000
        whole = "together 100%." if exact else "together 100%, but for rounding."
        return f"With the score of 'luck' at {v.score:g}, the shares are {parts}; {whole}".replace("-", "−")
