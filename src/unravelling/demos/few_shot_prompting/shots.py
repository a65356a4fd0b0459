"""Accuracy by the number of demonstrations: intervals, single draws, answers mixed up, and what the model said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from unravelling.demos.base import Demo, Scene, Select, Slider, Values
from unravelling.demos.few_shot_prompting.prompt_picture import fitted
from unravelling.language_models.prompting import Curve, Measured, difference

ANSWERS = 9  # shown of one draw


class Standing(NamedTuple):
    """What is looked at: a task's curve, what was measured at the number of shots, the curve of mixed-up answers."""

    curve: Curve
    here: Measured
    random: Curve | None


class Shots(Demo):
    """Choose a task, a number of demonstrations and one of the draws.

    curves: what `prompting.curve` measured, by a name to choose it by. random: the same with labels="random", for all
    or some of the names. Nothing is asked anew: the slider stops at the numbers that were measured.
    """

    title = "More demonstrations"
    task = Select("task")
    shots = Slider("demonstrations", 0, 8, value=0)
    draw_number = Slider("draw", 1, 2, value=1)

    def __init__(self, curves: Mapping[str, Curve], random: Mapping[str, Curve] | None = None) -> None:
        super().__init__()
        if not curves:
            raise ValueError("Shots needs at least one measured task: Shots({'antonyms': prompting.curve(...)}).")
        self.curves, self.random = dict(curves), dict(random or {})
        self.set_options("task", list(self.curves))
        self.task = next(iter(self.curves))
        self._fit()
        counts = self._counts()
        self._last = self.shots = counts[len(counts) // 2]

    def _draws(self) -> int:
        """How many draws there are of the chosen number: of no demonstrations, one."""
        return len(self.curves[self.task].by_shots[self.shots].said)

    def _counts(self) -> list[int]:
        return sorted(self.curves[self.task].by_shots)

    def _fit(self) -> None:
        counts = self._counts()
        draws = max(len(each.said) for each in self.curves[self.task].by_shots.values())
        self.set_range("shots", counts[0], max(counts[-1], counts[0] + 1))
        self.set_range("draw_number", 1, max(draws, 2))

    def on_change(self, name: str) -> None:
        if name == "task":
            self._fit()
        # Between two measured numbers the slider goes on, the way it was going.
        counts = self._counts()
        further = [c for c in counts if c >= self.shots] if self.shots > self._last else []
        nearer = [c for c in counts if c <= self.shots]
        self._last = self.shots = further[0] if further else nearer[-1] if nearer else counts[0]
        self.draw_number = min(self.draw_number, self._draws())

    def compute(self, v: Values) -> Standing:
        curve = self.curves[v.task]
        return Standing(curve, curve[v.shots], self.random.get(v.task))

    def draw(self, v: Values, data: Standing) -> Scene:
        scene = Scene(height=470)
        counts = sorted(data.curve.by_shots)
        axes = scene.axes(
            58, 34, 330, 300, (-0.5, len(counts) - 0.5), (0, 1), "demonstrations in the prompt", "share right",
            x_ticks=range(len(counts)), x_names=[str(count) for count in counts], y_ticks=[0, 0.25, 0.5, 0.75, 1],
        )  # fmt: skip
        if data.random is not None:
            self._line(scene, axes, counts, data.random, "value", 0.14, dash=True)
        self._line(scene, axes, counts, data.curve, "query", -0.06, dash=False)
        place = counts.index(v.shots)
        scene.rect(axes.x(place - 0.42), 34, axes.x(place + 0.42) - axes.x(place - 0.42), 300, fill=None,
                   stroke="accent", width=2, radius=6)  # fmt: skip
        scene.text(58, 402, "disc, line: right answers shown, with the 95% interval", role="query", size=12)
        scene.text(58, 422, "small rings: single draws of the demonstrations", role="query", size=12)
        if data.random is not None:
            scene.text(58, 442, "square, dashed: the answers mixed up", role="value", size=12)
        self._said(scene, 420, v, data)
        return scene

    def _line(self, scene: Scene, axes, counts: list[int], curve: Curve, role: str, aside: float, dash: bool) -> None:
        there = [(place, curve.by_shots[count]) for place, count in enumerate(counts) if count in curve.by_shots]
        scene.line([(axes.x(p + aside), axes.y(m.mean)) for p, m in there], role=role, width=2, dash=dash)
        for place, measured in there:
            x, (mean, low, high) = axes.x(place + aside), measured.interval
            scene.line([(x, axes.y(low)), (x, axes.y(high))], role=role, width=2)
            for end in (low, high):
                scene.line([(x - 5, axes.y(end)), (x + 5, axes.y(end))], role=role, width=2)
            if dash:
                scene.rect(x - 5, axes.y(mean) - 5, 10, 10, fill="paper", stroke=role, width=2)
                continue
            scene.circle(x, axes.y(mean), 6, fill=role)
            for share in measured.by_draw if len(measured.said) > 1 else ():
                scene.circle(x - 11, axes.y(share), 3, fill=None, stroke=role, width=1.5)

    def _said(self, scene: Scene, left: float, v: Values, data: Standing) -> None:
        task, here = data.curve.task, data.here
        row = min(v.draw_number, len(here.said)) - 1
        title = f"draw {row + 1}, {v.shots} shown" if v.shots else "nothing shown"
        scene.text(left, 20, f"{title}: {here.by_draw[row]:.0%} right", bold=True)
        y = 44.0
        for text, answer in task.draw(v.shots, row)[:8]:
            scene.text(left, y, fitted(f"{text} -> {answer}", 320, 12), size=12, mono=True, role="muted")
            y += 17
        y += 10
        scene.text(left, y, "what it wrote", size=12, bold=True)
        y += 20
        for (text, answer), said, right in list(zip(task.test, here.said[row], here.right[row], strict=True))[:ANSWERS]:
            verdict = "right" if right else f"not {answer}"
            line = fitted(f"{text} -> {said or 'nothing'}", 200, 12)
            scene.text(left, y, line, size=12, mono=True)
            scene.text(left + 212, y, fitted(verdict, 104, 12), size=12, role="good" if right else "bad")
            y += 18
        scene.height = max(470, y + 10)

    def describe(self, v: Values, data: Standing) -> str:
        here = data.here
        named = f"{v.shots} demonstration{'s' if v.shots != 1 else ''}"
        found = f"{v.task}, {named}: {here.interval} right"
        if len(here.said) > 1:
            found += f"; single draws from {min(here.by_draw):.2f} to {max(here.by_draw):.2f}"
        first = min(data.curve.by_shots)
        if v.shots != first:
            gain = difference(here.right, data.curve[first].right)
            apart = "" if gain.low > 0 or gain.high < 0 else ", so it may be chance"
            found += f". Compared with {first}: {gain}{apart}"
        if data.random is not None and v.shots in data.random.by_shots:
            found += f". With the answers mixed up: {data.random[v.shots].interval}"
        if len(here.said) == 1:
            return f"{found}. " + (
                "There is one draw." if v.shots else "Nothing is shown, so there is nothing to draw."
            )
        row = min(v.draw_number, len(here.said)) - 1
        return f"{found}. Draw {row + 1}: {here.by_draw[row]:.2f}."
