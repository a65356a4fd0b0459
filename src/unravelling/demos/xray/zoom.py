"""The pictures that step back from one stop: a head, a layer, the whole model."""

from __future__ import annotations

import torch

from unravelling.demos.xray.captions import word_of
from unravelling.demos.xray.catalogue import OF_A_LAYER
from unravelling.demos.xray.forward_pass import Cursor
from unravelling.demos.xray.numbers import num
from unravelling.demos.xray.overview import HEIGHT
from unravelling.demos.xray.stop_picture import LEFT, NARROW, ROOM, colour_range, wrapped, written_shape
from unravelling.drawing.scene import WIDTH, Scene
from unravelling.drawing.text_metrics import label_room, short


def _heading(scene: Scene, title: str, said: str) -> None:
    scene.text(LEFT, 14, title, bold=True, size=15)
    for line, text in enumerate(wrapped(said, ROOM, NARROW)):
        scene.text(LEFT, 37 + 18 * line, text)


def draw_model(scene: Scene, here: Cursor) -> None:
    """After each layer: how long the followed token's stream is, and what the model would say if it stopped there."""
    run = here.run
    shares, ids = (found.tolist() for found in run.guesses(here.token))
    lengths = [stream[here.token].norm().item() for stream in run.streams]
    _heading(scene, f"The whole model, following {here.name}",
             "One row of numbers, the stream, runs through all layers; each adds to it. Right: the model's next word "
             "if it stopped there.")  # fmt: skip
    columns = (LEFT + 74, LEFT + 300, WIDTH - 12)
    scene.text(columns[0], 84, "length of the stream", role="muted", size=12)
    scene.text(columns[1], 84, "its next word", role="muted", size=12)
    scene.text(columns[2], 84, "probability", role="muted", size=12, align="right")
    step = min((HEIGHT - 110) / len(lengths), 22)
    size = min(12.5, step * 0.9)
    for row, (length, share, identity) in enumerate(zip(lengths, shares, ids, strict=True)):
        y = 98 + step * (row + 0.5)
        if row - 1 == here.layer:
            scene.rect(LEFT - 4, y - step / 2, WIDTH - 4 - LEFT, step, fill="accent", stroke="accent", opacity=0.2)
        name = "embedding" if row == 0 else f"layer {row - 1}"
        scene.text(columns[0] - 8, y, name, role="muted", size=size, align="right")
        wide = 150 * length / max(lengths)
        scene.rect(columns[0], y - step * 0.35, max(wide, 1), step * 0.7, fill="query", radius=1)
        scene.text(columns[0] + wide + 6, y, num(length), size=size)
        scene.text(columns[1], y, word_of(run, identity), size=size, bold=row == len(lengths) - 1)
        scene.text(columns[2], y, f"{share:.1%}", size=size, align="right")


def say_model(here: Cursor) -> str:
    """When the final guess first stood there, and how far the stream grew."""
    shares, ids = (found.tolist() for found in here.run.guesses(here.token))
    lengths = [stream[here.token].norm().item() for stream in here.run.streams]
    return (
        f"After {here.name} the model says “{word_of(here.run, ids[-1])}” ({shares[-1]:.1%}), which can be read off "
        f"its stream {since(ids)}; the stream grows from length {num(lengths[0])} to {num(lengths[-1])}."
    )


def since(ids: list[int]) -> str:
    """From where on the final guess stands there, in words. ids: the likeliest word after 0, 1, ... layers."""
    first = len(ids) - 1
    while first and ids[first - 1] == ids[-1]:
        first -= 1
    if first == 0:
        return "from the embedding on"
    return "only after the last layer" if first == len(ids) - 1 else f"from layer {first - 1} on"


