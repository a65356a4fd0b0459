"""What every demo shares: a computation, a picture, controls, a still, a text alternative, sentences for bad input.

A demo declares its controls as class attributes and writes three methods. `v` holds the values of the controls at one
moment, frozen; the same `v` gives the same picture, always. What the learner does arrives in the handlers `on_change`,
`on_press`, `on_enter` and `on_drag`; only they set controls. What is no control, such as a model, is kept on `self`.

    class Powers(Demo):
        title = "Powers"
        base = Slider("base", 1, 5, value=2)
        grow = Buttons("grow", ["by one"])

        def __init__(self, most: int = 5, **values) -> None:
            super().__init__(**values)
            self.most = most

        def on_press(self, name, index):
            if self.base == 5:
                raise BadInput("The base cannot grow beyond 5.")
            self.base += 1

        def compute(self, v):                                     # plain data, tested without a kernel
            return [v.base**n for n in range(self.most)]

        def draw(self, v, data):                                  # -> Scene
            scene = Scene(height=40 * len(data))
            rows = [(f"power {n}", power, "output", power == data[-1]) for n, power in enumerate(data)]
            scene.bars(90, 10, rows, track=400, step=40, most=data[-1], form="{:.0f}")
            return scene

        def describe(self, v, data):                              # the finding, in words
            return f"The last power of {v.base} is {data[-1]}."

Shown in a notebook it is live; where no kernel runs it is a still picture with its description.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import make_dataclass
from typing import TYPE_CHECKING, Any

import ipywidgets

from unravelling.demos.controls import BadInput, Buttons, Control, Entry, Select, Slider, State, Text, Toggle
from unravelling.drawing.picture import Picture
from unravelling.drawing.scene import Scene
from unravelling.models.errors import ModelError

__all__ = ["BadInput", "Buttons", "Demo", "Entry", "Scene", "Select", "Slider", "State", "Text", "Toggle", "Values"]


class Values:
    """What the controls of a demo stood at, at one moment: `v.layer`. Nobody can set them."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


