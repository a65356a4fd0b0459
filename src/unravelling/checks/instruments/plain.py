"""Whatever an answer gives, as plain values: numbers, texts, ordinary tensors, and lists, tuples and dicts of them.

Only what Python and torch themselves know of a value is asked for, never a method that its class may have written anew:
whatever a learner's class does in `__str__`, `__eq__` or `__class__`, it cannot raise here, nor pass for another value.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .optional_torch import Tensor, torch

LARGEST = 2 << 20  # bytes that one result may hold; the largest that is asked for has 480,000 (07.6)
DEEPEST = 5  # lists within lists
MOST_AXES = 16  # of a tensor
_EACH = 64  # bytes that a value counts at least
_KINDS = {getattr(torch, name) for name in (
    "float64", "float32", "float16", "bfloat16", "complex64", "complex128",
    "int64", "int32", "int16", "int8", "uint8", "bool",
)} if torch else set()  # fmt: skip


@dataclass(frozen=True)
class Foreign:
    """A value that is not plain (an array, a module, a generator): its type, in words that "a" or "an" can stand
    before, and a short text stand for it."""

    type: str
    text: str = ""


def plain(value: Any) -> Any:
    """A value made of tensors, numbers, strings, tuples, lists and dicts; anything else becomes Foreign.

    Never raises, and runs nothing of the value's own but its `__repr__`.
    """
    return _Plain().of(value, 0)


class _Plain:
    """One result being looked at; `left`: the bytes that it may still hold."""

    def __init__(self) -> None:
        self.left = LARGEST

    def of(self, value: Any, depth: int) -> Any:
        kind = type(value)  # not isinstance: a value can say that its class is another
        self.left -= _EACH
        if value is None or kind in (bool, float):
            return value
        if issubclass(kind, int):
            return _whole(int.__add__(value, 0))
        if issubclass(kind, float):
            return float.__add__(value, 0.0)
        if issubclass(kind, str):
            return self._text(str.__str__(value))
        if issubclass(kind, Tensor):
            return self._tensor(value)
        for base in (tuple, list, dict):  # also torch's named tuples, such as torch.max gives
            if issubclass(kind, base):
                return self._several(value, base, depth)
        if kind in _numpys():  # its numbers count as Python's
            return self.of(sys.modules["numpy"].generic.item(value), depth)
        if kind is types.CoroutineType:
            safely(value.close)  # else Python complains, at a line of ours, that nobody waited for it
        return Foreign(name_of(kind), readable(safely(repr, value, otherwise=""))[:200])

    def _several(self, value: Any, base: type[tuple | list | dict], depth: int) -> Any:
        count = base.__len__(value)
        if depth >= DEEPEST or count * _EACH > self.left:
            return Foreign(f"{base.__name__} of {count:,}")
        if base is dict:
            return {self._key(key): self.of(each, depth + 1) for key, each in list(dict.items(value))}
        return base([self.of(each, depth + 1) for each in list(base.__iter__(value))])

    def _key(self, key: Any) -> str:
        found = _Plain().of(key, DEEPEST - 1)  # what is large in a result must not change the names of its parts
        return found.type if isinstance(found, Foreign) else str(found)

    def _text(self, text: str) -> Any:
        return readable(text) if self._takes(len(text)) else Foreign(f"text of {len(text):,} characters")

    def _takes(self, size: int) -> bool:
        """Whether there is room for so many bytes, which are then taken. What is too large takes none from the rest."""
        if size > self.left:
            return False
        self.left -= size
        return True

    def _tensor(self, value: Tensor) -> Any:
        with torch._C.DisableTorchFunctionSubclass():
            return safely(self._ordinary, value, otherwise=Foreign(name_of(type(value))))

    def _ordinary(self, value: Tensor) -> Any:
        base = torch._C.TensorBase
        for kind in ("nested", "quantized"):
            if getattr(base, f"is_{kind}").__get__(value):
                return Foreign(f"{kind} tensor")
        value = value if type(value) is Tensor else base.as_subclass(value, Tensor)
        if type(value) is not Tensor:
            return Foreign(name_of(type(value)))
        kind = str(value.dtype).removeprefix("torch.")
        if value.is_meta:
            return Foreign("tensor without numbers (on the device meta)")
        if value.ndim > MOST_AXES or not self._takes(value.numel() * value.element_size()):
            return Foreign(f"{kind} tensor of shape {tuple(value.shape)}")
        if value.dtype not in _KINDS:
            return Foreign(f"{kind} tensor")
        value = value.detach()
        value = value if value.layout == torch.strided else value.to_dense()
        return value.cpu().resolve_conj().resolve_neg().clone()


def _numpys() -> tuple[type, ...]:
    """numpy's classes of whole and floating numbers, where numpy is loaded."""
    numpy = sys.modules.get("numpy")
    names = ("int8", "int16", "int32", "int64", "uint8", "float16", "float32", "float64")
    return () if numpy is None else tuple(getattr(numpy, name) for name in names)


def _whole(number: int) -> Any:
    """An int, where a float can hold it: no exercise has larger ones, and arithmetic with them raises."""
    return (
        number if number.bit_length() < 1024 else Foreign(f"int of about {int(number.bit_length() * 0.30103):,} digits")
    )


def bare_name(kind: type) -> str:
    """The name of a class as Python keeps it."""
    return readable(type.__dict__["__name__"].__get__(kind))[:100] or "object"


def name_of(kind: type) -> str:
    """The same with its module where it is not built in."""
    module = safely(type.__dict__["__module__"].__get__, kind)
    if type(module) is not str or module == "builtins":
        return bare_name(kind)
    return f"{readable(module)[:100]}.{bare_name(kind)}"


def readable(text: Any) -> str:
    """A text that can be written anywhere: half a surrogate pair, which no encoding has, stands as its number."""
    text = str.__str__(text)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def safely(ask: Callable, *arguments: Any, otherwise: Any = None) -> Any:
    """What `ask` gives; `otherwise` where it raises anything at all, as a learner's own `__repr__` may."""
    try:
        return ask(*arguments)
    except BaseException:  # her own SystemExit, too
        return otherwise
