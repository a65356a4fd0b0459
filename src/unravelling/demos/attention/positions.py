"""How a word is told where it stands: sines added to it, or its query and key turned."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from unravelling.demos.attention.arguments import as_tensor
from unravelling.demos.base import Demo, Scene, Slider, Values


class Positions(Demo):
    """A table of position vectors (T, d) as colours, and how alike the chosen position is to all others."""

    title = "Positions as clocks"
    position = Slider("position", 0, 1)

    def __init__(self, vectors: Tensor) -> None:
        vectors = as_tensor(vectors, "The vectors")
        if vectors.ndim != 2 or len(vectors) < 2:
            raise ValueError(
                f"Positions needs vectors of shape (T, d) with T of at least 2, not {tuple(vectors.shape)}."
            )
        filled = vectors.any(dim=-1)
        if not filled.all():
            raise ValueError(
                f"The vector of position {int(filled.int().argmin())} is all zeros, and nothing is like a vector of "
                "length 0: fill the table first."
            )
        super().__init__()
        self.vectors = vectors
        self.set_range("position", 0, len(vectors) - 1, value=min(8, len(vectors) - 1))

    def compute(self, v: Values) -> Tensor:
        """(T,): dot product of the chosen position's vector with each, divided by its own length squared."""
        chosen = self.vectors[v.position]
        return self.vectors @ chosen / (chosen @ chosen)

    def draw(self, v: Values, data: Tensor) -> Scene:
        T, d = self.vectors.shape
        scene = Scene(height=380)
        names = [f"position {t}" for t in range(T)]
        left, top, wide, high = 70, 56, 270, 270
        scene.heat(
            left,
            top,
            wide,
            high,
            self.vectors,
            rows=names,
            columns=[f"dimension {i}" for i in range(d)],
            low=-1,
            high=1,
            label="position vectors",
            palette="cividis",
            show_labels=False,
            row_word="at",
            column_word="in",
            title=False,
        )
        cell = high / T
        scene.rect(left - 2, top + v.position * cell - 1, wide + 4, cell + 2, fill=None, stroke="query", width=2.5)
        scene.text(
            left - 8, top + v.position * cell + cell / 2, str(v.position), role="query", align="right", bold=True
        )
        scene.text(left, top - 16, "position (down), dimension (across)", role="muted")
        for i in range(0, d, max(1, d // 4)):
            scene.text(left + (i + 0.5) * wide / d, top + high + 10, str(i), role="muted", size=11, align="center")
        scene.scale_bar(left, top + high + 26, low=-1, high=1, label="", palette="cividis")
        axes = scene.axes(
            430,
            56,
            300,
            250,
            (0, T - 1),
            (min(-0.2, float(data.min())), 1.05),
            "position",
            "likeness to the chosen position",
        )
        axes.plot(range(T), data, role="query")
        axes.points([v.position], [1.0], role="query", r=6)
        return scene

    def describe(self, v: Values, data: Tensor) -> str:
        near = [t for t in (v.position - 1, v.position + 1) if 0 <= t < len(data)]
        return (
            f"Position {v.position} is most like itself (1.00); its neighbours reach "
            f"{max(data[t].item() for t in near):.2f}, and the least alike of all {data.min():.2f}."
        )


class Turned(NamedTuple):
    """The turned query and key (2,), their score, and the score at each distance for one pair and for a whole head."""

    query: Tensor
    key: Tensor
    score: float
    one_pair: Tensor
    whole_head: Tensor


def turn(pair: Tensor, angle: float) -> Tensor:
    """Rotate a pair (2,) by `angle` radians, against the clock (Su et al., 2021, section 3.2.1)."""
    c, s = math.cos(angle), math.sin(angle)
    return torch.stack([c * pair[0] - s * pair[1], s * pair[0] + c * pair[1]])


def turned(m: int, n: int, speed: float, distances: Tensor, pairs: int = 32) -> Turned:
    """A query at position m and a key at position n, both (1, 0) before turning by `speed` radians a position.

    one_pair, whole_head: (D,) scores at `distances` (D,), the head's the mean over `pairs` pairs with the speeds of
    RoPE, 10000 ** (-2i/d).
    """
    start = torch.tensor([1.0, 0.0])
    query, key = turn(start, speed * m), turn(start, speed * n)
    speeds = 10_000.0 ** (-torch.arange(pairs) / pairs)
    return Turned(
        query,
        key,
        float(query @ key),
        torch.cos(speed * distances),
        torch.cos(distances[:, None] * speeds).mean(dim=-1),
    )


class RotaryDistance(Demo):
    """Move a query and a key along the text; their score depends on the distance alone."""

    title = "Turned by position"
    query_at = Slider("query at position", 0, 40, value=9)
    key_at = Slider("key at position", 0, 40, value=4)
    speed = Slider("speed of the pair", 0.05, 1.0, step=0.05, value=0.3, unit="radians a position")

    def __init__(self) -> None:
        super().__init__()
        self.distances = torch.arange(-40, 41).float()

    def compute(self, v: Values) -> Turned:
        return turned(v.query_at, v.key_at, v.speed, self.distances)

    def draw(self, v: Values, data: Turned) -> Scene:
        scene = Scene(height=360)
        plane = scene.axes(
            46,
            40,
            250,
            250,
            (-1.25, 1.25),
            (-1.25, 1.25),
            "first number of the pair",
            "second number",
            x_ticks=[-1, 0, 1],
            y_ticks=[-1, 0, 1],
        )
        circle = torch.linspace(0, 2 * math.pi, 73)
        plane.plot(torch.cos(circle), torch.sin(circle), role="muted", width=1, dash=True)
        left = data.key[0] * data.query[1] >= data.key[1] * data.query[0]  # seen from the key, the query is to the left
        for vector, name, width in ((data.key, "key", 2.5), (data.query, "query", 3.5)):
            x, y = vector.tolist()
            # The key's name would be under the query's (the score of two such arrows is a cosine), or the tick at 0.
            beside = (name == "query" and data.score > 0.85) or (x < -0.9 and abs(y) < 0.3)
            plane.arrow(0, 0, x, y, role=name, label="" if beside else name, width=width)
            if beside:  # halfway up the arrow, on the side where the other one is not
                side = 1 if left == (name == "query") else -1
                across, up = -y * side, x * side
                align = "left" if across > 0.35 else "right" if across < -0.35 else "center"
                at = plane.x(x / 2) + 12 * across, plane.y(y / 2) - 15 * up
                scene.text(*at, name, role=name, align=align, bold=True)
        axes = scene.axes(
            400, 72, 320, 218, (-40, 40), (-1.1, 1.1), "distance: position of query − position of key", "score"
        )
        axes.plot(self.distances, data.one_pair, role="accent")
        axes.plot(self.distances, data.whole_head, role="output", dash=True)
        axes.points([v.query_at - v.key_at], [data.score], role="accent", r=7)
        scene.text(46, 348, "at position 0, query and key are both (1, 0)", role="muted", size=12)
        scene.text(400, 12, "this pair", role="accent", bold=True)
        scene.text(400, 34, "mean of the 32 pairs of a head (dashed)", role="output")
        return scene

    def describe(self, v: Values, data: Turned) -> str:
        distance = v.query_at - v.key_at
        return (
            f"The query is at {v.query_at}, the key at {v.key_at}: distance {distance}, "
            f"score {data.score:.2f}. Any other two places at this distance give the same score."
        ).replace("-", "−")
