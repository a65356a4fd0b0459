"""A scene as a PNG."""

from __future__ import annotations

from unravelling.views.scene import Scene


def still(scene: Scene) -> bytes:
    raise NotImplementedError
