"""A demo's picture computed anew, in the lesson's kernel, from the values of its controls alone."""

from __future__ import annotations

import json
import re
import textwrap
from typing import Any

from playwright.sync_api import Locator

from .notebook import Notebook

_NUMBER = re.compile(r"\d+(?:\.\d+)?")

# Runs in the kernel. The demo's own caches are left out, so that nothing is remembered but what its handlers keep.
CODE = """
def _recomputed(ids, number):
    import copy, gc, json, math
    from cachetools import Cache
    import numpy as np
    from unravelling.demos.base import Demo
    def forgetful(kept):
        twin = copy.copy(kept)
        for name, value in vars(kept).items():
            if hasattr(value, "cache_key"):  # a cached method, bound by cachetools 8 to the demo that has the cache
                del vars(twin)[name]
            elif isinstance(value, Cache):
                setattr(twin, name, type(value)(maxsize=value.maxsize))
            elif type(value).__module__.startswith("unravelling.demos.") and any(
                isinstance(each, Cache) for each in getattr(value, "__dict__", {}).values()
            ):
                setattr(twin, name, forgetful(value))
        return twin
    known = {each.box.model_id: each for each in gc.get_objects() if issubclass(type(each), Demo)}
    demo = [known[id] for id in ids if id in known][number]
    twin = forgetful(demo)
    v = demo.values
    data = twin.compute(v)
    scene = twin.draw(v, data)
    numbers = np.frombuffer(scene.numbers, np.float32).tolist()
    spoken = {"sliders": [], "lists": [], "toggles": []}
    for name, control in demo.declared.items():
        widget = demo.controls.get(name)
        if control.kind == "slider":
            spoken["sliders"].append(float(widget.value))
        elif control.kind in ("select", "toggle"):
            spoken["lists" if control.kind == "select" else "toggles"].append(str(widget.label))
    shown = [value if math.isfinite(value) else {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
             for value in numbers]
    caption = str(twin.describe(v, data))
    print(json.dumps({"scene": scene.spec, "numbers": shown, "caption": caption, "problem": demo.problem, **spoken}))
"""


def differences(notebook: Notebook, demo: Locator) -> list[str]:
    """What the page shows of a demo that is not what its controls' values give: by name, with both values."""
    place = demo.evaluate("demo => tester.place(demo)")
    said = notebook.page.evaluate(
        "code => tester.ask(code)", f"{textwrap.dedent(CODE)}\n_recomputed({place['ids']!r}, {place['number']})"
    )
    assert said.startswith("{"), said
    want: dict[str, Any] = json.loads(said)
    notebook.settle()
    shown: dict[str, Any] = demo.evaluate("demo => tester.state(demo)")
    return [
        f"{name}: {_short(shown[name])}, not {_short(want[name])}"
        for name in want
        if not _same(shown[name], want[name], name)
    ]


def _same(shown: Any, want: Any, name: str) -> bool:
    if name in ("scene", "caption"):
        return _alike(shown, want)
    if name != "sliders":
        return shown == want
    # A handle tells one place behind the point.
    return len(shown) == len(want) and all(abs(a - b) < 0.051 for a, b in zip(shown, want, strict=True))


def _alike(shown: Any, want: Any) -> bool:
    """The same but for the last digit of what is rounded: a decoder that reads on where it stopped adds up in another
    order than one that reads all, which moves a share by a millionth, and now and then a tenth of a pixel or per cent.
    """
    if isinstance(want, dict):
        return isinstance(shown, dict) and shown.keys() == want.keys() and all(_alike(shown[k], want[k]) for k in want)
    if isinstance(want, list):
        return isinstance(shown, list) and len(shown) == len(want) and all(map(_alike, shown, want))
    if isinstance(want, str) and isinstance(shown, str) and shown != want:
        numbers = [[float(each) for each in _NUMBER.findall(text)] for text in (shown, want)]
        return _NUMBER.sub("0", shown) == _NUMBER.sub("0", want) and all(
            abs(a - b) <= 0.01 * abs(b) for a, b in zip(*numbers, strict=True)
        )
    if isinstance(want, float) or (isinstance(want, int) and isinstance(shown, float)):
        return isinstance(shown, int | float) and abs(shown - want) < 0.11
    return shown == want


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 400 else f"{text[:400]}..."