class _DrawnAtOnce(type):
    """Draws a new demo after its whole `__init__`, so that an error of `compute` fails the cell that made it."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        demo = super().__call__(*args, **kwargs)
        demo._live = True
        demo.redraw()
        return demo


class Demo(metaclass=_DrawnAtOnce):
    """Base class. `__init__` may take what the demo works on; call `super().__init__()` before touching a control.

    Attributes: controls (name -> ipywidget), data (what compute returned last), scene, description, problem (the
    sentence of the last bad input, or ""), picture (the widget), box (all widgets together).
    bad_input: errors whose sentence is told to the learner and leaves the last good picture in place.
    """

    title = ""
    bad_input: tuple[type[Exception], ...] = (BadInput, ModelError)
    declared: dict[str, Control]
    _values: type[Values]
    _live = _in_picture = False

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        cls.declared = _declared(cls)
        inputs = [name for name, control in cls.declared.items() if control.is_input]
        cls._values = make_dataclass(f"{cls.__name__}Values", inputs, bases=(Values,), frozen=True)

    def __init__(self, **values: Any) -> None:
        self.data: Any = None
        self.scene: Scene | None = None
        self.description = ""
        self.problem = ""
        shown = {name: control for name, control in self.declared.items() if not isinstance(control, State)}
        self.controls: dict[str, ipywidgets.Widget] = {name: control.build() for name, control in shown.items()}
        Slider.align(self.controls, self.declared)
        self.picture = Picture(control_names=[control.accessible_name for control in shown.values()])
        row = ipywidgets.HBox(list(self.controls.values()), layout={"flex_flow": "row wrap", "align_items": "center"})
        self.box = ipywidgets.VBox([row, self.picture] if self.controls else [self.picture])
        self.box.add_class("unravelling-demo")
        if any(isinstance(control, Entry) for control in shown.values()):
            self.box.add_class("unravelling-game")
        for name, value in values.items():
            if name not in self.declared:
                raise TypeError(
                    f"{type(self).__name__} has no control '{name}': it has {', '.join(self.declared) or 'none'}."
                )
            setattr(self, name, value)
        for name, control in shown.items():
            control.listen(self, self.controls[name])
        self.picture.observe(lambda change: self._hear_drag(change["new"]), names="drag")
        self.picture.observe(lambda change: self._hear_pick(change["new"]), names="pick")

    @property
    def values(self) -> Values:
        """The values of the controls as they are now, frozen: what `compute`, `draw` and `describe` work from."""
        return self._values(**{name: getattr(self, name) for name, each in self.declared.items() if each.is_input})

    def compute(self, v: Any) -> Any:
        """Plain data from the values of the controls. Raise BadInput(sentence) where there is nothing to show."""
        raise NotImplementedError

    def draw(self, v: Any, data: Any) -> Scene:
        """The picture of what compute returned."""
        raise NotImplementedError

    def describe(self, v: Any, data: Any) -> str:
        """The finding in one or two sentences: caption, alt text and plain text."""
        raise NotImplementedError

    def on_change(self, name: str) -> None:
        """The control `name` has a new value. Set other controls here; the picture is drawn once, afterwards."""

    def on_press(self, name: str, index: int) -> None:
        """Button `index` (from 0) of the Buttons `name` was pressed. BadInput(sentence) if it cannot be done now."""

    def on_enter(self, name: str, text: str) -> None:
        """Enter was pressed in the Entry `name` and `text` stood there. BadInput(sentence) if it cannot be used."""

    def on_drag(self, name: str, x: float, y: float) -> None:
        """A handle was dragged to (x, y), in data coordinates if axes placed it, else in pixels. Set controls here."""

    def button_labels(self, v: Any, data: Any) -> Mapping[str, Sequence[str]]:
        """What Buttons offer, by the name of the control, where it follows from what compute returned."""
        return {}

    def set_options(self, name: str, options: list[Any]) -> None:
        """New options for a Select or Toggle; the chosen one stays if it is among them, else the first is chosen."""
        self.refuse_in_picture(name)
        widget = self.controls[name]
        values = [o[1] if isinstance(o, tuple) else o for o in options]
        with self.hold_redraw():
            chosen = widget.value
            widget.options = options
            if chosen in values:
                widget.value = chosen

    def set_range(self, name: str, low: float, high: float, value: float | None = None) -> None:
        """New ends for a Slider; its value is kept, moved into the range, or set to `value`, which must lie in it.

        A page that hears of a new value before it hears of the range around it cuts the value at the old end and sends
        that back. So the range first grows to hold both values, then the value moves, then the range shrinks: three
        messages, after each of which the value lies in the range. For whole numbers only: of a fraction a page sends
        back what its own rounding made of the old value, perhaps after the new one has been set.
        """
        self.refuse_in_picture(name)
        widget = self.controls[name]
        if not isinstance(widget, ipywidgets.IntSlider):
            raise TypeError(f"'{self.declared[name].label}' has fractions, and only whole numbers get a new range.")
        if not low <= high:
            raise ValueError(
                f"'{self.declared[name].label}' needs its low end below its high end, not {low} and {high}."
            )
        with self.hold_redraw():
            new = min(max(widget.value, low), high) if value is None else value
            widget.max, widget.min = max(high, widget.max), min(low, widget.min)
            widget.value = new if low <= new <= high else widget.value
            widget.min, widget.max = low, high
            setattr(self, name, new)

    @contextmanager
    def hold_redraw(self) -> Iterator[None]:
        """Set several controls and draw once: `with self.hold_redraw(): self.x = 1; self.y = 2`."""
        was_live, self._live = self._live, False
        try:
            yield
        finally:
            self._live = was_live
        if was_live:
            self.redraw()

    def act(self, handler: Callable[..., None], *given: Any) -> None:
        """Let a handler do what the learner asked for, then draw once. If it refuses, the picture stays as it is."""
        self.refuse_in_picture(given[0])
        if not self._live:
            return
        try:
            with self.hold_redraw():
                handler(*given)
        except self.bad_input as problem:
            self.problem = self.picture.problem = str(problem)

    def redraw(self) -> None:
        """Compute and draw with the controls as they are. Bad input leaves the last good picture in place."""
        v = self.values
        try:
            for name, control in self.declared.items():
                if control.is_input:
                    control.validate(getattr(v, name))
            with self._from_values_alone():
                data = self.compute(v)
        except self.bad_input as problem:
            self.problem = self.picture.problem = str(problem)
            return
        with self._from_values_alone():
            scene, description = self.draw(v, data), str(self.describe(v, data))
            offered = self.button_labels(v, data)
        for name, labels in offered.items():
            setattr(self, name, labels)
        self.data, self.scene, self.description, self.problem = data, scene, description, ""
        self.picture.show(scene, description)

    @contextmanager
    def _from_values_alone(self) -> Iterator[None]:
        self._in_picture = True
        try:
            yield
        finally:
            self._in_picture = False

    def refuse_in_picture(self, name: str) -> None:
        """RuntimeError while compute, draw or describe is at work: a picture depends on `v` alone and sets nothing."""
        if self._in_picture:
            raise RuntimeError(
                f"A picture of {type(self).__name__} touches the control '{name}': compute, draw and describe read "
                f"v.{name}, and only on_change, on_press, on_enter and on_drag set it."
            )

    def close(self) -> None:
        """Take the demo off the page and free its widgets."""
        parts = (part for widget in self.controls.values() for part in getattr(widget, "children", ()))
        for widget in (*parts, *self.controls.values(), self.picture, *self.box.children, self.box):
            widget.close()

    def _hear_drag(self, drag: dict[str, Any]) -> None:
        if not drag or self.scene is None:
            return
        name, x, y = drag["name"], float(drag["x"]), float(drag["y"])
        if name in self.scene.inverses:
            x, y = self.scene.inverses[name].invert(x, y)
        self.act(self.on_drag, name, x, y)

    def _hear_pick(self, pick: dict[str, Any]) -> None:
        if self.scene is None or not any(
            mark["kind"] == "picks" and (mark["control"], mark["value"]) == (pick.get("control"), pick.get("value"))
            for mark in self.scene.marks
        ):
            return  # of a picture that is gone
        setattr(self, pick["control"], pick["value"])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        from unravelling.drawing.still import still

        words = self.problem or self.description
        bundle: dict[str, Any] = {
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.box.model_id,
            },
            "text/plain": f"{self.title}: {words}" if self.title else words,
        }
        if self.scene is None:
            bundle["text/html"] = f"<p>{html.escape(words)}</p>"
        else:
            png = base64.b64encode(still(self.scene)).decode()
            bundle["image/png"] = png
            bundle["text/html"] = (
                f'<img alt="{html.escape(words, quote=True)}" width="{self.scene.width:g}" '
                f'style="max-width:100%;height:auto" src="data:image/png;base64,{png}">'
            )
        # In Colab the picture says where the code is that shows widgets of other packages; elsewhere this is empty.
        shown = self.picture._repr_mimebundle_()
        metadata = shown[1] if isinstance(shown, tuple) else {}
        return bundle, metadata


def _declared(demo: type) -> dict[str, Control]:
    """Controls of a demo class and its bases, in the order in which they were written; one that is written again
    stands at its second place."""
    found: dict[str, Control] = {}
    for base in reversed(demo.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, Control):
                found.pop(name, None)
                found[name] = value
    return found