def draw_layer(scene: Scene, here: Cursor) -> None:
    """All stops of one layer as small tables."""
    _heading(scene, f"Layer {here.layer}, stop by stop",
             f"Rows are tokens. Head {here.head} is shown where there are heads; of long rows, the first 64 numbers."
             )  # fmt: skip
    columns, wide, high = 3, ROOM / 3, 86
    for place, stop in enumerate(OF_A_LAYER):
        x, y = LEFT + place % columns * wide, 92 + place // columns * high
        chosen = stop.name == here.stop.name
        scene.text(x, y - 10, f"{stop.order} {stop.title}", role="accent" if chosen else stop.role, bold=chosen,
                   size=11.5)  # fmt: skip
        _small_table(scene, here.to(stop.name), x, y, wide - 14, 46, label=stop.title, most=64)
        if chosen:
            scene.rect(x - 2, y - 2, wide - 10, 50, fill=None, stroke="accent", width=3)
        scene.text(x, y + 57, written_shape(here.run.at(stop.name, here.layer)), role="muted", size=11)
        scene.height = max(scene.height, y + 74)


def _small_table(
    scene: Scene, there: Cursor, x: float, y: float, w: float, h: float, label: str, most: int | None = None
) -> None:
    """The values of a stop without names beside them; most: how many numbers of a row."""
    values, names, keys = there.matrix()[:, :most], there.run.recording.names, there.stop.kind == "keys"
    shares = there.stop.name == "weights"
    high = 1.0 if shares else colour_range(values)
    scene.heat(
        x, y, w, h, torch.where(values.isfinite(), values, torch.nan), rows=names,
        columns=names if keys else [str(n) for n in range(values.shape[1])], low=0.0 if shares else -high, high=high,
        label=label, title=False, show_labels=False, row_word="token", column_word="key" if keys else "number",
    )  # fmt: skip


def say_layer(here: Cursor) -> str:
    """What the two halves of the layer added."""
    layer = here.run.layer(here.layer)
    before, heads, feed = (layer[name][here.token].norm() for name in ("stream", "attended", "down"))
    return (
        f"In layer {here.layer} the heads add a change of length {num(heads)} and the feed-forward one of "
        f"{num(feed)} to the stream of {here.name}, whose length was {num(before)}."
    )


def draw_head(scene: Scene, here: Cursor) -> None:
    """One head: queries and keys, their scores as weights, values and the mix."""
    names = here.run.recording.names
    short_names = [short(name, 14) for name in names]
    _heading(scene, f"Layer {here.layer}, head {here.head}",
             "Queries (rows) meet keys; the weights say whose values each token takes. The framed row is "
             f"that of {here.name}.")  # fmt: skip
    room = label_room(short_names, None, 0)[0]
    small, high = 158.0, max(92.0, 5.0 * len(names))
    for place, (stop, word) in enumerate(
        (("turned_queries", "queries"), ("turned_keys", "keys"), ("values", "values"))
    ):
        x, there = LEFT + place * (small + 22), here.to(stop)
        scene.text(x, 84, f"{word} {written_shape(there.matrix())}", role=there.stop.role, bold=True, size=12.5)
        _small_table(scene, there, x, 96, small, high, label=word)
        if stop == "turned_queries":
            _frame_row(scene, here, x, 96, small, high)
    x = LEFT + room + 4
    y = 96 + high + 22 + label_room(None, short_names, 19 * len(names))[1]
    side = min(max(13.0 * len(names), 236), WIDTH - 12 - x - 136, 330)
    weights, mix = here.matrix("weights"), here.matrix("mixed")
    scene.text(LEFT, 96 + high + 20, f"weights {written_shape(weights)}", role="output", bold=True, size=12.5)
    scene.heat(
        x, y, side, side, weights, rows=short_names, columns=short_names, label="weights", title=False,
        row_word="token", column_word="key",
    )  # fmt: skip
    _frame_row(scene, here, x, y, side, side)
    right = x + side + 26
    scene.text(right, y - 12, f"mix {written_shape(mix)}", role="value", bold=True, size=12.5)
    _small_table(scene, here.to("mixed"), right, y, WIDTH - 12 - right, side, label="mix")
    _frame_row(scene, here, right, y, WIDTH - 12 - right, side)
    scene.height = max(scene.height, y + side + 14)


def _frame_row(scene: Scene, here: Cursor, x: float, y: float, w: float, h: float) -> None:
    """Around the followed token's row of a table."""
    cell = h / here.run.T
    scene.rect(x - 1, y + here.token * cell, w + 2, cell, fill=None, stroke="query", width=2)


def say_head(here: Cursor) -> str:
    """Where the followed token looks."""
    there = here.to("weights")
    return there.stop.say(there)
