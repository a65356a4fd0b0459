"""Models from 2017 to 2025 on a logarithmic scale: parameters, training text or context; the caption tells of one."""

from __future__ import annotations

import math
from typing import NamedTuple

from unravelling.demos.base import Demo, Scene, Select, Toggle, Values
from unravelling.drawing.text_metrics import text_width
from unravelling.drawing.wrapping import ON_NARROW_PAGES, wrapped
from unravelling.language_models.milestones import MILESTONES, Milestone

QUANTITIES = {
    "parameters": ("learned numbers", 1e8, 1e12),
    "training text": ("rings: words of the text; discs: tokens read", 1e8, 1e14),
    "context": ("tokens read at once", 1e2, 1e6),
}
# One colour for each family in all of lesson 07, WhoMayBeAsked and FifteenOfHundred among it.
KINDS = {"encoder": "key", "decoder": "query", "encoder-decoder": "value"}
_SHORT = {"encoder": "E", "decoder": "D", "encoder-decoder": "ED"}
_WIDE, _TALL = 660.0, 300.0


class Marks(NamedTuple):
    """shown: (model, value) of those with a figure; missing: those without; chosen: the one told in words."""

    quantity: str
    shown: list[tuple[Milestone, float]]
    missing: list[Milestone]
    chosen: Milestone


def marks(quantity: str, name: str) -> Marks:
    """What the timeline shows. Raises KeyError for a quantity or a model that there is not."""
    chosen = {each.name: each for each in MILESTONES}[name]
    field = {"parameters": "parameters", "training text": "data", "context": "context"}[quantity]
    values = [(each, getattr(each, field)) for each in MILESTONES]
    return Marks(
        quantity,
        [(each, float(value)) for each, value in values if value is not None],
        [each for each, value in values if value is None],
        chosen,
    )


class Timeline(Demo):
    """Choose a quantity and a model; every figure is from the source that the caption names."""

    title = "From 2017 to 2025"
    quantity = Toggle("show", list(QUANTITIES))
    model = Select("model", [each.name for each in MILESTONES], value="GPT-3")

    def compute(self, v: Values) -> Marks:
        return marks(v.quantity, v.model)

    def draw(self, v: Values, data: Marks) -> Scene:
        label, low, high = QUANTITIES[data.quantity]
        scene = Scene(height=440)
        powers = range(round(math.log10(low)), round(math.log10(high)) + 1)
        axes = scene.axes(
            70, 52, _WIDE, _TALL, (2017, 2026), (powers[0], powers[-1]), "year", "", x_ticks=[],
            y_ticks=[], grid=False,
        )  # fmt: skip
        scene.text(8, 16, f"{label}, each line ten times the one below", role="muted")
        for power in powers:
            scene.line([(70, axes.y(power)), (70 + _WIDE, axes.y(power))], role="grid", width=1)
            scene.text(62, axes.y(power), amount(10.0**power), role="muted", size=12, align="right")
        for year in range(2017, 2027):
            scene.text(axes.x(year), 52 + _TALL + 8, str(year), role="muted", size=12, align="center", baseline="top")
        taken: list[tuple[float, float, float, float]] = []
        dots = [(axes.x(each.when), axes.y(math.log10(value))) for each, value in data.shown]
        for (each, _), (x, y) in zip(data.shown, dots, strict=True):
            chosen, role = each is data.chosen, KINDS[each.kind]
            hollow = data.quantity == "training text" and each.data_unit == "words"
            scene.circle(x, y, 6, fill="paper" if hollow else role, stroke=role, width=2)
            if chosen:
                scene.circle(x, y, 11, fill=None, stroke="accent", width=2.5)
            name = f"{each.name} ({_SHORT[each.kind]})"
            at, middle, align = _place(name, x, y, taken, dots)
            scene.text(at, middle, name, align=align, size=12, bold=chosen, role=role)
        without = ", ".join(f"{each.name} ({each.size_text or 'no figure'})" for each in data.missing)
        y = 52 + _TALL + 56
        scene.text(8, y, "E encoder   D decoder   ED encoder-decoder", role="muted", size=12)
        for line in wrapped(f"not on the scale: {without}", 744):
            y += 18
            scene.text(8, y, line, role="muted", size=12)
        scene.height = y + 16
        return scene

    def describe(self, v: Values, data: Marks) -> str:
        each = data.chosen
        unit = {each.name: f" {each.data_unit}" if data.quantity == "training text" else "" for each, _ in data.shown}
        ordered = sorted(data.shown, key=lambda pair: pair[1])
        (least, few), (most, many) = ordered[0], ordered[-1]
        month = "" if each.month_known else ", drawn in the middle of its year"
        kind = each.kind or "family not in our source"
        return (
            f"{each.name} ({kind}, {math.floor(each.when)}{month}): {each.new}. {figures(each)}. "
            f"Source: {each.source}. On this scale: {data.quantity} from {least.name} "
            f"({amount(few)}{unit[least.name]}) to {most.name} ({amount(many)}{unit[most.name]})."
        )


def figures(each: Milestone) -> str:
    """What is known of a model's size, text and context, in one line."""
    size = f"{each.parameters:,.0f}" if each.parameters else each.size_text or "no figure in our source"
    text = each.data_text or "no figure in our source"
    context = _tokens(each.context) if each.context else each.size_text or "no figure in our source"
    return f"Parameters: {size}; training text: {text}; context: {context}"


def _tokens(context: int) -> str:
    """As the papers write it: beyond a hundred thousand in K, which some take as 1,000 and some as 1,024."""
    return f"{context // 1000}K tokens" if context >= 100_000 else f"{context:,} tokens"


def amount(number: float) -> str:
    """A round number in few letters: "800M", "1.4T"."""
    for unit, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M")):
        if number >= unit:
            return f"{number / unit:.3g}{letter}"
    return f"{number:,.0f}"


def _place(
    name: str,
    x: float,
    y: float,
    taken: list[tuple[float, float, float, float]],
    dots: list[tuple[float, float]],
) -> tuple[float, float, str]:
    """Where a name can stand beside its dot without covering another name or dot, and which end of it stands there."""
    wide = text_width(name, ON_NARROW_PAGES) * 1.08
    part = {"left": 0.0, "center": 0.5, "right": 1.0}
    spots = [(x + 15, y, "left"), (x - 15, y, "right"), (x, y - 18, "center"), (x, y + 18, "center")]
    spots += [(x + 8, y + step, "left") for step in (-16, 16, -30, 30)]
    spots += [(x - 8, y + step, "right") for step in (-16, 16, -30, 30)]
    spots += [(x, y + step, "center") for step in (-34, 34, -50, 50)]

    def crossed(spot: tuple[float, float, str]) -> int:
        at, middle, align = spot
        left = at - part[align] * wide
        box = (left, middle - 8, left + wide, middle + 8)
        others = [*taken, *((a - 7, b - 7, a + 7, b + 7) for a, b in dots if (a, b) != (x, y))]
        outside = left < 72 or left + wide > 758 or middle < 40 or middle > 48 + _TALL
        return sum(box[0] < o[2] and o[0] < box[2] and box[1] < o[3] and o[1] < box[3] for o in others) + 9 * outside

    best = min(spots, key=crossed)
    left = best[0] - part[best[2]] * wide
    taken.append((left, best[1] - 8, left + wide, best[1] + 8))
    return best
