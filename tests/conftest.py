"""What holds for all tests: a warning is a failure, and which tests stay together when processes share the work.

Warnings are made errors here and not in pyproject.toml, which also rules the notebooks that a learner runs under nbval:
a newer library's warning is no fault of hers.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

CHECKS = Path(__file__).parent / "checks"
TOLD_BY_OTHERS = [
    # An answer that returns a coroutine, which nobody awaits; told when it is collected, perhaps in a later test.
    "ignore:coroutine 'later' was never awaited:RuntimeWarning",
    "ignore:.*coroutine object later:pytest.PytestUnraisableExceptionWarning",
    "ignore:unclosed file .*bertviz:ResourceWarning",  # its scripts, which it reads and leaves open
    "ignore:unclosed file <_io.TextIOWrapper name=\\d+ encoding='UTF-8'>:ResourceWarning",  # of a kernel that was ended
    # jupyter_client: where the output of a kernel goes, and its sockets when the kernel was ended, as tests here do.
    "ignore:unclosed file <_io.\\w+ name='/dev/null':ResourceWarning",
    "ignore:Unclosed socket <zmq:ResourceWarning",
]


def pytest_configure(config: pytest.Config) -> None:
    """Set before any test is collected; options on the command line (-W) come after and win."""
    for line in ("error", *TOLD_BY_OTHERS):
        config.addinivalue_line("filterwarnings", line)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if CHECKS in item.path.parents:  # an answer may warn, and is judged by what it returns
            item.add_marker(pytest.mark.filterwarnings("ignore"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With --dist loadgroup: by `group`, since pytest-xdist 3.8 loses its own groups under pytest 9.2."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid)

    return ByGroup(config, log)


def group(nodeid: str) -> str:
    """The tests of a file share what its fixtures make, but three kinds are too many for one process: those of checks
    share the verdicts on an exercise, those of a lesson in the browser its page, and a notebook alone shares little."""
    file, _, test = nodeid.partition("::")
    if file.startswith("tests/checks/") and (exercise := re.search(r"\[.*?\b(\d\d\.\d+)\b", test)):
        return f"checks of {exercise[1]}"
    lesson = re.search(r"course/\d\d_\w+\.ipynb", test) if file == "tests/browser/test_lessons.py" else None
    if lesson is not None:
        return lesson[0]
    return nodeid if file == "tests/colab/test_notebooks_alone.py" else file
