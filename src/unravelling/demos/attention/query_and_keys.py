"""One query and its keys; and what the width of a head does to the evenness of its shares."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from unravelling.demos.attention.arguments import as_count, as_tensor, as_words
from unravelling.demos.base import Demo, Scene, Slider, State, Toggle, Values
from unravelling.drawing.text_metrics import text_width

PLANE = (50.0, 40.0, 290.0, 290.0)  # pixels: the box that the arrows are drawn in
MARGIN = 0.5  # of the plane beyond the longest arrow, so that its handle covers no number of the axes
RING = 14  # pixels: radius of the ring round the tip of the arrow that the sliders move


class LookUp(NamedTuple):
    """scores (S,), shares (S,) that sum to 1, mixed (e,)."""

    scores: Tensor
    shares: Tensor
    mixed: Tensor


def look_up(query: Tensor, keys: Tensor, values: Tensor) -> LookUp:
    """Attention of one query (d,) over keys (S, d) and values (S, e), without the scale: numbers to check by hand."""
    scores = keys @ query
    shares = torch.softmax(scores, dim=-1)
    return LookUp(scores, shares, shares @ values)


class QueryAndKeys(Demo):
    """Turn and stretch the query or a key; see which key answers. A ring marks the arrow that the sliders move.

    query: (2,), keys: (S, 2), values: (S, 1), names: S words. `asker` is the word that asks, `unit` that of the values.
    """

    title = "One query and its keys"
    moving = Toggle("move", ["query"])
    angle = Slider("direction", -180, 180, step=5, unit="degrees")
    length = Slider("length", 0.0, 4.0, step=0.25)
    arrows = State()  # the tip of each, as `labels` names them; finer than the sliders show where one was dragged
    reach = 4.0

    def __init__(
        self, query: Tensor, keys: Tensor, values: Tensor, names: list[str], asker: str = "it", unit: str = "cm"
    ) -> None:
        query, keys = as_tensor(query, "The query"), as_tensor(keys, "The keys")
        values, names = as_tensor(values, "The values"), as_words(names, "The names")
        if len({"query", *names}) <= len(names):
            raise ValueError("The names of the keys must differ from each other, and none may be called 'query'.")
        if keys.shape != (len(names), 2) or query.shape != (2,) or values.shape != (len(names), 1):
            raise ValueError("QueryAndKeys draws in the plane: query (2,), keys (S, 2), values (S, 1) and S names.")
        super().__init__()
        self.names, self.asker, self.unit, self.value_vectors = names, asker, unit, values
        self.labels = ["query", *names]
        self.arrows = tuple((x, y) for x, y in [query.tolist(), *keys.tolist()])
        self.set_options("moving", [(f"query ({asker})", "query"), *[(f"key ({name})", name) for name in names]])
        self._show_arrow()

    def on_change(self, name: str) -> None:
        if name in ("angle", "length"):
            turn = math.radians(self.angle)
            self._move(self.moving, self.length * math.cos(turn), self.length * math.sin(turn))
        else:
            self._show_arrow()

    def on_drag(self, name: str, x: float, y: float) -> None:
        self.moving = name
        self._move(name, x, y)
        self._show_arrow()

    def _move(self, name: str, x: float, y: float) -> None:
        moved = self.labels.index(name)
        self.arrows = (*self.arrows[:moved], (x, y), *self.arrows[moved + 1 :])

    def _show_arrow(self) -> None:
        x, y = self.arrows[self.labels.index(self.moving)]
        self.length = min(round(math.hypot(x, y) * 4) / 4, self.reach)
        self.angle = round(math.degrees(math.atan2(y, x)) / 5) * 5

    def compute(self, v: Values) -> LookUp:
        query, *keys = torch.tensor(v.arrows)
        return look_up(query, torch.stack(keys), self.value_vectors)

    def draw(self, v: Values, data: LookUp) -> Scene:
        scene = Scene(height=380)
        plane = scene.axes(
            *PLANE,
            (-self.reach - MARGIN, self.reach + MARGIN),
            (-self.reach - MARGIN, self.reach + MARGIN),
            "first number",
            "second number",
            x_ticks=[-4, -2, 0, 2, 4],
            y_ticks=[-4, -2, 0, 2, 4],
        )
        arrows = dict(zip(self.labels, v.arrows, strict=True))
        tips = {name: (plane.x(x), plane.y(y)) for name, (x, y) in arrows.items()}
        zero, asker = (plane.x(0), plane.y(0)), self._asker_place(plane.x(0), plane.y(0), *tips["query"])
        for name in self.names:
            x, y = arrows[name]
            if math.hypot(x, y) > 0.2:
                plane.arrow(0, 0, x, y, role="key")
                self._draw_name(scene, name, plane.x(0), plane.y(0), plane.x(x), plane.y(y))
            else:  # a label beyond the tip of so short an arrow would lie under the other arrows
                label = name if x or y else f"{name} (no length)"
                at_x, at_y, align = free_corner(label, zero, list(tips.values()), asker)
                scene.text(at_x, at_y, label, role="key", bold=True, align=align)
        x, y = arrows["query"]
        plane.arrow(0, 0, x, y, role="query", width=3.5)
        scene.text(*asker, self.asker, role="query", bold=True)
        scene.circle(*tips[v.moving], RING, fill=None, stroke="accent", width=2.5)
        # Two arrows of no length have one ring.
        moving = self.asker if v.moving == "query" else v.moving
        scene.text(340, 20, f"you are moving: {moving}", role="muted", align="right")
        for name, role in [*((name, "key") for name in self.names), ("query", "query")]:
            x, y = arrows[name]
            plane.handle(name, x, y, role=role)
        self._draw_shares(scene, data)
        return scene

    def _draw_name(self, scene: Scene, name: str, x0: float, y0: float, x1: float, y1: float) -> None:
        """A key's name beyond the tip of its arrow; beside it, where it would run over the edge of the plane."""
        (left, top, wide, high), long = PLANE, math.hypot(x1 - x0, y1 - y0)
        along, down = (x1 - x0) / long, (y1 - y0) / long
        align = "left" if along > 0.35 else "right" if along < -0.35 else "center"
        x, y, room = x1 + 9 * along, y1 + 13 * down, text_width(name, 18)  # bold, on a narrow page
        start = x - {"left": 0.0, "center": 0.5, "right": 1.0}[align] * room
        if not (start > left and start + room < left + wide + 52 and top + 6 < y < top + high - 6):
            align, y = "center", y1 + (26 if y1 < top + high / 2 else -26)
            x = min(max(x1, left + room / 2 + 4), left + wide - room / 2 - 4)
        scene.text(x, y, name, role="key", align=align, bold=True)

    def _asker_place(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float]:
        """Where the query's name goes: beside the middle of its arrow. No key's name is there; they stand at tips."""
        long = math.hypot(x1 - x0, y1 - y0)
        if long < 40:
            return x0 + 14, y0 + 18
        across, down = (y1 - y0) / long, (x0 - x1) / long  # square to the arrow
        if across < 0:
            across, down = -across, -down
        return (x0 + x1) / 2 + 9 * across, (y0 + y1) / 2 + 15 * down

    def _draw_shares(self, scene: Scene, data: LookUp) -> None:
        left, top, wide = 420, 46, 170
        for x, words, align in [(left + 64, "score", "right"), (left + 80, "share", "left"), (735, "value", "right")]:
            scene.text(x, top - 22, words, role="muted", align=align)
        for row, name in enumerate(self.names):
            y = top + 52 * row
            scene.text(left - 20, y - 2, name, role="key", bold=True)
            scene.text(left + 64, y + 20, f"{data.scores[row]:.2f}".replace("-", "−"), align="right")
            scene.bar(left + 80, y + 11, wide, 18, data.shares[row].item(), "key", least=0)
            scene.text(left + 80, y - 2, f"{data.shares[row]:.1%}")
            scene.text(735, y + 20, f"{self.value_vectors[row].item():g} {self.unit}", role="value", align="right")
        bottom = top + 52 * len(self.names) + 22
        scene.line([(left - 20, bottom - 16), (735, bottom - 16)], role="grid")
        scene.text(left - 20, bottom + 8, f"“{self.asker}” receives", role="output", bold=True)
        scene.text(735, bottom + 8, f"{data.mixed.item():.1f} {self.unit}", role="output", bold=True, align="right")
        sums = " + ".join(f"{s:.3f} × {v.item():g}" for s, v in zip(data.shares, self.value_vectors, strict=True))
        scene.text(735, bottom + 34, f"= {sums}", role="muted", align="right", size=12)

    def describe(self, v: Values, data: LookUp) -> str:
        best = int(data.shares.argmax())
        spread = data.shares.max() - data.shares.min()
        if spread < 0.005:
            found = f"every key gets the same share, {data.shares[0]:.0%}"
        else:
            found = f"“{self.names[best]}” gets {data.shares[best]:.0%} of the attention"
        return f"From “{self.asker}”, {found}; what comes back is {data.mixed.item():.1f} {self.unit}."


