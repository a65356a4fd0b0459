"""Every demo: its picture and description follow from the frozen values of its controls and nothing else."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import ipywidgets
import pytest

from tests.demos.demo_examples import EXAMPLES, MODULES, NEEDS_MODELS
from tests.drawing.overlaps import overlaps
from unravelling import demos
from unravelling.demos.base import Demo

EACH = [pytest.param(name, marks=[pytest.mark.models] if name in NEEDS_MODELS else []) for name in EXAMPLES]


@pytest.mark.parametrize("module", MODULES)
def test_every_demo_of_a_module_is_among_the_examples(module: str) -> None:
    shown = vars(getattr(demos, module)).values()
    classes = {each.__name__ for each in shown if inspect.isclass(each) and issubclass(each, Demo)}
    assert classes and classes <= set(EXAMPLES)


@pytest.mark.parametrize("name", EACH)
def test_the_same_values_give_the_same_picture_and_words_in_a_fresh_demo(name: str, pretrained) -> None:
    demo, seen = EXAMPLES[name](pretrained), set()
    for moved in _moved(demo):
        fresh, v = EXAMPLES[name](pretrained), demo.values
        with fresh._from_values_alone():  # whoever reads a control or sets one is a fault here
            data = fresh.compute(v)
            scene, words = fresh.draw(v, data), fresh.describe(v, data)
        assert (scene.spec, scene.numbers) == (demo.scene.spec, demo.scene.numbers), moved
        assert words == demo.description, moved
        seen.add(repr(scene.spec) + words)
    still = not demo.controls and not any(mark["kind"] == "handle" for mark in demo.scene.marks)
    assert still or len(seen) > 1, "nothing was moved"


@pytest.mark.parametrize("name", EACH)
def test_drawing_again_moves_no_control_and_changes_no_picture(name: str, pretrained) -> None:
    demo = EXAMPLES[name](pretrained)
    for moved in _moved(demo):
        before = _standing(demo)
        demo.redraw()
        assert _standing(demo) == before, moved


@pytest.mark.parametrize("name", EACH)
def test_writing_keeps_apart_and_inside_on_wide_and_narrow_pages(name: str, pretrained) -> None:
    demo, found = EXAMPLES[name](pretrained), set()
    for moved in _moved(demo):
        for shown in (500, 600, 760, 880):
            found |= {f"{each}, {shown} px wide, {moved}" for each in overlaps(demo.scene, shown)}
    assert not found


def _standing(demo: Demo) -> tuple:
    traits = ["value", "min", "max", "options", "description"]
    widgets = [(name, [repr(getattr(each, t, None)) for t in traits]) for name, each in demo.controls.items()]
    return widgets, demo.values, demo.scene.spec, demo.scene.numbers, demo.description


def _moved(demo: Demo) -> Iterator[str]:
    """The demo as it is, then after each control was moved and each handle dragged."""
    yield "at first"
    for name, widget in demo.controls.items():
        before = getattr(widget, "value", None)
        if hasattr(widget, "options"):
            widget.value = [each[1] if isinstance(each, tuple) else each for each in widget.options][-1]
        elif isinstance(widget, ipywidgets.Text):
            widget.value = f"{before} and another"
        elif hasattr(widget, "max"):
            widget.value = widget.min if before != widget.min else widget.max
        else:
            next(each for each in widget.children if isinstance(each, ipywidgets.Button) and each.description).click()
        if not demo.problem:
            yield name
        elif before:  # refused: go on from what was good
            widget.value = before
        else:
            demo.redraw()
    for handle in [mark for mark in demo.scene.marks if mark["kind"] == "handle"]:
        demo.picture.drag = {"name": handle["name"], "x": handle["x"] + 21.3, "y": handle["y"] - 17}
        yield f"handle {handle['name']}"
