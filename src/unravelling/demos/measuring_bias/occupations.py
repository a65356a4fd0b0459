"""The model's share of "she" beside labour figures, and what single templates say of one occupation."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from cachetools import LRUCache, cachedmethod
from torch import Tensor

from unravelling.demos.base import Demo, Scene, Select, Slider, Values
from unravelling.language_models import bias
from unravelling.language_models.bias import Estimate

ALL = "the mean of all"


def _table(words: Sequence[str], gaps: Tensor, templates: Sequence[str]) -> None:
    if tuple(gaps.shape) != (len(words), len(templates)):
        raise ValueError(f"{len(words)} words and {len(templates)} templates do not fit gaps of {tuple(gaps.shape)}.")
    missing = [word for word in words if word not in bias.labour()]
    if missing:
        raise ValueError(f"There is no labour figure for '{missing[0]}': use occupations of bias.labour().")


class Beside(NamedTuple):
    """shares: the model's P(she) of the two, (n,). figures: per cent women. chosen: a number of a word."""

    shares: list[float]
    figures: list[float]
    chosen: int
    correlation: Estimate


class Occupations(Demo):
    """Choose a template, or the mean of all, and an occupation to be named.

    words: occupations with labour figures. gaps: what `bias.gaps` measured for them. Looked up, never asked anew.
    """

    title = "Occupations: the model beside the labour figures"
    template = Select("template", [ALL])
    word = Select("occupation")

    def __init__(self, words: Sequence[str], gaps: Tensor, templates: Sequence[str] = bias.TEMPLATES) -> None:
        super().__init__()
        _table(words, gaps, templates)
        self.words, self.gaps, self.templates = list(words), gaps, list(templates)
        self.figures = [bias.labour()[word] for word in self.words]
        self._known: LRUCache[object, Estimate] = LRUCache(maxsize=len(self.templates) + 1)
        self.set_options("template", [ALL, *self.templates])
        self.set_options("word", self.words)
        self.word = self.words[0]

    def compute(self, v: Values) -> Beside:
        chosen, shares = self.words.index(v.word), bias.share(self._gaps_in(v.template))
        return Beside(shares.tolist(), self.figures, chosen, self._correlation(v.template))

    def _gaps_in(self, template: str) -> Tensor:
        return self.gaps.mean(1) if template == ALL else self.gaps[:, self.templates.index(template)]

    @cachedmethod(attrgetter("_known"))
    def _correlation(self, template: str) -> Estimate:
        return bias.rank_correlation(self._gaps_in(template), self.figures, resamples=500)

    def draw(self, v: Values, data: Beside) -> Scene:
        scene = Scene(height=420)
        axes = scene.axes(
            64, 34, 660, 290, (0, 100), (0, 1), "women in the occupation, per cent (US, 2015 and 2016)",
            "model's share of 'she'", x_ticks=[0, 25, 50, 75, 100], y_ticks=[0, 0.25, 0.5, 0.75, 1],
        )  # fmt: skip
        scene.line([(axes.x(0), axes.y(0.5)), (axes.x(100), axes.y(0.5))], role="muted", width=1, dash=True)
        for figure, share in zip(data.figures, data.shares, strict=True):
            scene.circle(axes.x(figure), axes.y(share), 4, fill="query", opacity=0.7)
        x, y = axes.x(data.figures[data.chosen]), axes.y(data.shares[data.chosen])
        scene.circle(x, y, 9, fill=None, stroke="accent", width=2.5)
        beyond = x > 600
        scene.text(
            x - 14 if beyond else x + 14, y, v.word, bold=True, role="accent", align="right" if beyond else "left"
        )
        scene.text(64, 380, f"rank correlation {data.correlation}, {len(self.words)} occupations", bold=True)
        scene.text(
            64, 402, "It says that the orders agree. It does not say that either order is right.", role="muted", size=12
        )
        return scene

    def describe(self, v: Values, data: Beside) -> str:
        return (
            f"{v.template[0].upper()}{v.template[1:]}: rank correlation of the share of 'she' with the labour "
            f"figures {data.correlation}. {v.word.capitalize()}: model {data.shares[data.chosen]:.0%}, "
            f"labour figure {data.figures[data.chosen]:.0f}%."
        )


