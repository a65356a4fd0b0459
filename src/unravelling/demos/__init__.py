"""The demos, one module each, imported when first used: `demos.attention.AttentionHeads(...)`."""

from __future__ import annotations

import importlib
from types import ModuleType

from unravelling.course_modules import MODULES

_MODULES = (*MODULES.values(), "pictures", "xray", "training", "bertviz", "base", "controls")


def __getattr__(name: str) -> ModuleType:
    if name not in _MODULES:
        raise AttributeError(f"There are no demos called '{name}': there are {', '.join(_MODULES[:-2])}.")
    return importlib.import_module(f"unravelling.demos.{name}")


def __dir__() -> list[str]:
    return sorted(_MODULES)
