"""Sparsity: how many contexts there could be, how many a long text has, and how often new text needs another one."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from unravelling.demos.base import Demo, Scene, Slider, Values
from unravelling.language_models import Counts

LONGEST = 12  # order that is shown, where the counted text is at hand


class Sparse(NamedTuple):
    """For one order: V ** (order - 1) possible contexts, those seen, the share of new text whose context was not seen.

    example: where such a context begins in the new text, or None.
    """

    possible: int
    seen: int
    unseen: float
    example: int | None


def sparse(counts: Counts, new: str, order: int) -> Sparse:
    """Contexts of order - 1 characters: possible, seen, and missing for the characters of `new`.

    The first order - 1 characters of `new` have no whole context and are left out. ValueError if that leaves none.
    """
    width = order - 1
    if len(new) <= width:
        raise ValueError(f"Order {order} needs a new text of at least {order} characters.")
    unseen = counts.unseen(new, order)[width:]  # unseen[i]: the context new[i : i + width]
    places = np.flatnonzero(unseen)
    return Sparse(len(counts.alphabet) ** width, counts.contexts(order), float(unseen.mean()), _example(new, places))


def longer(counts: Counts, counted: str, new: str, orders: range) -> list[Sparse]:
    """The same for orders beyond the counts, from the text that was counted itself.

    Contexts are compared by a number of 64 bits that is made from each: of some millions, two that differ have the
    same number once in millions of texts.
    """
    own, asked = counts.encode(counted)[:-1], counts.encode(new)[:-1]  # the last character is in no context
    rows = []
    for width in (order - 1 for order in orders if len(new) >= order):
        known = np.sort(_hashes(own, width))  # by sorting: NumPy's unique and isin take fifty times as long
        known = known[np.concatenate([[True], known[1:] != known[:-1]])[: len(known)]]
        wanted = _hashes(asked, width)
        places = np.minimum(np.searchsorted(known, wanted), max(len(known) - 1, 0))
        unseen = known[places] != wanted if len(known) else np.ones(len(wanted), dtype=bool)
        example = _example(new, np.flatnonzero(unseen))
        rows.append(Sparse(len(counts.alphabet) ** width, len(known), float(unseen.mean()), example))
    return rows


def _hashes(codes: np.ndarray, width: int) -> np.ndarray:
    """A number for each run of `width` codes, the same for the same runs."""
    runs = max(len(codes) - width + 1, 0)
    found = np.zeros(runs, dtype=np.uint64)
    for place in range(width):
        found = found * np.uint64(0x9E3779B97F4A7C15) + codes[place : place + runs].astype(np.uint64)
    return found


def _example(new: str, places: np.ndarray) -> int | None:
    """An unseen context from the middle of the text, preferably of letters and spaces only, which surprise more."""
    if not len(places):
        return None
    middle = len(places) // 2
    for place in [*places[middle:], *places[:middle]]:
        around = new[place : place + 8]
        if all(c.isascii() and (c.isalpha() or c == " ") for c in around):
            return int(place)
    return int(places[middle])


def power_of_ten(number: int) -> str:
    """A whole number, in full up to ten millions and rounded to a power of ten beyond: "3.4 × 10¹²"."""
    if number < 10_000_000:
        return f"{number:,}"
    exponent = len(str(number)) - 1
    first = round(number / 10**exponent, 1)
    if first >= 10:
        first, exponent = 1.0, exponent + 1
    return f"{first:g} × 10" + str(exponent).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


class Sparsity(Demo):
    """Order by order: the share of new text that comes after something never seen.

    counts: of a text; the slider reaches as far as they do, or with the text itself, `counted`, to order 12. new: a
    text that was not counted.
    """

    title = "What was never seen"
    order = Slider("order", 1, LONGEST, value=6)

    def __init__(self, counts: Counts, new: str, counted: str | None = None, order: int = 6) -> None:
        super().__init__()
        self.new, self.counted, self.vocabulary = new, counts.characters, len(counts.alphabet)
        self.rows = [sparse(counts, new, n) for n in range(1, counts.most + 1)]
        if counted:
            self.rows += longer(counts, counted, new, range(counts.most + 1, LONGEST + 1))
        self.set_range("order", 1, len(self.rows), value=min(order, len(self.rows)))

    def compute(self, v: Values) -> Sparse:
        return self.rows[v.order - 1]

    def draw(self, v: Values, data: Sparse) -> Scene:
        scene = Scene(height=430)
        orders = range(1, len(self.rows) + 1)
        reach = (0.5, len(self.rows) + 0.5)
        shares = scene.axes(
            56, 52, 290, 210, reach, (0, 100), "order", "", x_ticks=list(orders), y_ticks=[0, 25, 50, 75, 100]
        )
        scene.text(12, 18, "new text after a context never seen (%)", bold=True)
        for n, row in zip(orders, self.rows, strict=True):
            shares.bars([n], [100 * row.unseen], role="key" if n == v.order else "muted")
        beside = self.rows[max(v.order - 2, 0) : v.order + 1]  # the bars over which the number would stand
        x, y = shares.x(v.order), shares.y(100 * max(row.unseen for row in beside))
        scene.text(x, y - 10, f"{data.unseen:.1%}", role="key", bold=True, align="center")
        high = 4 * math.ceil(math.log10(self.rows[-1].possible) / 4 + 0.01)
        logs = scene.axes(
            440,
            52,
            220,
            210,
            reach,
            (0, high),
            "order",
            "",
            x_ticks=list(orders)[:: 1 + (len(orders) > 9)],
            y_ticks=list(range(0, high + 1, 4)),
        )
        scene.text(396, 18, "different contexts (as a power of ten)", bold=True)
        for name, role, values in (
            ("possible", "query", [row.possible for row in self.rows]),
            ("seen", "value", [row.seen for row in self.rows]),
        ):
            heights = [math.log10(max(value, 1)) for value in values]
            logs.plot(list(orders), heights, role=role, width=2.5, label=name)
            logs.points([v.order], [heights[v.order - 1]], role=role, r=6)
        self._draw_example(scene, v, data, 326)
        return scene

    def _draw_example(self, scene: Scene, v: Values, data: Sparse, y: float) -> None:
        width = v.order - 1
        what = "no character: one context only" if not width else "1 character" if width == 1 else f"{width} characters"
        scene.text(12, y, f"order {v.order}, a context of {what}", bold=True)
        scene.text(12, y + 24, f"possible {power_of_ten(data.possible)}", role="query")
        scene.text(230, y + 24, f"seen {data.seen:,} in {self.counted:,} characters", role="value")
        if data.example is None:
            scene.text(12, y + 62, "every context of the new text was seen", role="muted")
            return
        scene.text(12, y + 62, "never seen:", role="key", bold=True)
        begin, end = data.example, data.example + width
        before = self.new[max(0, begin - 14) : begin].replace("\n", " ")
        inside = self.new[begin:end].replace("\n", "¶").replace(" ", "␣")
        step, x = 10.1, 126.0  # of a character on a narrow page; elsewhere it is narrower
        x += step * (1 + len(before)) + 4
        scene.text(x - 8, y + 62, "…" + before, role="muted", mono=True, size=14, align="right")
        scene.rect(x - 3, y + 48, step * len(inside) + 6, 28, fill=None, stroke="key", width=2, radius=3)
        scene.text(x + step * len(inside) / 2, y + 62, inside, mono=True, size=14, bold=True, align="center")
        after = self.new[end : end + 18].replace("\n", " ")
        scene.text(x + step * len(inside) + 8, y + 62, after + "…", role="muted", mono=True, size=14)

    def describe(self, v: Values, data: Sparse) -> str:
        width = v.order - 1
        if not width:
            return "Order 1 looks at no character: there is one context, the empty one, and it was always seen."
        found = (
            f"Order {v.order}: of {power_of_ten(data.possible)} possible contexts, {data.seen:,} were seen in "
            f"{self.counted:,} characters. In {data.unseen:.1%} of the new text the context had never been seen"
        )
        if data.example is None:
            return found + "."
        inside = self.new[data.example : data.example + width].replace("\n", "¶")
        return found + f", for example “{inside}”."
