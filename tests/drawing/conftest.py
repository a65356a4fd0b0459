from __future__ import annotations

import numpy as np
import pytest

from unravelling.drawing.scene import Scene


@pytest.fixture
def every_mark() -> Scene:
    """A scene in which every kind of mark occurs, with awkward texts and numbers."""
    scene = Scene(760, 420)
    names = ["$\\frac$", "<b>", "日本"]
    scene.heat(
        80, 80, 120, 120, [[0, 0.5, 1], [np.nan, -2, 3], [0.1, 0.2, 0.3]], names, names, digits=1, label="head 0"
    )
    scene.heat(240, 80, 60, 60, np.eye(3), palette="cividis", show_labels=False)
    scene.scale_bar(240, 170, label="weight")
    axes = scene.axes(400, 60, 200, 120, (0, 10), (-1, 1), "step", "loss (bits)", title="a title")
    axes.plot(range(11), np.sin(range(11)), "output", label="model", dash=True)
    axes.bars([2, 4], [0.5, -0.5], digits=2)
    axes.points([1, 20], [0, 0], labels=["v", "outside"])
    axes.arrow(0, 0, 5, 0.5, "key", "k")
    axes.handle("q", 3, 0.5, "query", "query")
    scene.arrow(10, 300, 10, 300, label="no length")
    scene.rect(20, 300, 40, 20, fill=None, stroke="ink", radius=6)
    scene.circle(100, 310, 8, fill="good", stroke="bad")
    scene.text(150, 310, "turned", angle=30, bold=True, mono=True)
    scene.tokens(20, 350, ["it", "was"], [0.2, 0.8], chosen=0)
    return scene
