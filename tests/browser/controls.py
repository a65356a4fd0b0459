"""The controls of a demo, moved with the keyboard alone, and how long the picture takes to follow."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Error, Locator

from .notebook import Notebook

REDRAWS_WITHIN = 8_000  # ms; whether that is quick enough is measured elsewhere


@dataclass(frozen=True)
class Moved:
    """What one control did: its name, and whether the picture's marks or numbers changed."""

    name: str
    changed: bool


def picture_of(demo: Locator) -> Locator:
    return demo.locator(".unravelling-picture").first


def shown(picture: Locator) -> str:
    """The marks and the numbers that the picture shows, as one text."""
    return picture.evaluate("picture => tester.shown(picture)")


def slider(demo: Locator, name: str) -> Locator:
    """The handle of the slider whose accessible name is `name`."""
    return demo.get_by_role("slider", name=name, exact=True)


def sliders(demo: Locator) -> list[Locator]:
    return demo.locator("[role=slider]").all()


def move_all(notebook: Notebook, demo: Locator) -> list[Moved]:
    """Move every slider, list and group of buttons of a demo once. Controls with a single value are left out."""
    moves = []
    # Found anew by number each time: a control may be drawn again when another changes its options.
    for kind, move in (
        ("[role=slider]", _move_slider),
        ("select", _move_list),
        (".widget-toggle-buttons", _move_toggle),
    ):
        for number in range(demo.locator(kind).count()):
            control = demo.locator(kind).nth(number)
            if _can_move(control):
                moves.append(move(notebook, demo, control))
    return moves


def _can_move(control: Locator) -> bool:
    return control.evaluate(
        """control => control.role === 'slider'
            ? Number(control.getAttribute('aria-valuemax')) > Number(control.getAttribute('aria-valuemin'))
            : (control.options ?? control.querySelectorAll('button')).length > 1"""
    )


def _move_slider(notebook: Notebook, demo: Locator, control: Locator) -> Moved:
    name = control.get_attribute("aria-label") or "(a slider without a name)"
    return Moved(name, _press(notebook, demo, control, arrow(control)))


def arrow(control: Locator) -> str:
    """The arrow key that moves a slider: to the right, or to the left at its right end."""
    at_end = control.evaluate("c => Number(c.getAttribute('aria-valuenow')) >= Number(c.getAttribute('aria-valuemax'))")
    return "ArrowLeft" if at_end else "ArrowRight"


def _move_list(notebook: Notebook, demo: Locator, control: Locator) -> Moved:
    name = control.evaluate(
        "c => c.labels?.[0]?.innerText || c.getAttribute('aria-label') || '(a list without a name)'"
    )
    last = control.evaluate("c => c.selectedIndex === c.options.length - 1")
    return Moved(name, _press(notebook, demo, control, "ArrowUp" if last else "ArrowDown"))


def _move_toggle(notebook: Notebook, demo: Locator, control: Locator) -> Moved:
    other = control.locator("button:not(.mod-active)").first
    return Moved(other.inner_text(), _press(notebook, demo, other, "Space"))


def _press(notebook: Notebook, demo: Locator, control: Locator, key: str) -> bool:
    """Press a key on a control; True if the picture then shows something else."""
    picture = picture_of(demo)
    before = shown(picture)
    control.focus()
    notebook.page.keyboard.press(key)
    return wait_for_change(notebook, picture, before)


def wait_for_change(notebook: Notebook, picture: Locator, before: str) -> bool:
    try:
        notebook.page.wait_for_function(
            "([picture, before]) => tester.shown(picture) !== before",
            arg=[picture.element_handle(), before],
            timeout=REDRAWS_WITHIN,
        )
    except Error:
        return False
    return True


def response_times(notebook: Notebook, demo: Locator, control: Locator, presses: int = 32) -> list[float]:
    """Milliseconds from each press of an arrow key on a slider to the picture that shows its new value.

    Measured in the page: from the time stamp of the key event to the attribute that the picture sets once it has drawn,
    and only if its marks or numbers differ from those before. Nothing else is asked of the page meanwhile.
    """
    picture = picture_of(demo)
    element = picture.element_handle()
    demo.scroll_into_view_if_needed()
    element.evaluate("picture => tester.watch(picture)")
    control.focus()
    key = arrow(control)
    for press in range(presses):
        notebook.page.keyboard.press(key)
        try:
            notebook.page.wait_for_function(
                "([picture, count]) => picture.tester.took.length > count", arg=[element, press], timeout=REDRAWS_WITHIN
            )
        except Error as error:
            raise AssertionError(f"The picture did not follow {key}.") from error
        notebook.page.wait_for_timeout(40)
        if _at_either_end(control):
            key = "ArrowLeft" if key == "ArrowRight" else "ArrowRight"
    return element.evaluate("picture => tester.unwatch(picture)")


def best_percentile(notebook: Notebook, demo: Locator, control: Locator, wanted: float, rounds: int = 2) -> list[float]:
    """95th percentiles of up to `rounds` rounds of presses, ending with the first below `wanted` ms.

    A second round, since another job on the machine can make one slow that is quick; no third.
    """
    found: list[float] = []
    while len(found) < rounds and not (found and found[-1] < wanted):
        found.append(percentile(response_times(notebook, demo, control), 0.95))
    return found


def set_slider(notebook: Notebook, demo: Locator, name: str, value: int) -> None:
    """Press arrow keys until the slider stands at `value`."""
    handle = slider(demo, name)
    handle.focus()
    for _ in range(200):
        now = float(handle.get_attribute("aria-valuenow"))
        if now == value:
            return
        notebook.page.keyboard.press("ArrowRight" if now < value else "ArrowLeft")
    raise AssertionError(f"The slider {name} did not reach {value}.")


def _at_either_end(control: Locator) -> bool:
    return control.evaluate(
        """c => [c.getAttribute('aria-valuemin'), c.getAttribute('aria-valuemax')]
            .map(Number).includes(Number(c.getAttribute('aria-valuenow')))"""
    )


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * round(share * 100) // 100) - 1)]


def type_into(notebook: Notebook, field: Locator, text: str) -> None:
    """Replace what a text field holds, as by pasting, and press Enter."""
    field.focus()
    field.fill(text)
    notebook.page.keyboard.press("Enter")


def answer_each_option(notebook: Notebook, question: Locator) -> list[str]:
    """Walk through a question's options with the arrow keys, choose each with Space; return what it then says."""
    options, feedback = question.locator("input[type=radio]"), question.locator(".unravelling-feedback")
    said: list[str] = []
    for place in range(options.count()):
        if place == 0:
            options.first.focus()
        else:
            notebook.page.keyboard.press("ArrowDown")
        option = options.nth(place)
        assert option.evaluate("option => option === document.activeElement"), "ArrowDown left the question"
        notebook.page.keyboard.press("Space")
        assert option.is_checked()
        feedback.filter(has_text=".").wait_for(timeout=5_000)
        said.append(feedback.inner_text())
    return said
