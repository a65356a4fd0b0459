"""The controls of a demo, moved with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Error, Locator

from .notebook import Notebook

PUSH_BUTTONS = ".unravelling-buttons button:visible"
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


def move_all(notebook: Notebook, demo: Locator) -> Iterator[Moved]:
    """Move every slider, list, group of buttons, push button and entry of a demo once, one after the other.

    Controls with a single value are left out, and so are fields for sentences, which stay as they are typed.
    """
    # Found anew by number each time: a control may be drawn again when another changes its options.
    for kind, move in (
        ("[role=slider]", _move_slider),
        ("select", _move_list),
        (".widget-toggle-buttons", _move_toggle),
    ):
        for number in range(demo.locator(kind).count()):
            control = demo.locator(kind).nth(number)
            if _can_move(control):
                yield move(notebook, demo, control)
    buttons = demo.locator(PUSH_BUTTONS)
    for number in range(buttons.count()):
        if number < buttons.count() and buttons.nth(number).is_enabled():  # what one does may hide another
            name = buttons.nth(number).inner_text()
            moved = _press(notebook, demo, buttons.nth(number), "Space")
            refused = bool(demo.evaluate("demo => tester.state(demo).problem"))  # with a sentence, which is compared
            yield Moved(name, moved or refused)
    if is_entry(demo):
        picture, field = picture_of(demo), demo.locator("input[type=text]").first
        before = shown(picture)
        type_into(notebook, field, "e")
        yield Moved("entry", wait_for_change(notebook, picture, before))


def is_entry(demo: Locator) -> bool:
    """Whether the field of this demo takes one thing after the other and is cleared each time, as in a game."""
    return demo.evaluate("demo => demo.classList.contains('unravelling-game')")


def choose(notebook: Notebook, demo: Locator, option: str) -> None:
    """Focus the button of a group that says `option`, press Space, and wait for the picture."""
    button = demo.locator(".widget-toggle-buttons").get_by_role("button", name=option, exact=True)
    if not button.evaluate("button => button.classList.contains('mod-active')"):
        assert _press(notebook, demo, button, "Space"), f"Space on {option} changed nothing"


def _can_move(control: Locator) -> bool:
    return control.evaluate(
        """control => control.role === 'slider'
            ? control.offsetParent &&
              Number(control.getAttribute('aria-valuemax')) > Number(control.getAttribute('aria-valuemin'))
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
