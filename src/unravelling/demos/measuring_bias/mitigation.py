"""A mitigation before and after: on the gap that it is for, and on what it should have left alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from unravelling.demos.base import Demo, Scene, Select, Toggle, Values
from unravelling.language_models.bias import Mitigated

SHOW = ("on target", "off target")


class Compared(NamedTuple):
    """Each occupation's gap before and after, in bits; the two rows."""

    before: list[float]
    after: list[float]
    rows: tuple[Mitigated, Mitigated]


class Mitigation(Demo):
    """Choose a mitigation, and look at its target or beside it.

    words: the occupations. rows: from `bias.measured`, the first without any mitigation. Looked up, never asked anew.
    """

    title = "Before and after"
    method = Select("mitigation")
    show = Toggle("show", list(SHOW))

    def __init__(self, words: Sequence[str], rows: Sequence[Mitigated]) -> None:
        super().__init__()
        if len(rows) < 2 or any(len(row.gaps) != len(words) for row in rows):
            raise ValueError(
                "Mitigation needs the words and at least two rows about them, the first without mitigation."
            )
        self.words, self.rows = list(words), list(rows)
        self.set_options("method", [row.name for row in self.rows[1:]])
        self.method = self.rows[1].name

    def compute(self, v: Values) -> Compared:
        after = next(row for row in self.rows if row.name == v.method)
        both = (self.rows[0], after)
        before, now = (row.gaps.mean(1).tolist() for row in both)
        return Compared(before, now, both)

    def draw(self, v: Values, data: Compared) -> Scene:
        return self._off(v, data) if v.show == SHOW[1] else self._on(v, data)

    def _on(self, v: Values, data: Compared) -> Scene:
        order = sorted(range(len(self.words)), key=data.before.__getitem__)
        scene = Scene(height=84 + 18 * len(order) + 50)
        reach = max(1.0, *(abs(gap) for gap in (*data.before, *data.after))) * 1.1
        axes = scene.axes(
            130, 44, 590, 18 * len(order) + 10, (-reach, reach), (0, 1),
            "gap in bits: 'he' likelier left, 'she' right", "", y_ticks=[], grid=False,
        )  # fmt: skip
        scene.text(130, 16, f"disc: without    ring: {v.method}", size=12, role="muted")
        scene.line([(axes.x(0), 44), (axes.x(0), 54 + 18 * len(order))], role="muted", width=1, dash=True)
        for place, item in enumerate(order):
            y = 56 + 18 * place
            scene.text(120, y, self.words[item], size=12, align="right")
            ends = axes.x(data.before[item]), axes.x(data.after[item])
            scene.line([(ends[0], y), (ends[1], y)], role="muted", width=1)
            scene.circle(ends[0], y, 4, fill="query")
            scene.circle(ends[1], y, 6, fill=None, stroke="accent", width=2)
        return scene

    def _off(self, v: Values, data: Compared) -> Scene:
        scene = Scene(height=250)
        widest = max(row.bits for row in data.rows)
        parts = [
            ("right pronoun where the gender is stated", [row.stated for row in data.rows], 1.0, "{:.0%}"),
            ("bits a token, text about other things", [row.bits for row in data.rows], widest, "{:.2f}"),
        ]
        for part, (title, values, most, form) in enumerate(parts):
            top = 20 + 112 * part
            scene.text(8, top, title, bold=True)
            rows = [("without", values[0], "query"), (v.method, values[1], "accent")]
            scene.bars(
                186, top + 20, rows, track=440, step=34, high=22, most=most, form=form, label_size=12, label_gap=10,
                on_track=False, opacity=0.85,
            )  # fmt: skip
        return scene

    def describe(self, v: Values, data: Compared) -> str:
        before, after = data.rows
        if v.show == SHOW[1]:
            return (
                f"{v.method}, off target: the right pronoun where the gender is stated in {after.stated:.0%} of the "
                f"sentences (without: {before.stated:.0%}), and {after.bits:.2f} bits a token on other text "
                f"(without: {before.bits:.2f})."
            )
        size = f"{v.method}, on target: the mean size of a gap goes from {_size(before)} to {_size(after)} bits"
        if after.correlation.low == after.correlation.high:
            return f"{size}. All gaps are alike now, so there is no order to compare with the labour figures."
        return f"{size}, the rank correlation with the labour figures from {before.correlation} to {after.correlation}."


def _size(row: Mitigated) -> str:
    """A size has no sign."""
    return str(row.gap).replace("+", "")
