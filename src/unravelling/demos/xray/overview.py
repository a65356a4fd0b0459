"""The map at the left of the X-ray: the whole pass, with the stop in view marked."""

from __future__ import annotations

from collections.abc import Sequence

from unravelling.demos.xray.captions import word_of
from unravelling.demos.xray.catalogue import BEGIN, END, OF_A_LAYER, STOPS
from unravelling.demos.xray.forward_pass import Cursor, Stop
from unravelling.drawing.scene import Scene

RIGHT = 214  # where the map ends
ROW = 20
TOP = 34
_HEAD = 24  # room for the name of the layer, above its stops
_BAR = 34  # width of a layer


def row_of(stop: Stop) -> float:
    """The middle of a stop's row, in pixels from the top."""
    return TOP + ROW * (stop.order + 0.5) + {"begin": 0, "layer": _HEAD, "end": _HEAD + 12}[stop.place]


HEIGHT = row_of(END[-1]) + 66


def draw_map(scene: Scene, here: Cursor) -> None:
    """Left: the tokens, every layer as a bar, the end. Right of it: the stops, those of one layer opened up."""
    layers, where = here.run.parts.layers, here.stop.place
    scene.text(30, 14, "you are here", role="accent", bold=True)
    scene.rect(8, 7, 15, 14, fill="accent", stroke="accent", opacity=0.25, radius=3)
    for place, stops in (("begin", BEGIN), ("end", END)):
        top, bottom = _ends(stops)
        at_it = where == place
        scene.rect(8, top + 2, _BAR, bottom - top - 4, fill="accent" if at_it else "grid",
                   stroke="accent" if at_it else "muted", opacity=0.25 if at_it else 0.5, radius=3)  # fmt: skip
        scene.text(8 + _BAR / 2, (top + bottom) / 2, place, size=11, align="center", angle=-90)
    top, bottom = _ends(OF_A_LAYER)
    top -= _HEAD
    high = (bottom - top - 4) / layers
    for layer in range(layers):
        chosen = layer == here.layer
        y = top + 2 + layer * high
        scene.rect(8, y, _BAR, max(high - 2, 1), fill="accent" if chosen and where == "layer" else "grid",
                   stroke="accent" if chosen else "muted", opacity=0.25 if chosen and where == "layer" else 0.5,
                   width=2 if chosen else 0.75)  # fmt: skip
    y = top + 2 + (here.layer + 0.5) * high - 1
    for edge in (top + 3, bottom - 1):
        scene.line([(8 + _BAR + 1, y), (62, edge)], role="accent", width=1)
    scene.rect(62, top + 3, RIGHT - 62, bottom - top - 4, fill=None, stroke="accent", radius=4)
    scene.text(70, top + 15, f"layer {here.layer}, head {here.head}", role="accent", bold=True, size=12.5)
    for stop in STOPS:
        y, chosen = row_of(stop), stop.name == here.stop.name
        if chosen:
            scene.rect(65, y - ROW / 2 + 1, RIGHT - 68, ROW - 2, fill="accent", stroke="accent", opacity=0.25, radius=4)
        scene.text(88, y, str(stop.order), role="ink" if chosen else "muted", size=11, align="right")
        scene.text(95, y, stop.title, role="ink" if chosen else stop.role, size=12.5, bold=chosen)
        if here.to(stop.name).changed:
            scene.text(RIGHT - 8, y, "✎", role="bad", size=13, align="right")
    _draw_next_word(scene, here, row_of(END[-1]) + 26)


def _ends(stops: Sequence[Stop]) -> tuple[float, float]:
    return row_of(stops[0]) - ROW / 2, row_of(stops[-1]) + ROW / 2


def _draw_next_word(scene: Scene, here: Cursor, y: float) -> None:
    """What the pass leads to, in sight wherever one is; with changed code also what it led to before."""
    (share,), (best,) = here.run.likeliest(here.token, 1)
    scene.text(8, y, f"next: “{word_of(here.run, best)}” {share:.1%}", role="output", bold=True)
    if here.run.changes:
        row = here.run.recording.probabilities(here.token)
        old = int(row.argmax())
        scene.text(8, y + 20, f"unchanged: “{word_of(here.run, old)}” {float(row[old]):.1%}", role="muted", size=12)
