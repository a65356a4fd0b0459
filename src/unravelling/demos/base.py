"""What every demo shares: a computation, a picture, controls, a still, a text alternative, sentences for bad input.

A demo declares its controls as class attributes and writes three methods:

    class Powers(Demo):
        title = "Powers"
        base = Slider("base", 1, 5)

        def compute(self): return [self.base ** n for n in range(5)]          # plain data, tested without a kernel
        def draw(self, data): ...                                             # -> Scene
        def describe(self, data): return f"The fourth power is {data[4]}."    # the finding, in words

Shown in a notebook it is live; where no kernel runs it is a still picture with its description.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Callable
from typing import Any

import ipywidgets

from unravelling.demos.controls import BadInput, Buttons, Control, Entry, Select, Slider, Text, Toggle
from unravelling.drawing.picture import Picture
from unravelling.drawing.scene import Scene

__all__ = ["BadInput", "Buttons", "Demo", "Entry", "Scene", "Select", "Slider", "Text", "Toggle"]


class _DrawnAtOnce(type):
    """Draws a new demo after its whole `__init__`, so that an error of `compute` fails the cell that made it."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        demo = super().__call__(*args, **kwargs)
        demo._awake = True
        demo.redraw()
        return demo


class Demo(metaclass=_DrawnAtOnce):
    """Base class. `__init__` may take what the demo works on; call `super().__init__()` before touching a control.

    Attributes: controls (name -> ipywidget), data (what compute returned last), scene, description, problem (the
    sentence of the last BadInput, or ""), picture (the widget), box (all widgets together).
    """

    title = ""

    def __init__(self, **values: Any) -> None:
        self._awake = False
        self.data: Any = None
        self.scene: Scene | None = None
        self.description = ""
        self.problem = ""
        self.declared: dict[str, Control] = _declared(type(self))
        self.controls: dict[str, ipywidgets.Widget] = {name: control.build() for name, control in self.declared.items()}
        self.picture = Picture(control_names=[control.spoken for control in self.declared.values()])
        row = ipywidgets.HBox(list(self.controls.values()), layout={"flex_flow": "row wrap", "align_items": "center"})
        self.box = ipywidgets.VBox([row, self.picture] if self.controls else [self.picture])
        self.box.add_class("unravelling-demo")
        if any(isinstance(control, Entry) for control in self.declared.values()):
            self.box.add_class("unravelling-game")
        for name, value in values.items():
            if name not in self.declared:
                raise TypeError(
                    f"{type(self).__name__} has no control '{name}': it has {', '.join(self.declared) or 'none'}."
                )
            setattr(self, name, value)
        for name, control in self.declared.items():
            control.listen(self, self.controls[name])
        self.picture.observe(self._dragged, names="drag")

    def compute(self) -> Any:
        """Plain data from the values of the controls. Raise BadInput(sentence) where there is nothing to show."""
        raise NotImplementedError

    def draw(self, data: Any) -> Scene:
        """The picture of what compute returned."""
        raise NotImplementedError

    def describe(self, data: Any) -> str:
        """The finding in one or two sentences: caption, alt text and plain text."""
        raise NotImplementedError

    def dragged(self, name: str, x: float, y: float) -> None:
        """A handle was dragged to (x, y), in data coordinates if axes placed it, else in pixels. Set controls here."""

    def changed(self, name: str) -> None:
        """The control `name` has a new value. Set other controls here; the picture is drawn once, afterwards."""

    def pressed(self, name: str, index: int) -> None:
        """Button `index` (from 0) of the Buttons `name` was pressed. BadInput(sentence) if it cannot be done now."""

    def entered(self, name: str, text: str) -> None:
        """Enter was pressed in the Entry `name` and `text` stood there. BadInput(sentence) if it cannot be used."""

    def set_options(self, name: str, options: list[Any]) -> None:
        """New options for a Select or Toggle; the chosen one stays if it is among them, else the first is chosen."""
        widget = self.controls[name]
        values = [o[1] if isinstance(o, tuple) else o for o in options]
        with self.together():
            chosen = widget.value
            widget.options = options
            if chosen in values:
                widget.value = chosen

    def set_range(self, name: str, low: float, high: float, value: float | None = None) -> None:
        """New ends for a Slider; its value is kept, moved into the range, or set to `value`."""
        widget = self.controls[name]
        if not low <= high:
            raise ValueError(
                f"'{self.declared[name].label}' needs its low end below its high end, not {low} and {high}."
            )
        with self.together(), widget.hold_sync():  # one message for all three
            if low > widget.max:  # ipywidgets refuses a minimum above the maximum even for a moment
                widget.max, widget.min = high, low
            else:
                widget.min, widget.max = low, high
            if value is not None:
                setattr(self, name, value)

    def together(self) -> _Together:
        """Set several controls and draw once: `with self.together(): self.x = 1; self.y = 2`."""
        return _Together(self)

    def redraw(self) -> None:
        """Compute and draw with the controls as they are. Bad input leaves the last good picture in place."""
        try:
            for name, control in self.declared.items():
                control.check(getattr(self, name))
            data = self.compute()
        except BadInput as problem:
            self.problem = self.picture.problem = str(problem)
            return
        scene, description = self.draw(data), str(self.describe(data))
        self.data, self.scene, self.description, self.problem = data, scene, description, ""
        self.picture.show(scene, description)

    def close(self) -> None:
        """Take the demo off the page and free its widgets."""
        parts = (part for widget in self.controls.values() for part in getattr(widget, "children", ()))
        for widget in (*parts, *self.controls.values(), self.picture, *self.box.children, self.box):
            widget.close()

    def _changed(self, change: Any) -> None:
        if self._awake:
            with self.together():
                self.changed(next(name for name, widget in self.controls.items() if widget is change["owner"]))

    def _pressed(self, name: str, index: int) -> None:
        self._act(lambda: self.pressed(name, index))

    def _entered(self, name: str, text: str) -> None:
        self._act(lambda: self.entered(name, text))

    def _act(self, act: Callable[[], None]) -> None:
        """What a button or an entry does; refused with BadInput it says so and leaves the picture alone."""
        try:
            with self.together():
                act()
        except BadInput as problem:
            self.problem = self.picture.problem = str(problem)

    def _dragged(self, change: Any) -> None:
        drag = change["new"]
        if not self._awake or not drag or self.scene is None:
            return
        name, x, y = drag["name"], float(drag["x"]), float(drag["y"])
        if name in self.scene.inverses:
            x, y = self.scene.inverses[name].invert(x, y)
        with self.together():
            self.dragged(name, x, y)

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


class _Together:
    """Holds drawing back while several controls are set, then draws once."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo

    def __enter__(self) -> None:
        self.was_awake, self.demo._awake = self.demo._awake, False

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.demo._awake = self.was_awake
        if self.was_awake and kind is None:
            self.demo.redraw()


def _declared(demo: type) -> dict[str, Control]:
    """Controls of a demo class and its bases, in the order in which they were written."""
    found: dict[str, Control] = {}
    for base in reversed(demo.__mro__):
        found.update((name, value) for name, value in vars(base).items() if isinstance(value, Control))
    return found
