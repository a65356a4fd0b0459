"""What a test needs and does not find: it is skipped with a sentence, or fails with it where the test was demanded.

    UNRAVELLING_DEMAND_BROWSER=1     the tests in Chromium
    UNRAVELLING_DEMAND_COLAB=1       the tests in an environment like Colab's

`.ci/run` demands both, so that there a green run means that they have run.
"""

from __future__ import annotations

import importlib.util
import os
from typing import NoReturn

import pytest


def not_here(what: str, sentence: str, whole_file: bool = False) -> NoReturn:
    """what: "BROWSER" or "COLAB". whole_file: called at the head of a test file and not in a test."""
    if os.environ.get(f"UNRAVELLING_DEMAND_{what}") == "1":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence, allow_module_level=whole_file)


def need_packages(what: str, *names: str) -> None:
    """At the head of a test file, before it imports any of the packages `names`."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        said = f"{', '.join(missing)} cannot be imported here: run `make setup`."
        not_here(what, said, whole_file=True)
