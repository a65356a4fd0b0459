"""A head with a job: written by hand on your own words, and found in two trained models."""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from unravelling import models
from unravelling.demos.attention.weights_and_masks import draw_table, word_room
from unravelling.demos.base import BadInput, Demo, Scene, Slider, Text, Toggle, Values
from unravelling.drawing.text_metrics import short

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

MOST_TOKENS = 40  # more would not be legible in a table of this size


class Handmade(NamedTuple):
    """weights (T, T) under the causal mask, targets (T, T) bool: where the job wants each token to look."""

    weights: Tensor
    targets: Tensor


def targets_of(job: str, words: list[str]) -> Tensor:
    """(T, T) bool: where each word should look to do its job; a row without a target is all False.

    job: "previous token", "first token", or "duplicate token" (earlier places of the same word, capitals ignored).
    """
    wanted = torch.zeros(len(words), len(words), dtype=torch.bool)
    for row, word in enumerate(words):
        for column in range(row + 1):
            if job == "previous token":
                wanted[row, column] = column == row - 1
            elif job == "first token":
                wanted[row, column] = column == 0
            elif job == "duplicate token":
                wanted[row, column] = column < row and words[column].casefold() == word.casefold()
            else:
                raise ValueError(f"There is no job '{job}': use previous token, first token or duplicate token.")
    return wanted


def handmade_head(job: str, words: list[str], firmness: float) -> Handmade:
    """A causal head whose score is `firmness` where the job wants to look and 0 elsewhere."""
    targets = targets_of(job, words)
    allowed = torch.ones(len(words), len(words), dtype=torch.bool).tril()
    scores = firmness * targets.float()
    return Handmade(torch.softmax(scores.masked_fill(~allowed, -torch.inf), dim=-1), targets)


class HandmadeHead(Demo):
    """Write a head by hand: choose its job and how firmly its queries ask."""

    title = "A head by hand"
    sentence = Text("sentence", "the piano blocks the door so the door stays open", most_words=16)
    job = Toggle("job", ["previous token", "first token", "duplicate token"])
    firmness = Slider("score where the job says look", 0.0, 12.0, step=0.5, value=2.0)

    def compute(self, v: Values) -> Handmade:
        return handmade_head(v.job, v.sentence.split(), v.firmness)

    def draw(self, v: Values, data: Handmade) -> Scene:
        words = [short(word, 14) for word in v.sentence.split()]
        room = word_room(words)
        side = 300 if len(words) < 11 else 360
        scene = Scene(height=side + room + 24)
        x, y, cell = room + 8, room, side / len(words)
        scene.heat(x, y, side, side, data.weights, rows=words, columns=words, label="weights", title=False)
        for row, column in data.targets.nonzero().tolist():
            scene.rect(
                x + column * cell + 1, y + row * cell + 1, cell - 2, cell - 2, fill=None, stroke="accent", width=2
            )
        right = x + side + 36
        scene.text(right, y + 8, "framed: where the job wants to look", role="accent")
        for line, (job_part, value) in enumerate(self._figures(data)):
            scene.text(right, y + 44 + 44 * line, job_part, role="muted")
            scene.text(right, y + 62 + 44 * line, value, bold=True, size=15)
        scene.scale_bar(right, y + side - 26, label="attention weight")
        return scene

    def _figures(self, data: Handmade) -> list[tuple[str, str]]:
        has = data.targets.any(dim=-1)
        landed = (data.weights * data.targets).sum(dim=-1)[has]
        return [
            ("rows that have somewhere to look", f"{int(has.sum())} of {len(has)}"),
            ("attention that lands there, mean", f"{landed.mean():.1%}" if len(landed) else "none"),
            ("attention that lands there, worst row", f"{landed.min():.1%}" if len(landed) else "none"),
        ]

    def describe(self, v: Values, data: Handmade) -> str:
        (_, rows), (_, mean), (_, worst) = self._figures(data)
        if mean == "none":
            return f"Job “{v.job}”: no word of this sentence has anywhere to look, so every row spreads evenly."
        return (
            f"Job “{v.job}”: {rows} rows have somewhere to look; "
            f"{mean} of their attention lands there, {worst} in the worst row."
        )


class Maps(NamedTuple):
    """tokens (T), and weights (heads, T, T) of one layer."""

    tokens: list[str]
    weights: Tensor


def attention_maps(model: Pretrained, text: str, layer: int, head: int) -> Maps:
    """The maps of one layer of a pretrained model for `text`. IndexError if there is no such layer or head."""
    if not 0 <= layer < model.layers or not 0 <= head < model.heads:
        raise IndexError(
            f"{model.name} has layers 0 to {model.layers - 1} and heads 0 to {model.heads - 1}, "
            f"not layer {layer}, head {head}."
        )
    tokens, weights = model.attention(text)
    return Maps(tokens, weights[layer])


