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
    """shares: of the two pronouns the per cent that "she" gets from the model, (n,). figures: per cent women.

    chosen: a number of a word.
    """

    shares: list[float]
    figures: list[float]
    chosen: int
    correlation: Estimate


class Occupations(Demo):
    """Choose a template, or the mean of all, and an occupation to be named; a click on a dot chooses it too.

    words: occupations with labour figures. gaps: what `bias.gaps` measured for them. Looked up, never asked anew.
    """

    title = "Occupations: the model beside the labour figures"
    template = Select("template", [ALL])
    word = Select("occupation")

    def __init__(self, words: Sequence[str], gaps: Tensor, templates: Sequence[str] = bias.TEMPLATES) -> None:
        super().__init__()
        _table(words, gaps, templates)
        self._as_given = gaps, [bias.labour()[word] for word in words]  # so that an interval is that of the caller's
        by_figure = sorted(range(len(words)), key=lambda place: bias.labour()[words[place]])
        self.words, self.gaps = [words[place] for place in by_figure], gaps[by_figure]
        self.templates = list(templates)
        self.figures = [bias.labour()[word] for word in self.words]
        self._known: LRUCache[object, Estimate] = LRUCache(maxsize=len(self.templates) + 1)
        self.set_options("template", [ALL, *self.templates])
        self.set_options("word", self.words)
        self.word = self.words[0]

    def compute(self, v: Values) -> Beside:
        chosen, shares = self.words.index(v.word), 100 * bias.share(self._gaps_in(v.template))
        return Beside(shares.tolist(), self.figures, chosen, self._correlation(v.template))

    def _gaps_in(self, template: str, gaps: Tensor | None = None) -> Tensor:
        gaps = self.gaps if gaps is None else gaps
        return gaps.mean(1) if template == ALL else gaps[:, self.templates.index(template)]

    @cachedmethod(attrgetter("_known"))
    def _correlation(self, template: str) -> Estimate:
        gaps, figures = self._as_given
        return bias.rank_correlation(self._gaps_in(template, gaps), figures)

    def draw(self, v: Values, data: Beside) -> Scene:
        scene = Scene(height=442)
        axes = scene.axes(
            64, 34, 660, 290, (0, 100), (0, 100), "people: women in the occupation, per cent (US, 2015 and 2016)",
            "next word: 'she', per cent of 'she' and 'he'", x_ticks=[0, 25, 50, 75, 100], y_ticks=[0, 25, 50, 75, 100],
        )  # fmt: skip
        scene.line([(axes.x(0), axes.y(50)), (axes.x(100), axes.y(50))], role="muted", width=1, dash=True)
        for word, figure, share in zip(self.words, data.figures, data.shares, strict=True):
            scene.circle(axes.x(figure), axes.y(share), 4, fill="query", opacity=0.7)
            scene.picks("word", word, axes.x(figure) - 7, axes.y(share) - 7, 14, 14)
        x, y = data.figures[data.chosen], data.shares[data.chosen]
        scene.circle(axes.x(x), axes.y(y), 8, fill="accent")
        beyond = axes.x(x) > 600
        side = -18 if beyond else 18
        scene.text(axes.x(x) + side, axes.y(y), v.word, bold=True, role="accent", align="right" if beyond else "left")
        scene.text(64, 380, f"rank correlation {data.correlation}, {len(self.words)} occupations", bold=True)
        scene.text(64, 402, "Click on a dot to see its name.", role="muted", size=12)
        scene.text(
            64, 422, "It says that the orders agree. It does not say that either order is right.", role="muted", size=12
        )
        return scene

    def describe(self, v: Values, data: Beside) -> str:
        return (
            f"{v.template[0].upper()}{v.template[1:]}: rank correlation of the share of 'she' with the labour "
            f"figures {data.correlation}. After “{v.word}” the model gives 'she' {data.shares[data.chosen]:.0f}% of "
            f"what the two pronouns get; of the people in this occupation {data.figures[data.chosen]:.0f}% were women. "
            "The first is about the next word, the second about people."
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
                scene.text(660, y, bias.signed(data.single[place]), size=12)
        y = 44 + 24 * rows
        scene.text(240, y, f"mean of {len(data.gaps)}", align="right", bold=True, role="accent")
        if data.found is not None:
            scene.line([(axes.x(data.found.low), y), (axes.x(data.found.high), y)], role="accent", width=3)
        middle = data.found.value if data.found else data.gaps[0]
        scene.rect(axes.x(middle) - 6, y - 6, 12, 12, fill="accent")
        scene.text(660, y, bias.signed(data.together), bold=True, role="accent")
        return scene

    def describe(self, v: Values, data: Several) -> str:
        word = v.word.capitalize()
        if data.found is None:
            return f"{word} in one template: {bias.signed(data.gaps[0])} bits. One template has no interval."
        return (
            f"{word} in {len(data.gaps)} templates: {data.found} bits; single ones from {bias.signed(min(data.gaps))} "
            f"to {bias.signed(max(data.gaps))}. Over all {len(self.words)} occupations the correlation is "
            f"{bias.signed(data.together)}, with single templates {bias.signed(min(data.single))} to "
            f"{bias.signed(max(data.single))}."
        )
