"""Buttons and entries: what the learner presses, and what she types for the demo to take."""

from __future__ import annotations

import asyncio

import ipywidgets
import pytest

from unravelling.demos.base import BadInput, Buttons, Demo, Entry, Scene, State

# Traits that ipywidgets 7.7.1 has, from its documentation: Colab ships that version.
OF_7_7 = {
    "Button": "description icon tooltip button_style style layout disabled",
    "Label": "value placeholder description style layout",
    "Text": "value placeholder description continuous_update style layout disabled",
}


class Letters(Demo):
    """Collects what is entered; the buttons write for the learner."""

    title = "Letters"
    letter = Entry("letter", placeholder="one")
    press = Buttons("press", ["a", "b"], most=3, show_label=True)
    collected = State("")

    def on_enter(self, name: str, text: str) -> None:
        if len(text) != 1:
            raise BadInput(f"'{name}' takes one letter.")
        self.collected += text

    def on_press(self, name: str, index: int) -> None:
        self.on_enter(name, self.press[index])

    def compute(self, v) -> str:
        return v.collected

    def draw(self, v, data: str) -> Scene:
        scene = Scene(100, 50)
        scene.text(10, 10, data)
        return scene

    def describe(self, v, data: str) -> str:
        return f"So far {data}."


def buttons_of(demo: Letters) -> list[ipywidgets.Button]:
    return [each for each in demo.controls["press"].children if isinstance(each, ipywidgets.Button)]


def test_a_press_reaches_the_demo_with_its_name_and_number_and_the_picture_follows():
    demo = Letters()
    buttons_of(demo)[1].click()
    buttons_of(demo)[0].click()
    assert demo.data == "ba" and demo.picture.caption == "So far ba."


def test_labels_of_buttons_can_change_and_the_buttons_stay_the_same_ones():
    demo = Letters()
    before = buttons_of(demo)
    demo.press = ["x", "y", "z"]
    assert demo.press == ("x", "y", "z") and buttons_of(demo) == before
    demo.press = ["x"]
    assert demo.press == ("x",) and [each.layout.display for each in before] == [None, "none", "none"]
    for wrong in (["a", "b", "c", "d"], "abc", [1]):
        with pytest.raises(ValueError, match="'press' takes a list of at most 3 labels"):
            demo.press = wrong
    assert Letters().press == ("a", "b"), "another demo of the class has its own labels"


def test_what_buttons_offer_may_follow_from_the_data():
    class Offering(Letters):
        def button_labels(self, v, data: str) -> dict[str, list[str]]:
            return {"press": [data[-1:].upper() or "a"]}

    demo = Offering()
    for _ in range(2):
        buttons_of(demo)[0].click()
    assert demo.data == "aA" and demo.press == ("A",)
    assert not hasattr(demo.values, "press") and not hasattr(demo.values, "letter"), "what is offered is no input"


def test_an_entry_is_taken_and_cleared_also_when_the_same_comes_twice():
    demo = Letters()
    for _ in range(2):
        demo.controls["letter"].value = "e"
        assert demo.controls["letter"].value == "" == demo.letter
    assert demo.data == "ee" and demo.picture.caption == "So far ee."


def test_a_refused_entry_or_press_leaves_the_picture_and_says_why():
    demo = Letters()
    before = demo.picture.scene
    demo.controls["letter"].value = "no"
    assert demo.problem == demo.picture.problem == "'letter' takes one letter." and demo.picture.scene == before
    demo.controls["letter"].value = "y"
    assert demo.problem == demo.picture.problem == "" and demo.data == "y"


def test_enter_on_an_empty_entry_reaches_the_demo_but_not_the_enter_of_what_was_just_taken():
    demo = Letters()
    field = demo.controls["letter"]
    field.value = "e"
    field._handle_custom_msg({"event": "submit"}, [])
    assert demo.problem == ""
    fresh = Letters()
    fresh.controls["letter"]._handle_custom_msg({"event": "submit"}, [])
    assert fresh.problem == "'letter' takes one letter."


def test_the_enter_that_comes_before_its_text_is_not_taken_for_an_empty_one():
    """The browser sends the key first and the text after it."""

    async def browser(demo: Letters, text: str) -> None:
        demo.controls["letter"]._handle_custom_msg({"event": "submit"}, [])
        if text:
            demo.controls["letter"].value = text
        await asyncio.sleep(Entry.patience + 0.1)

    typed, empty = Letters(), Letters()
    asyncio.run(browser(typed, "e"))
    asyncio.run(browser(empty, ""))
    assert (typed.problem, typed.data) == ("", "e")
    assert empty.problem == "'letter' takes one letter."


def test_closing_a_demo_closes_its_buttons_too():
    demo = Letters()
    buttons = buttons_of(demo)
    demo.close()
    assert all(each.comm is None for each in buttons)


def test_only_traits_that_ipywidgets_7_7_has_are_used(monkeypatch):
    given = {}
    for kind in OF_7_7:
        made = getattr(ipywidgets, kind)
        monkeypatch.setattr(
            ipywidgets,
            kind,
            lambda kind=kind, made=made, **traits: given.setdefault(kind, set()).update(traits) or made(**traits),
        )
    Letters()
    assert set(given) == set(OF_7_7)
    for kind, traits in given.items():
        assert traits <= set(OF_7_7[kind].split()), kind


def test_the_picture_is_told_the_names_of_buttons_and_entries_for_screen_readers():
    names = [(each["kind"], each["label"]) for each in Letters().picture.control_names]
    assert names == [("text", "letter"), ("buttons", "press")]
