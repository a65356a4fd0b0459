"""The picture of one stop: its values, the picked number, and where that number comes from."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from unravelling.demos.xray.arithmetic import SHOWN, Explained, explain
from unravelling.demos.xray.captions import word_of
from unravelling.demos.xray.forward_pass import Cursor
from unravelling.drawing.scene import WIDTH, Scene
from unravelling.drawing.text_metrics import label_room, short, text_width

LEFT = 232  # right of the map
ROOM = WIDTH - 8 - LEFT
TOP = 98  # where values begin
NARROW = 15.7  # lines are broken as if for this size: on a narrow page letters are as large


def wrapped(text: str, width: float, size: float = 13) -> list[str]:
    """The text in lines of at most `width` pixels, broken at spaces."""
    lines: list[str] = []
    width /= 1.08  # the fonts of some browsers run wider than the estimate
    for word in text.split(" "):
        if lines and text_width(f"{lines[-1]} {word}", size) <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


def heading(scene: Scene, here: Cursor, what: str = "") -> float:
    """Where we are, what happens here, and the shape. Returns how far down it reaches."""
    stop = here.stop
    place = f", {here.place}" if here.place else ""
    scene.text(LEFT, 14, f"{what}stop {stop.order}: {stop.title}{place}".capitalize(), bold=True, size=15)
    y = 38.0
    for text in wrapped(stop.what, ROOM, NARROW):
        scene.text(LEFT, y, text)
        y += 18
    scene.text(LEFT, y + 3, shape_words(here), role="muted", size=12.5)
    return y + 3


def shape_words(here: Cursor) -> str:
    """ "shape (9 heads, 13 tokens, 64 numbers), head 4 shown" ."""
    stop, T, heads = here.stop, here.run.T, here.run.parts.heads
    if stop.kind == "words":
        return f"shape ({T} tokens)"
    if stop.kind == "ids":
        return f"shape ({T} tokens), a whole number each"
    *sets, _, across = here.run.at(stop.name, here.layer).shape
    row = {"keys": f"{T} tokens", "vocabulary": f"{across:,} tokens of the vocabulary"}.get(
        stop.kind, f"{across:,} numbers"
    )
    if not sets:
        return f"shape ({T} tokens, {row})"
    if sets == [heads]:
        return f"shape ({heads} heads, {T} tokens, {row}); head {here.head} is shown"
    return f"shape ({sets[0]} sets, {T} tokens, {row}); head {here.head} uses set {here.set_of(sets[0])}"


def written_shape(values: Tensor) -> str:
    return f"({', '.join(f'{size:,}' for size in values.shape)})"


def draw_stop(scene: Scene, here: Cursor) -> None:
    """The values of the stop by its own function, and how the picked number comes about."""
    heading(scene, here)
    _draw_arithmetic(scene, here, explain(here), here.stop.draw(scene, here))


def colour_range(values: Tensor) -> float:
    """The colours reach to ± this: the size that 98 of 100 values do not exceed, so that a few giants hide nothing."""
    sizes = values[values.isfinite()].abs()
    return max(float(torch.quantile(sizes[:200_000], 0.98)), 1e-6) if len(sizes) else 1.0


def tokens(scene: Scene, here: Cursor) -> float:
    names = [short(name, 20) for name in here.run.recording.names]
    boxes = scene.tokens(LEFT, TOP, names, chosen=here.token, width=ROOM, size=14)
    return boxes[-1][1] + boxes[-1][3]


def ids(scene: Scene, here: Cursor) -> float:
    x, y = float(LEFT), float(TOP)
    for index, (whole, identity) in enumerate(zip(here.run.recording.names, here.matrix().tolist(), strict=True)):
        name = short(whole, 20)
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


def numbers(scene: Scene, here: Cursor) -> float:
    """Of long rows the part in which the picked number stands."""
    whole, first = here.matrix(), here.number // SHOWN * SHOWN
    values = whole[:, first : first + SHOWN]
    columns, across = [str(first + n) for n in range(values.shape[1])], whole.shape[1]
    which = f"numbers {first} to {columns[-1]} of {across:,}" if across > SHOWN else f"all {across} numbers"
    scene.text(_right_of_names(here), TOP - 6, which, role="muted", size=12)
    top = colour_range(values)
    return _table(scene, here, values, columns, here.number - first, (-top, top), "number")


def keys(scene: Scene, here: Cursor) -> float:
    top = colour_range(here.matrix())
    return _table(scene, here, here.matrix(), here.run.recording.names, here.number, (-top, top), "key")


def shares(scene: Scene, here: Cursor) -> float:
    return _table(scene, here, here.matrix(), here.run.recording.names, here.number, (0.0, 1.0), "key")


def vocabulary(scene: Scene, here: Cursor) -> float:
    """The columns of the likeliest next words."""
    best = here.run.likeliest(here.token)[1]
    values, words = here.matrix()[:, best], [word_of(here.run, identity) for identity in best]
    scene.text(LEFT, TOP - 14, f"the {len(best)} highest after {here.name}:", role="muted", size=12)
    ends = (float(values.min()), float(values.max()))
    return _table(scene, here, values, words, best.index(here.number), ends, "word")


def _right_of_names(here: Cursor) -> float:
    return LEFT + label_room(here.run.recording.names, None, 0)[0] + 4


def _table(
    scene: Scene, here: Cursor, values: Tensor, columns: list[str], picked: int, ends: tuple[float, float], word: str
) -> float:
    """A row a token, with the followed one and the picked column marked; word: what a column is."""
    names, worded, x = here.run.recording.names, word != "number", _right_of_names(here)
    w = min(WIDTH - 60 - x, 30 * len(columns)) if worded else WIDTH - 12 - x
    head = label_room(None, columns, w)[1] if worded else 18
    high = max(300, label_room(None, names, min(WIDTH - 60 - x, 30 * len(names)))[1] + 9.6 * len(names))
    y, h = TOP + head - 8, high - head
    shown = torch.where(values.isfinite(), values, torch.nan)
    scene.heat(
        x, y, w, h, shown, rows=names, columns=columns, low=ends[0], high=ends[1], label=here.stop.title, title=False,
        row_word="token", column_word=word,
    )  # fmt: skip
    cell_w, cell_h = w / len(columns), h / len(names)
    if not worded:  # marks drawn by hand: 64 names of columns would not be legible
        scene.text(x + (picked + 0.5) * cell_w, y + h + 9, str(here.number), role="accent", size=11, align="center")
    scene.rect(x - 1, y + here.token * cell_h, w + 2, cell_h, fill=None, stroke="query", width=1.5)
    scene.rect(x + picked * cell_w - 1.5, y + here.token * cell_h - 1.5, cell_w + 3, cell_h + 3,
               fill=None, stroke="bad", width=2.5)  # fmt: skip
    bar = y + h + 20
    scene.scale_bar(WIDTH - 152, bar, 130, 9, low=_round(ends[0]), high=_round(ends[1]))
    scene.text(WIDTH - 162, bar + 5, f"colour: the {here.stop.one or 'number'}", role="muted", size=12, align="right")
    return bar + 8


def _round(value: float) -> float:
    return float(f"{value:.2g}")


def bars(scene: Scene, here: Cursor) -> float:
    """The likeliest next words; beside them, what the unchanged model says, where a function was changed."""
    chances, best = here.run.likeliest(here.token)
    before = here.run.recording.probabilities(here.token) if here.run.changes else None
    top = max(*chances, float(before.max()) if before is not None else 0)
    x, wide, step = LEFT + 118, 290 if before is None else 236, 31
    scene.text(LEFT, TOP - 10, f"next after {here.name}", role="query", bold=True)
    if before is not None:
        scene.text(x, TOP - 10, "upper bar: as changed; lower: unchanged", role="muted", size=12)
    for place, (share, identity) in enumerate(zip(chances, best, strict=True)):
        y = TOP + 8 + place * step
        chosen = identity == here.number
        if chosen:
            scene.rect(LEFT - 4, y - 3, ROOM + 4, step - 4, fill=None, stroke="bad", width=2, radius=4)
        middle = y + 10
        scene.text(x - 8, middle, word_of(here.run, identity), align="right", bold=chosen, size=14)
        text = f"{share:.1%}"
        if before is None:
            end = scene.bar(x, y + 2, wide, 17, share / top, on_track=False, radius=2)
        else:
            old = float(before[identity])
            ends = (
                scene.bar(x, y, wide, 10, share / top, on_track=False, radius=2),
                scene.bar(x, y + 12, wide, 8, old / top, on_track=False, opacity=0.35, radius=2),
            )
            end = max(ends)
            text += f"  (was {old:.1%})"
        scene.text(end + 8, middle, text, size=12.5)
    return TOP + 8 + len(best) * step


def _draw_arithmetic(scene: Scene, here: Cursor, found: Explained, y: float) -> None:
    y += 26
    one = f"the {here.stop.one}" if here.stop.one else f"number {here.number}"
    if here.stop.kind == "vocabulary":
        one += f" of “{word_of(here.run, here.number)}” after"
    else:
        one += f" of {here.name_of(here.number)} for" if here.stop.kind == "keys" else " of"
    scene.text(LEFT, y, f"How {one} {here.name} comes about", role="bad", bold=True)
    for line in wrapped(found.text, ROOM - 6, NARROW):
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
        size = max(float(np.nanmax(abs(shown))), 1e-9)
        low = 0.0 if name in ("weight", "exp(score)") else -size
        scene.text(x - 7, y + 8, short(name, 24), size=12, align="right")
        scene.heat(
            x, y, WIDTH - 12 - x, 16, shown, rows=[name], columns=list(found.columns), low=low, high=size,
            label="", show_labels=False, title=False, row_word="", column_word="at",
        )  # fmt: skip
        y += 19
    return y - 6
