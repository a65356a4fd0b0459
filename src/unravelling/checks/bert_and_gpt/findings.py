"""What the diagnosis of an exercise finds in a result: worked out once, and asked for by several properties."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from ..declare import Case


class Findings:
    """Marks a diagnosis, whose findings have names and sentences, so that it recognises the last few results. By
    identity: a result is a dict, which no cache of functools takes; it is large, and never changed."""

    def __init__(self, diagnose: Callable[[Case, dict[str, Any]], dict[str, str]]) -> None:
        self._diagnose = diagnose
        self._last: deque[tuple[Case, dict[str, Any], dict[str, str]]] = deque(maxlen=8)
        update_wrapper(self, diagnose)

    def __call__(self, case: Case, result: dict[str, Any]) -> dict[str, str]:
        for known, seen, found in self._last:
            if known is case and seen is result:
                return found
        found = self._diagnose(case, result)
        self._last.append((case, result, found))
        return found

    def said(self, case: Case, result: dict[str, Any], *beginnings: str) -> str | None:
        """The first sentence among the findings whose names begin like one of these."""
        return next((text for name, text in self(case, result).items() if name.startswith(beginnings)), None)
