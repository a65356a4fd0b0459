"""Small notebooks that the tests write for themselves into the served folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat

if TYPE_CHECKING:
    from .server import LabServer


def write(lab: LabServer, name: str, *sources: str) -> str:
    """A notebook of code cells; a source that begins with "#md" becomes a Markdown cell. Returns its served path."""
    cells = [
        nbformat.v4.new_markdown_cell(source[3:].strip())
        if source.startswith("#md")
        else nbformat.v4.new_code_cell(source)
        for source in sources
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"made-{number}"
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    folder = lab.notebooks / "made"
    folder.mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), folder / f"{name}.ipynb")
    return f"made/{name}.ipynb"


STUB_MODEL = """
import numpy as np
class Stub:
    name = "stub"
    def attention(self, text):
        tokens = text.split()
        scores = np.exp(np.random.default_rng(0).normal(size=(3, 4, len(tokens), len(tokens))))
        return tokens, (scores / scores.sum(-1, keepdims=True)).astype(np.float32)
"""

STRIPES = """
import numpy as np
from unravelling.demos.base import BadInput, Demo, Scene, Select, Slider, Text, Toggle
class Stripes(Demo):
    title = "Stripes"
    size = Slider("Size", 2, 12, value=4, unit="cells")
    power = Select("Power", ["one", "two", "three"])
    way = Toggle("Way", ["rows", "columns"])
    words = Text("Words", "some words")
    def compute(self, v):
        n = v.size
        ramp = (np.arange(n * n).reshape(n, n) / (n * n - 1)) ** (1 + ["one", "two", "three"].index(v.power))
        return (ramp if v.way == "rows" else ramp.T) / len(v.words.split())
    def draw(self, v, data):
        scene = Scene(height=300)
        names = [f"token{i}" for i in range(len(data))]
        scene.heat(120, 60, 220, 220, data, rows=names, columns=names, label="stripes")
        return scene
    def describe(self, v, data):
        return f"The largest of {data.size} numbers is {data.max():.2f}."
demo = Stripes()
demo
"""

# What one message says comes in the order of a set, which is another in each process: here always the value first.
GROWS = """
import ipywidgets
in_some_order = ipywidgets.Widget.get_state
ipywidgets.Widget.get_state = lambda self, *given, **more: dict(
    sorted(in_some_order(self, *given, **more).items(), reverse=True))
from unravelling.demos.base import Buttons, Demo, Scene, Slider
class Grows(Demo):
    place = Slider("Place", 0, 3, value=1)
    twice = Slider("Twice", 0, 6, value=2)
    jump = Buttons("jump", ["to the last of 40", "to the first of 3", "from 90"])
    def on_press(self, name, index):
        low, high, value = [(0, 39, 39), (0, 2, 0), (90, 95, None)][index]
        self.set_range("place", low, high, value=value)
        self.set_range("twice", 2 * low, 2 * high, value=None if value is None else 2 * value)
    def compute(self, v):
        return v.place
    def draw(self, v, data):
        scene = Scene(height=60)
        scene.text(20, 30, f"{v.place} and {v.twice}")
        return scene
    def describe(self, v, data):
        return f"At {v.place} and {v.twice}."
demo = Grows()
demo
"""

GAME = """
from unravelling.demos.base import Buttons, Demo, Entry, Scene, State
class Game(Demo):
    guess = Entry("Guess")
    other = Buttons("instead", ["give up"])
    turns = State(0)
    def on_enter(self, name, text):
        self.turns += 1
    def on_press(self, name, index):
        self.turns += 1
    def compute(self, v):
        return v.turns
    def draw(self, v, data):
        scene = Scene(height=60)
        scene.text(20, 30, f"turn {data}")
        return scene
    def describe(self, v, data):
        return f"Turn {data}."
Game()
"""
