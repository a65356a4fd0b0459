"""Milliseconds from a key press to the changed picture, for every control of every demo that keys can move."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Error, Frame, Locator

from ..browser.chromium import browser
from ..browser.controls import PUSH_BUTTONS, choose, is_entry, picture_of, sliders, type_into
from ..browser.latency import along, bertviz_times, follow_times, fresh_sentences, percentile, through_buttons, typing
from ..browser.lessons import attention_demos
from ..browser.notebook import Notebook
from ..browser.server import LabServer
from .report import Speed

FEW = 20  # presses where each costs a forward pass, or makes a text longer that may not grow without end
LETTERS = "etaoinsrhldcumfpgwybvk"  # one guess after the other in a game


class Measurement(NamedTuple):
    """What is measured, and how: a function that presses keys and returns milliseconds."""

    name: str
    measure: Callable[[], list[float]]


def speeds_of(notebooks: list[str], presses: int, folder: Path) -> Iterator[Speed]:
    """Every control of every demo of the lessons, in JupyterLab. notebooks: paths like "course/04_attention.ipynb"."""
    if not notebooks:
        return
    with browser() as chromium, LabServer(folder / "lab") as lab:
        for path in notebooks:
            with Notebook(lab, chromium, path) as notebook:
                notebook.run_all()
                for number, demo in enumerate(notebook.demos(), 1):
                    title = demo.get_attribute("data-title") or source_of(demo) or f"demo {number}"
                    for measurement in measurements(notebook, demo, presses):
                        yield _speed(path, title, measurement)
                for frame in notebook.frames_of_bertviz():
                    if frame.get_by_label("Layer", exact=True).count():
                        yield _speed(path, "bertviz_view", _of_bertviz(notebook, frame, presses))


def _speed(path: str, title: str, measurement: Measurement) -> Speed:
    print(f"{path}: {title}, {measurement.name}", file=sys.stderr, flush=True)
    try:
        took = measurement.measure()
    except AssertionError:
        return Speed(path, title, measurement.name, None, None)
    return Speed(path, title, measurement.name, statistics.median(took), percentile(took, 0.95))


def measurements(notebook: Notebook, demo: Locator, presses: int) -> Iterator[Measurement]:
    """The controls of a demo; one that shows models' heads is measured with each model."""

    def timed(name: str, press: Callable[[], Callable[[], None]], count: int = presses) -> Measurement:
        return Measurement(name, lambda: follow_times(notebook, demo, press(), count))

    shows_heads = bool(attention_demos([demo]))
    groups = demo.locator(".widget-toggle-buttons")
    named = groups.first.locator("button").all_inner_texts() if shows_heads else []
    models = named if {"encoder", "decoder"} <= set(named) else [""]
    for model in models:
        if model:
            choose(notebook, demo, model)
        of_model = f" ({model})" if model else ""
        for control in sliders(demo):
            name = control.get_attribute("aria-label") or "slider"
            yield timed(name + of_model, lambda control=control: along(notebook, control))
        if not is_entry(demo):
            for field in demo.locator("input[type=text]").all():
                good = field.input_value()
                for what, words in (("sentence", 17 if shows_heads else 10), ("word", 1)):
                    texts = fresh_sentences(words, seed=len(model))
                    taken = _takes(notebook, demo, field, next(texts))
                    if taken:
                        name = f"a new {what}{of_model}"
                        yield timed(name, lambda field=field, texts=texts: typing(notebook, field, texts), FEW)
                    _put_back(notebook, demo, field, good)
                    if taken:  # else it is a field for one word, or for a row of numbers
                        break
    for control in demo.locator("select").all():
        if control.locator("option").count() < 2:  # one model alone: there is nothing to choose
            continue
        yield timed("list", lambda control=control: along(notebook, control))
    for group in groups.all():
        yield timed("buttons, one chosen", lambda group=group: through_buttons(notebook, group))
    if is_entry(demo):
        field = demo.locator("input[type=text]").first
        yield timed("entry", lambda: typing(notebook, field, iter(LETTERS)), FEW)
    elif demo.locator(PUSH_BUTTONS).count():
        yield timed("push button", lambda: _pushing(notebook, demo.locator(PUSH_BUTTONS).first), FEW)


def _takes(notebook: Notebook, demo: Locator, field: Locator, text: str) -> bool:
    """Whether the demo has no complaint about a sentence in this field."""
    type_into(notebook, field, text)
    try:
        picture_of(demo).get_by_role("alert").filter(has_text=".").wait_for(timeout=2_000)
    except Error:
        return True
    return False


def _put_back(notebook: Notebook, demo: Locator, field: Locator, text: str) -> None:
    """What stood there before, and its picture: a late one would be taken for the answer to the next press."""
    type_into(notebook, field, text)
    picture_of(demo).get_by_role("alert").filter(has_text=".").wait_for(state="hidden", timeout=8_000)
    notebook.page.wait_for_function("tester.kernel()?.status === 'idle'")


def _pushing(notebook: Notebook, button: Locator) -> Callable[[], None]:
    button.focus()
    return lambda: notebook.page.keyboard.press("Space")


def _of_bertviz(notebook: Notebook, frame: Frame, presses: int) -> Measurement:
    return Measurement("layer", lambda: bertviz_times(notebook, frame, presses))


def source_of(demo: Locator) -> str:
    """The name of the demo's class, read from the last line of the cell that shows it."""
    cell = "tester.cells().find(cell => cell.node.contains(demo))"
    source = demo.evaluate(f"demo => {cell}.model.sharedModel.getSource().trim().split('\\n').pop()")
    return source.partition("(")[0].rpartition(".")[2]
