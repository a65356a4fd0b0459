"""A beam as a tree: which beginnings are continued, which are dropped, and which text wins."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import torch
from cachetools import LRUCache, cachedmethod

from unravelling import models
from unravelling.demos.base import Demo, Scene, Slider, Text, Values
from unravelling.demos.choosing_the_next_word.usable_scores import usable
from unravelling.drawing.text_metrics import short
from unravelling.models.threads import threads_for

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

MOST_BEAMS, MOST_STEPS = 3, 4
# For texts (lists of tokens after the prompt), the likeliest continuations of each: (token, log2 of its share).
Continue = Callable[[list[list[int]]], list[list[tuple[int, float]]]]


class Node(NamedTuple):
    """One beginning. tokens: after the prompt; log: log2 of its share; parent: its place in the level before, or -1."""

    tokens: list[int]
    log: float
    parent: int
    kept: bool
    ended: bool = False


def grow(go_on: Continue, beams: int, steps: int, end: int | None = None) -> list[list[Node]]:
    """Levels of candidates, each in the order of their parents. The `beams` likeliest of a level are kept.

    A text that has ended keeps its place and is compared with the others as it stands.
    """
    levels: list[list[Node]] = []
    alive = [Node([], 0.0, -1, True)]
    places = [-1]
    for _ in range(steps):
        offered = iter(go_on([each.tokens for each in alive if not each.ended]))
        found: list[Node] = []
        for place, node in zip(places, alive, strict=True):
            if node.ended:
                found.append(node._replace(parent=place))
                continue
            for token, log in next(offered):
                found.append(Node([*node.tokens, token], node.log + log, place, False, token == end))
        best = sorted(range(len(found)), key=lambda i: -found[i].log)[:beams]  # stable: of equals the earlier one
        levels.append([each._replace(kept=i in best) for i, each in enumerate(found)])
        places = sorted(best)
        alive = [levels[-1][i] for i in places]
    return levels


def winning(levels: list[list[Node]]) -> list[int]:
    """The place of the winner's beginning in each level: the likeliest of the last level, and its parents."""
    last = levels[-1]
    path = [max(range(len(last)), key=lambda i: last[i].log)]
    for level in levels[:0:-1]:
        path.append(level[path[-1]].parent)
    return path[::-1]


class BeamTree(Demo):
    """Choose how many beginnings are kept and how far to look: the tree of what was tried, the winner in bold."""

    title = "A beam as a tree"
    text = Text("text", "The old woman opened the door and saw", most_words=30)
    beams = Slider("beams", 1, MOST_BEAMS, value=2)
    steps = Slider("tokens", 1, MOST_STEPS, value=3)

    def __init__(self, decoder: Pretrained | str = "decoder", text: str = "", **values) -> None:
        super().__init__(**values)
        self.decoder = models.loaded(decoder, kind="decoder")
        self._trees: LRUCache[object, list[list[Node]]] = LRUCache(64)
        if text:
            self.text = text

    def compute(self, v: Values) -> list[list[Node]]:
        return self._tree(v.text, v.beams)[: v.steps]

    @cachedmethod(attrgetter("_trees"))
    def _tree(self, text: str, beams: int) -> list[list[Node]]:
        prompt = self.decoder.ids(text)

        def go_on(texts: list[list[int]]) -> list[list[tuple[int, float]]]:
            if not texts:
                return []
            ids = torch.tensor([prompt + each for each in texts])
            with torch.inference_mode(), threads_for(ids.numel()):
                scores = self.decoder.model(ids).logits[:, -1].float()
            usable(scores)
            logs, tokens = (scores.log_softmax(-1) / torch.log(torch.tensor(2.0))).topk(beams)
            return [list(zip(*both, strict=True)) for both in zip(tokens.tolist(), logs.tolist(), strict=True)]

        # Texts that have ended have another length than the rest, and are not read again, so all in a batch are equal.
        return grow(go_on, beams, MOST_STEPS, self.decoder.tokenizer.eos_token_id)

    def names(self, level: list[Node]) -> list[str]:
        """The last token of each, as a person reads it."""
        pieces = self.decoder.pieces([each.tokens[-1] for each in level])
        return [short(each, 9) for each in pieces]

    def draw(self, v: Values, data: list[list[Node]]) -> Scene:
        row, top, wide = 30, 30, 172
        most = max(len(level) for level in data)
        scene = Scene(height=top + row * most + 66)
        path = winning(data)
        middle = top + row * most / 2
        heights = [[middle + row * (i - (len(level) - 1) / 2) for i in range(len(level))] for level in data]
        for step, (level, at) in enumerate(zip(data, heights, strict=True)):
            x = 44 + wide * step
            scene.text(x, 12, f"token {step + 1}", role="muted")
            for i, (node, name, y) in enumerate(zip(level, self.names(level), at, strict=True)):
                start = (20, middle) if step == 0 else (x - 22, heights[step - 1][node.parent])
                wins = path[step] == i
                role = "output" if wins else "ink" if node.kept else "muted"
                scene.line([start, (x - 6, y)], role=role, width=3 if wins else 1.5, dash=not node.kept)
                scene.text(x, y, name, role=role, bold=wins)
                scene.text(x + 142, y, share(node.log), role=role, align="right", bold=wins)
        scene.circle(20, middle, 4, fill="ink")
        y = top + row * most + 20
        scene.text(10, y, "bold: the likeliest of the texts found; whole lines: kept; dashed: dropped", role="muted")
        scene.text(10, y + 26, "the share is that of the whole text from the first token on", role="muted")
        return scene

    def describe(self, v: Values, data: list[list[Node]]) -> str:
        best = data[-1][winning(data)[-1]]
        text = " ".join(self.decoder.tokenizer.decode(best.tokens).split())
        beams = "one beginning" if v.beams == 1 else f"{v.beams} beginnings"
        tokens = "1 token" if len(data) == 1 else f"{len(data)} tokens"
        return f"Keeping {beams} for {tokens}, the beam finds “{text}” with a share of {share(best.log)}."


def share(log: float) -> str:
    """A share whose log2 is given, in percent."""
    percent = 100 * 2**log
    return "< 0.01%" if percent < 0.005 else f"{percent:.2f}%" if percent < 1 else f"{percent:.1f}%"
