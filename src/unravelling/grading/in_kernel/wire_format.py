"""Plain values as JSON and back, both ways through the wall. Reading never runs code, whatever the text holds."""

from __future__ import annotations

import base64
import math
from typing import Any

from unravelling.checks.instruments.optional_torch import Tensor, torch
from unravelling.checks.instruments.plain import Foreign
from unravelling.checks.instruments.probing import Raised

_KINDS = {name: getattr(torch, name) for name in (
    "float64", "float32", "float16", "bfloat16", "complex64", "complex128",
    "int64", "int32", "int16", "int8", "uint8", "bool",
)} if torch else {}  # fmt: skip
LARGEST = 64 << 20  # bytes of one tensor
_DEEPEST = 12


class NotPlain(ValueError):
    """A value that cannot be carried, or a text that carries none; the message says which."""


def packed(value: Any) -> Any:
    """A plain value (see instruments/plain.py) as what JSON can hold. Raises NotPlain."""
    if value is None or type(value) in (bool, str):
        return value
    if type(value) is int:
        return value if abs(value) < 1 << 53 else {"int": str(value)}
    if type(value) is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, Tensor):
        name = str(value.dtype).removeprefix("torch.")
        if name not in _KINDS:
            return {"foreign": [f"torch.Tensor of {name}", ""]}
        data = value.detach().cpu().contiguous()
        if data.numel() * data.element_size() > LARGEST:
            return {"foreign": [f"torch.Tensor of shape {tuple(data.shape)}", ""]}
        raw = data.reshape(-1).view(torch.uint8).numpy().tobytes() if data.numel() else b""
        return {"tensor": [name, list(data.shape), base64.b64encode(raw).decode(), bool(value.requires_grad)]}
    if type(value) in (list, tuple):
        return {type(value).__name__: [packed(each) for each in value]}
    if type(value) is dict:
        return {"dict": [[packed(key), packed(each)] for key, each in value.items()]}
    if isinstance(value, (set, frozenset)):
        return {"set": [packed(each) for each in sorted(value, key=repr)]}
    if isinstance(value, Raised):
        return {"raised": [value.kind, value.message, value.line, value.code, value.where, value.own, [*value.kinds]]}
    if isinstance(value, Foreign):
        return {"foreign": [value.type, value.text]}
    raise NotPlain(f"a value of type {type(value).__name__} is not plain")


def unpacked(text: Any, depth: int = 0) -> Any:
    """The value that `packed` was given, or NotPlain. `text` is what came from JSON, and is not trusted."""
    if text is None or type(text) in (bool, str, int, float):
        return text
    if type(text) is not dict or len(text) != 1 or depth > _DEEPEST:
        raise NotPlain("this is no packed value")
    ((kind, held),) = text.items()
    try:
        return _READ[kind](held, depth + 1)
    except NotPlain:
        raise
    except (KeyError, TypeError, ValueError, IndexError, OverflowError, RuntimeError, AttributeError) as error:
        raise NotPlain(f"this is no packed {str(kind)[:20]}: {error}") from error


def _tensor(held: Any, depth: int) -> Tensor:
    name, shape, data, learns = held
    shape = [int(each) for each in shape]
    raw = base64.b64decode(data, validate=True)
    if len(raw) > LARGEST or len(shape) > 16 or min(shape, default=0) < 0:
        raise NotPlain("this tensor is too large")
    kind = _KINDS[name]
    if math.prod(shape) * kind.itemsize != len(raw):
        raise NotPlain("this tensor's numbers do not fill its shape")
    found = torch.frombuffer(bytearray(raw), dtype=kind).reshape(shape) if raw else torch.empty(shape, dtype=kind)
    return found.requires_grad_() if learns else found


def _dict(held: Any, depth: int) -> dict:
    return {unpacked(key, depth): unpacked(each, depth) for key, each in held}


def _raised(held: Any, depth: int) -> Raised:
    kind, message, line, code, where, own, kinds = held
    line = None if line is None else int(line)
    above = tuple(str(each)[:100] for each in kinds[:50])
    return Raised(str(kind)[:100], str(message)[:500], line, str(code)[:300], str(where)[:100], bool(own), above)


_READ = {
    "int": lambda held, depth: int(held) if len(held) < 400 else _refuse(),
    "float": lambda held, depth: float(held),
    "tensor": _tensor,
    "list": lambda held, depth: [unpacked(each, depth) for each in held],
    "tuple": lambda held, depth: tuple(unpacked(each, depth) for each in held),
    "set": lambda held, depth: {unpacked(each, depth) for each in held},
    "dict": _dict,
    "raised": _raised,
    "foreign": lambda held, depth: Foreign(str(held[0])[:200], str(held[1])[:200]),
}


def _refuse() -> int:
    raise NotPlain("this number is too long")
