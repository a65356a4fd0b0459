"""Add-alpha smoothing: what one number does to the text that was counted and to new text."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from unravelling.demos.base import Demo, Scene, Select, Slider, Values
from unravelling.language_models import CharacterNGrams, Counts
from unravelling.language_models.ngrams import places

STRETCHES, STRETCH = 8, 2_500  # of the text that was counted, a sample is scored: about as much as of new text
LOW, HIGH, STEP = -4.0, 2.0, 0.25


class Seen(NamedTuple):
    """For each scored character: counts of it in its context, counts of its context, and bits that no alpha changes."""

    own: np.ndarray
    context: np.ndarray
    spelling: np.ndarray  # which of the characters behind the stand-in it is
    vocabulary: int


def seen(counts: Counts, text: str, order: int) -> Seen:
    """Look the characters of `text` up among n-grams of `order`. The first order - 1, without a context, are left out.

    ValueError if the text is shorter than the order or the counts end below it.
    """
    if not order <= counts.most or len(text) < order:
        raise ValueError(f"Order {order} needs counts up to {order} and a text of at least {order} characters.")
    codes, grams = counts.encode(text), counts.grams[order - 1]
    before = places(counts.grams, codes, order - 1)
    begin, end = grams.slices(before)
    own = grams.find(before, codes)
    others = math.log2(CharacterNGrams.from_counts(counts, order).replaced)
    return Seen(
        np.where(own >= 0, grams.counts[own], 0)[order - 1 :],
        (grams.raw.sums[end] - grams.raw.sums[begin])[order - 1 :],
        np.where(codes == len(counts.alphabet) - 1, others, 0.0)[order - 1 :],
        len(counts.alphabet),
    )


def bits_at(found: Seen, alpha: float) -> float:
    """Bits per character with add-alpha smoothing: mean of -log2((count + alpha) / (total + alpha V))."""
    shares = (found.own + alpha) / (found.context + alpha * found.vocabulary)
    return float((found.spelling - np.log2(shares)).mean())


class Both(NamedTuple):
    """Bits per character at the alpha in view, and the alpha of the grid that is best for new text, with its bits."""

    alpha: float
    counted: float
    new: float
    best: float
    best_new: float


class Smoothing(Demo):
    """Bits per character against alpha, on the text that was counted and on new text.

    counts: of `counted`, at least up to order 2. new: a text that was not counted. order: 2 to 5, to begin with the
    highest that was counted, where smoothing matters most.
    """

    title = "A little for everyone"
    exponent = Slider("α = 10 to the power of", LOW, HIGH, step=STEP, value=-1.0, wide=460)
    order = Select("order", [2, 3, 4, 5], value=3)

    def __init__(self, counts: Counts, counted: str, new: str, order: int | None = None) -> None:
        super().__init__()
        orders = [n for n in (2, 3, 4, 5) if n <= counts.most]
        pieces = stretches(counted)
        self.characters = {"new": len(new), "counted": sum(map(len, pieces))}
        self.found = {n: (_joined([seen(counts, piece, n) for piece in pieces]), seen(counts, new, n)) for n in orders}
        self.exponents = np.linspace(LOW, HIGH, round((HIGH - LOW) / STEP) + 1)
        self.curves = {
            n: [np.array([bits_at(each, 10**e) for e in self.exponents]) for each in both]
            for n, both in self.found.items()
        }
        self.top = math.ceil(max(curve.max() for both in self.curves.values() for curve in both))
        self.bottom = math.floor(min(curve.min() for both in self.curves.values() for curve in both))
        self.set_options("order", orders)
        self.order = orders[-1] if order is None else order

    def compute(self, v: Values) -> Both:
        alpha = 10**v.exponent
        counted, new = self.found[v.order]
        curve = self.curves[v.order][1]
        lowest = int(curve.argmin())
        return Both(alpha, bits_at(counted, alpha), bits_at(new, alpha), 10 ** self.exponents[lowest], curve[lowest])

    def draw(self, v: Values, data: Both) -> Scene:
        scene = Scene(height=372)
        powers = range(round(LOW), round(HIGH) + 1)
        axes = scene.axes(
            56, 44, 500, 260, (0, HIGH - LOW), (self.bottom, self.top), "α (each mark is ten times the one before)",
            "bits per character", x_names=[f"{10.0**n:g}" for n in powers],
        )  # fmt: skip
        at = v.exponent - LOW
        scene.line([(axes.x(at), 44), (axes.x(at), 304)], role="muted", dash=True)
        rows = [("counted (dashed)", data.counted, "value"), ("new text (solid)", data.new, "key")]
        for curve, (name, bits, role) in zip(self.curves[v.order], rows, strict=True):
            axes.plot(self.exponents - LOW, curve, role=role, width=2.5, dash="dashed" in name)
            axes.points([at], [bits], role=role, r=6)
        lowest = math.log10(data.best) - LOW
        scene.circle(axes.x(lowest), axes.y(data.best_new), 10, fill=None, stroke="accent", width=2)
        scene.text(axes.x(lowest), axes.y(data.best_new) - 22, "lowest", role="accent", align="center", size=12)
        right = 596
        scene.text(right, 54, f"α = {data.alpha:.3g}", bold=True, size=15)
        scene.text(right, 72, f"exponent {v.exponent:g}".replace("-", "−"), role="muted", size=11)
        for row, (name, bits, role) in enumerate(reversed(rows)):
            scene.text(right, 94 + 58 * row, name, role=role)
            scene.text(right, 116 + 58 * row, f"{bits:.2f} bits", role=role, bold=True, size=17)
        scene.text(right, 216, "best for new text", role="accent")
        scene.text(right, 238, f"α = {data.best:.2g}: {data.best_new:.2f} bits", role="accent", bold=True)
        scene.text(right, 284, f"{v.order - 1} character{'s' * (v.order > 2)} back", role="muted")
        return scene

    def describe(self, v: Values, data: Both) -> str:
        return (
            f"Order {v.order}, α = {data.alpha:.3g}: {data.new:.2f} bits per character on new text and "
            f"{data.counted:.2f} on the text that was counted. New text does best near α = {data.best:.2g}, "
            f"with {data.best_new:.2f} bits. (From {self.characters['new']:,} and "
            f"{self.characters['counted']:,} characters.)"
        )


def stretches(text: str) -> list[str]:
    """Pieces of a long text at equal distances, so that a sample is not all about one thing; a short text whole."""
    if len(text) <= STRETCHES * STRETCH:
        return [text]
    starts = np.linspace(0, len(text) - STRETCH, STRETCHES).astype(int).tolist()
    return [text[at : at + STRETCH] for at in starts]


def _joined(parts: list[Seen]) -> Seen:
    own, context, spelling = (np.concatenate([part[n] for part in parts]) for n in range(3))
    return Seen(own, context, spelling, parts[0].vocabulary)
