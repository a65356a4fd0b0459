"""A live picture: shows a `Scene` on a canvas, its finding in words below it, and what is wrong with bad input.

The JavaScript beside this file draws; nothing is fetched from anywhere.
"""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

from unravelling.drawing.joined_modules import joined
from unravelling.drawing.scene import Scene

_HERE = Path(__file__).parent


class Picture(anywidget.AnyWidget):
    """scene: `Scene.spec`. numbers: `Scene.numbers`. caption: the finding. problem: a sentence, or "".

    control_names: one {kind, label, unit} for each control of the demo around it, in order; sliders of ipywidgets
    have no accessible name, so the picture gives them theirs. drag: {name, x, y} of a handle, in logical pixels,
    from the browser. pick: {control, value, time} of a place that was clicked, from the browser.
    """

    _esm = joined(_HERE / "picture.js")
    _css = (_HERE / "picture.css").read_text(encoding="utf-8")

    scene = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Bytes(b"").tag(sync=True)
    caption = traitlets.Unicode("").tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    control_names: traitlets.List[str] = traitlets.List().tag(sync=True)
    drag = traitlets.Dict().tag(sync=True)
    pick = traitlets.Dict().tag(sync=True)

    def show(self, scene: Scene, caption: str) -> None:
        """Show a new scene; all that changed goes to the browser in one message."""
        with self.hold_sync():
            self.numbers = scene.numbers
            self.scene = scene.spec
            self.caption = caption
            self.problem = ""
