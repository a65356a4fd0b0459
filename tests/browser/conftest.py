"""One JupyterLab and one Chromium for all tests of this folder in one process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.demanded import not_here


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    from .chromium import MISSING, browser, executable

    if executable() is None:
        not_here("BROWSER", MISSING)
    with browser() as running:
        yield running


@pytest.fixture(scope="session")
def lab(chromium: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    from .server import LabServer

    with LabServer(tmp_path_factory.mktemp("lab")) as running:
        yield running
