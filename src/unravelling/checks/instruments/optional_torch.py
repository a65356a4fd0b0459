"""torch where it is installed, else None: an exercise may need none, and then nothing is a Tensor."""

from __future__ import annotations

try:
    import torch
    from torch import Tensor
except ModuleNotFoundError as missing:
    if missing.name != "torch":
        raise
    torch = None  # type: ignore[assignment]  # mypy knows no module that may be None, and no second class of a name

    class Tensor:  # type: ignore[no-redef]
        """What no value is an instance of."""


__all__ = ["Tensor", "torch"]
