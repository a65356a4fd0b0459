"""An exercise notebook as it is handed out: its checks show cards, its hints open, nothing breaks."""

# What these imports need may not be here, and a sentence must say so first.
# ruff: noqa: E402

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.house.demanded import need_packages

need_packages("BROWSER", "playwright", "axe_playwright_python", "psutil")

from .lessons import EXERCISES
from .notebook import Notebook


@pytest.fixture(scope="module", params=EXERCISES)
def exercises(request: pytest.FixtureRequest, lab, chromium) -> Iterator[Notebook]:
    with Notebook(lab, chromium, request.param) as notebook:
        notebook.run_all()
        yield notebook


def cells_with_role(notebook: Notebook, role: str) -> int:
    return notebook.page.evaluate(
        "role => tester.cells().filter(c => c.model.sharedModel.getMetadata().unravelling?.role === role).length", role
    )


def test_every_check_of_an_unsolved_exercise_shows_a_card_and_no_traceback(exercises: Notebook) -> None:
    cards = exercises.page.locator(".jp-OutputArea .unravelling-card")
    assert cards.count() == cells_with_role(exercises, "check") > 0
    other = [text for text in cards.all_text_contents() if "is not solved yet" not in text]
    assert other == []
    assert exercises.problems() == []
    assert exercises.foreign == []


def test_running_a_hint_cell_opens_nothing_and_its_button_opens_one_hint_after_the_other(exercises: Notebook) -> None:
    index = exercises.page.evaluate(
        "tester.panel().content.widgets.findIndex(c => c.model.sharedModel.getMetadata().unravelling?.role === 'hint')"
    )
    if index < 0:
        pytest.skip("this notebook has no hints")
    for _ in range(2):
        exercises.page.evaluate("async index => { await tester.runCell(index); }", index)
        exercises.settle()
        assert "none open yet" in exercises.page.evaluate("index => tester.outputText(index)", index)
    cell = exercises.page.evaluate_handle("index => tester.panel().content.widgets[index].node", index).as_element()
    for opened in ("1 of ", "2 of "):
        cell.wait_for_selector("button:has-text('Open the')").click()
        exercises.page.wait_for_function(
            "([index, text]) => tester.outputText(index).includes(text)", arg=[index, opened], timeout=5_000
        )


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious_in_outputs_and_prose(exercises: Notebook, dark: bool) -> None:
    exercises.theme(dark)
    assert exercises.serious_faults() == []


def test_nothing_is_wider_than_a_window_of_800_pixels(exercises: Notebook) -> None:
    exercises.page.set_viewport_size({"width": 800, "height": 900})
    exercises.settle()
    assert exercises.page.evaluate("tester.overflowing()") == []
