"""A warning in one of our tests is a failure, so that what a library will take away is mended before it does.

Here and not in pyproject.toml, which also rules the notebooks that a learner runs under nbval: a newer library's
warning is no fault of hers. Named exceptions are warnings of others about others.
"""

from __future__ import annotations

import pytest

TOLD_BY_OTHERS = [
    "ignore:unclosed file .*bertviz:ResourceWarning",  # bertviz 1.4 leaves open what it reads its scripts from
]


def pytest_configure(config: pytest.Config) -> None:
    """Set before any test is collected; options on the command line (-W) come after and win."""
    for line in ("error", *TOLD_BY_OTHERS):
        config.addinivalue_line("filterwarnings", line)