def free_corner(
    label: str, zero: tuple[float, float], tips: list[tuple[float, float]], asker: tuple[float, float]
) -> tuple[float, float, str]:
    """Where a label fits beside the point of no length: x, y and alignment in the corner that least is drawn in.

    zero: where the arrows start. tips: where they end, each with a ring round it. asker: where the query's name begins.
    """
    wide, high = text_width(label, 14), 20.0
    drawn = [
        (zero[0] + part * (x - zero[0]) / 20, zero[1] + part * (y - zero[1]) / 20, 4.0 if part < 20 else RING + 2.0)
        for x, y in tips
        for part in range(4, 21)
    ]
    drawn += [(asker[0] + place, asker[1], 9.0) for place in (0, 8, 16)]

    def hits(right: int, down: int) -> int:
        left = zero[0] + 12 if right > 0 else zero[0] - 12 - wide
        top = zero[1] + down - high / 2
        return sum(left - room < x < left + wide + room and top - room < y < top + high + room for x, y, room in drawn)

    corners = [(right, down) for down in (16, -16, 34, -34) for right in (-1, 1)]
    right, down = min(corners, key=lambda corner: hits(*corner))
    return zero[0] + 12 * right, zero[1] + down, "left" if right > 0 else "right"


class Widths(NamedTuple):
    """For one width: shares (2, S) of undivided and divided scores and their entropies (2,) in bits."""

    shares: Tensor
    entropies: Tensor