class AttentionHeads(Demo):
    """Every head of a pretrained model on your own sentence.

    pretrained: loaded models, or names that `models.load` takes, so "hub:openai-community/gpt2" works too where there
    is a network; by default the course's two. Hand over what is loaded already: loading it again takes memory again.
    """

    title = "The heads of a real model"
    sentence = Text("sentence", most_words=30)
    model = Toggle("model", ["encoder"])
    layer = Slider("layer", 0, 1)
    head = Slider("head", 0, 1)
    asking = Slider("token that asks", 0, 1)

    def __init__(
        self,
        sentence: str,
        *pretrained: Pretrained | str,
        layer: int = 0,
        head: int = 0,
        asking: int | None = None,
    ) -> None:
        super().__init__()
        given = pretrained or ("encoder", "decoder")
        loaded = [models.loaded(each) for each in given]
        for each in loaded:
            if not all(hasattr(each, part) for part in ("name", "layers", "heads", "tokens", "attention")):
                raise ValueError(
                    "AttentionHeads takes a sentence and then its models, one after the other: names like "
                    f'"encoder" or what models.load(...) gave, not {reprlib.repr(each)}.'
                )
        self.loaded = {model.name: model for model in loaded}
        self.set_options("model", list(self.loaded))
        self.sentence = sentence
        self._fit_model()
        tokens = self._fit_sentence()
        self.layer, self.head = layer, head
        if asking is not None and tokens:
            self.asking = asking

    def on_change(self, name: str) -> None:
        if name == "model":
            self._fit_model()
        if name in ("model", "sentence"):
            self._fit_sentence()

    def _fit_model(self) -> None:
        chosen = self.loaded[self.model]
        self.set_range("layer", 0, chosen.layers - 1)
        self.set_range("head", 0, chosen.heads - 1)

    def _fit_sentence(self) -> int:
        """Lets the slider reach as many tokens as there are; 0 if the sentence will be refused."""
        if not self.sentence.strip() or len(self.sentence) > 1200:
            return 0
        count = len(self.loaded[self.model].tokens(self.sentence))
        self.set_range("asking", 0, min(count, MOST_TOKENS) - 1)
        return count

    def compute(self, v: Values) -> Maps:
        maps = attention_maps(self.loaded[v.model], v.sentence, v.layer, v.head)
        if len(maps.tokens) > MOST_TOKENS:
            raise BadInput(
                f"Your sentence makes {len(maps.tokens)} tokens, and {MOST_TOKENS} fit into the picture: "
                "shorten it a little."
            )
        return maps

    def draw(self, v: Values, data: Maps) -> Scene:
        count = len(data.tokens)
        room = word_room(data.tokens)
        side = 300 if count <= 18 else 400
        scene = Scene(height=room + side + 150)
        x, y = room + 8, room + 26
        asker = short(data.tokens[v.asking], 14)
        scene.text(8, 12, f"layer {v.layer}, head {v.head}: “{asker}” asks", bold=True, size=15)
        draw_table(scene, x, y, side, data.weights[v.head], data.tokens, v.asking)
        self._draw_thumbnails(scene, x + side + 44, y, v, data)
        below = y + side + 26
        scene.text(8, below, f"“{data.tokens[v.asking]}” (token {v.asking}) looks at", role="query", bold=True)
        boxes = scene.tokens(8, below + 20, data.tokens, data.weights[v.head, v.asking], chosen=v.asking)
        for token, box in enumerate(boxes):
            scene.picks("asking", token, *box)
        scene.height = boxes[-1][1] + 52  # as many lines as the tokens need
        return scene

    def _draw_thumbnails(self, scene: Scene, x: float, y: float, v: Values, data: Maps) -> None:
        heads, columns = len(data.weights), 3 if len(data.weights) <= 9 else 4
        step = (752 - x) / columns
        small = step - 10
        scene.text(x, y - 26, f"all {heads} heads of layer {v.layer}", role="muted")
        for head in range(heads):
            left, top = x + (head % columns) * step, y + (head // columns) * (small + 24)
            chosen = head == v.head
            scene.text(left, top - 7, f"head {head}", size=11, role="query" if chosen else "muted", bold=chosen)
            scene.heat(
                left, top + 2, small, small, data.weights[head], rows=data.tokens, columns=data.tokens,
                label=f"head {head}", show_labels=False, title=False,
            )  # fmt: skip
            scene.picks("head", head, left, top - 14, small, small + 16)
            if chosen:
                scene.rect(left - 2, top, small + 4, small + 4, fill=None, stroke="query", width=3)

    def describe(self, v: Values, data: Maps) -> str:
        row = data.weights[v.head, v.asking]
        best = int(row.argmax())
        return (
            f"{self.loaded[v.model].name}, layer {v.layer}, head {v.head}: “{data.tokens[v.asking]}” "
            f"gives most, {row[best]:.0%}, to “{data.tokens[best]}” at position {best}."
        )
