"""Models drawn to scale: a square for each layer, a strip for the tables of tokens; areas are parameters."""

from __future__ import annotations

import math
from typing import NamedTuple

from unravelling.demos.base import Demo, Scene, Select, Slider, Values
from unravelling.language_models.parameter_counts import CONFIGURATIONS, PARTS, Configuration, Sizes, sizes_of

FRAME = (362.0, 290.0)  # pixels
LARGEST = 28.0  # pixels: side of the square that shows the scale
ROLES = dict(zip(PARTS, ("key", "query", "value", "muted"), strict=True))


class Drawn(NamedTuple):
    """A model as it is drawn: side of a layer's square and of the whole figure, in pixels at the common scale."""

    name: str
    configuration: Configuration
    sizes: Sizes
    columns: int  # squares in a row
    side: float
    wide: float
    high: float


def drawn(name: str, pixels: float) -> Drawn:
    """Lay out a model at `pixels` square pixels a parameter: its area is exactly its number of parameters.

    Each layer is a square: attention below, feed-forward above. What is outside the layers is a strip on top of them,
    as wide as they are. Norms, pooler and the like are drawn with the strip.
    """
    configuration = CONFIGURATIONS[name]
    sizes = sizes_of(configuration)
    columns = math.ceil(math.sqrt(configuration.layers))
    side = math.sqrt((sizes.attention + sizes.feed_forward) / configuration.layers * pixels)
    wide = columns * side
    rows = math.ceil(configuration.layers / columns)
    return Drawn(
        name, configuration, sizes, columns, side, wide, rows * side + (sizes.embeddings + sizes.rest) * pixels / wide
    )


class Compared(NamedTuple):
    """Two models at one scale, and the scale in parameters a square pixel."""

    models: tuple[Drawn, Drawn]
    scale: float


def compare(first: str, second: str, zoom: float) -> Compared:
    """At zoom 0 the larger one just fits into its frame; each whole step of zoom doubles lengths."""
    at_one = [drawn(name, 1.0) for name in (first, second)]
    fits = min(min(FRAME[0] / each.wide, FRAME[1] / each.high) for each in at_one)
    pixels = (fits * 2.0**zoom) ** 2
    return Compared((drawn(first, pixels), drawn(second, pixels)), 1 / pixels)


