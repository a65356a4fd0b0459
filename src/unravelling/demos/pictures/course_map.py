"""The course as a road of sixteen modules, with the place where the reader stands."""

from __future__ import annotations

from typing import NamedTuple

from unravelling.course_modules import MODULES
from unravelling.demos.base import Demo, Scene, Values
from unravelling.demos.pictures.parts import LINE, lines, wrapped

TITLES = {
    "00": "Start here",
    "01": "What is a language model?",
    "02": "Tokens and embeddings",
    "03": "Recurrent networks, and why they were replaced",
    "04": "Attention",
    "05": "The transformer, encoder and decoder",
    "06": "Build and train a GPT",
    "07": "BERT and GPT",
    "08": "Reading a pretrained model",
    "09": "Choosing the next word",
    "10": "Few-shot prompting",
    "11": "Measuring bias",
    "12": "Truth and privacy",
    "13": "Cost, energy and small devices",
    "14": "From predictor to assistant",
    "15": "Capstone: audit a language model",
}
STRETCHES = (
    ("counting, and networks that carry a note", ("00", "01", "02", "03")),
    ("the transformer and its two families", ("04", "05", "06", "07", "08", "09")),
    ("using, measuring, limiting, aligning", ("10", "11", "12", "13", "14", "15")),
)
_STEP, _ROW, _R = 122, 132, 17


class Stop(NamedTuple):
    """One module on the road. state: "here", "written" or "not yet"."""

    number: str
    title: str
    stretch: int
    state: str


class CourseMap(Demo):
    """here: the number of the lesson that the reader is in, such as "04". small: one line of numbers, for a head."""

    title = "The road through the course"

    def __init__(self, here: str = "00", small: bool = False) -> None:
        super().__init__()
        if here not in TITLES:
            raise ValueError(f"There is no module '{here}': the numbers go from 00 to 15, in two digits.")
        self.here, self.small = here, small

    def compute(self, v: Values) -> list[Stop]:
        return [
            Stop(
                number,
                TITLES[number],
                stretch,
                "here" if number == self.here else "written" if number in MODULES else "not yet",
            )
            for stretch, (_, numbers) in enumerate(STRETCHES)
            for number in numbers
        ]

    def draw(self, v: Values, data: list[Stop]) -> Scene:
        return _one_line(data) if self.small else _three_rows(data)

    def describe(self, v: Values, data: list[Stop]) -> str:
        here = next(stop for stop in data if stop.state == "here")
        after = data[data.index(here) + 1 :]
        written = next((stop for stop in after if stop.state == "written"), None)
        onwards = f" The next one that is written is {written.number}, “{written.title}”." if written else ""
        pale = [stop.number for stop in data if stop.state == "not yet"]
        return (
            f"You are in {here.number}, {here.title.removesuffix('?')}: stretch {here.stretch + 1} of "
            f"{len(STRETCHES)}, {STRETCHES[here.stretch][0]}.{onwards} Pale "
            f"and not written yet: {', '.join(pale)}."
        )


def _three_rows(data: list[Stop]) -> Scene:
    scene = Scene(height=3 * _ROW + 26)
    for row, (name, numbers) in enumerate(STRETCHES):
        y = 52 + _ROW * row
        scene.text(102 if row else 14, y - 32, f"{row + 1}  {name}", role="muted", bold=True)
        last = 75 + _STEP * (len(numbers) - 1)
        scene.line([(75, y), (last, y)], role="grid", width=10)
        if row + 1 < len(STRETCHES):
            bend = y + _ROW - 48
            scene.line([(last, y), (752, y), (752, bend), (75, bend)], role="grid", width=3)
            scene.arrow(75, bend, 75, y + _ROW - _R, role="grid", width=3)
    for number, title, row, state in data:
        place = STRETCHES[row][1].index(number)
        x, y = 75 + _STEP * place, 52 + _ROW * row
        _stop(scene, x, y, number, state)
        words = wrapped(title.partition(", and")[0].replace(", encoder and decoder", ""), _STEP - 8)
        top = y + _R + 12 + LINE * (len(words) - 1) / 2
        lines(scene, x, top, words, role="muted" if state == "not yet" else "ink", bold=state == "here", size=12)
    scene.text(738, 78, "gold: you are here", role="accent", size=12, align="right", bold=True)
    scene.text(738, 102, "pale: not written yet", role="muted", size=12, align="right")
    return scene


def _one_line(data: list[Stop]) -> Scene:
    scene, y = Scene(height=112), 48
    step, left = 45.5, 38
    scene.line([(left, y), (left + step * 15, y)], role="grid", width=8)
    for place, (number, title, _, state) in enumerate(data):
        x = left + step * place
        _stop(scene, x, y, number, state)
        if state == "here":
            align = "left" if place < 4 else "right" if place > 11 else "center"
            edge = {"left": x - _R, "right": x + _R, "center": x}[align]
            short = title.partition(", and")[0].replace(", encoder and decoder", "")
            scene.text(edge, 16, f"you are here: {short}", role="accent", bold=True, align=align)
    first = 0
    for words, (_, numbers) in zip(("counting, networks", "transformers", "use and limits"), STRETCHES, strict=True):
        start, end = left + step * first - _R, left + step * (first + len(numbers) - 1) + _R
        scene.line([(start, y + 28), (end, y + 28)], role="muted", width=1)
        scene.text((start + end) / 2, y + 46, words, role="muted", align="center", size=12)
        first += len(numbers)
    return scene


def _stop(scene: Scene, x: float, y: float, number: str, state: str) -> None:
    """The disc of one module; the paper below hides the road."""
    scene.circle(x, y, _R, fill="paper")
    if state == "here":
        scene.circle(x, y, _R + 4, fill=None, stroke="accent", width=3)
    fill = {"here": "accent", "written": "query", "not yet": None}[state]
    scene.circle(x, y, _R, fill=fill, stroke=fill or "grid", opacity=0.25, width=1.6)
    scene.text(x, y, number, role="muted" if state == "not yet" else "ink", align="center", bold=state == "here")