class Several(NamedTuple):
    """gaps: of one word in the first templates, bits. found: their mean with its interval, None for one template.

    single, together: rank correlations over all words, of each of these templates and of their mean.
    """

    gaps: list[float]
    found: Estimate | None
    single: list[float]
    together: float


class Templates(Demo):
    """Take more templates, one after the other: the mean settles, and single ones disagree.

    words, gaps, templates: as for Occupations.
    """

    title = "How many templates?"
    word = Select("occupation")
    count = Slider("templates", 1, 2, value=1)

    def __init__(self, words: Sequence[str], gaps: Tensor, templates: Sequence[str] = bias.TEMPLATES) -> None:
        super().__init__()
        _table(words, gaps, templates)
        if len(templates) < 2:
            raise ValueError("Templates compares templates: measure with at least two.")
        self.words, self.gaps, self.templates = list(words), gaps, list(templates)
        figures = [bias.labour()[word] for word in self.words]

        def correlation(found: Tensor) -> float:
            return bias.rank_correlation(found, figures, resamples=1).value

        several = range(1, len(self.templates) + 1)
        self._single = [correlation(gaps[:, k - 1]) for k in several]
        self._together = [correlation(gaps[:, :k].mean(1)) for k in several]
        self.set_options("word", self.words)
        self.word = self.words[0]
        self.set_range("count", 1, len(self.templates))

    def compute(self, v: Values) -> Several:
        values = self.gaps[self.words.index(v.word), : v.count].tolist()
        found = bias.mean(values) if len(values) > 1 else None
        return Several(values, found, self._single[: v.count], self._together[v.count - 1])

    def draw(self, v: Values, data: Several) -> Scene:
        rows = len(self.templates)
        scene = Scene(height=150 + 24 * rows)
        reach = max(1.0, float(self.gaps.abs().max()))
        axes = scene.axes(
            250, 26, 400, 24 * rows + 40, (-reach, reach), (0, rows + 1.6),
            "gap in bits: 'he' likelier to the left, 'she' to the right", "", y_ticks=[], grid=False,
        )  # fmt: skip
        scene.line([(axes.x(0), 26), (axes.x(0), 66 + 24 * rows)], role="muted", width=1, dash=True)
        scene.text(660, 12, "correlation", role="muted", size=12)
        for place, template in enumerate(self.templates):
            y, there = 40 + 24 * place, place < len(data.gaps)
            scene.text(240, y, template.replace("{}", "…"), size=12, align="right", role="ink" if there else "muted")
            if there:
                scene.circle(axes.x(data.gaps[place]), y, 5, fill="query")
                scene.text(660, y, f"{data.single[place]:+.2f}", size=12)
        y = 44 + 24 * rows
        scene.text(240, y, f"mean of {len(data.gaps)}", align="right", bold=True, role="accent")
        if data.found is not None:
            scene.line([(axes.x(data.found.low), y), (axes.x(data.found.high), y)], role="accent", width=3)
        middle = data.found.value if data.found else data.gaps[0]
        scene.rect(axes.x(middle) - 6, y - 6, 12, 12, fill="accent")
        scene.text(660, y, f"{data.together:+.2f}", bold=True, role="accent")
        return scene

    def describe(self, v: Values, data: Several) -> str:
        if data.found is None:
            return f"{v.word.capitalize()} in one template: {data.gaps[0]:+.2f} bits. One has no interval."
        return (
            f"{v.word.capitalize()} in {len(data.gaps)} templates: {data.found} bits; single ones from "
            f"{min(data.gaps):+.2f} to {max(data.gaps):+.2f}. Over all {len(self.words)} occupations the correlation "
            f"is {data.together:+.2f}, with single templates {min(data.single):+.2f} to {max(data.single):+.2f}."
        )