class ModelsToScale(Demo):
    """Two models beside each other at one scale; zoom in until the smaller one can be seen."""

    title = "Models to scale"
    first = Select("model", list(CONFIGURATIONS), value="GPT-2 small")
    second = Select("beside", list(CONFIGURATIONS), value="GPT-3")
    zoom = Slider("zoom", 0.0, 10.0, step=0.5, value=0.0, unit="doublings")

    def compute(self, v: Values) -> Compared:
        return compare(v.first, v.second, v.zoom)

    def draw(self, v: Values, data: Compared) -> Scene:
        scene = Scene(height=576)
        for column, model in enumerate(data.models):
            left = 10 + column * (FRAME[0] + 16)
            scene.text(left, 14, model.name, bold=True, size=15)
            scene.text(left, 36, f"{model.sizes.total:,} parameters")
            c = model.configuration
            scene.text(left, 56, f"{c.what}: {c.layers} layers, {c.width:,} wide, {c.heads} heads", role="muted")
            self._draw_model(scene, model, left, 74)
            self._draw_shares(scene, model, left, 74 + FRAME[1] + 26)
        y = 74 + FRAME[1] + 26 + 4 * 28 + 16
        count, side = measure(data.scale)
        if side <= LARGEST:
            scene.rect(10, y - side / 2, side, side, fill="ink", opacity=0.6)
            scene.text(
                18 + side, y, f"{short_count(count)} parameter{'s' * (count > 1)}, in both pictures", role="muted"
            )
        else:
            times = side / FRAME[0]
            scene.text(10, y, f"One parameter is a square {times:.1f} times as wide as a frame, in both.", role="muted")
        captions = (
            "Each square is a layer: feed-forward above, attention below.",
            "The strip on top: the tables of tokens and positions, and the rest.",
        )
        for line, caption in enumerate(captions, 1):
            scene.text(10, y + 2 + 20 * line, caption, role="muted", size=12)
        return scene

    def _draw_model(self, scene: Scene, model: Drawn, left: float, top: float) -> None:
        bottom = top + FRAME[1]
        scene.rect(left - 2, top - 2, FRAME[0] + 4, FRAME[1] + 4, fill=None, stroke="grid")

        def part(x: float, y: float, w: float, h: float, role: str, opacity: float) -> None:
            # From the lower left corner upwards, and no further than the frame.
            w, h = min(w, FRAME[0] - x), min(h, FRAME[1] - y)
            if w > 0 and h > 0:
                scene.rect(left + x, bottom - y - h, w, h, fill=role, opacity=opacity)

        layers, side = model.configuration.layers, model.side
        share = model.sizes.attention / (model.sizes.attention + model.sizes.feed_forward)
        gap = min(1.5, side * 0.06)  # a seam on two sides of each square
        for layer in range(layers):
            x, y = (layer % model.columns) * side, (layer // model.columns) * side
            if x < FRAME[0] and y < FRAME[1]:
                part(x, y, side - gap, share * side, ROLES["attention"], 0.85)
                part(x, y + share * side, side - gap, (1 - share) * side - gap, ROLES["feed-forward"], 0.85)
        rows = math.ceil(layers / model.columns)
        part(0, rows * side, model.wide - gap, model.high - rows * side, ROLES["embeddings"], 0.85)
        if max(model.wide, model.high) < 3:
            scene.circle(left + 8, bottom - 8, 8, fill=None, stroke="accent", width=2)
            words = "smaller than a pixel: zoom in" if model.wide < 1 else "a speck: zoom in"
            scene.text(left + 24, bottom - 9, words, role="accent")
        elif model.wide > FRAME[0] + 0.5 or model.high > FRAME[1] + 0.5:
            seen = min(FRAME[0], model.wide) * min(FRAME[1], model.high) / (model.wide * model.high)
            scene.rect(left + 8, top + 8, 230, 24, fill="paper", stroke="grid", radius=4)
            scene.text(
                left + 16,
                top + 20,
                f"only {size_of_share(seen)} of it fits{': zoom back' if side > min(FRAME) else ' the frame'}",
                role="accent",
            )

    def _draw_shares(self, scene: Scene, model: Drawn, left: float, top: float) -> None:
        for row, (name, share) in enumerate(model.sizes.shares.items()):
            y = top + 28 * row
            scene.text(left, y, name, role=ROLES[name])
            scene.bar(left + 122, y - 8, 60, 16, share, ROLES[name], opacity=0.85, radius=0, least=0)
            scene.text(left + 244, y, f"{share:.1%}" if share >= 0.0005 else "< 0.1%", align="right", bold=True)
            scene.text(left + FRAME[0], y, short_count(model.sizes[row]), align="right", role="muted")

    def describe(self, v: Values, data: Compared) -> str:
        one, other = data.models
        parts = []
        for model in dict.fromkeys((one.name, other.name)):
            sizes = sizes_of(CONFIGURATIONS[model])
            most = max(sizes.shares, key=sizes.shares.__getitem__)
            parts.append(f"{model} has {sizes.total:,} parameters, {sizes.shares[most]:.0%} of them in {most}")
        text = "; ".join(parts) + "."
        if one.name != other.name:
            small, large = sorted((one, other), key=lambda model: model.sizes.total)
            ratio = large.sizes.total / small.sizes.total
            times = f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"
            text += f" {large.name} is {times} times as large as {small.name}."
        return text


def measure(scale: float) -> tuple[int, float]:
    """A square to measure by: a power of ten of parameters, and its side in pixels. scale: parameters a square pixel.

    At most LARGEST pixels wide, unless a single parameter is wider already.
    """
    count = 10 ** max(math.floor(math.log10(LARGEST**2 * scale)), 0)
    return count, math.sqrt(count / scale)


def short_count(number: int) -> str:
    """A count with its unit in words: "38.6 million"; in full below ten thousand."""
    for unit, word in ((10**9, "billion"), (10**6, "million"), (10**3, "thousand")):
        if number >= 0.9995 * unit and number >= 10_000:
            return f"{number / unit:.3g} {word}"
    return f"{number:,}"


def size_of_share(share: float) -> str:
    """A share of an area in per cent, small ones with as many decimals as they need."""
    if share >= 0.01:
        return f"{share:.0%}"
    return f"{100 * share:.1g} %".replace(" ", "") if share >= 1e-5 else "a grain"
