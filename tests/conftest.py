"""What holds for all tests: a warning is a failure, and which tests stay together when processes share the work.

Warnings are made errors here and not in pyproject.toml, which also rules the notebooks that a learner runs under nbval:
a newer library's warning is no fault of hers.
"""

from __future__ import annotations

from pathlib import Path

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


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if CHECKS in item.path.parents:  # an answer may warn, and is judged by what it returns
            item.add_marker(pytest.mark.filterwarnings("ignore"))
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
