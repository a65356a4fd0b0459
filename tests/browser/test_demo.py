"""What every demo promises, on one small demo of the tests' own: keyboard, numbers, pixels, words, speed."""

# What these imports need may not be here, and a sentence must say so first.
# ruff: noqa: E402

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.house.demanded import need_packages

need_packages("BROWSER", "playwright", "axe_playwright_python", "psutil")

from .controls import PUSH_BUTTONS, move_all, picture_of, shown, slider, type_into
from .latency import along, best_percentile, follow_times
from .made import GAME, GROWS, STRIPES, write
from .notebook import Notebook
from .pixels import colours_at_cell_centres, expected_colours
from .recomputed import differences


@pytest.fixture(scope="module")
def stripes(lab, chromium) -> Iterator[Notebook]:
    with Notebook(lab, chromium, write(lab, "stripes", STRIPES)) as notebook:
        notebook.run_all()
        yield notebook


@pytest.fixture
def demo(stripes: Notebook):
    (demo,) = stripes.demos()
    return demo


def test_a_key_press_shows_the_numbers_of_the_new_value(stripes: Notebook, demo) -> None:
    size = slider(demo, "Size")
    size.focus()
    for expected in (5, 6):
        before = shown(picture_of(demo))
        stripes.page.keyboard.press("ArrowRight")
        stripes.page.wait_for_function(
            "([p, b]) => tester.shown(p) !== b", arg=[picture_of(demo).element_handle(), before]
        )
        (heat,) = picture_of(demo).evaluate("picture => tester.heats(picture)")
        wanted = np.arange(expected**2) / (expected**2 - 1) / 2
        np.testing.assert_allclose(heat["numbers"], wanted, atol=1e-6)


def test_the_canvas_shows_each_number_in_the_colour_of_the_map(stripes: Notebook, demo) -> None:
    picture = picture_of(demo)
    (heat,) = picture.evaluate("picture => tester.heats(picture)")
    differences = np.abs(colours_at_cell_centres(picture, heat) - expected_colours(heat))
    assert differences.max() <= 8


def test_every_control_moves_by_keyboard_and_the_picture_follows(stripes: Notebook, demo) -> None:
    moves = list(move_all(stripes, demo))
    assert [move.name for move in moves] == ["Size", "Power", "columns"]
    assert all(move.changed for move in moves), moves


@pytest.mark.parametrize(("foolish", "sentence"), [("", "is empty"), ("word " * 3000, "3,000 words")])
def test_foolish_input_gets_a_sentence_and_the_picture_stays(
    stripes: Notebook, demo, foolish: str, sentence: str
) -> None:
    picture = picture_of(demo)
    field = demo.locator("input[type=text]").first
    before = shown(picture)
    type_into(stripes, field, foolish)
    alert = demo.get_by_role("alert").filter(has_text=sentence)
    alert.wait_for(timeout=5_000)
    assert shown(picture) == before
    type_into(stripes, field, "some words")
    alert.wait_for(state="hidden", timeout=5_000)


def test_sliders_stand_where_the_picture_says_after_every_new_range(lab, chromium) -> None:
    with Notebook(lab, chromium, write(lab, "grows", GROWS)) as notebook:
        notebook.run_all()
        (demo,) = notebook.demos()
        for press in (0, 1, 0, 2, 0, 2, 1):
            demo.locator(PUSH_BUTTONS).nth(press).click()
            notebook.settle()
            low, high, asked = [(0, 39, 39), (0, 2, 0), (90, 95, 90)][press]
            stands = [float(slider(demo, name).get_attribute("aria-valuenow")) for name in ("Place", "Twice")]
            assert stands == [asked, 2 * asked]  # a page that cuts a value sends that back, and then all agree
            assert differences(notebook, demo) == []
            for key, end in (("Home", low), ("End", high), ("Home", low)):
                for name, factor in (("Place", 1), ("Twice", 2)):
                    slider(demo, name).focus()
                    notebook.page.keyboard.press(key)
                    notebook.settle()
                    assert float(slider(demo, name).get_attribute("aria-valuenow")) == end * factor
                assert differences(notebook, demo) == []
        assert notebook.problems() == []


def test_tab_after_shift_and_enter_reaches_the_demo_once(lab, chromium) -> None:
    with Notebook(lab, chromium, write(lab, "leads", GAME, "#md Words below.", "1 + 1")) as notebook:
        keyboard = notebook.page.keyboard
        notebook.page.locator(".jp-Notebook .jp-Cell .cm-content").first.click()
        keyboard.press("Shift+Enter")
        notebook.page.wait_for_selector(".unravelling-demo canvas", timeout=20_000)
        notebook.settle()
        keyboard.press("Tab")
        assert notebook.page.evaluate("document.activeElement.matches('.unravelling-demo input')")
        notebook.page.locator(".jp-MarkdownCell").first.click()
        keyboard.press("Tab")
        assert not notebook.page.evaluate("Boolean(document.activeElement.closest('.unravelling-demo'))")


def test_after_a_click_in_a_game_the_next_letter_goes_into_the_field(lab, chromium) -> None:
    with Notebook(lab, chromium, write(lab, "game", GAME)) as notebook:
        notebook.run_all()
        (demo,) = notebook.demos()
        field = "document.activeElement.matches('.unravelling-demo input')"
        demo.locator(PUSH_BUTTONS).first.click()
        assert notebook.page.evaluate(field)
        demo.locator(PUSH_BUTTONS).first.focus()
        notebook.page.keyboard.press("Space")
        notebook.settle()
        assert not notebook.page.evaluate(field)  # who presses keys stays where she is


@pytest.mark.timed
def test_the_picture_follows_a_key_within_100_ms(stripes: Notebook, demo) -> None:
    control = slider(demo, "Size")
    rounds = best_percentile(lambda: follow_times(stripes, demo, along(stripes, control)), 100)
    assert min(rounds) < 100, f"95th percentiles, ms: {rounds}"


def test_nothing_went_wrong_meanwhile(stripes: Notebook) -> None:
    assert stripes.problems() == []
    assert stripes.foreign == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious(stripes: Notebook, dark: bool) -> None:
    stripes.theme(dark)
    assert stripes.serious_faults() == []


def test_nothing_is_wider_than_a_narrow_window(stripes: Notebook) -> None:
    stripes.page.set_viewport_size({"width": 800, "height": 900})
    stripes.settle()
    assert stripes.page.evaluate("tester.overflowing()") == []
