"""The picture of one stop: its values, the picked number, and where that number comes from."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from unravelling.demos.xray.arithmetic import SHOWN, Cell, Explained, explain
from unravelling.demos.xray.captions import Here, likeliest, word_of
from unravelling.demos.xray.numbers import short, wrapped
from unravelling.demos.xray.stops import BY_NAME, NUMBERS
from unravelling.drawing.scene import WIDTH, Scene
from unravelling.drawing.text_metrics import label_room, text_width

LEFT = 232  # right of the map
ROOM = WIDTH - 8 - LEFT
TOP = 98  # where values begin
# What one number of a stop is called, where it is more than a number.
_ONE = {"tokens": "piece", "ids": "id", "scores": "score", "masked": "masked score", "weights": "weight",
        "logits": "logit", "probabilities": "probability"}  # fmt: skip


def heading(scene: Scene, here: Here, what: str = "") -> float:
    """Where we are, what happens here, and the shape. Returns how far down it reaches."""
    stop = BY_NAME[here.stop]
    place = f", {here.place}" if here.place else ""
    scene.text(LEFT, 14, f"{what}stop {NUMBERS[here.stop]}: {stop.title}{place}".capitalize(), bold=True, size=15)
    y = 38.0
    for text in wrapped(stop.what, ROOM, 13.5):
        scene.text(LEFT, y, text)
        y += 18
    scene.text(LEFT, y + 3, shape_words(here), role="muted", size=12.5)
    return y + 3


def shape_words(here: Here) -> str:
    """ "shape (9 heads, 13 tokens, 64 numbers), head 4 shown" ."""
    values, T = here.run.at(here.stop, here.layer), here.run.T
    if here.stop == "tokens":
        return f"shape ({T} tokens)"
    if here.stop == "ids":
        return f"shape ({T} tokens), a whole number each"
    row = {"keys": f"{T} tokens", "vocabulary": f"{values.shape[-1]:,} tokens of the vocabulary"}.get(
        BY_NAME[here.stop].kind, f"{values.shape[-1]:,} numbers"
    )
    if values.ndim == 2:
        return f"shape ({T} tokens, {row})"
    count = len(values)
    if count == here.run.parts.heads:
        return f"shape ({count} heads, {T} tokens, {row}); head {here.head} is shown"
    shown = here.run.parts.key_head(here.head)
    return f"shape ({count} sets, {T} tokens, {row}); head {here.head} uses set {shown}"


def draw_stop(scene: Scene, here: Here, number: int) -> None:
    """number: which number of the row is picked; for logits and probabilities its rank among the likeliest."""
    heading(scene, here)
    kind = BY_NAME[here.stop].kind
    if kind in ("words", "ids"):
        bottom = _draw_tokens(scene, here)
    elif here.stop == "probabilities":
        bottom = _draw_bars(scene, here, number)
    else:
        bottom = _draw_values(scene, here, number)
    picked = number
    if kind == "vocabulary":
        picked = likeliest(here.run, here.token)[1][number]
    cell = Cell(here.stop, here.layer, here.head, here.token, picked)
    _draw_arithmetic(scene, here, number, explain(here.run, cell), bottom)


def colour_range(values: Tensor) -> float:
    """The colours reach to ± this: the size that 98 of 100 values do not exceed, so that a few giants hide nothing."""
    sizes = values[values.isfinite()].abs()
    return max(float(torch.quantile(sizes[:200_000], 0.98)), 1e-6) if len(sizes) else 1.0


def _draw_tokens(scene: Scene, here: Here) -> float:
    names = [short(name, 20) for name in here.run.recording.names]
    if here.stop == "tokens":
        boxes = scene.tokens(LEFT, TOP, names, chosen=here.token, width=ROOM, size=14)
        return boxes[-1][1] + boxes[-1][3]
    x, y, ids = float(LEFT), float(TOP), here.run.at("ids").tolist()
    for index, (name, identity) in enumerate(zip(names, ids, strict=True)):
        wide = max(text_width(name, 14), text_width(f"{identity:,}", 13)) + 16
        if x + wide > WIDTH - 8 and x > LEFT:
            x, y = float(LEFT), y + 58
        chosen = index == here.token
        scene.rect(x, y, wide, 48, fill="grid", stroke="query" if chosen else "grid", opacity=0.35,
                   width=2.5 if chosen else 1, radius=4)  # fmt: skip
        scene.text(x + wide / 2, y + 14, name, size=14, align="center", bold=chosen)
        scene.text(x + wide / 2, y + 35, f"{identity:,}", role="query" if chosen else "muted", align="center")
        x += wide + 6
    return y + 48


def _draw_values(scene: Scene, here: Here, number: int) -> float:
    kind, names = BY_NAME[here.stop].kind, here.run.recording.names
    values = here.matrix()
    if kind == "vocabulary":
        ids = likeliest(here.run, here.token)[1]
        values, first = values[:, ids], 0
        columns: list[str] = [word_of(here.run, identity) for identity in ids]
    elif kind == "keys":
        first, columns = 0, list(names)
    else:
        first = number // SHOWN * SHOWN
        last = min(first + SHOWN, values.shape[1])
        columns, values = [str(n) for n in range(first, last)], values[:, first:last]
    room = label_room(names, None, 0)[0]
    worded = kind in ("keys", "vocabulary")
    x = LEFT + room + 4
    w = min(WIDTH - 60 - x, 30 * len(columns)) if worded else WIDTH - 12 - x
    head = label_room(None, columns, w)[1] if worded else 18
    high = max(300, label_room(None, names, min(WIDTH - 60 - x, 30 * len(names)))[1] + 9.6 * len(names))
    y, h = TOP + head - 8, high - head
    if not worded:
        whole = here.matrix().shape[1]
        which = (
            f"numbers {first} to {first + len(columns) - 1} of {whole:,}" if whole > SHOWN else f"all {whole} numbers"
        )
        scene.text(x, TOP - 6, which, role="muted", size=12)
    elif kind == "vocabulary":
        scene.text(LEFT, TOP - 14, f"the {len(columns)} highest after {here.name}:", role="muted", size=12)
    shares = here.stop == "weights"
    top = 1.0 if shares else colour_range(values)
    low = 0.0 if shares else -top
    if kind == "vocabulary":
        low, top = float(values.min()), float(values.max())
    shown = torch.where(values.isfinite(), values, torch.nan)
    scene.heat(
        x, y, w, h, shown, rows=names, columns=columns, low=low, high=top, label=BY_NAME[here.stop].title, title=False,
        row_word="token", column_word="key" if kind == "keys" else "word" if worded else "number",
    )  # fmt: skip
    cell_w, cell_h = w / len(columns), h / len(names)
    if not worded:  # marks drawn by hand: 64 names of columns would not be legible
        scene.text(x + (number - first + 0.5) * cell_w, y + h + 9, str(number), role="accent", size=11, align="center")
    scene.rect(x - 1, y + here.token * cell_h, w + 2, cell_h, fill=None, stroke="query", width=1.5)
    scene.rect(x + (number - first) * cell_w - 1.5, y + here.token * cell_h - 1.5, cell_w + 3, cell_h + 3,
               fill=None, stroke="bad", width=2.5)  # fmt: skip
    bar = y + h + 20
    scene.scale_bar(WIDTH - 152, bar, 130, 9, low=_round(low), high=_round(top))
    scene.text(WIDTH - 162, bar + 5, "colour shows", role="muted", size=12, align="right")
    return bar + 8


def _round(value: float) -> float:
    return float(f"{value:.2g}")


def _draw_bars(scene: Scene, here: Here, number: int) -> float:
    """The likeliest next words; beside them, what the unchanged model says, where a function was changed."""
    shares, ids = likeliest(here.run, here.token)
    before = here.run.recording.probabilities(here.token) if here.run.changes else None
    top = max(*shares, float(before.max()) if before is not None else 0)
    x, wide, step = LEFT + 118, 290 if before is None else 236, 31
    scene.text(LEFT, TOP - 10, f"next after {here.name}", role="query", bold=True)
    if before is not None:
        scene.text(x, TOP - 10, "upper bar: as changed; lower: unchanged", role="muted", size=12)
    for place, (share, identity) in enumerate(zip(shares, ids, strict=True)):
        y = TOP + 8 + place * step
        chosen = place == number
        if chosen:
            scene.rect(LEFT - 4, y - 3, ROOM + 4, step - 4, fill=None, stroke="bad", width=2, radius=4)
        middle = y + 10
        scene.text(x - 8, middle, word_of(here.run, identity), align="right", bold=chosen, size=14)
        text = f"{share:.1%}"
        if before is None:
            scene.rect(x, y + 2, max(wide * share / top, 1), 17, fill="output", radius=2)
        else:
            old = float(before[identity])
            scene.rect(x, y, max(wide * share / top, 1), 10, fill="output", radius=2)
            scene.rect(x, y + 12, max(wide * old / top, 1), 8, fill="output", opacity=0.35, radius=2)
            text += f"  (was {old:.1%})"
        scene.text(x + max(wide * max(share, float(before[identity]) if before is not None else 0) / top, 1) + 8,
                   middle, text, size=12.5)  # fmt: skip
    return TOP + 8 + len(ids) * step


def _draw_arithmetic(scene: Scene, here: Here, number: int, found: Explained, y: float) -> None:
    y += 26
    kind, names = BY_NAME[here.stop].kind, here.run.recording.names
    one = f"the {_ONE[here.stop]}" if here.stop in _ONE else f"number {number}"
    if kind == "vocabulary":
        one += f" of “{word_of(here.run, likeliest(here.run, here.token)[1][number])}” after"
    else:
        one += f" of “{short(names[number])}” for" if kind == "keys" else " of"
    scene.text(LEFT, y, f"How {one} {here.name} comes about", role="bad", bold=True)
    for line in wrapped(found.text, ROOM - 6, 13.5):
        y += 19
        scene.text(LEFT, y, line)
    if found.strips:
        y = _draw_strips(scene, found, y + 24)
    scene.height = max(scene.height, y + 18)


def _draw_strips(scene: Scene, found: Explained, y: float) -> float:
    names = [short(name, 24) for name, _ in found.strips]
    x = LEFT + max(text_width(name, 12) for name in names) + 16
    scene.text(x, y, found.heading, role="muted", size=12)
    y += 11
    for name, values in found.strips:
        shown: Any = np.where(np.isfinite(values.numpy()), values.numpy(), np.nan)[None]
        low, high = (float(np.nanmin(shown)), float(np.nanmax(shown)))
        size = max(abs(low), abs(high), 1e-9)
        if name in ("weight", "e^score"):
            low, size = 0.0, max(size, 1e-9)
        else:
            low = -size
        scene.text(x - 7, y + 8, short(name, 24), size=12, align="right")
        scene.heat(
            x, y, WIDTH - 12 - x, 16, shown, rows=[name], columns=list(found.columns), low=low, high=size,
            label="", show_labels=False, title=False, row_word="", column_word="at",
        )  # fmt: skip
        y += 19
    return y - 6
