"""torch where it is installed, else None: an exercise may need none, and then nothing is a Tensor."""

from __future__ import annotations

try:
    import torch
    from torch import Tensor
except ModuleNotFoundError as missing:
    if missing.name != "torch":
        raise
    torch = None

    class Tensor:
        """What no value is an instance of."""


__all__ = ["Tensor", "torch"]
