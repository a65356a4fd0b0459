"""The three steps of attention side by side: score, share, mix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from unravelling.demos.base import Demo, Scene, Values
from unravelling.demos.pictures.parts import LINE, number, squares

_STEP, _TOP = 62, 118


class Mixed(NamedTuple):
    """scores and shares (T,); mixed: the number that the word receives."""

    scores: Tensor
    shares: Tensor
    mixed: float


class ScoreShareMix(Demo):
    """query (2,), keys (T, 2), values (T, 1), names: T up to 4. unit: of the values. asks: who looks."""

    title = "Score, share, mix"

    def __init__(
        self, query: Any, keys: Any, values: Any, names: Sequence[str], unit: str = "cm", asks: str = "it"
    ) -> None:
        super().__init__()
        given = [torch.as_tensor(each, dtype=torch.float32).detach() for each in (query, keys, values)]
        self.query, self.keys, self.worth = given[0], given[1], given[2].reshape(-1)
        self.names, self.unit, self.asks = list(names), unit, asks
        count = len(self.names)
        if self.query.shape != (2,) or self.keys.shape != (count, 2) or self.worth.shape != (count,) or count > 4:
            raise ValueError(
                f"The picture needs a query (2,), keys ({count}, 2), a value for each of at most 4 names, not shapes "
                f"{tuple(self.query.shape)}, {tuple(self.keys.shape)} and {tuple(given[2].shape)}."
            )

    def compute(self, v: Values) -> Mixed:
        scores = self.keys @ self.query
        shares = torch.softmax(scores, dim=-1)
        return Mixed(scores, shares, float(shares @ self.worth))

    def draw(self, v: Values, data: Mixed) -> Scene:
        count = len(self.names)
        bottom = _TOP + _STEP * count
        scene = Scene(height=bottom + 66)
        for x, head, below in [
            (96, "keys", ""),
            (208, "1  score", "query · key"),
            (370, "2  share", "softmax"),
            (590, "3  mix", "share × value"),
        ]:
            scene.text(x, 70, head, bold=True, role="key" if head == "keys" else "ink")
            scene.text(x, 70 + LINE, below, role="muted", size=12)
        scene.text(8, 20, f"query of “{self.asks}”", role="query", bold=True)
        squares(scene, 150, 6, self.query, "query", side=48, most=4)
        for place, name in enumerate(self.names):
            y = _TOP + _STEP * place
            score, share = data.scores[place].item(), data.shares[place].item()
            scene.text(8, y + 14, name, bold=True)
            squares(scene, 96, y, self.keys[place], "key", side=44, most=4)
            scene.arrow(188, y + 14, 206, y + 14, role="muted", width=1.5)
            scene.text(216, y + 14, number(score), role="query", bold=True, size=15)
            scene.arrow(266, y + 14, 366, y + 14, role="muted", width=1.5)
            scene.bar(370, y + 3, 110, 22, share, "accent")
            scene.text(488, y + 14, f"{share:.1%}", bold=True)
            scene.arrow(552, y + 14, 584, y + 14, role="muted", width=1.5)
            scene.text(590, y + 14, f"{share:.3f} × {self.worth[place]:g} {self.unit}".replace("-", "−"), role="value")
        scene.line([(370, bottom - 14), (560, bottom - 14)], role="muted", width=1)
        scene.line([(590, bottom - 14), (752, bottom - 14)], role="output", width=2)
        scene.text(480, bottom + 10, "together 100%", role="muted", align="right", size=12)
        scene.text(590, bottom + 10, f"= {number(data.mixed)} {self.unit}", role="output", bold=True, size=16)
        scene.text(752, bottom + 40, f"what “{self.asks}” receives", role="output", align="right")
        return scene

    def describe(self, v: Values, data: Mixed) -> str:
        best = int(data.shares.argmax())
        found = "; ".join(
            f"“{name}” scores {number(score)} and gets {share:.1%}"
            for name, score, share in zip(self.names, data.scores.tolist(), data.shares.tolist(), strict=True)
        )
        return (
            f"The query of “{self.asks}” against each key: {found}. The mixture of the values is {number(data.mixed)} "
            f"{self.unit}; the largest share of it is that of “{self.names[best]}” ({self.worth[best]:g} {self.unit})."
        )
