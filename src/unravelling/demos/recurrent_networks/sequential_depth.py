"""What has to wait: steps that must be done one after the other, counted, beside milliseconds, measured here."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from unravelling.demos.base import Demo, Scene, Slider, Toggle, Values

LENGTHS = (16, 32, 64, 128, 256)
LONGEST, MOST_LAYERS, SHOWN = 2048, 6, 8
_WRITING = "transformer decoder generating"
_WIDTHS = {"LSTM": 98, "transformer": 80}  # about 77,700 parameters a layer each
_ROLES = {"LSTM": "value", "transformer": "query"}


def sequential_steps(architecture: str, T: int, layers: int = 1) -> int:
    """How many units of work must be done one after the other, with as many processors as one likes.

    A unit is one cell of a recurrent network at one position of one layer, or one transformer block, which takes all
    its positions at once; its inside, embedding and output are not counted. The longest chain of units of which each
    waits for the one before it is

    T + layers - 1   for "rnn" and "lstm": a cell waits for its left neighbour and for the one below it, so the layers
                     overlap like a staircase;
    T * layers       for "bidirectional lstm": a layer needs both ends of the one below it; and for "transformer decoder
                     generating": a token waits for the whole stack above the one before it (so does any other network
                     that writes);
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


@dataclass(frozen=True)
class Measured:
    """Milliseconds of a training step, forward and backward, for each architecture and length, and how it was measured.

    milliseconds: name -> one number for each of `lengths`, the shortest of `repeats` runs. parameters: name -> count.
    """

    lengths: tuple[int, ...]
    milliseconds: dict[str, list[float]]
    parameters: dict[str, int]
    layers: int
    batch: int
    threads: int
    repeats: int

    def __str__(self) -> str:
        """The table, a line for each length."""
        lines = ["tokens  " + "".join(f"{name + ' (ms)':>18}" for name in self.milliseconds)]
        for row, length in enumerate(self.lengths):
            lines.append(f"{length:>6}  " + "".join(f"{each[row]:>18.1f}" for each in self.milliseconds.values()))
        return "\n".join(lines)


def measure_depth(
    lengths: Sequence[int] = LENGTHS, *, layers: int = 2, batch: int = 4, threads: int = 1, seconds: float = 4.0
) -> Measured:
    """Time one training step of an LSTM and of a causal transformer of equal size at each length, on this machine.

    Each runs up to three times, as long as the seconds allow, and once at least; the shortest time counts. One thread,
    unless you ask for more: on a machine that is busy with other things several threads wait for each other. Raises
    ValueError for lengths that are not rising whole numbers from 1 to 2048, for layers not from 1 to 6, batch not from
    1 to 256 and threads not from 1 to 64.
    """
    lengths = _checked(lengths)
    for name, value, most in (("layers", layers, MOST_LAYERS), ("batch", batch, 256), ("threads", threads, 64)):
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise ValueError(f"'{name}' must be a whole number from 1 to {most}, not {value!r}.")
    end = time.perf_counter() + seconds
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.random.fork_rng(), torch.enable_grad():
            torch.manual_seed(0)
            models = equal_models(layers)
            runs = {
                (name, length): _step(name, model, torch.randn(batch, length, _WIDTHS[name]))
                for name, model in models.items()
                for length in lengths
            }
            for name in models:
                runs[name, lengths[0]]()  # the first run of all pays for loading code
            best = {key: _timed(run) for key, run in runs.items()}
            repeats = 1
            while repeats < 3 and time.perf_counter() < end:
                best = {key: min(best[key], _timed(run)) for key, run in runs.items()}
                repeats += 1
    finally:
        torch.set_num_threads(before)
    return Measured(
        lengths,
        {name: [1000 * best[name, length] for length in lengths] for name in models},
        {name: sum(weights.numel() for weights in model.parameters()) for name, model in models.items()},
        layers,
        batch,
        threads,
        repeats,
    )


