"""The code of a stop: shown beside the map, and opened in a cell to be edited."""

from __future__ import annotations

import inspect
import textwrap
from typing import Any

from torch import Tensor

from unravelling.demos.xray.catalogue import BY_NAME
from unravelling.demos.xray.forward_pass import Cursor, wanted
from unravelling.demos.xray.numbers import num
from unravelling.demos.xray.stop_picture import LEFT, NARROW, ROOM, heading, wrapped, written_shape
from unravelling.drawing.scene import Scene
from unravelling.drawing.text_metrics import short

_LINES = 52  # characters of code that fit beside the map, on a narrow page too
_OPERATORS = ("+ ", "- ", "* ", "/ ", "// ", "@ ")


def source_of(here: Cursor) -> str:
    """The source of the function in use at this stop."""
    try:
        return textwrap.dedent(inspect.getsource(here.function)).rstrip()
    except (OSError, TypeError):
        return f"# The source of {getattr(here.function, '__name__', 'this function')} is not at hand."


def runnable(here: Cursor) -> str:
    """The source of the function in use, with all that it needs to be run in a cell."""
    text = source_of(here)
    if not here.changed:  # what it calls of its own file stands before it
        called = [here.to(other) for other in here.function.__code__.co_names if other in BY_NAME]
        text = "\n\n\n".join([*map(source_of, called), text])
    return f"import torch\n\n\n{text}" if "torch." in text and not text.startswith("import") else text


def open_cell(demo: Any, here: Cursor) -> None:
    """The code in a new cell below, with the line that puts it into the demo; printed where there are no cells."""
    text, name, function = runnable(here), here.stop.name, here.function
    try:
        from IPython import get_ipython

        shell = get_ipython()
    except ImportError:
        shell = None
    if shell is None:
        print(text)
        return
    mine = next((given for given, value in shell.user_ns.items() if value is demo and given[0] != "_"), "xray")
    own = getattr(function, "__name__", name)
    own = own if own.isidentifier() and inspect.isfunction(function) else name
    shell.set_next_input(f'{text}\n\n\n{mine}.change("{name}", {own})')


def draw_code(scene: Scene, here: Cursor) -> None:
    """The lines of the stop's function, what it is given, and how far its values are from the model's own."""
    y = heading(scene, here, "your code for " if here.changed else "code of ") + 34
    lines = [part for line in source_of(here).splitlines() for part in folded(line)]
    scene.rect(LEFT - 6, y - 14, ROOM + 8, 19 * min(len(lines), 40) + 10, fill="grid", opacity=0.3, radius=4)
    for line in lines[:40]:
        scene.text(LEFT, y, short(line, _LINES), mono=True, size=12)
        y += 19
    y += 22
    for text in (given_words(here), same_words(here), f'To change it, run  xray.open("{here.stop.name}")  in a cell.'):
        for part in wrapped(text, ROOM, NARROW):
            scene.text(LEFT, y, part, role="muted" if text.startswith("given") else "ink")
            y += 19
        y += 4
    scene.height = max(scene.height, y + 8)


def folded(line: str, most: int = _LINES) -> list[str]:
    """A line of code in parts of at most `most` characters, if it can be broken: words at a space, code before an
    operator or behind the opening bracket of the longest arguments."""
    inset = len(line) - len(line.lstrip())
    if len(line) <= most:
        return [line]
    if line.lstrip()[:1] in ('"', "#"):
        cut, further = line.rfind(" ", inset + 1, most), inset
    else:
        cut, further = _break(line, inset, most), inset + 4
    if cut <= inset:
        return [line]
    return [line[:cut].rstrip(), *folded(" " * further + line[cut:].lstrip(), most)]


def _break(line: str, inset: int, most: int) -> int:
    """Where a long line of code is cut; below `inset` if nowhere."""
    opened: list[int] = []  # behind each bracket that is open
    brackets: list[tuple[int, int]] = []  # outermost ones: how long, and behind which place
    operators = [0]  # spaces outside of brackets, before an operator or behind a comma
    for place, character in enumerate(line):
        if character in "([{":
            opened.append(place + 1)
        elif character in ")]}" and opened:
            start = opened.pop()
            if not opened and start <= most:
                brackets.append((place - start, start))
        elif character == " " and not opened and inset < place <= most and _parts(line, place):
            operators.append(place)
    return operators[-1] or max(brackets, default=(0, 0))[1] or line.rfind(" ", inset + 1, most)


def _parts(line: str, place: int) -> bool:
    """Whether the space at `place` stands behind a comma or before an operator."""
    return line[place - 1] == "," or line[place + 1 :].startswith(_OPERATORS)


def given_words(here: Cursor) -> str:
    """What the function is given, with shapes."""
    said = []
    for name in wanted(here.function):
        value = here.given(name)
        if isinstance(value, Tensor):
            said.append(f"{name} {written_shape(value)}")
        elif isinstance(value, int | float):
            said.append(f"{name} = {value:g}")
        else:
            said.append(name)
    return f"given: {', '.join(said)}"


def same_words(here: Cursor) -> str:
    """How far the values of this stop are from what a hook on the model itself saw."""
    if here.stop.kind in ("words", "ids"):
        return "This is done before the model itself begins."
    far = here.run.difference(here.stop.name, here.layer)
    if far is None:
        return "The model has no module of its own for this stop; the stops after it are compared with the model."
    if far == 0:
        return "Every number it gives is exactly the one that the model's own module gave."
    return f"The largest difference from what the model's own module gave is {num(far)}."


def say_code(here: Cursor) -> str:
    """What the code page says, for those who do not see it."""
    return f"The code of stop {here.stop.order}, {here.stop.title}: {here.stop.what} {same_words(here)}"