def entropy_bits(shares: Tensor) -> Tensor:
    """Entropy in bits along the last axis; 0 log 0 counts as 0. shares: (..., S) -> (...)."""
    return torch.special.entr(shares).sum(dim=-1) / math.log(2)


def shares_at_width(query: Tensor, keys: Tensor, d: int) -> Widths:
    """Shares of keys (..., S, D) for a query (..., D), both cut to d numbers; scores as they are, then over sqrt(d)."""
    scores = (keys[..., :d] @ query[..., :d, None]).squeeze(-1)
    shares = torch.softmax(torch.stack([scores, scores / math.sqrt(d)]), dim=-1)
    return Widths(shares, entropy_bits(shares))


class WidthAndEntropy(Demo):
    """Make a head wider; see its shares collapse on one key, unless the scores are divided by the square root of d.

    keys: how many there are, 2 to 64. samples: random heads that the lines are the mean of, 1 to 1000.
    """

    title = "Width and evenness"
    d = Toggle("width d", [(str(2**n), 2**n) for n in range(10)], value=64)
    names = ("as they are", "divided by √d")

    def __init__(self, keys: int = 16, samples: int = 200, seed: int = 0) -> None:
        keys = as_count(keys, 2, 64, "The number of keys")
        self.samples = as_count(samples, 1, 1000, "The number of samples")
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        many_queries = torch.randn(samples, 512, generator=generator)
        many_keys = torch.randn(samples, keys, 512, generator=generator)
        self.most = math.log2(keys)
        self.grid = [2**n for n in range(10)]
        curves = torch.stack([shares_at_width(many_queries, many_keys, d).entropies for d in self.grid], dim=1)
        self.curves = curves.mean(dim=-1)  # (2, widths): mean entropy over the samples
        # The head on show is the one nearest to the mean, so that its dots lie by the lines.
        typical = (curves - self.curves[..., None]).abs().sum(dim=(0, 1)).argmin()
        self.query, self.keys = many_queries[typical], many_keys[typical]

    def compute(self, v: Values) -> Widths:
        return shares_at_width(self.query, self.keys, v.d)

    def draw(self, v: Values, data: Widths) -> Scene:
        scene = Scene(height=360)
        exponents = [math.log2(d) for d in self.grid]
        axes = scene.axes(
            52,
            62,
            270,
            230,
            (0, 9),
            (0, self.most),
            "width d of the head",
            "entropy of the shares (bits)",
            x_names=[str(d) if n % 3 == 0 else "" for n, d in enumerate(self.grid)],
        )
        for row, role in enumerate(("bad", "good")):
            axes.plot(exponents, self.curves[row], role=role)
            axes.points([math.log2(v.d)], [self.mean_at(v.d)[row]], role=role, r=6)
        axes.plot([math.log2(v.d)] * 2, [0, self.most], role="muted", width=1, dash=True)
        scene.text(
            8,
            16,
            f"left: mean of {self.samples} random heads; right: one of them, at d = {v.d}",
            role="muted",
            size=12,
        )
        for row, role in enumerate(("bad", "good")):
            bars = scene.axes(
                410,
                60 + 160 * row,
                330,
                90,
                (-0.6, data.shares.shape[1] - 0.4),
                (0, 1),
                "",
                "",
                x_ticks=[],
                y_ticks=[0, 0.5, 1],
                grid=True,
            )
            bars.bars(range(data.shares.shape[1]), data.shares[row], role=role)
            scene.text(410, 44 + 160 * row, f"scores {self.names[row]}", role=role, bold=True)
            scene.text(740, 44 + 160 * row, f"{data.entropies[row]:.2f} bits", align="right")
        scene.text(575, 322, f"share of each of {len(self.keys)} keys", role="muted", align="center")
        return scene

    def describe(self, v: Values, data: Widths) -> str:
        largest, mean = data.shares.amax(dim=-1), self.mean_at(v.d)
        return (
            f"With width {v.d}, the shares of {len(self.keys)} keys have {mean[0]:.2f} bits as the scores are and "
            f"{mean[1]:.2f} bits after the division (the mean of {self.samples} random heads; {self.most:.3g} bits "
            f"would be the most). In the head on the right the largest share is {largest[0]:.0%} undivided and "
            f"{largest[1]:.0%} divided."
        )

    def mean_at(self, d: int) -> tuple[float, float]:
        """The mean entropies of all heads at a width of the grid, in bits: scores as they are, and divided."""
        as_they_are, divided = self.curves[:, self.grid.index(d)].tolist()
        return as_they_are, divided
