"""The table of counts of a bigram model, the row that the last word points to, and its shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from unravelling.demos.base import Demo, Scene, Values
from unravelling.demos.pictures.parts import LINE, NARROW
from unravelling.drawing.text_metrics import text_width

_STEP = 32


class LookedUp(NamedTuple):
    """words: heads of rows and columns. table (rows, columns): counts. row: the place of the context's last word."""

    words: list[str]
    columns: list[str]
    table: list[list[int]]
    row: int
    shares: list[float]


class CountsLookUp(Demo):
    """counts: for each word what followed it, and how often. context: a text; its last word chooses the row.

    Seven rows and columns fit; of larger tables the row asked for and the commonest columns are shown.
    """

    title = "Looked up, not thought up"
    most = 7

    def __init__(self, counts: Mapping[str, Mapping[str, int]], context: str) -> None:
        super().__init__()
        self.counts = {word: dict(row) for word, row in counts.items() if any(row.values())}
        self.context = context.split()
        if not self.context or self.context[-1] not in self.counts:
            known = ", ".join(list(self.counts)[:8])
            raise ValueError(f"The last word of '{context}' has no row in the table; rows are: {known}.")

    def compute(self, v: Values) -> LookedUp:
        asked = self.context[-1]
        words = [word for word in self.counts if word != asked][: self.most - 1]
        words.insert(min(list(self.counts).index(asked), self.most - 1), asked)
        own = self.counts[asked]
        totals: dict[str, int] = {}
        for word in words:
            for following, count in self.counts[word].items():
                totals[following] = totals.get(following, 0) + count
        columns = sorted(totals, key=lambda word: (-own.get(word, 0), -totals[word]))[: self.most]
        table = [[self.counts[word].get(following, 0) for following in columns] for word in words]
        all_of_it = sum(own.values())
        return LookedUp(words, columns, table, words.index(asked), [own.get(c, 0) / all_of_it for c in columns])

    def draw(self, v: Values, data: LookedUp) -> Scene:
        room = max(text_width(word, NARROW) for word in data.words) + 14
        wide = min(46.0, (430 - room) / len(data.columns))
        top, left = 122.0, room + 40
        bottom = top + _STEP * len(data.words)
        scene = Scene(height=max(bottom, top + _STEP * sum(share > 0 for share in data.shares)) + 40)
        self._context(scene, left, top, data)
        for place, word in enumerate(data.columns):
            scene.text(left + wide * (place + 0.5) - 4, top - 8, word, angle=-45, size=12)
        for i, (word, row) in enumerate(zip(data.words, data.table, strict=True)):
            chosen, y = i == data.row, top + _STEP * i
            scene.text(left - 8, y + _STEP / 2, word, align="right", bold=chosen)
            for j, count in enumerate(row):
                scene.rect(left + wide * j, y, wide, _STEP, None, "grid")
                if count:
                    scene.rect(
                        left + wide * j, y, wide, _STEP, "query" if chosen else "muted", opacity=0.25 if chosen else 0.1
                    )
                role = "ink" if chosen or count else "muted"
                scene.text(left + wide * (j + 0.5), y + _STEP / 2, str(count), role, align="center", bold=chosen)
        end = left + wide * len(data.columns)
        y = top + _STEP * data.row
        scene.rect(left, y, end - left, _STEP, None, "query", width=3, radius=3)
        scene.text(left, bottom + 18, "one row for each word, one column for what followed", "muted", size=12)
        self._shares(scene, end, y + _STEP / 2, top, data)
        return scene

    def _context(self, scene: Scene, left: float, top: float, data: LookedUp) -> None:
        scene.text(8, 16, "the text so far", role="muted", size=12)
        boxes = scene.tokens(8, 28, self.context, chosen=len(self.context) - 1)
        x, y, w, h = boxes[-1]
        middle = top + _STEP * (data.row + 0.5)
        scene.line([(x + w / 2, y + h), (x + w / 2, y + h + 12), (16, y + h + 12), (16, middle)], role="query", width=2)
        word = text_width(data.words[data.row], NARROW) * 1.05
        scene.arrow(16, middle, left - 12 - word, middle, role="query")

    def _shares(self, scene: Scene, end: float, middle: float, top: float, data: LookedUp) -> None:
        """The row's shares as bars on the right."""
        rows = [(word, share, "output") for word, share in zip(data.columns, data.shares, strict=True) if share > 0]
        room = max(text_width(word, NARROW) for word, *_ in rows)
        left = end + 56 + room
        scene.arrow(end + 4, middle, end + 34, middle, role="query")
        total = sum(data.table[data.row])
        high = top + _STEP * max(0.0, data.row - (len(rows) - 1) / 2)
        scene.text(left - room, high - LINE, f"divided by {total}", role="muted", size=12)
        track = max(760 - left - 68, 60)
        scene.bars(left, high + 6, rows, track=track, step=_STEP, form="{:.0%}")

    def describe(self, v: Values, data: LookedUp) -> str:
        own = [(word, count) for word, count in zip(data.columns, data.table[data.row], strict=True) if count]
        total = sum(count for _, count in own)
        shares = ", ".join(f"“{word}” {count} of {total}" for word, count in own)
        return (
            f"“{' '.join(self.context)}” ends in “{data.words[data.row]}”, and that word alone chooses the row: "
            f"{shares}. The words before it change nothing."
        )
