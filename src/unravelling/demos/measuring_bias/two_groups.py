"""Two groupings at once: what each adjective says, and how much of the sum hangs on which words were chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unravelling import models
from unravelling.demos.base import Demo, Scene, Text, Values
from unravelling.demos.controls import listed
from unravelling.drawing.axes import Axes
from unravelling.language_models import bias
from unravelling.language_models.bias import Crossed, signed

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained


class TwoGroups(Demo):
    """Take words out of the two lists, or write others: what becomes of the interaction?

    decoder: a loaded model or a name for `models.load`. It is asked once; the lists only choose among its answers.
    """

    title = "Two groups at once"
    bad_input = (*Demo.bad_input, bias.BiasError)
    able = Text("ability", "clever smart", most_words=32)
    looks = Text("looks", "beautiful thin", most_words=32)

    def __init__(self, decoder: Pretrained | str) -> None:
        super().__init__()
        self.decoder = models.loaded(decoder)
        self._bits = bias.described(self.decoder)
        self.able = " ".join(bias.usable(self.decoder, bias.INTELLIGENCE))
        self.looks = " ".join(bias.usable(self.decoder, bias.APPEARANCE))

    def compute(self, v: Values) -> Crossed:
        return bias.both_ways(self.decoder, listed(v.able), listed(v.looks), bits=self._bits)

    def draw(self, v: Values, data: Crossed) -> Scene:
        able = len(listed(v.able))
        words = list(data.by_word.items())
        lists = [sorted(part, key=lambda pair: pair[1]) for part in (words[:able], words[able:])]
        rows = max(len(part) for part in lists)
        tall = 18 * rows + 8
        scene = Scene(height=tall + 204)
        shown = data.over_templates if self._alone(v) else data.interaction
        ends = [shown.low, shown.high, *data.by_word.values()]
        reach = 1.1 * max(0.1, *map(abs, ends))
        for left, name, role, part in zip((116, 492), ("ability", "looks"), ("query", "key"), lists, strict=True):
            axes = scene.axes(left, 30, 240, tall, (-reach, reach), (0, 1), "its own interaction, bits", "",
                              y_ticks=[], grid=False)  # fmt: skip
            scene.text(left, 12, name, bold=True, role=role)
            self._zero(scene, axes, 30, tall)
            for place, (word, bits) in enumerate(part):
                y = 43 + 18 * place
                scene.text(left - 8, y, word, size=12, align="right")
                scene.circle(axes.x(bits), y, 4, fill=role)
        top = tall + 96
        axes = scene.axes(240, top, 486, 56, (-reach, reach), (0, 1), "interaction: ability minus looks, bits", "",
                          y_ticks=[], grid=False)  # fmt: skip
        self._zero(scene, axes, top, 56)
        alone = self._alone(v)
        over_words = "no interval over words" if alone else "and over words"
        both = (("interval over templates", data.over_templates), (over_words, data.interaction))
        for place, (name, found) in enumerate(both):
            y = top + 16 + 25 * place
            scene.text(232, y, name, size=12, align="right", bold=bool(place))
            if not (place and alone):
                scene.line([(axes.x(found.low), y), (axes.x(found.high), y)], role="accent", width=3)
            scene.rect(axes.x(found.value) - 5, y - 5, 10, 10, fill="accent")
        return scene

    def _alone(self, v: Values) -> list[str]:
        """The lists of a single word. It cannot be drawn anew: what other words would give, it does not say."""
        return [name for name, text in (("ability", v.able), ("looks", v.looks)) if len(listed(text)) == 1]

    def _zero(self, scene: Scene, axes: Axes, top: float, tall: float) -> None:
        scene.line([(axes.x(0), top), (axes.x(0), top + tall)], role="muted", width=1, dash=True)

    def describe(self, v: Values, data: Crossed) -> str:
        least, most = (pick(data.by_word.items(), key=lambda pair: pair[1]) for pick in (min, max))
        found = data.interaction
        words = f"Single words from {signed(least[1])} (“{least[0]}”) to {signed(most[1])} (“{most[0]}”)."
        if alone := self._alone(v):
            where = " and one in ".join(f"“{name}”" for name in alone)
            return (
                f"Interaction {signed(found.value)} bits, with one word in {where}. One word has no interval over "
                f"words: what others would give, it does not say. Over templates alone, for these very words, it is "
                f"{data.over_templates}. {words}"
            )
        verdict = "leaves 0 out" if found.low > 0 or found.high < 0 else "includes 0, so this may be nothing"
        return (
            f"Interaction {found} bits over words and templates. The interval {verdict}. Over templates alone it would "
            f"be {data.over_templates}. {words}"
        )
