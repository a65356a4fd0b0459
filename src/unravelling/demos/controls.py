"""The controls a demo declares: each a class attribute that reads and sets an ipywidget of the instance.

Only what ipywidgets 7.7 and 8 share is used, since Colab ships 7.7.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable, Sequence
from typing import Any

import ipywidgets

_WIDE = {"description_width": "initial"}


class BadInput(Exception):
    """What the learner typed or chose cannot be shown. The message is a sentence that says what to do instead."""


def listed(text: str) -> list[str]:
    """The words of a text: what stands between spaces, commas and semicolons."""
    return [word for word in re.split(r"[\s,;]+", text) if word]


class Control:
    """One control. Read from an instance it is the value; from the class it is the declaration.

    is_input: whether its value is one of those that a picture is computed from, so that `v` has it.
    """

    kind = ""
    name = ""
    is_input = True

    def __init__(self, label: str) -> None:
        self.label = label

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, demo: Any, owner: type | None = None) -> Any:
        if demo is None:
            return self
        demo.refuse_in_picture(self.name)
        return demo.controls[self.name].value

    def __set__(self, demo: Any, value: Any) -> None:
        demo.refuse_in_picture(self.name)
        widget = demo.controls[self.name]
        self.validate_assignment(widget, value)
        widget.value = value

    def validate_assignment(self, widget: ipywidgets.Widget, value: Any) -> None:
        """Raise ValueError with a sentence if `value` cannot be set."""

    def validate(self, value: Any) -> None:
        """Raise BadInput if the value that is there cannot be computed with."""

    def build(self) -> ipywidgets.Widget:
        raise NotImplementedError

    def listen(self, demo: Any, widget: ipywidgets.Widget) -> None:
        """Tell the demo what the learner does with this control."""
        widget.observe(lambda _: demo.act(demo.on_change, self.name), names="value")

    @property
    def description(self) -> str:
        return self.label

    @property
    def accessible_name(self) -> dict[str, str]:
        """What the picture's JavaScript needs to name the control for screen readers."""
        return {"kind": self.kind, "label": self.label, "unit": getattr(self, "unit", "")}


