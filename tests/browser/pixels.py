"""The colours a picture should have, and those it has."""

from __future__ import annotations

from typing import Any

import numpy as np
from playwright.sync_api import Locator


def centres(heat: dict[str, Any]) -> list[list[float]]:
    """The centre of each cell of a heat map, in logical pixels, row by row."""
    rows, columns = heat["shape"]
    width, height = heat["w"] / columns, heat["h"] / rows
    return [
        [heat["x"] + (column + 0.5) * width, heat["y"] + (row + 0.5) * height]
        for row in range(rows)
        for column in range(columns)
    ]


def colours_at_cell_centres(picture: Locator, heat: dict[str, Any]) -> np.ndarray:
    """(cells, 3) red, green, blue, 0 to 255, read from the canvas."""
    got = picture.evaluate("(picture, points) => tester.colours(picture, points)", centres(heat))
    return np.array(got, dtype=float)


def expected_colours(heat: dict[str, Any]) -> np.ndarray:
    """(cells, 3) what Matplotlib's colour map gives for the heat map's numbers.

    The picture draws its map between fewer stops than Matplotlib's 256, so it may differ by a few steps of 255.
    """
    from matplotlib import colormaps

    values = np.array(heat["numbers"], dtype=float)
    share = np.clip((values - heat["low"]) / (heat["high"] - heat["low"]), 0, 1)
    return np.round(colormaps[heat["palette"]](share)[:, :3] * 255)
