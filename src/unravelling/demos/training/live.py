"""A training run as it goes: the loss, what it cost, and afterwards what the model wrote at moments of the run."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from unravelling.demos.base import Demo, Scene, Slider, Values
from unravelling.demos.training.run import MEAN_OF, Moment, Run, duration, large
from unravelling.demos.training.stop_button import StopButton
from unravelling.drawing.wrapping import wrapped

A_SECOND = 4  # drawings a second, at most
SHARE = 0.04  # of the time, for drawing, at most
POINTS = 240  # of a curve: more cannot be seen
LINE = 72  # characters of a sample in a line


class Shown(NamedTuple):
    """The run that a picture shows, what is being trained, and runs to compare it with, the last one first."""

    run: Run
    title: str
    earlier: tuple[tuple[str, Run], ...] = ()  # title and run


class Training(Demo):
    """A run, while it goes on and when it is over; then `moment` goes through what was kept of it.

    run: filled in by `follow`. title: what is being trained.
    """

    title = "Training"
    moment = Slider("moment", 0, 1, wide=420)

    def __init__(self, run: Run, title: str = "Training") -> None:
        super().__init__()
        self.run, self.title = run, title
        self.button = StopButton()
        self.box.children = (self.button, *self.box.children)
        self._handle: Any = None
        self._drawn = self._cost = 0.0
        self._settle()

    def take(self, run: Run, title: str) -> None:
        """Follow another run from now on."""
        self.run, self.title = run, title
        with self.hold_redraw():
            self._settle()

    def show(self) -> None:
        """Put the live view into the output of the cell that runs."""
        from IPython.display import display

        self._handle = display(self, display_id=True)

    def follow(self) -> None:
        """Draw what has happened since, if it is time to: a few times a second, and never for more than its share."""
        now = time.monotonic()
        if now - self._drawn >= max(1 / A_SECOND, self._cost / SHARE):
            self.redraw()
            self._drawn = time.monotonic()
            self._cost = self._drawn - now

    def finish(self) -> None:
        """The run is over: show its end, with the slider, and store that as the output of the cell."""
        with self.hold_redraw():
            self._settle()
        if self._handle is not None:
            self._handle.update(self)

    @property
    def ends_it(self) -> str:
        """What the learner can press."""
        return "Stop, or the notebook’s own ■," if self.button.heard else "The notebook’s own stop button ■"

    def _settle(self) -> None:
        over = bool(self.run.ended)
        self.button.over = over
        self.controls["moment"].layout.display = None if over else "none"
        if over:
            last = max(len(self.run.moments) - 1, 0)
            self.set_range("moment", 0, last, value=last)

    def shown(self, v: Values) -> Shown:
        """What the picture is of."""
        return Shown(self.run, self.title)

    def compute(self, v: Values) -> Moment | None:
        """The chosen moment; None while the run goes on."""
        run = self.shown(v).run
        if not run.ended:
            return None
        kept = run.moments
        return kept[min(v.moment, len(kept) - 1)] if kept else Moment(0, 0.0, "")

    def draw(self, v: Values, data: Moment | None) -> Scene:
        run, title, earlier = self.shown(v)
        scene = Scene()
        scene.text(8, 14, title, bold=True, size=15)
        top = self._draw_progress(scene, run)
        _draw_loss(scene, run, data, top + 48, [old for _, old in earlier])
        y = _draw_cost(scene, run, data, top + 300)
        if any(moment.text for moment in run.moments):
            y = _draw_text(scene, data or run.moments[-1], y + 12)
        scene.height = y + 8
        return scene

    def _draw_progress(self, scene: Scene, run: Run) -> float:
        """How far the run is, or why it ended. Returns where the next thing begins."""
        if run.ended:
            status = run.sentence
        else:
            status = f"{run.seconds:.1f} of {duration(run.limit)}"
            scene.text(752, 38, f"{self.ends_it} ends it after a whole step", role="muted", align="right")
        y = 38.0
        for place, line in enumerate(wrapped(status, 740)):
            y = 38 + 19 * place
            scene.text(8, y, line, role="muted" if run.ended else "ink")
        scene.rect(8, y + 14, 744, 8, fill="grid", opacity=0.6, radius=3)
        scene.bar(8, y + 14, 744, 8, min(run.seconds / run.limit, 1), "accent", on_track=False)
        return y + 22

    def describe(self, v: Values, data: Moment | None) -> str:
        run = self.shown(v).run
        if data is None:  # one sentence for the whole run: screen readers would read every new one
            return "Training goes on: the curve grows with its steps, and the result will appear here."
        if not run.losses or not run.moments:
            return run.sentence
        loss = run.loss_at(data.step)
        steps = f"{data.step:,} step" + ("" if data.step == 1 else "s")
        bits = f" ({loss / math.log(2):.2f} bits per character)" if run.unit == "characters" else ""
        when = f"After {duration(data.seconds)} and {steps}" if data.step else "Before the first step"
        said = f"{when} the loss is {loss:.2f} nats{bits}; guessing would be {run.guessing:.2f}."
        last = data == run.moments[-1]
        if last:
            said += f" {run.sentence} {cost(run)}"
        if data.text:
            said += f" {'It now writes' if last else 'It wrote then'}: “{_shown(data.text)}”"
        return said

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        # The still takes its time to draw and is there for readers without a kernel: it is made once, at the end.
        scene = self.scene
        try:
            self.scene = scene if self.run.ended else None
            return super()._repr_mimebundle_(include, exclude)
        finally:
            self.scene = scene


def cost(run: Run) -> str:
    """What a run has cost, in a sentence."""
    spent = f"{duration(run.seconds)}, {run.tokens:,} {run.unit}"
    if run.flops is None:
        return f"Cost: {spent}."
    at_work = f"{run.weights:,} parameters at work (those that are only looked up do not count)"
    return f"Cost: {spent}, {at_work}: about {large(run.flops, 'FLOP')} by 6ND."


def _draw_loss(scene: Scene, run: Run, data: Moment | None, top: float, earlier: Sequence[Run]) -> None:
    losses = np.array(run.losses)
    mean = _running_mean(losses)
    long = max(run.at[-1] if run.at and run.ended else run.limit, 1e-3)
    most = max(1.15 * run.guessing, min(2.5 * run.guessing, float(mean.max(initial=0)) * 1.1))
    name = f"loss (nats per {run.unit.removesuffix('s')})"
    axes = scene.axes(56, top, 692, 190, (0, long), (0, most), "seconds of training", name)
    axes.plot([0, long], [run.guessing] * 2, role="muted", dash=True)
    count = math.exp(min(run.guessing, 20))
    by = f"ln {count:.0f} = " if abs(count - round(count)) < 1e-6 * count else ""
    scene.text(744, axes.y(run.guessing) - 10, f"guessing: {by}{run.guessing:.2f}", role="muted", align="right")
    for old in earlier:
        upto = sum(seconds <= long for seconds in old.at)
        if upto:
            curve = _thinned(np.array(old.at)[:upto], _running_mean(np.array(old.losses))[:upto])
            axes.plot(curve[0], np.minimum(curve[1], most), role="muted", width=1.5, opacity=0.7)
    if len(losses):
        at = np.array(run.at)
        axes.plot(*_thinned(at, losses), role="output", width=1, opacity=0.35)
        axes.plot(*_thinned(at, mean), role="output", width=2.5)
    if data is not None and len(losses):
        kept = [(each.seconds, run.loss_at(each.step)) for each in run.moments]
        seconds, means = zip(*kept, strict=True)
        axes.points(seconds, means, role="output", r=3.5)
        chosen = (data.seconds, run.loss_at(data.step))
        axes.plot([chosen[0]] * 2, [0, chosen[1]], role="accent", width=1.5, dash=True)
        axes.points([chosen[0]], [chosen[1]], role="accent", r=7)


def _draw_cost(scene: Scene, run: Run, data: Moment | None, top: float) -> float:
    """What it came to, three to a row. Returns where the next thing begins."""
    now = data or Moment(len(run.losses), run.seconds, "", run.tokens)
    loss, flops = run.loss_at(now.step), run.flops_for(now.tokens)
    of = "" if now.step == len(run.losses) else f" of {len(run.losses):,}"
    bits = f" = {loss / math.log(2):.2f} bits" if run.unit == "characters" else ""
    columns = [
        ("step", f"{now.step:,}{of}"),
        ("seconds", f"{now.seconds:.1f}"),
        (f"loss, mean of {MEAN_OF} steps", "" if math.isnan(loss) else f"{loss:.2f} nats{bits}"),
        (f"{run.unit} read", f"{now.tokens:,}"),
        (f"{run.unit} a second", f"{run.tokens / run.seconds:,.0f}" if run.seconds else ""),
    ]
    if flops is not None:
        columns.append(("by 6ND", large(flops, "FLOP")))
    for place, (name, value) in enumerate(columns):
        x, y = (8, 252, 496)[place % 3], top + 46 * (place // 3)
        scene.text(x, y, name, role="muted", size=12)
        scene.text(x, y + 20, value, bold=True, size=14)
    return top + 46 * 2 - 12


def _draw_text(scene: Scene, moment: Moment, top: float) -> float:
    when = f"after {moment.step:,} step{'' if moment.step == 1 else 's'}" if moment.step else "before the first step"
    scene.text(8, top + 8, f"What the model writes {when}:", bold=True)
    scene.rect(8, top + 22, 744, 64, fill="grid", opacity=0.35, radius=4)
    for row, line in enumerate(_lines(_shown(moment.text))[:3]):
        scene.text(18, top + 36 + 19 * row, line, mono=True, size=14)
    return top + 86


def _shown(text: str) -> str:
    return text.replace("\n", "¶")


def _lines(text: str) -> list[str]:
    """Lines of at most `LINE` characters, broken at spaces where there are some; no character is lost."""
    found = []
    while len(text) > LINE:
        cut = text.rfind(" ", LINE // 2, LINE) + 1 or LINE
        found.append(text[:cut])
        text = text[cut:]
    return [*found, text]


def _running_mean(values: np.ndarray) -> np.ndarray:
    """(N,): the mean of up to `MEAN_OF` values that end at each place."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    begins = np.maximum(0, ends - MEAN_OF)
    return (sums[ends] - sums[begins]) / (ends - begins)


def _thinned(xs: np.ndarray, ys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most `POINTS` of the points, evenly, the last one always."""
    if len(xs) <= POINTS:
        return xs, ys
    chosen = np.linspace(0, len(xs) - 1, POINTS).round().astype(int)
    return xs[chosen], ys[chosen]
