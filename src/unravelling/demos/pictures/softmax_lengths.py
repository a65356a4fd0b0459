"""Scores as lengths: any numbers, then positive ones, then parts of one whole."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from unravelling.demos.base import Demo, Scene, Values
from unravelling.demos.pictures.parts import NARROW, number
from unravelling.drawing.text_metrics import text_width

_STEP, _TOP, _ROLES = 40, 48, ("query", "key", "value", "accent")


class Lengths(NamedTuple):
    """One number for each word: its score, e to it, and its part of the whole."""

    scores: list[float]
    powers: list[float]
    shares: list[float]


class SoftmaxLengths(Demo):
    """scores: two to four words with their scores, from −5 to 5."""

    title = "Any numbers, positive numbers, parts of one whole"

    def __init__(self, scores: Mapping[str, float] | None = None) -> None:
        super().__init__()
        self.scores = dict(scores or {"morning": 2.0, "luck": 1.0, "grief": -1.0})
        if not 2 <= len(self.scores) <= 4 or any(abs(score) > 5 for score in self.scores.values()):
            raise ValueError("The picture has room for two to four scores from −5 to 5.")

    def compute(self, v: Values) -> Lengths:
        scores = list(self.scores.values())
        powers = [math.exp(score) for score in scores]
        return Lengths(scores, powers, [power / sum(powers) for power in powers])

    def draw(self, v: Values, data: Lengths) -> Scene:
        names, bottom = list(self.scores), _TOP + _STEP * len(self.scores)
        scene = Scene(height=bottom + 158)
        room = max(text_width(name, NARROW) for name in names) + 20
        zero, reach, far = room + 104, 50, max(abs(score) for score in data.scores) or 1
        left, track = room + 250, 760 - room - 330
        scene.text(room, 18, "1  scores: any numbers", bold=True)
        scene.text(left, 18, "2  e to the score: positive", bold=True)
        scene.line([(zero, _TOP - 12), (zero, bottom - 4)], role="muted", width=1)
        for place, name in enumerate(names):
            y, role, score = _TOP + _STEP * place, _ROLES[place], data.scores[place]
            scene.text(room - 12, y + 12, name, align="right", bold=True)
            end = zero + reach * score / far
            scene.rect(min(zero, end), y, abs(end - zero), 24, fill=role, opacity=0.6)
            text_at, align = (end + 6, "left") if score >= 0 else (end - 6, "right")
            scene.text(text_at, y + 12, number(score), align=align)
            end = scene.bar(
                left, y, track, 24, data.powers[place] / max(data.powers), role, on_track=False, opacity=0.6
            )
            scene.text(end + 6, y + 12, f"{data.powers[place]:.2f}")
        scene.text(
            8, bottom + 26, f"3  each divided by their sum, {sum(data.powers):.2f}: parts of one whole", bold=True
        )
        self._whole(scene, bottom + 44, names, data)
        return scene

    def _whole(self, scene: Scene, y: float, names: list[str], data: Lengths) -> None:
        """One bar of length 1, cut into the shares; a narrow part has its name below, at the end of a line."""
        x, wide = 8.0, 744.0
        narrow: list[tuple[str, str, float]] = []  # words, role and middle of parts that cannot hold their words
        for place, (name, share) in enumerate(zip(names, data.shares, strict=True)):
            scene.rect(x, y, wide * share, 36, fill=_ROLES[place], stroke="paper", opacity=0.6, width=2)
            words, middle = f"{name} {share:.1%}", x + wide * share / 2
            if _long(words) + 10 < wide * share:
                scene.text(middle, y + 18, words, align="center", bold=True)
            else:
                narrow.append((words, _ROLES[place], middle))
            x += wide * share
        for (words, role, middle), left in zip(narrow, _beside(narrow, 8, 752), strict=True):
            scene.line([(middle, y + 36), (min(max(middle, left + 6), left + _long(words) - 6), y + 48)], role, 1.5)
            scene.text(left, y + 60, words, role=role, bold=True)
        scene.text(8, y + 88, "Positive lengths that sum to 1: shares.", "muted", size=12)

    def describe(self, v: Values, data: Lengths) -> str:
        steps = "; ".join(
            f"“{name}” {number(score)}, then {power:.2f}, then {share:.1%}"
            for name, score, power, share in zip(self.scores, *data, strict=True)
        )
        return (
            f"Scores become positive and then parts of one whole: {steps}. Equal steps of score are equal factors of "
            "length, not equal lengths."
        )


def _long(words: str) -> float:
    """How long bold words become on the narrowest page."""
    return text_width(words, NARROW) * 1.05


def _beside(named: list[tuple[str, str, float]], start: float, end: float) -> list[float]:
    """Left ends for words that would stand over their middles, moved so that none meets another or leaves the room."""
    lefts: list[float] = []
    for words, _, middle in named:
        lefts.append(max(middle - _long(words) / 2, start))
        start = lefts[-1] + _long(words) + 10
    for place in reversed(range(len(lefts))):
        lefts[place] = min(lefts[place], end - _long(named[place][0]))
        end = lefts[place] - 10
    return lefts
