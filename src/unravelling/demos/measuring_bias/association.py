"""An association test with word lists of your own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from unravelling import models
from unravelling.demos.base import Demo, Scene, Text, Values
from unravelling.demos.controls import listed
from unravelling.language_models import bias

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

FLOWERS = "rose lily daisy violet orchid iris"
INSECTS = "ant bee fly wasp spider beetle"
PLEASANT = "love peace friend happy gift laughter"
UNPLEASANT = "ugly pain poison disaster hate grief"
MOST = 4_000  # splits: an answer at once


class Association(Demo):
    """Four lists of words, with spaces between: do the words of X lie nearer to A rather than B than those of Y do?

    encoder: a loaded model or a name for `models.load`; a decoder's table can be asked as well.
    """

    title = "Association test"
    bad_input = (*Demo.bad_input, bias.BiasError)
    x = Text("X", FLOWERS, most_words=16)
    y = Text("Y", INSECTS, most_words=16)
    a = Text("A", PLEASANT, most_words=16)
    b = Text("B", UNPLEASANT, most_words=16)

    def __init__(self, encoder: Pretrained | str) -> None:
        super().__init__()
        self.encoder = models.loaded(encoder)

    def compute(self, v: Values) -> bias.Association:
        x, y, a, b = map(listed, (v.x, v.y, v.a, v.b))
        return bias.association(self.encoder, x, y, a, b, most=MOST)

    def draw(self, v: Values, data: bias.Association) -> Scene:
        scene = Scene(height=330)
        reach = max(0.02, *(abs(score) for score in data.scores.values())) * 1.15
        axes = scene.axes(
            60, 30, 670, 190, (-reach, reach), (0, 2),
            "association: nearer to B on the left, nearer to A on the right", "", y_ticks=[], grid=False,
        )  # fmt: skip
        scene.line([(axes.x(0), 30), (axes.x(0), 220)], role="muted", width=1, dash=True)
        words = list(data.scores.items())
        for name, some, role, base in (("X", words[: data.x], "query", 1.0), ("Y", words[data.x :], "key", 0.0)):
            scene.text(40, axes.y(base + 0.5), name, bold=True, role=role, align="right", size=15)
            some = sorted(some, key=lambda pair: pair[1])
            mean = axes.x(sum(score for _, score in some) / len(some))
            # Pale where words may stand on it, and full above them.
            scene.line([(mean, axes.y(base + 0.04)), (mean, axes.y(base + 0.88))], role=role, width=3, opacity=0.3)
            scene.line([(mean, axes.y(base + 0.88)), (mean, axes.y(base + 0.98))], role=role, width=3)
            for place, (word, score) in enumerate(some):
                level = axes.y(base + 0.18 + 0.68 * (place % 5) / 5)
                if name == "X":
                    scene.circle(axes.x(score), level, 4, fill=role)
                else:
                    scene.rect(axes.x(score) - 4, level - 4, 8, 8, fill=role)
                right = score > reach * 0.6
                scene.text(
                    axes.x(score) + (-8 if right else 8), level, word, size=11, align="right" if right else "left"
                )
        scene.text(
            60, 284, f"effect {bias.signed(data.effect)} standard deviations,  p = {data.p:.4f}", bold=True, size=15
        )
        scene.text(60, 308, self._splits(data), role="muted", size=12)
        return scene

    def _splits(self, data: bias.Association) -> str:
        if data.exact:
            return f"chance: all {data.splits:,} ways to divide these words into two such groups were tried"
        ways = math.comb(len(data.scores), data.x)
        return f"chance: {data.splits:,} of {ways:,} ways to divide these words were tried, drawn with a seed"

    def describe(self, v: Values, data: bias.Association) -> str:
        score = data.scores.__getitem__
        best, least = max(data.scores, key=score), min(data.scores, key=score)
        found = f"Effect {bias.signed(data.effect)}, p = {data.p:.4f}."
        return f"{found} Nearest to A rather than B is “{best}”, nearest to B “{least}”."
