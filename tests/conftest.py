"""Which tests stay together when several processes share the work (pytest-xdist, --dist loadgroup)."""

from __future__ import annotations

from pathlib import Path

import pytest

CHECKS = Path(__file__).parent / "checks"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.pluginmanager.hasplugin("xdist"):
        for item in items:
            item.add_marker(pytest.mark.xdist_group(group(item)))


def group(item: pytest.Item) -> str:
    """The tests of a file share what its fixtures make, but two kinds are too many for one process: those of checks
    share the verdicts on an exercise, those of a lesson in the browser its page."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    exercise = parameters.get("exercise") or getattr(parameters.get("answer"), "exercise", None)
    if CHECKS in item.path.parents and exercise is not None:
        return f"checks of {getattr(exercise, 'id', exercise)}"
    return str(parameters.get("lesson", item.path))
