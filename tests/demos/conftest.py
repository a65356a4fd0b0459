"""Pretrained models, loaded once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture(scope="session")
def pretrained() -> Callable[[str], object]:
    from unravelling import models

    loaded: dict[str, object] = {}

    def load(name: str) -> object:
        if name not in loaded:
            loaded[name] = models.load(name)
        return loaded[name]

    return load
