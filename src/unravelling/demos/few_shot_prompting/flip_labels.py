"""Labels turned round: how many of four demonstrations may lie before the model believes them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from unravelling import models
from unravelling.demos.base import BadInput, Demo, Scene, Slider, Text, Values
from unravelling.demos.few_shot_prompting.prompt_picture import bars, prompt
from unravelling.language_models import prompting

if TYPE_CHECKING:
    from torch import Tensor

    from unravelling.models.pretrained import Pretrained

ORDER = "PNPN"
SENTENCE = "A wonderful evening; I laughed from beginning to end."


class Turned(NamedTuple):
    """prefix, question: the prompt. shares: of each label of the task, which sum to 1."""

    prefix: str
    question: str
    shares: list[float]


class FlipLabels(Demo):
    """Turn the labels of the last demonstrations round, and ask about a sentence of yours.

    decoder: a loaded model or a name for `models.load`. order: of the demonstrations, P positive and N negative.
    """

    title = "Labels turned round"
    bad_input = (*Demo.bad_input, prompting.PromptError)
    sentence = Text("sentence", SENTENCE, most_words=40)
    turned = Slider("labels turned round", 0, 4, value=0)

    def __init__(self, decoder: Pretrained | str, sentence: str = SENTENCE, order: str = ORDER) -> None:
        super().__init__()
        self.decoder = models.loaded(decoder)
        self.task = prompting.task("sentiment")
        self.shown = prompting.in_order(self.task, order)
        self.set_range("turned", 0, len(self.shown))
        self.sentence = sentence
        for count in range(len(self.shown) + 1):  # ask each prompt once, so that the slider need not wait for it
            with suppress(*self.bad_input):  # compute says it
                self._scores(sentence, self._prefix(count))

    def compute(self, v: Values) -> Turned:
        if "->" in v.sentence:
            raise BadInput("The arrow belongs to the prompt: write the sentence without '->'.")
        prefix = self._prefix(v.turned)
        scores = self._scores(v.sentence, prefix)
        return Turned(prefix, prompting.asked(v.sentence.strip()), scores[0].softmax(-1).tolist())

    def _scores(self, sentence: str, prefix: str) -> Tensor:
        return prompting.label_scores(self.decoder, prefix, [sentence.strip()], self.task.labels)

    def _prefix(self, count: int) -> str:
        return prompting.arrow(prompting.flipped(self.shown, self.task, count))

    def draw(self, v: Values, data: Turned) -> Scene:
        scene = Scene(height=300)
        scene.text(8, 14, "the prompt, as the model reads it", role="muted", size=12)
        y = prompt(scene, 8, 28, data.prefix + data.question, 740)
        scene.text(8, y + 22, f"turned round: the last {v.turned} of {len(self.shown)}", size=13)
        end = bars(scene, 8, y + 42, list(zip(self.task.labels, data.shares, strict=True)), "query", 420)
        scene.height = end + 8
        return scene

    def describe(self, v: Values, data: Turned) -> str:
        best = max(range(len(data.shares)), key=data.shares.__getitem__)
        return (
            f"With {v.turned} of {len(self.shown)} labels turned round the model calls “{v.sentence.strip()}” "
            f"{self.task.labels[best]} ({data.shares[best]:.0%} of the two labels)."
        )
