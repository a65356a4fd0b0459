"""Note calls of the torch functions that a stub rules out, whatever way they are called."""

from __future__ import annotations

import contextlib

from torch.overrides import TorchFunctionMode, resolve_name
from torch.utils._python_dispatch import TorchDispatchMode


class _Watch(TorchFunctionMode):
    """Notes calls of the torch functions that a stub rules out, whatever name they were imported under."""

    def __init__(self, forbidden: tuple[str, ...]) -> None:
        super().__init__()
        self.forbidden = forbidden
        self.seen: list[str] = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if getattr(function, "__name__", "") in self.forbidden:
            self.seen.append(resolve_name(function) or function.__name__)
        return function(*args, **(kwargs or {}))


class _WatchBelow(TorchDispatchMode):
    """Notes what torch runs in the end, such as aten::_softmax: torch.ops.aten and torch.sparse come by here alone."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No: to skip it, torch would import its compiler at the first call. That takes four seconds, for nothing."""
        return False

    def __init__(self, forbidden: tuple[str, ...]) -> None:
        super().__init__()
        self.forbidden = forbidden
        self.seen: list[str] = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function._schema.name  # "aten::_softmax"
        if name.split("::")[-1] in self.forbidden:
            self.seen.append(name)
        return function(*args, **(kwargs or {}))


@contextlib.contextmanager
def watching(forbidden: tuple[str, ...], seen: list[str]):
    """Collect in `seen` the forbidden functions that run inside, by the name that the learner is likely to know."""
    above, below = _Watch(forbidden), _WatchBelow(forbidden)
    try:
        with above, below:
            yield
    finally:
        seen += above.seen or below.seen
