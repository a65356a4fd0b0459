"""A model that computes on another device, and is spoken to as if it did not.

    decoder = models.load("decoder", device="cuda")
    decoder.model(torch.tensor([ids])).logits              # goes to the GPU, comes back to the CPU

So what a lesson or a demo does with a model is written once, whatever the model computes on. This holds for the model
and for each of its parts, since lessons call single layers too. Keys and values in a cache stay on the device.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from unravelling.models.errors import ModelError

HOME = torch.device("cpu")


def settle(model: nn.Module, device: torch.device | str, home: torch.device | str = HOME) -> None:
    """Move a model to a device: from now on what it is given goes there, and tensors that it gives come home.

    Raises ModelError, in a sentence, if PyTorch sees no such device.
    """
    try:
        there = torch.empty(0, device=device).device
    except Exception:  # what is raised differs by kind of device, down to AssertionError
        raise ModelError(
            f"PyTorch sees no device {str(device)!r} here: leave `device` out, and the model computes on the CPU."
        ) from None
    if there == torch.device(home):
        return
    model.to(there)
    inside = [0]  # how many parts are being computed, one within the other: only the outermost is spoken to from here

    def enter(_: nn.Module, given: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, Any] | None:
        inside[0] += 1
        return (_moved(given, there), _moved(named, there)) if inside[0] == 1 else None

    def leave(_: nn.Module, given: tuple[Any, ...], found: Any) -> Any:
        inside[0] -= 1
        return _moved(found, home) if inside[0] == 0 else None

    for part in model.modules():
        part.register_forward_pre_hook(enter, with_kwargs=True)
        part.register_forward_hook(leave, always_call=True)  # also if the part raises


def _moved(value: Any, device: torch.device | str) -> Any:
    """The same with every tensor in it on a device; what is no tensor, tuple, list or mapping is left as it is."""
    if isinstance(value, Tensor):
        return value.to(device)
    if type(value) in (tuple, list):
        return type(value)(_moved(each, device) for each in value)
    if isinstance(value, dict):  # transformers' outputs are ordered dictionaries that are filled by key
        if type(value) is dict:
            return {name: _moved(each, device) for name, each in value.items()}
        for name, each in list(value.items()):
            value[name] = _moved(each, device)
    return value
