"""One JupyterLab and one Chromium for all tests of this folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

DEMANDED = os.environ.get("UNRAVELLING_DEMAND_BROWSER") == "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if config.pluginmanager.hasplugin("xdist"):
                item.add_marker(pytest.mark.xdist_group("browser"))  # one server also under -n --dist loadgroup


def _unavailable(sentence: str) -> None:
    if DEMANDED:
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    try:
        from .chromium import MISSING, browser, executable
    except ImportError as error:
        _unavailable(f"{error.name} is not installed: run `pip install playwright axe-playwright-python`.")
    if executable() is None:
        _unavailable(MISSING)
    with browser() as running:
        yield running


@pytest.fixture(scope="session")
def lab(chromium: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    from .server import LabServer

    with LabServer(tmp_path_factory.mktemp("lab")) as running:
        yield running
