"""A few-shot prompt as the context that a model reads: no parameter changes, and the next token follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch

from unravelling import models
from unravelling.demos.base import Demo, Scene, Values
from unravelling.demos.pictures.parts import NARROW, box, count_of, down
from unravelling.drawing.text_metrics import short, text_width
from unravelling.language_models.continuations import next_token_log_probabilities

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

SHOWN = 4
SPACE = "a space"  # the name of a token that cannot be seen


class Read(NamedTuple):
    """lines: the prompt's tokens. parameters: how many numbers. changed: of `tables` tables, how many differ after."""

    lines: list[list[str]]
    parameters: int
    tables: int
    changed: int
    likeliest: list[tuple[str, float]]


class PromptAsContext(Demo):
    """decoder: a loaded model or its name. shots: demonstrations, a line each. question: the line to be continued."""

    title = "A prompt is context, not training"

    def __init__(
        self,
        decoder: Pretrained | str,
        shots: Sequence[str] = ("hot -> cold", "early -> late", "full -> empty"),
        question: str = "big ->",
    ) -> None:
        super().__init__()
        if not 1 <= len(shots) <= 4:
            raise ValueError(f"The picture has room for 1 to 4 demonstrations, not {len(shots)}.")
        self.decoder, self.shots, self.question = models.loaded(decoder), list(shots), question

    def compute(self, v: Values) -> Read:
        before = self._fingerprint()
        prompt = "\n".join([*self.shots, self.question])
        likelihood = next_token_log_probabilities(self.decoder, prompt)[0].exp()
        after = self._fingerprint()
        best, ids = torch.topk(likelihood, SHOWN)
        words = [self.decoder.tokenizer.decode([token]).strip() or SPACE for token in ids.tolist()]
        return Read(
            [self._pieces(line) for line in [*self.shots, self.question]],
            sum(table.numel() for table in self.decoder.model.parameters()),
            len(before),
            sum(one != other for one, other in zip(before, after, strict=True)),
            list(zip(words, best.tolist(), strict=True)),
        )

    def _fingerprint(self) -> list[float]:
        return [table.double().sum().item() for table in self.decoder.model.parameters()]

    def _pieces(self, line: str) -> list[str]:
        ids = self.decoder.tokenizer(line, verbose=False, add_special_tokens=False)["input_ids"]
        return [self.decoder.tokenizer.decode([token]).strip() for token in ids]

    def draw(self, v: Values, data: Read) -> Scene:
        count = len(data.lines)
        scene = Scene(height=58 + 40 * count + 166)
        scene.text(8, 16, "the context: all that the model is shown", bold=True)
        right = 8.0
        for place, tokens in enumerate(data.lines):
            right = max(right, self._line(scene, 16, 44 + 40 * place, tokens, place == count - 1))
        end = 44 + 40 * count
        scene.rect(8, 34, right + 8, end - 30, None, "muted", radius=8)
        lowest = 44 + 40 * (count - 1)
        beside = right + 28
        scene.line([(beside, 46), (beside + 8, 46), (beside + 8, lowest - 14), (beside, lowest - 14)], role="key")
        scene.text(beside + 18, (32 + lowest) / 2, f"{count_of(count - 1, 'demonstration')}: only read", role="key")
        scene.text(beside + 18, lowest + 14, "the question", role="query", bold=True)
        middle = (right + 16) / 2 + 8
        down(scene, middle, end + 6, end + 38, width=2.5)
        box(
            scene,
            8,
            end + 42,
            330,
            96,
            f"{data.parameters:,} parameters\n{data.changed} of {data.tables} tables changed",
            "value",
            size=14,
        )
        scene.text(8, end + 162, "The parameters stay as they were.", role="muted", size=12)
        scene.arrow(344, end + 90, 392, end + 90, role="output", width=2.5)
        scene.text(404, end + 28, "the next token", role="output", bold=True)
        names = [(short(word, 9), share, "output", not place) for place, (word, share) in enumerate(data.likeliest)]
        room = max(text_width(name, NARROW) * 1.05 for name, *_ in names)
        scene.bars(414 + room, end + 46, names, track=760 - 414 - room - 74, step=32)
        return scene

    def _line(self, scene: Scene, x: float, y: float, tokens: list[str], asked: bool) -> float:
        """One line of the prompt, token by token, with room for the writing of a narrow page."""
        for token in tokens:
            wide = text_width(token, NARROW) * 1.05 + 12
            role = "query" if asked else "key"
            scene.rect(x, y, wide, 28, fill=role, opacity=0.2, radius=4)
            scene.rect(x, y, wide, 28, fill=None, stroke=role, width=2 if asked else 1, radius=4)
            scene.text(x + wide / 2, y + 14, token, align="center", bold=asked)
            x += wide + 6
        return x - 6

    def describe(self, v: Values, data: Read) -> str:
        word, share = data.likeliest[0]
        said = word if word == SPACE else f"“{word}”"
        shots = count_of(len(data.lines) - 1, "demonstration")
        changed = "none has" if not data.changed else f"{data.changed} have"
        return (
            f"The model reads {shots} and the question “{self.question}” as one "
            f"context. Of its {data.tables} tables with {data.parameters:,} parameters {changed} changed; the next "
            f"token is {said} with {share:.0%}."
        )
