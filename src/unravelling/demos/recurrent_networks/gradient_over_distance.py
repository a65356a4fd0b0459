"""How long a gradient is after it has gone back through k steps of a recurrent cell: vanishing, exploding, gates."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from unravelling.demos.base import Demo, Scene, Slider, Toggle, Values

WIDTH, STEPS, WARM_UP = 32, 100, 20
LOW, HIGH = -15, 9  # powers of ten in the picture
DISTANCES = (20, 50, 100)
LASTS = (0.01, 10.0)  # what is left after 100 steps, where a gradient neither vanishes nor explodes
RADII = [round(0.5 + 0.05 * n, 2) for n in range(21)]
BIASES = [float(n) for n in range(-2, 7)]


def recurrent_matrix(d: int, generator: torch.Generator) -> Tensor:
    """A random W_h (d, d), normal numbers divided so that its largest eigenvalue has the size 1: spectral radius 1."""
    weights = torch.randn(d, d, generator=generator, dtype=torch.float64)
    return weights / torch.linalg.eigvals(weights).abs().max()


def rnn_gradients(
    radii: Sequence[float],
    *,
    tanh: bool = True,
    loudness: float = 0.1,
    d: int = WIDTH,
    steps: int = STEPS,
    seed: int = 0,
) -> Tensor:
    """The size of dh_T / dh_(T-k) for k = 0 ... steps, one row for each spectral radius: (len(radii), steps + 1).

    h' = tanh(W_x x + W_h h) with random inputs, W_h always the same matrix times the radius; tanh=False leaves it out.
    loudness: the spread of W_x x.
    The size is what is left, as the root mean square over all directions, of a gradient of length 1 at h_T. 20 steps
    run before the first that counts. Source: Pascanu et al., 2013, "On the difficulty of training recurrent neural
    networks", section 2.
    """
    generator = torch.Generator().manual_seed(seed)
    weights = recurrent_matrix(d, generator)
    inputs = loudness * torch.randn(WARM_UP + steps, d, generator=generator, dtype=torch.float64)
    scales = torch.tensor(list(radii), dtype=torch.float64)[:, None, None]

    def step(state: Tensor, x: Tensor) -> Tensor:
        found = x + scales * (state @ weights.T)
        return torch.tanh(found) if tanh else found

    return _sizes(step, torch.zeros(len(scales), 1, d, dtype=torch.float64), inputs)


def lstm_gradients(biases: Sequence[float], *, d: int = WIDTH, steps: int = STEPS, seed: int = 0) -> Tensor:
    """The size of dc_T / dc_(T-k), as in `rnn_gradients`, one row for each bias of the forget gate.

    An LSTM cell with small random weights. Every path is counted: the straight one through the forget gate, and those
    through h and the other gates. Source: Gers et al., 2000, "Learning to forget", section 3.
    """
    generator = torch.Generator().manual_seed(seed)
    weights = (2 * torch.rand(4 * d, d, generator=generator, dtype=torch.float64) - 1) * 0.3 / math.sqrt(d)
    inputs = 0.6 * torch.randn(WARM_UP + steps, 4 * d, generator=generator, dtype=torch.float64)
    bias = torch.zeros(len(biases), 1, 4 * d, dtype=torch.float64)
    bias[:, 0, d : 2 * d] = torch.tensor(list(biases), dtype=torch.float64)[:, None]  # torch's order: i, f, g, o

    def step(state: Tensor, x: Tensor) -> Tensor:
        hidden, cell = state.split(d, dim=-1)
        i, f, g, o = (x + bias + hidden @ weights.T).split(d, dim=-1)
        cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
        return torch.cat([o.sigmoid() * cell.tanh(), cell], dim=-1)

    return _sizes(step, torch.zeros(len(biases), 1, 2 * d, dtype=torch.float64), inputs, slice(d, None))


def _sizes(
    step: Callable[[Tensor, Tensor], Tensor], state: Tensor, inputs: Tensor, part: slice = slice(None)
) -> Tensor:
    """Root mean square gain of the Jacobians of one part of the state, (S, steps + 1), by autograd.

    state: (S, 1, n) to begin with. It is copied once for each number of the part, so that one backward pass with a
    different direction in each copy gives whole Jacobians.
    """
    with torch.no_grad():
        for x in inputs[:WARM_UP]:
            state = step(state, x)
    d = state[..., part].shape[-1]
    state = state.expand(-1, d, -1).clone().requires_grad_()
    states = [state]
    for x in inputs[WARM_UP:]:
        states.append(step(states[-1], x))
    directions = torch.zeros_like(states[-1])
    directions[..., part] = torch.eye(d, dtype=state.dtype)
    found = torch.autograd.grad(states[-1], states, grad_outputs=directions)
    return torch.stack([each[..., part].square().sum(dim=(-2, -1)).div(d).sqrt() for each in reversed(found)], dim=-1)


@functools.cache
def _all_sizes(seed: int) -> dict[str, Tensor]:
    return {
        "RNN": rnn_gradients(RADII, seed=seed),
        "RNN without tanh": rnn_gradients(RADII, tanh=False, seed=seed),
        "LSTM": lstm_gradients(BIASES, seed=seed),
    }


def opening(bias: float) -> float:
    """How far a gate with this bias stands open when nothing else speaks: 1 / (1 + e^-bias), from 0 to 1."""
    return 1 / (1 + math.exp(-bias))


def in_words(value: float) -> str:
    """0.0123, 12.3, 1.2 × 10⁻⁹; "0" and "more than a float can hold" at the ends of what there is."""
    if not value < math.inf:
        return "more than a float can hold"
    if value == 0 or 0.001 <= value < 9999.5:
        return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"
    digits, _, power = f"{value:.1e}".partition("e")
    return f"{digits} × 10" + str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def logarithms(values: Tensor) -> Tensor:
    """Powers of ten, kept a little outside the picture at both ends: also of 0, and of what no float holds."""
    return values.nan_to_num(math.inf).clamp(10.0 ** (LOW - 2), 10.0 ** (HIGH + 2)).log10()


class Gradients(NamedTuple):
    """For one setting: the size after k = 0 ... 100 steps of the cell in view, its factor a step, and factor ** k.

    others: the sizes of the cells that are not in view, for comparison.
    """

    sizes: Tensor
    factor: float
    line: Tensor
    others: dict[str, Tensor]


class GradientOverDistance(Demo):
    """Send a gradient back through 100 steps of a real random network and see what is left of it.

    How much a step stretches a change is the spectral radius of W_h. seed: of the parameters and inputs.
    """

    title = "A gradient over a distance"
    cell = Toggle("network", ["RNN", "RNN without tanh", "LSTM"])
    radius = Slider("stretch of one step (RNN)", RADII[0], RADII[-1], step=0.05, value=0.9)
    bias = Slider("bias of the forget gate (LSTM)", BIASES[0], BIASES[-1], step=1, value=2.0)
    roles = {"RNN": "query", "RNN without tanh": "query", "LSTM": "value"}

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        self.all = _all_sizes(seed)

    def compute(self, v: Values) -> Gradients:
        sizes = {name: found[_row(v, name)] for name, found in self.all.items()}
        factor = opening(BIASES[_row(v, "LSTM")]) if v.cell == "LSTM" else RADII[_row(v, v.cell)]
        others = {name: sizes[name] for name in ("RNN", "LSTM") if name != v.cell}
        return Gradients(sizes[v.cell], factor, factor ** torch.arange(STEPS + 1, dtype=torch.float64), others)

    def draw(self, v: Values, data: Gradients) -> Scene:
        scene = Scene(height=420)
        axes = scene.axes(
            60, 52, 400, 300, (0, STEPS), (LOW, HIGH), "steps back, k", "gradient left, as a power of ten",
            x_ticks=[0, 20, 40, 60, 80, 100], y_ticks=list(range(LOW, HIGH + 1, 3)),
        )  # fmt: skip
        steps = range(STEPS + 1)
        axes.plot([0, STEPS], [0, 0], role="muted", width=1.2)
        for name, sizes in data.others.items():
            axes.plot(steps, logarithms(sizes), role=self.roles[name], width=1.5, opacity=0.55)
        axes.plot(steps, logarithms(data.line), role="accent", width=2, dash=True)
        role = self.roles[v.cell]
        axes.plot(steps, logarithms(data.sizes), role=role, width=3.5)
        axes.points(DISTANCES, logarithms(data.sizes[list(DISTANCES)]), role=role, r=5)
        right, factor = 488, f"{data.factor:.3f}" if v.cell == "LSTM" else f"{data.factor:.2f}"
        scene.text(right, 54, _named(v, v.cell), role=role, bold=True, size=14)
        state = "c" if v.cell == "LSTM" else "h"
        scene.text(right, 78, f"d{state}(T) / d{state}(T−k), measured", role=role)
        scene.text(right, 100, f"{factor} to the power of k (dashed)", role="accent")
        scene.text(right, 146, "left after", role="muted")
        scene.text(right + 164, 146, "measured", role=role, align="right")
        scene.text(right + 264, 146, "power", role="accent", align="right")
        for row, k in enumerate(DISTANCES):
            y = 174 + 28 * row
            scene.text(right, y, f"k = {k}")
            scene.text(right + 164, y, in_words(float(data.sizes[k])), align="right", bold=True)
            scene.text(right + 264, y, in_words(float(data.line[k])), role="accent", align="right", size=12)
        scene.text(right, 282, "thin, for comparison:", role="muted")
        for row, name in enumerate(data.others):
            scene.text(right, 304 + 22 * row, _named(v, name), role=self.roles[name])
        return scene

    def describe(self, v: Values, data: Gradients) -> str:
        after = [in_words(float(data.sizes[k])) for k in DISTANCES]
        end = float(data.sizes[-1])
        verdict = "it vanishes" if end < LASTS[0] else "it explodes" if end > LASTS[1] else "it lasts"
        found = (
            f"{_named(v, v.cell)}: of a gradient of length 1, {after[0]} is left after 20 steps, {after[1]} after "
            f"50 and {after[2]} after 100: {verdict}. "
        )
        power = f"{data.factor:.3g} to the power of 100 is {in_words(float(data.line[-1]))}"
        if v.cell == "LSTM":
            return found + f"The forget gate alone would leave {power.replace(' is ', ', which is ')}."
        tanh = ""
        if v.cell == "RNN":
            held = end < 1e3 < data.line[-1]
            tanh = "; tanh, whose slope is at most 1, holds that back" if held else "; tanh takes some more"
        return f"{found}{power}{tanh}."


def _row(v: Values, name: str) -> int:
    """The row of the sizes of this cell that its slider stands nearest to."""
    value, values = (v.bias, BIASES) if name == "LSTM" else (v.radius, RADII)
    return min(range(len(values)), key=lambda n: abs(values[n] - value))


def _named(v: Values, name: str) -> str:
    if name == "LSTM":
        return f"LSTM, forget gate at {opening(BIASES[_row(v, name)]):.3f}"
    return f"{name}, stretch {RADII[_row(v, name)]:.2f}"
