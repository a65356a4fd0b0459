"""Which notebooks there are, and what a lesson's own demos are compared with."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .server import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Locator

LESSONS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "course").glob("[0-9][0-9]_*.ipynb"))
EXERCISES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "exercises").glob("[0-9][0-9]_*.ipynb"))

# The fewest demos with controls and the fewest questions of its quiz that a lesson may have, by module: a test that
# looks at each of them must not pass because there were none.
_LEAST = {
    "00": (1, 4),
    "01": (4, 5),
    "03": (8, 6),
    "04": (5, 5),
    "05": (9, 6),
    "07": (4, 6),
    "10": (5, 6),
    "11": (5, 6),
}


def least(lesson: str) -> tuple[int, int]:
    """(demos, questions) for a path like "course/04_attention.ipynb"; one demo and four questions in a new module."""
    return _LEAST.get(lesson.rpartition("/")[2][:2], (1, 4))


@cache
def pretrained(name: str) -> Any:
    from unravelling import models

    return models.load(name)


def attention_of(name: str, text: str) -> tuple[list[str], np.ndarray]:
    """Tokens, and weights (layers, heads, T, T), computed here and not in the notebook's kernel."""
    tokens, weights = pretrained(name).attention(text)
    return tokens, np.asarray(weights)


def attention_demos(demos: list[Locator]) -> list[Locator]:
    """Those demos that have a slider for the layer and one for the head."""
    return [
        demo
        for demo in demos
        if all(demo.get_by_role("slider", name=name, exact=True).count() for name in ("layer", "head"))
    ]


def state_of(demo: Locator) -> dict[str, Any]:
    """What the controls of an attention demo say: model, sentence, layer, head."""

    def number(name: str) -> int:
        return int(float(demo.get_by_role("slider", name=name, exact=True).get_attribute("aria-valuenow")))

    chosen = demo.locator(".widget-toggle-buttons button.mod-active, select option:checked").first.inner_text()
    sentence = demo.locator("input[type=text]").first.input_value()
    return {"model": chosen, "sentence": sentence, "layer": number("layer"), "head": number("head")}


def embedded_attention(frame: Frame) -> tuple[str, str, dict[str, Any]]:
    """The model, the text and the parameters that a BertViz frame holds."""
    page = frame.content()
    found = re.search(r"const params = (\{.*?\});", page)
    name, text = re.search(r"view: attention of (.+?) on “(.+?)”", frame.title()).groups()
    return name, text, json.loads(found.group(1))
