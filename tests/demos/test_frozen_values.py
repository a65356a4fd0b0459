"""The frozen values that pictures are computed from, and that a picture has no other way to the controls."""

from __future__ import annotations

import dataclasses

import pytest

from unravelling.demos.base import Buttons, Demo, Scene, Select, Slider, State


class Named(Demo):
    """A demo with a control of each sort; `touch` is what its method `where` does to them."""

    size = Slider("size", 1, 5)
    which = Select("which", ["one", "two"])
    offers = Buttons("offers", ["a"])
    past = State(())
    where = ""

    def touch(self) -> None: ...

    def _maybe(self, name: str) -> None:
        if name == self.where:
            self.touch()

    def compute(self, v):
        self._maybe("compute")

    def draw(self, v, data):
        self._maybe("draw")
        return Scene(100, 50 + len(v.past))

    def describe(self, v, data):
        self._maybe("describe")
        return f"{len(v.past)} things"

    def button_labels(self, v, data):
        self._maybe("button_labels")
        return {}


def test_the_values_of_the_controls_are_frozen_and_equal_where_they_are_the_same():
    one, other = Named(size=3), Named(size=3)
    assert one.values == other.values and len({one.values, other.values}) == 1
    v = one.values
    with pytest.raises(dataclasses.FrozenInstanceError):
        v.size = 4
    one.size = 4
    assert (v.size, one.values.size) == (3, 4)


TOUCHES = {
    "reads a control": lambda demo: demo.size,
    "sets a control": lambda demo: setattr(demo, "size", 3),
    "sets a widget": lambda demo: setattr(demo.controls["size"], "value", 3),
    "sets buttons": lambda demo: setattr(demo, "offers", ["b"]),
    "reads buttons": lambda demo: demo.offers,
    "reads a state": lambda demo: demo.past,
    "sets a state": lambda demo: setattr(demo, "past", (1,)),
    "sets options": lambda demo: demo.set_options("which", ["one", "two", "three"]),
    "sets a range": lambda demo: demo.set_range("size", 0, 9),
}


@pytest.mark.parametrize("method", ["compute", "draw", "describe", "button_labels"])
@pytest.mark.parametrize("touch", TOUCHES.values(), ids=list(TOUCHES))
def test_a_picture_that_touches_a_control_is_a_fault(method, touch):
    demo = Named()
    demo.where, demo.touch = method, lambda: touch(demo)
    with pytest.raises(RuntimeError, match="A picture of Named touches the control"):
        demo.redraw()
    demo.where = ""
    demo.size = 2  # a fault does not leave the controls locked
    assert demo.values.size == 2 and demo.past == () and demo.controls["which"].options == ("one", "two")


def test_a_state_has_no_widget_and_the_picture_follows_it():
    demo, other = Named(), Named()
    demo.past = (*demo.past, "a")
    assert demo.description == "1 things" and demo.scene.height == 51 and demo.values.past == ("a",)
    assert other.past == () and "past" not in demo.controls
    assert [each["label"] for each in demo.picture.control_names] == ["size", "which", "offers"]