class Slider(Control):
    """A number from `low` to `high`; whole numbers if low, high and step are whole numbers."""

    kind = "slider"

    def __init__(
        self,
        label: str,
        low: float,
        high: float,
        step: float = 1,
        value: float | None = None,
        unit: str = "",
        wide: int = 320,
    ) -> None:
        super().__init__(label)
        self.low, self.high, self.step, self.unit, self.wide = low, high, step, unit, wide
        self.value = low if value is None else value

    @property
    def description(self) -> str:
        return f"{self.label} ({self.unit})" if self.unit else self.label

    def build(self) -> ipywidgets.Widget:
        whole = all(isinstance(v, int) for v in (self.low, self.high, self.step, self.value))
        places = len(f"{self.step:.6f}".rstrip("0").partition(".")[2])
        slider = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
        return slider(
            value=self.value,
            min=self.low,
            max=self.high,
            step=self.step,
            description=self.description,
            continuous_update=True,
            readout=True,
            readout_format="d" if whole else f".{places}f",
            style=_WIDE,
            layout={"width": f"{max(self.wide, self.words + 180)}px", "max_width": "100%"},
        )

    @property
    def words(self) -> int:
        """Room for the whole description, in pixels: about 7 a letter. The track and the number need 180 more."""
        return 7 * len(self.description) + 10

    @staticmethod
    def align(sliders: dict[str, ipywidgets.Widget], declared: dict[str, Control]) -> None:
        """Tracks of three sliders or more begin one below the other, however their rows wrap."""
        found = [each for name in sliders if isinstance(each := declared[name], Slider)]
        if len(found) < 3:
            return
        room = max(each.words for each in found)
        for each in found:
            widget = sliders[each.name]
            widget.style.description_width = f"{room}px"
            widget.layout.width = f"{max(room + 180, *(other.wide for other in found))}px"

    def validate_assignment(self, widget: ipywidgets.Widget, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not widget.min <= value <= widget.max:
            raise ValueError(f"'{self.label}' must be a number from {widget.min} to {widget.max}, not {value!r}.")
        if isinstance(widget, ipywidgets.IntSlider) and not isinstance(value, int):
            raise ValueError(f"'{self.label}' must be a whole number, not {value!r}.")


class Select(Control):
    """One of several options from a drop-down list. options: strings, or (text, value) pairs."""

    kind = "select"

    def __init__(self, label: str, options: Iterable[Any] = (), value: Any = None) -> None:
        super().__init__(label)
        self.options, self.value = list(options), value

    def build(self) -> ipywidgets.Widget:
        texts = [str(o[0] if isinstance(o, tuple) else o) for o in self.options] or ["12345678"]
        wide = 7 * len(self.label) + 8 * max(map(len, texts)) + 70
        widget = ipywidgets.Dropdown(
            options=self.options,
            description=self.label,
            style=_WIDE,
            layout={"width": f"{min(max(wide, 160), 460)}px", "max_width": "100%"},
        )
        if self.value is not None:
            widget.value = self.value
        return widget

    def validate_assignment(self, widget: ipywidgets.Widget, value: Any) -> None:
        values = [o[1] if isinstance(o, tuple) else o for o in widget.options]
        if value not in values:
            shown = ", ".join(map(str, values[:12])) + (", ..." if len(values) > 12 else "")
            raise ValueError(f"'{self.label}' has no option {value!r}: choose one of {shown}.")


class Toggle(Select):
    """One of a few options, all in sight as buttons."""

    kind = "toggle"

    def build(self) -> ipywidgets.Widget:
        widget = ipywidgets.ToggleButtons(
            options=self.options,
            description=self.label,
            style={**_WIDE, "button_width": "auto"},
            layout={"max_width": "100%"},
        )
        if self.value is not None:
            widget.value = self.value
        return widget


class Text(Control):
    """The learner's own words, taken when she presses Enter or leaves the field. least: what an empty one lacks."""

    kind = "text"

    def __init__(self, label: str, value: str = "", most_words: int = 60, least: str = "at least one word") -> None:
        super().__init__(label)
        self.value, self.most_words, self.least = value, most_words, least

    @property
    def description(self) -> str:
        return f"{self.label} (press Enter)"

    def build(self) -> ipywidgets.Widget:
        return ipywidgets.Text(
            value=self.value,
            description=self.description,
            placeholder="Type, then press Enter",
            continuous_update=False,
            style=_WIDE,
            layout={"width": "100%", "max_width": "720px"},
        )

    def validate_assignment(self, widget: ipywidgets.Widget, value: Any) -> None:
        if not isinstance(value, str):
            raise ValueError(f"'{self.label}' must be text, not {type(value).__name__}.")

    def validate(self, value: str) -> None:
        words = len(value.split())
        if not words:
            raise BadInput(f"'{self.label}' is empty: type {self.least} and press Enter.")
        if words > self.most_words:
            raise BadInput(f"'{self.label}' has {words:,} words, and at most {self.most_words} fit here: shorten it.")
        if len(value) > 40 * self.most_words:
            raise BadInput(
                f"'{self.label}' has {len(value):,} characters; at most {40 * self.most_words:,} fit here: shorten it."
            )


class Entry(Control):
    """A field whose content is handed to `Demo.on_enter(name, text)` at Enter and then cleared for the next one.

    Its value is always "". Spaces count, unlike in Text. Enter on the empty field is handed over as "" too.
    """

    kind = "text"
    is_input = False
    patience = 0.25  # seconds

    def __init__(self, label: str, placeholder: str = "", wide: int = 320) -> None:
        super().__init__(label)
        self.placeholder, self.wide = placeholder, wide

    @property
    def description(self) -> str:
        return f"{self.label} (press Enter)"

    def build(self) -> ipywidgets.Widget:
        return ipywidgets.Text(
            description=self.description,
            placeholder=self.placeholder,
            continuous_update=False,
            style=_WIDE,
            layout={"width": f"{self.wide}px", "max_width": "100%"},
        )

    def validate_assignment(self, widget: ipywidgets.Widget, value: Any) -> None:
        if not isinstance(value, str):
            raise ValueError(f"'{self.label}' must be text, not {type(value).__name__}.")

    def listen(self, demo: Any, widget: ipywidgets.Widget) -> None:
        taken = [-self.patience]  # when something was taken last

        def take(change: Any) -> None:
            if change["new"]:
                taken[0] = time.monotonic()
                widget.value = ""
                demo.act(demo.on_enter, self.name, change["new"])

        def enter(_: Any, content: Any, buffers: Any) -> None:
            # The browser tells of the key before it sends what was typed: the field was empty only if nothing follows.
            before = time.monotonic() - self.patience

            def empty() -> None:
                if taken[0] <= before:
                    demo.act(demo.on_enter, self.name, "")

            if content.get("event") == "submit":
                try:
                    asyncio.get_running_loop().call_later(self.patience, empty)
                except RuntimeError:  # no loop, hence no browser that could still be sending
                    empty()

        widget.observe(take, names="value")
        widget.on_msg(enter)


class Buttons(Control):
    """A row of push buttons; `Demo.on_press(name, index)` hears of a press.

    Its value is the tuple of the labels and can be set, at most `most` of them: the buttons stay the same ones, so that
    the keyboard's focus stays where it is. An empty label hides its button. What they offer may follow from what was
    computed: see `Demo.button_labels`.
    """

    kind = "buttons"
    is_input = False

    def __init__(
        self, label: str, labels: Sequence[str] = (), most: int | None = None, show_label: bool = False
    ) -> None:
        super().__init__(label)
        self.labels, self.show_label = tuple(labels), show_label
        self.most = max(len(self.labels), 1) if most is None else most

    def __get__(self, demo: Any, owner: type | None = None) -> Any:
        if demo is None:
            return self
        demo.refuse_in_picture(self.name)
        labels = [button.description for button in self.buttons(demo.controls[self.name])]
        while labels and not labels[-1]:
            labels.pop()
        return tuple(labels)

    def __set__(self, demo: Any, value: Any) -> None:
        demo.refuse_in_picture(self.name)
        widget = demo.controls[self.name]
        self.validate_assignment(widget, value)
        self._write(widget, value)

    def buttons(self, widget: ipywidgets.Widget) -> list[ipywidgets.Button]:
        """The buttons of the built control, hidden ones included."""
        return list(widget.children[-self.most :])

    def validate_assignment(self, widget: ipywidgets.Widget, value: Any) -> None:
        if isinstance(value, str) or not all(isinstance(label, str) for label in value) or len(value) > self.most:
            raise ValueError(f"'{self.label}' takes a list of at most {self.most} labels, not {value!r}.")

    def build(self) -> ipywidgets.Widget:
        made = [ipywidgets.Button(layout={"width": "auto"}) for _ in range(self.most)]
        named = [ipywidgets.Label(value=self.label)] if self.show_label else []
        row = ipywidgets.HBox(
            [*named, *made], layout={"flex_flow": "row wrap", "align_items": "center", "max_width": "100%"}
        )
        row.add_class("unravelling-buttons")
        self._write(row, self.labels)
        return row

    def _write(self, widget: ipywidgets.Widget, labels: Sequence[str]) -> None:
        for place, button in enumerate(self.buttons(widget)):
            text = labels[place] if place < len(labels) else ""
            button.description, button.layout.display = text, None if text else "none"

    def listen(self, demo: Any, widget: ipywidgets.Widget) -> None:
        for place, button in enumerate(self.buttons(widget)):
            button.on_click(lambda _, place=place: demo.act(demo.on_press, self.name, place))


class State(Control):
    """What handlers remember and no widget shows: the guesses of a game, arrows that were dragged. `v` has it too.

    Give it values that cannot be changed in place, such as tuples, and set it anew instead.
    """

    def __init__(self, value: Any = None) -> None:
        super().__init__("")
        self.value = value

    def __get__(self, demo: Any, owner: type | None = None) -> Any:
        if demo is None:
            return self
        demo.refuse_in_picture(self.name)
        return vars(demo).get(self.name, self.value)

    def __set__(self, demo: Any, value: Any) -> None:
        demo.refuse_in_picture(self.name)
        vars(demo)[self.name] = value
        demo.act(demo.on_change, self.name)
