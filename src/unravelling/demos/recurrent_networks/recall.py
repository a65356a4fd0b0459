"""Recall over a distance: the learner's own training runs, and the recorded study with five seeds behind them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from unravelling.demos.base import Demo, Scene, Select, Toggle, Values
from unravelling.language_models.recall_task import CHANCE, FRESH, RecallRun, StudyRow, example

ROLES = {"attention": "query", "LSTM": "value"}
NAMES = {"attention": "attention", "LSTM": "the LSTM"}
# An accuracy on `FRESH` rows below this may be luck: three standard errors above chance.
LUCK = CHANCE + 3 * math.sqrt(CHANCE * (1 - CHANCE) / FRESH)


class Pair(NamedTuple):
    """The runs at one distance, by model, and the largest value on the axis of time."""

    runs: dict[str, RecallRun]
    reach: float


class Recall(Demo):
    """How often two networks recall the first letter of a text, while they learn to.

    runs: what `recall_task.compare` returned, or runs of its `train`. Of several runs of one model at one distance the
    last is shown. Raises ValueError if there are none.
    """

    title = "Recall over a distance"
    distance = Toggle("distance", ["5", "20", "80"])
    over = Toggle("against", ["seconds", "steps"])

    def __init__(self, runs: Sequence[RecallRun]) -> None:
        runs = list(runs) if isinstance(runs, Sequence) else [runs]
        if not runs or not all(isinstance(run, RecallRun) for run in runs):
            raise ValueError("Recall shows training runs: give it what recall_task.compare(...) returned.")
        super().__init__()
        self.runs: dict[int, dict[str, RecallRun]] = {}
        for run in sorted(runs, key=lambda run: run.distance):
            self.runs.setdefault(run.distance, {})[run.model] = run
        self.set_options("distance", [(str(distance), distance) for distance in self.runs])
        self.distance = max(self.runs)

    def compute(self, v: Values) -> Pair:
        runs = self.runs[v.distance]
        longest = max(run.seconds if v.over == "seconds" else run.steps for run in runs.values())
        return Pair(runs, longest or 1)

    def draw(self, v: Values, data: Pair) -> Scene:
        scene = Scene(height=400)
        _draw_row(scene, v.distance)
        axes = scene.axes(
            56, 116, 420, 220, (0, data.reach * 1.02), (0, 104), f"{v.over} of training", "right, of fresh texts (%)",
            y_ticks=[0, 25, 50, 75, 100],
        )  # fmt: skip
        guessing = axes.y(100 * CHANCE)
        scene.line([(56, guessing), (488, guessing)], role="muted", dash=True, width=2)
        heights = {}
        for name, run in data.runs.items():
            if not run.steps:
                continue
            at = run.times if v.over == "seconds" else range(1, run.steps + 1)
            axes.plot(at, [100 * share for share in run.curve], role=ROLES[name], width=2.5)
            axes.points([at[-1]], [100 * run.accuracy], role=ROLES[name], r=6)
            heights[name] = axes.y(100 * run.accuracy)
        scene.text(494, guessing, f"guessing: {CHANCE:.1%}", role="muted", size=12)
        self._draw_labels(scene, data, heights, guessing - 62)
        return scene

    def _draw_labels(self, scene: Scene, data: Pair, heights: dict[str, float], lowest: float) -> None:
        """Beside the end of each curve, what it came to; the upper ones first, none on another, none below lowest."""
        free = 0.0
        for place, name in enumerate(sorted(heights, key=heights.__getitem__), start=1):
            most = lowest - 62 * (len(heights) - place)
            run, y = data.runs[name], min(max(heights[name] - 14, free), most)
            how = f"{'solved after' if run.solved else 'not solved in'} {run.seconds:.1f} s, {_steps(run.steps)}"
            _draw_told(scene, y, ROLES[name], name, f"{run.accuracy:.0%} of {FRESH} texts", how)
            free = y + 62

    def describe(self, v: Values, data: Pair) -> str:
        told = [f"{NAMES[name]} {_outcome(run.accuracy, run.solved)} after {run.seconds:.1f} s and {_steps(run.steps)}"
                for name, run in data.runs.items()]  # fmt: skip
        return f"Distance {v.distance}: " + "; ".join(told) + f". Guessing is right in {CHANCE:.1%}."


def _steps(steps: int) -> str:
    return "1 step" if steps == 1 else f"{steps} steps"


def _draw_told(scene: Scene, y: float, role: str, heading: str, *lines: str) -> None:
    """What is told of a network beside the picture: a heading and the lines below it."""
    scene.text(494, y, heading, role=role, bold=True, size=14)
    for place, line in enumerate(lines):
        scene.text(494, y + 19 + 18 * place, line, role=role)


def _outcome(accuracy: float, solved: bool) -> str:
    if solved:
        return f"recalls the symbol in {accuracy:.0%} of fresh texts"
    if accuracy <= LUCK:
        return f"is at chance ({accuracy:.0%})"
    return f"is right in {accuracy:.0%} of fresh texts, not yet at the goal of 95%,"


def _draw_row(scene: Scene, distance: int) -> None:
    """A row of the task: the key framed, what stands between (shortened), the question, the answer."""
    row = example(distance)
    between = row[1:-1]
    shown = between if distance <= 24 else f"{between[:11]} … {between[-11:]}"
    step, y = 11.0, 26
    scene.text(12, y, "a text:", role="muted")
    scene.rect(62, y - 14, 22, 28, fill="key", opacity=0.2, stroke="key", width=2, radius=4)
    scene.text(73, y, row[0], mono=True, size=16, bold=True, align="center")
    for place, letter in enumerate(shown):
        scene.text(98 + step * place, y, letter, mono=True, size=16, role="muted", align="center")
    end = 98 + step * len(shown)
    scene.text(end + 4, y, "?", mono=True, size=16, bold=True, align="center")
    scene.arrow(end + 20, y, end + 50, y, role="muted", width=1.5)
    scene.text(end + 66, y, row[0], mono=True, size=16, bold=True, align="center", role="key")
    letters = "letter" if distance == 1 else "letters"
    scene.text(12, y + 34, f"{distance} {letters} between the symbol and the question", role="muted")


# What the study calls a kind of LSTM, and what the learner reads.
KINDS = {"LSTM": "forget bias 2", "LSTM fitted": "bias fitted to the distance", "LSTM closed": "bias 0"}


class Fives(NamedTuple):
    """Five runs of attention and of one kind of LSTM, by distance, and the seconds that each had."""

    attention: dict[int, list[StudyRow]]
    lstm: dict[int, list[StudyRow]]
    budget: float


def five(rows: Sequence[StudyRow], variant: str, distance: int, longer: bool) -> list[StudyRow]:
    """One run a seed: the usual budget's, or where there is one and `longer` is set, the longer budget's."""
    chosen: dict[int, StudyRow] = {}
    for row in sorted(rows, key=lambda row: row.longer):
        if (row.variant, row.distance) == (variant, distance) and (longer or not row.longer):
            chosen[row.seed] = row
    return [chosen[seed] for seed in sorted(chosen)]


class RecallStudy(Demo):
    """The recorded study: five seeds of each network at each distance, with the usual and with a longer training.

    rows: `recall_task.study()`. Raises ValueError if there are none.
    """

    title = "How far does it hold?"
    distance = Toggle("distance", ["5", "40"])
    lstm = Select("LSTM with", [(text, variant) for variant, text in KINDS.items()])
    time = Toggle("training", ["5 s", "30 s"])

    def __init__(self, rows: Sequence[StudyRow]) -> None:
        rows = list(rows) if isinstance(rows, Sequence) else [rows]
        if not rows or not all(isinstance(row, StudyRow) for row in rows):
            raise ValueError("RecallStudy shows the recorded study: give it recall_task.study().")
        super().__init__()
        self.rows = rows
        self.distances = sorted({row.distance for row in rows})
        budgets = {row.longer: row.budget for row in rows}
        there = {row.variant for row in rows}
        self.set_options("time", [(f"{budgets[longer]:g} s", longer) for longer in sorted(budgets)])
        self.set_options("lstm", [(text, variant) for variant, text in KINDS.items() if variant in there])
        self.set_options("distance", [(str(distance), distance) for distance in self.distances])
        self.distance = 40 if 40 in self.distances else self.distances[0]

    def compute(self, v: Values) -> Fives:
        attention, lstm = (
            {distance: five(self.rows, variant, distance, bool(v.time)) for distance in self.distances}
            for variant in ("attention", v.lstm)
        )
        return Fives(attention, lstm, max(row.budget for row in self.rows if row.longer == v.time))

    def draw(self, v: Values, data: Fives) -> Scene:
        scene = Scene(height=400)
        axes = scene.axes(
            56, 56, 420, 270, (-0.5, len(self.distances) - 0.5), (0, 104), "distance", "right, of fresh texts (%)",
            y_ticks=[0, 25, 50, 75, 100], x_names=[str(distance) for distance in self.distances],
        )  # fmt: skip
        chosen = self.distances.index(v.distance)
        left = axes.x(chosen - 0.45)
        scene.rect(left, 52, axes.x(chosen + 0.45) - left, 278, fill="grid", opacity=0.45, radius=4)
        axes.plot([-0.5, len(self.distances) - 0.5], [100 * CHANCE] * 2, role="muted", dash=True)
        for by_distance, role, aside in ((data.attention, "query", -0.2), (data.lstm, "value", 0.2)):
            middles = []
            for place, found in enumerate(by_distance.values()):
                if found:
                    middles.append((place + aside, 100 * median(row.accuracy for row in found)))
                for number, row in enumerate(found):
                    x = place + aside + 0.06 * (number - 2)
                    axes.points([x], [100 * row.accuracy], role=role, r=4.5, opacity=0.7)
            if middles:
                xs, ys = zip(*middles, strict=True)
                axes.plot(xs, ys, role=role, width=2)
        scene.text(494, axes.y(100 * CHANCE), f"guessing: {CHANCE:.1%}", role="muted")
        scene.text(494, 66, f"distance {v.distance}, up to {data.budget:g} s each", bold=True)
        _draw_told(scene, 94, "query", "attention", *_lines(data.attention[v.distance]))
        _draw_told(scene, 168, "value", f"LSTM, {KINDS[v.lstm]}", *_lines(data.lstm[v.distance]))
        scene.text(494, 246, "a dot: one seed", role="muted", size=12)
        scene.text(494, 264, "the line: their medians", role="muted", size=12)
        return scene

    def describe(self, v: Values, data: Fives) -> str:
        attention = _told("attention", data.attention[v.distance])
        lstm = _told(f"the LSTM with {KINDS[v.lstm]}", data.lstm[v.distance])
        return f"Distance {v.distance}, up to {data.budget:g} s each: {attention}; {lstm}."


def _lines(found: list[StudyRow]) -> list[str]:
    if not found:
        return ["not tried at this distance"]
    steps = [row.steps for row in found if row.solved]
    first = f"solved by {len(steps)} of {len(found)} seeds"
    if not steps:
        return [first, f"median {median(row.accuracy for row in found):.0%} after {found[0].budget:g} s"]
    many = f"{min(steps)} to {max(steps)}" if min(steps) < max(steps) else str(steps[0])
    return [first, f"steps until solved: {many}"]


def _told(name: str, found: list[StudyRow]) -> str:
    if not found:
        return f"{name} was not tried"
    solved = [row for row in found if row.solved]
    if not solved:
        middle = median(row.accuracy for row in found)
        return f"{name} solved it with none of {len(found)} seeds in {found[0].budget:g} s (median {middle:.0%} right)"
    seconds = median(row.seconds for row in solved)
    return f"{name} solved it with {len(solved)} of {len(found)} seeds, after {seconds:.1f} s in the median"
