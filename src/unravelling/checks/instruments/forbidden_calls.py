"""Note calls of what a stub rules out, whatever they are called by, in whatever thread, with or without torch's modes.

An exercise names parts of names: "softmax" stands for torch.softmax, aten::_safe_softmax and all others of the family.
Three watches look at once. Two are torch's modes: one sees what is called, the other what torch runs in the end, such
as aten::_softmax within an attention. A mode holds in one thread and can be switched off; so every thread that is begun
inside gets its own, and Python's own profiling looks at each call beside them.
"""

from __future__ import annotations

import contextlib
import re
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch.overrides import TorchFunctionMode, resolve_name
from torch.utils._python_dispatch import TorchDispatchMode

# What torch warns of is told at the line that called it. Under a watch that line is in this file, which helps nobody.
warnings.filterwarnings("ignore", module=re.escape(__name__))


class _Seen:
    """What was called, by the name that the learner is likely to know."""

    def __init__(self, forbidden: tuple[str, ...]) -> None:
        self.forbidden = forbidden
        self.above: list[str] = []
        self.below: list[str] = []
        self.beside: list[str] = []

    def rules_out(self, name: Any) -> bool:
        return type(name) is str and any(each in name.lower() for each in self.forbidden)

    def names(self) -> list[str]:
        """The names that are nearest to what she wrote."""
        return self.above or self.below or self.beside


class _Watch(TorchFunctionMode):
    """Notes calls of the torch functions that a stub rules out, whatever name they were imported under."""

    def __init__(self, seen: _Seen) -> None:
        super().__init__()
        self.seen = seen

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if self.seen.rules_out(getattr(function, "__name__", "")):
            self.seen.above.append(resolve_name(function) or function.__name__)
        return function(*args, **(kwargs or {}))


class _WatchBelow(TorchDispatchMode):
    """Notes what torch runs in the end, such as aten::_softmax: torch.ops.aten and torch.sparse come by here alone."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No: to skip it, torch would import its compiler at the first call. That takes four seconds, for nothing."""
        return False

    def __init__(self, seen: _Seen) -> None:
        super().__init__()
        self.seen = seen

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function._schema.name  # "aten::_softmax"
        if self.seen.rules_out(name):
            self.seen.below.append(name)
        return function(*args, **(kwargs or {}))


@contextlib.contextmanager
def watching(forbidden: tuple[str, ...], seen: list[str]) -> Iterator[None]:
    """Collect in `seen` the forbidden functions that run inside."""
    found = _Seen(forbidden)
    begin = threading.Thread._bootstrap_inner  # type: ignore[attr-defined]  # private, so in no stub

    def bootstrap_inner(thread: threading.Thread) -> None:
        with _looking(found):
            begin(thread)

    threading.Thread._bootstrap_inner = bootstrap_inner  # type: ignore[attr-defined]
    try:
        with _looking(found):
            yield
    finally:
        threading.Thread._bootstrap_inner = begin  # type: ignore[attr-defined]
        seen += found.names()


@contextlib.contextmanager
def _looking(found: _Seen) -> Iterator[None]:
    """All three watches, in this thread."""

    def beside(frame: Any, event: str, called: Any) -> None:
        if event == "call" and frame.f_code in _OPERATORS:  # torch.ops.aten._softmax(...)
            name = str(frame.f_locals.get("self", ""))
        elif event == "c_call" and _of_torch(called):
            name = called.__name__
        else:
            return
        if found.rules_out(name):
            found.beside.append(f"torch's {name}")

    before = sys.getprofile()
    sys.setprofile(beside)
    try:
        with _Watch(found), _WatchBelow(found):
            yield
    finally:
        sys.setprofile(before)


_OPERATORS = {each.__call__.__code__ for each in (torch._ops.OpOverload, torch._ops.OpOverloadPacket)}


def _of_torch(called: Any) -> bool:
    """Whether a function written in C is one of torch's, such as torch.softmax, or a tensor's, such as x.softmax."""
    module = getattr(called, "__module__", None)
    return issubclass(type(called.__self__), torch.Tensor) or (type(module) is str and module.startswith("torch"))
