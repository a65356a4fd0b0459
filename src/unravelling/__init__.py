"""Unravelling LLMs: how large language models work, in notebooks.

Importing this is quick and pulls in neither torch nor transformers: every name below is fetched when it is first used.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

__version__ = "0.1.0"

_FROM = {
    "check": "unravelling.notebook.check",
    "inputs": "unravelling.notebook.check",
    "solved": "unravelling.notebook.check",
    "hint": "unravelling.notebook.hint",
    "quiz": "unravelling.notebook.quiz",
    "predict": "unravelling.notebook.predict",
    "reveal": "unravelling.notebook.predict",
    "progress": "unravelling.notebook.progress_table",
    "scoreboard": "unravelling.notebook.scoreboard_table",
    "setup_report": "unravelling.machine",
    "expect_version": "unravelling.course_version",
}
_MODULES = ("models", "corpora", "demos")
# In a notebook that is being graded (UNRAVELLING_CHECK=publish), these calls go elsewhere: see grading/in_kernel.
_GRADED = {name: ("check" if name == "check" else "solved" if name == "solved" else "nothing") for name in _FROM}

__all__ = ["__version__", *sorted([*_FROM, *_MODULES])]


def __getattr__(name: str) -> Any:
    """Fetch a public name when it is first used. Raises AttributeError for a name the package does not have."""
    if name in _MODULES:
        found = importlib.import_module(f"unravelling.{name}")
    elif name in _FROM and os.environ.get("UNRAVELLING_CHECK") == "publish":
        found = getattr(importlib.import_module("unravelling.grading.in_kernel.published_checks"), _GRADED[name])
    elif name in _FROM:
        found = getattr(importlib.import_module(_FROM[name]), name)
    else:
        raise AttributeError(f"module 'unravelling' has no attribute {name!r}; it offers {', '.join(__all__)}.")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
