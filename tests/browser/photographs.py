"""The README's pictures: a demo of lesson 04 in JupyterLab, light and dark. Written only when asked for."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

from .controls import set_slider
from .server import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from .notebook import Notebook

ASKED = os.environ.get("UNRAVELLING_WRITE_PICTURES") == "1"
FOLDER = ROOT / "docs" / "images"


def take(notebook: Notebook, demo: Locator) -> list[Path]:
    """Write docs/images/lesson-04-light.png and -dark.png, with the demo at the top of the window."""
    from PIL import Image

    FOLDER.mkdir(parents=True, exist_ok=True)
    # The head that looks from "it" to "piano", whatever tests did to the controls before.
    demo.get_by_role("button", name="encoder", exact=True).click()
    for name, value in (("layer", 3), ("head", 1), ("token that asks", 10)):
        set_slider(notebook, demo, name, value)
    demo.locator("[role=slider]").last.evaluate("handle => handle.blur()")
    written = []
    notebook.page.set_viewport_size({"width": 1200, "height": 820})
    for dark in (True, False):
        notebook.theme(dark)
        demo.evaluate("demo => demo.closest('.jp-Cell').scrollIntoView({block: 'start'})")
        notebook.page.mouse.move(2, 2)
        notebook.settle()
        file = FOLDER / f"lesson-04-{'dark' if dark else 'light'}.png"
        shot = Image.open(io.BytesIO(notebook.page.screenshot())).convert("RGB")
        shot.quantize(256, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
        written.append(file)
    return written
