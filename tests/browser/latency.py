"""How long a picture takes to follow a key: sliders, lists, buttons, sentences, and BertViz's own list of layers.

Measured in the page: from the time stamp of the key event to the attribute that the picture sets once it has drawn, and
only if its marks or numbers differ from those before. Nothing else is asked of the page between the two.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from playwright.sync_api import Error, Frame, Locator

from .controls import REDRAWS_WITHIN, picture_of
from .notebook import Notebook

PRESSES = 32
# No two sentences made of these are alike, so no model has seen the one that comes next. About one token a word.
TEXT = (
    "the piano door narrow because it was too heavy men carried down street old house behind garden slowly while rain "
    "fell quietly and nobody saw where they had left"
)


def follow_times(notebook: Notebook, demo: Locator, press: Callable[[], None], presses: int = PRESSES) -> list[float]:
    """Milliseconds from each key press to the picture that shows what it did. AssertionError if it does not follow."""
    element = picture_of(demo).element_handle()
    demo.scroll_into_view_if_needed()
    element.evaluate("picture => tester.watch(picture)")
    for count in range(presses):
        press()
        _wait_for(notebook, "([picture, count]) => picture.tester.took.length > count", [element, count])
        notebook.page.wait_for_timeout(40)
    return element.evaluate("picture => tester.unwatch(picture)")


def along(notebook: Notebook, control: Locator) -> Callable[[], None]:
    """Arrow keys on a slider or a drop-down list, turning round at both ends."""
    control.focus()
    upright = control.evaluate("c => c.tagName === 'SELECT'")
    back, on = ("ArrowUp", "ArrowDown") if upright else ("ArrowLeft", "ArrowRight")
    key = [on]

    def press() -> None:
        at = control.evaluate(
            """c => c.tagName === 'SELECT'
                ? [c.selectedIndex, 0, c.options.length - 1]
                : ['now', 'min', 'max'].map((end) => Number(c.getAttribute(`aria-value${end}`)))"""
        )
        key[0] = back if at[0] >= at[2] else on if at[0] <= at[1] else key[0]
        notebook.page.keyboard.press(key[0])

    return press


def through_buttons(notebook: Notebook, group: Locator) -> Callable[[], None]:
    """Space on the next button of a group of which one is chosen."""
    buttons = group.locator("button")
    place = [buttons.evaluate_all("all => all.findIndex((one) => one.classList.contains('mod-active'))")]

    def press() -> None:
        place[0] = (place[0] + 1) % buttons.count()
        buttons.nth(place[0]).focus()
        notebook.page.keyboard.press("Space")

    return press


def typing(notebook: Notebook, field: Locator, texts: Iterator[str]) -> Callable[[], None]:
    """The next text pasted into a field, then Enter, from which the time is taken."""

    def press() -> None:
        field.focus()
        field.fill(next(texts))
        notebook.page.keyboard.press("Enter")

    return press


def fresh_sentences(words: int, seed: int) -> Iterator[str]:
    """Sentences of so many words, one after the other without end, never the same twice running, hardly ever again."""
    chance, known, last = random.Random(seed), TEXT.split(), ""
    while True:
        text = " ".join(chance.choice(known) for _ in range(words))
        if text != last:
            yield text
        last = text


def bertviz_times(notebook: Notebook, frame: Frame, presses: int = PRESSES) -> list[float]:
    """Milliseconds from each arrow key on BertViz's list of layers to its redrawn lines. Head view only."""
    chosen = frame.get_by_label("Layer", exact=True)
    chosen.scroll_into_view_if_needed()
    press = along(notebook, chosen)
    frame.evaluate("tester.watchLines()")
    for count in range(presses):
        press()
        _wait_for(frame, "count => tester.lines.took.length > count", count)
        notebook.page.wait_for_timeout(40)
    return frame.evaluate("tester.unwatchLines()")


def _wait_for(place: Notebook | Frame, condition: str, given: object) -> None:
    page = place.page if isinstance(place, Notebook) else place
    try:
        page.wait_for_function(condition, arg=given, timeout=REDRAWS_WITHIN)
    except Error as error:
        raise AssertionError("The picture did not follow a key.") from error


def best_percentile(measure: Callable[[], list[float]], wanted: float, rounds: int = 3) -> list[float]:
    """95th percentiles of up to `rounds` rounds of measuring, ending with the first below `wanted` ms.

    Up to three, since another job on the machine can make one slow that is quick.
    """
    found: list[float] = []
    while len(found) < rounds and not (found and found[-1] < wanted):
        found.append(percentile(measure(), 0.95))
    return found


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * round(share * 100) // 100) - 1)]
