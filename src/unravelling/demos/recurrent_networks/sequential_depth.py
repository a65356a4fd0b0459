"""What has to wait: steps that must be done one after the other, counted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from unravelling.demos.base import Demo, Scene, Slider, Toggle, Values

LONGEST, MOST_LAYERS, SHOWN = 256, 6, 8
ROLES = {"LSTM": "value", "transformer": "query"}
_WRITING = "transformer decoder generating"


def sequential_steps(architecture: str, T: int, layers: int = 1) -> int:
    """How many units of work must be done one after the other, with as many processors as one likes.

    A unit is one cell of a recurrent network at one position of one layer, or one transformer block, which takes all
    its positions at once; its inside, embedding and output are not counted. The longest chain of units of which each
    waits for the one before it is

    T + layers - 1   for "rnn" and "lstm": a cell waits for its left neighbour and for the one below it, so the layers
                     overlap like a staircase;
    T * layers       for "bidirectional lstm": a layer needs both ends of the one below it; and for "transformer decoder
                     generating": a token waits until the one before has gone through all layers (as in any other
                     network that writes);
    layers           for "transformer encoder" and "transformer decoder training", whatever T.

    T and layers are whole numbers of at least 1; ValueError otherwise, and for another architecture. Source of the
    comparison: Vaswani et al., 2017, "Attention is all you need", table 1 ("sequential operations").
    """
    return int(earliest(architecture, T, layers).max())


def earliest(architecture: str, T: int, layers: int) -> np.ndarray:
    """The step at which each unit is done at the earliest, from 1: (layers, T). See `sequential_steps`.

    With two directions it is the later one of the two cells at that position.
    """
    for name, value in (("T", T), ("layers", layers)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}.")
    layer, position = np.arange(layers)[:, None], np.arange(T)[None]
    if architecture in ("rnn", "lstm"):
        return 1 + layer + position
    if architecture == "bidirectional lstm":
        return layer * T + np.maximum(1 + position, T - position)
    if architecture in ("transformer encoder", "transformer decoder training"):
        return 1 + layer + 0 * position
    if architecture == _WRITING:
        return 1 + layers * position + layer
    raise ValueError(
        f"There is no architecture {str(architecture)[:40]!r} here: use rnn, lstm, bidirectional lstm, transformer "
        "encoder, transformer decoder training or transformer decoder generating."
    )


class Depth(NamedTuple):
    """Steps that must wait for each other at the length in view."""

    recurrent: int
    transformer: int


class SequentialDepth(Demo):
    """Steps that must wait for each other against the length of the text, and which can be done at once."""

    title = "What has to wait"
    doing = Toggle("while", ["training", "writing"])
    length = Slider("length (tokens)", 1, LONGEST, value=64)
    layers = Slider("layers", 1, MOST_LAYERS, value=2)

    def compute(self, v: Values) -> Depth:
        return Depth(*(sequential_steps(_kind(v, name), v.length, v.layers) for name in ROLES))

    def draw(self, v: Values, data: Depth) -> Scene:
        scene = Scene(height=520)
        shown = min(v.length, SHOWN)
        first = f", for the first {shown} tokens" if shown > 1 else ""
        scene.text(8, 14, f"the step at which each can be done, at the earliest{first}", role="muted")
        self._draw_units(scene, 66, "RNN or LSTM: token after token", "LSTM", v, shown)
        title = "transformer: a layer at a time" if v.doing == "training" else "transformer: token after token, too"
        self._draw_units(scene, 440, title, "transformer", v, shown)
        self._draw_counts(scene, v, data)
        return scene

    def _draw_units(self, scene: Scene, x: float, title: str, name: str, v: Values, shown: int) -> None:
        high, wide, bottom = min(132 / v.layers, 66), 36, 188
        values = earliest(_kind(v, name), shown, v.layers)
        scene.text(x - 4, bottom - high * v.layers - 14, title, role=ROLES[name], bold=True)
        scene.heat(
            x, bottom - high * v.layers, wide * shown, high * v.layers, values[::-1],
            rows=[f"layer {layer}" for layer in range(v.layers, 0, -1)],
            columns=[f"position {place}" for place in range(1, shown + 1)],
            low=1, high=SHOWN + MOST_LAYERS if v.doing == "training" else SHOWN * MOST_LAYERS,
            label=name, show_labels=False, digits=0, row_word="in", column_word="at", title=False,
        )  # fmt: skip
        for layer in range(v.layers):
            scene.text(x - 6, bottom - high * (layer + 0.5), f"layer {layer + 1}", role="muted", size=11, align="right")

    def _draw_counts(self, scene: Scene, v: Values, data: Depth) -> None:
        writing = v.doing == "writing"
        top = LONGEST * v.layers if writing else LONGEST + MOST_LAYERS
        axes = scene.axes(66, 286, 660, 190, (0, LONGEST), (0, top), "length (tokens)")
        scene.text(8, 226, "steps that must wait for each other", bold=True)
        axes.plot([v.length] * 2, [0, top], role="muted", width=1, dash=True)
        for name, count in zip(ROLES, data, strict=True):
            ends = [sequential_steps(_kind(v, name), T, v.layers) for T in (1, LONGEST)]
            axes.plot([1, LONGEST], ends, role=ROLES[name], width=3, dash=writing and name == "transformer")
            axes.points([v.length], [count], role=ROLES[name], r=6)
        scene.text(8, 248, f"RNN, LSTM: {data.recurrent:,}", role="value", bold=True)
        scene.text(180, 248, f"transformer: {data.transformer:,}", role="query", bold=True)
        if writing:
            scene.text(390, 248, "the same, so one line for both", role="muted")

    def describe(self, v: Values, data: Depth) -> str:
        stack, tokens = _counted(v.layers, "layer"), _counted(v.length, "token")
        steps = _counted(data.recurrent, "step")
        if v.doing == "writing":
            return (
                f"Writing {tokens} with {stack}, one after the other, takes {steps} in every "
                "architecture, since each token waits until the token before has gone through all layers."
            )
        return (
            f"Training on {tokens} with {stack}, an RNN or LSTM has {steps} that must wait for each other, "
            f"a transformer {data.transformer:,}."
        )


def _kind(v: Values, name: str) -> str:
    """The name that `sequential_steps` knows."""
    if v.doing == "writing":
        return _WRITING
    return "lstm" if name == "LSTM" else "transformer decoder training"


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + ("" if number == 1 else "s")
