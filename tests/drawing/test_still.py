"""The still picture."""

from __future__ import annotations

import io
import sys
import warnings

import numpy as np
from PIL import Image

from unravelling.drawing.scene import Scene
from unravelling.drawing.still import still


def _pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_every_mark_is_drawn_without_error_or_warning_on_an_opaque_white_ground(every_mark):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        png = still(every_mark)
    image = _pixels(png)
    assert image.shape[:2] == (735, 1330)
    assert (image[-1, -1] == 255).all()
    assert len(png) < 60_000


def test_each_mark_alone_leaves_something_on_the_page(every_mark):
    for mark in every_mark.marks:
        alone = Scene(every_mark.width, every_mark.height)
        alone.marks, alone._buffers = [mark], every_mark._buffers
        assert (_pixels(still(alone)) < 250).any(), mark


def test_cells_of_a_heat_map_have_sharp_edges_and_the_colours_of_their_values():
    scene = Scene(100, 100)
    scene.heat(0, 0, 100, 100, [[0, 1], [1, 0]])
    image = _pixels(still(scene, sharpness=1)).astype(int)
    dark, light = image[25, 25], image[25, 75]
    assert abs(dark - [68, 1, 84]).max() < 20 and abs(light - [253, 231, 37]).max() < 20
    assert abs(image[75, 75] - dark).max() < 5 and abs(image[25, 46] - dark).max() < 5, "no blur between cells"


def test_drawing_a_still_loads_no_pyplot(every_mark):
    before = "matplotlib.pyplot" in sys.modules
    still(every_mark)
    assert ("matplotlib.pyplot" in sys.modules) == before