def equal_models(layers: int) -> dict[str, nn.Module]:
    """An LSTM and a transformer with the same number of parameters, to one in a hundred; they read (B, T, own d)."""
    d = _WIDTHS["transformer"]
    block = nn.TransformerEncoderLayer(d, 4, 4 * d, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
    return {
        "LSTM": nn.LSTM(_WIDTHS["LSTM"], _WIDTHS["LSTM"], layers, batch_first=True),
        "transformer": nn.TransformerEncoder(block, layers, enable_nested_tensor=False),
    }


def _step(name: str, model: nn.Module, x: Tensor) -> Callable[[], None]:
    mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])

    def step() -> None:
        model.zero_grad()
        found = model(x, mask=mask, is_causal=True) if name == "transformer" else model(x)[0]
        found.square().mean().backward()

    return step


def _timed(run: Callable[[], None]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _checked(lengths: Sequence[int]) -> tuple[int, ...]:
    try:
        found = tuple(lengths)
    except TypeError:
        found = ()
    whole = all(isinstance(n, int | np.integer) and not isinstance(n, bool) and 1 <= n <= LONGEST for n in found)
    if len(found) < 2 or not whole or list(found) != sorted(set(found)):
        raise ValueError(
            f"The lengths must be at least two whole numbers from 1 to {LONGEST}, each larger than the one before, "
            f"like {LENGTHS}, not {str(lengths)[:60]}."
        )
    return tuple(int(n) for n in found)


class Depth(NamedTuple):
    """Steps that must wait (recurrent, transformer) at the length in view; index of the nearest measured one."""

    recurrent: int
    transformer: int
    nearest: int


class SequentialDepth(Demo):
    """Steps that must wait for each other against the length of the text, beside milliseconds on this machine.

    measured: what `measure_depth()` gave back.
    """

    title = "What has to wait"
    doing = Toggle("while", ["training", "writing"])
    length = Slider("length (tokens)", 1, 256, value=64)
    layers = Slider("layers", 1, MOST_LAYERS, value=2)

    def __init__(self, measured: Measured) -> None:
        if not isinstance(measured, Measured):
            raise ValueError(
                f"SequentialDepth shows what measure_depth() measured, not this {type(measured).__name__}: "
                "write SequentialDepth(measure_depth())."
            )
        super().__init__()
        self.measured = measured
        longest = measured.lengths[-1]
        self.set_range("length", 1, longest, value=min(64, longest))
        self.layers = measured.layers

    def compute(self, v: Values) -> Depth:
        nearest = min(range(len(self.measured.lengths)), key=lambda row: abs(self.measured.lengths[row] - v.length))
        recurrent, transformer = (sequential_steps(_kind(v, name), v.length, v.layers) for name in _WIDTHS)
        return Depth(recurrent, transformer, nearest)

    def draw(self, v: Values, data: Depth) -> Scene:
        scene = Scene(height=574)
        shown = min(v.length, SHOWN)
        first = f" (first {shown} positions)" if shown > 1 else ""
        scene.text(8, 14, f"the earliest step at which each can be done{first}", role="muted")
        self._draw_units(scene, 66, "RNN or LSTM: one cell each", "LSTM", v, shown)
        self._draw_units(scene, 440, "transformer: one block a layer", "transformer", v, shown)
        self._draw_counts(scene, v, data)
        self._draw_clock(scene, data)
        scene.text(8, 556, self._verdict(), role="muted", size=12)
        return scene

    def _draw_units(self, scene: Scene, x: float, title: str, name: str, v: Values, shown: int) -> None:
        high, wide, bottom = min(132 / v.layers, 66), 36, 188
        values = earliest(_kind(v, name), shown, v.layers)
        scene.text(x - 4, bottom - high * v.layers - 14, title, role=_ROLES[name], bold=True)
        scene.heat(
            x, bottom - high * v.layers, wide * shown, high * v.layers, values[::-1],
            rows=[f"layer {layer}" for layer in range(v.layers, 0, -1)],
            columns=[f"position {place}" for place in range(1, shown + 1)],
            low=1, high=SHOWN + MOST_LAYERS if v.doing == "training" else SHOWN * MOST_LAYERS,
            label=name, palette="cividis", show_labels=False, digits=0, row_word="in", column_word="at", title=False,
        )  # fmt: skip
        for layer in range(v.layers):
            scene.text(x - 6, bottom - high * (layer + 0.5), f"layer {layer + 1}", role="muted", size=11, align="right")

    def _draw_counts(self, scene: Scene, v: Values, data: Depth) -> None:
        longest, writing = self.measured.lengths[-1], v.doing == "writing"
        top = longest * v.layers if writing else longest + MOST_LAYERS
        axes = scene.axes(66, 286, 290, 190, (0, longest), (0, top), "length (tokens)")
        scene.text(8, 226, "steps that must wait for each other", bold=True)
        axes.plot([v.length] * 2, [0, top], role="muted", width=1, dash=True)
        for name, count in (("LSTM", data.recurrent), ("transformer", data.transformer)):
            ends = [sequential_steps(_kind(v, name), T, v.layers) for T in (1, longest)]
            axes.plot([1, longest], ends, role=_ROLES[name], width=3, dash=writing and name == "transformer")
            axes.points([v.length], [count], role=_ROLES[name], r=6)
        scene.text(8, 248, f"RNN, LSTM: {data.recurrent:,}", role="value", bold=True)
        scene.text(180, 248, f"transformer: {data.transformer:,}", role="query", bold=True)

    def _draw_clock(self, scene: Scene, data: Depth) -> None:
        measured = self.measured
        top = 1.08 * max(max(each) for each in measured.milliseconds.values())
        axes = scene.axes(440, 286, 290, 190, (0, measured.lengths[-1]), (0, top), "length (tokens)")
        scene.text(396, 226, "one training step, measured here (ms)", bold=True)
        axes.plot([measured.lengths[data.nearest]] * 2, [0, top], role="muted", width=1, dash=True)
        for place, (name, values) in enumerate(measured.milliseconds.items()):
            role, now = _ROLES[name], values[data.nearest]
            axes.plot(measured.lengths, values, role=role)
            axes.points(measured.lengths, values, role=role, r=3)
            axes.points([measured.lengths[data.nearest]], [now], role=role, r=6)
            scene.text(396 + 150 * place, 248, f"{name}: {now:.0f} ms", role=role, bold=True)
        size = f"{_counted(measured.layers, 'layer')}, {measured.parameters['LSTM']:,} parameters"
        how = f"{size}, batch {measured.batch}, {_counted(measured.threads, 'thread')}"
        scene.text(585, 532, how, role="muted", size=12, align="center")

    def _verdict(self) -> str:
        lstm, transformer = (self.measured.milliseconds[name][-1] for name in ("LSTM", "transformer"))
        if self.measured.threads == 1:
            return (
                "The clock of one thread cannot show it: one thread does all the work piece after piece, whether it "
                "has to wait or not."
            )
        if transformer < 0.7 * lstm:
            return f"With {self.measured.threads} threads the clock shows it as well."
        return (
            f"The clock does not show it with {self.measured.threads} threads: it takes many more to do at once what "
            "need not wait."
        )

    def describe(self, v: Values, data: Depth) -> str:
        measured, T = self.measured, self.measured.lengths[data.nearest]
        lstm, transformer = (measured.milliseconds[name][data.nearest] for name in ("LSTM", "transformer"))
        stack, tokens = _counted(v.layers, "layer"), _counted(v.length, "token")
        steps = _counted(data.recurrent, "step")
        if v.doing == "writing":
            counted = (
                f"Writing {tokens} with {stack}, one after the other, takes {steps} in every "
                "architecture, since each token waits for the whole stack above the one before. "
            )
        else:
            counted = (
                f"Training on {tokens} with {stack}, an RNN or LSTM has {steps} that must wait for each other, "
                f"a transformer {data.transformer:,}. "
            )
        return (
            counted + f"Measured here, a training step on {T} tokens takes {lstm:.0f} ms with an LSTM and "
            f"{transformer:.0f} ms with a transformer of the same size. {self._verdict()}"
        )


def _kind(v: Values, name: str) -> str:
    """The name that `sequential_steps` knows."""
    if v.doing == "writing":
        return _WRITING
    return "lstm" if name == "LSTM" else "transformer decoder training"


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + ("" if number == 1 else "s")
