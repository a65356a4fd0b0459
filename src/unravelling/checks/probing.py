"""Call the learner's code and bring back plain values. Knows no reference and no exercise, so that a grader can let a
sandbox read this file, with `tensors` and `forbidding`, and judge what comes out of it elsewhere."""

from __future__ import annotations

import contextlib
import copy
import dis
import inspect
import io
import linecache
import math
import numbers
import os
import random
import sysconfig
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from .tensors import Tensor, torch

_STANDARD_LIBRARY = sysconfig.get_paths()["stdlib"]
_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_RAISE = dis.opmap["RAISE_VARARGS"]


@dataclass(frozen=True)
class Raised:
    """The learner's code raised. `line` is a line number in her own cell, None if none of her lines was at fault;
    `own`: a raise of her own, not the complaint of something that she called; `kinds`: its class and all above it."""

    kind: str
    message: str
    line: int | None = None
    code: str = ""
    where: str = ""  # the function of hers that was running
    own: bool = True
    kinds: tuple[str, ...] = ()

    def is_a(self, kind: str) -> bool:
        """Whether an `except kind` would catch it."""
        return kind == self.kind or kind in self.kinds


@dataclass(frozen=True)
class Foreign:
    """A value that is not plain (an array, a module, a generator): its type and a short text stand for it."""

    type: str
    text: str


def plain(value: Any, depth: int = 0) -> Any:
    """A value made of tensors, numbers, strings, tuples, lists and dicts; anything else becomes Foreign."""
    if isinstance(value, Tensor):
        value = value if value.layout == torch.strided else value.to_dense()
        return value.detach().clone().cpu()
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, numbers.Real) and not isinstance(value, bool) and type(value).__module__ == "numpy":
        return int(value) if isinstance(value, numbers.Integral) else float(value)
    if isinstance(value, float):
        return float(value)
    if type(value) in (tuple, list) and depth < 5:
        return type(value)(plain(each, depth + 1) for each in value)
    if type(value) is dict and depth < 5:
        return {str(key): plain(each, depth + 1) for key, each in value.items()}
    if isinstance(value, tuple) and depth < 5:  # torch's named tuples, such as torch.max gives
        return tuple(plain(each, depth + 1) for each in value)
    if isinstance(value, Raised):
        return value
    kind = type(value)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    try:
        text = repr(value)[:200]
    except Exception:  # a learner's own __repr__ may fail; its type says enough
        text = ""
    return Foreign(name, text)


def close(a: float, b: float, tolerance: float) -> bool:
    """Whether two numbers differ by no more than the tolerance. Nothing but itself is close to infinity, or to NaN."""
    return a == b or (a != a and b != b) or (math.isfinite(b) and abs(a - b) <= tolerance * (1 + abs(b)))


def same(a: Any, b: Any, tolerance: float = 0.0) -> bool:
    """Whether two plain values are equal in structure, shapes, kinds and (within the tolerance) numbers."""
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        if not (a.is_floating_point() or a.is_complex()):
            return torch.equal(a, b)
        return torch.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)
    if isinstance(a, Raised) and isinstance(b, Raised):
        return (a.kind, a.own) == (b.kind, b.own)
    if type(a) is not type(b):
        return False
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(same(x, y, tolerance) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key], tolerance) for key in a)
    if isinstance(a, float):
        return close(a, b, tolerance)
    return a == b


class _Start(io.TextIOBase):
    """Keeps the start of what is printed: a loop that prints for ever must not fill the memory."""

    text = ""

    def write(self, text: str) -> int:
        if len(self.text) < 500:
            self.text = (self.text + text)[:500]
        return len(text)


@contextlib.contextmanager
def _own_randomness(seed: int):
    """Seed the global generators for one call and put them back, so that checking never disturbs her numbers."""
    generator = torch and torch.default_generator  # not torch.manual_seed: that goes round all devices, and is slow
    before = random.getstate(), generator and generator.get_state()
    random.seed(seed)
    if generator:
        generator.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(before[0])
        if generator:
            generator.set_state(before[1])


def _watching(forbidden: tuple[str, ...], seen: list[str]) -> contextlib.AbstractContextManager[None]:
    if not (forbidden and torch):
        return contextlib.nullcontext()
    from .forbidding import watching

    return watching(forbidden, seen)


def call(solution: Callable, **inputs: Any) -> Any:
    """The default probe: call the function with the inputs, by position (her parameters may have other names)."""
    return solution(*inputs.values())


def unsolved(result: Any) -> bool:
    """Whether a raise of the learner's own said so: torch raises NotImplementedError too, for types it lacks."""
    return isinstance(result, Raised) and result.kind == "NotImplementedError" and result.own


def together(names: Sequence[str], functions: Sequence[Any]) -> Any:
    """What a probe is given: the one function, or several under their names."""
    return functions[0] if len(names) == 1 else SimpleNamespace(**dict(zip(names, functions, strict=True)))


def described(functions: Sequence[Any]) -> list[dict[str, Any]]:
    """What can be said of functions without calling them, in plain values.

    For each: `name`, `type`, `kind` ("function", "class", "callable" or "value"), `takes` (its parameters, each
    as name, kind and default in text, None where there is no default; None if it cannot be read) and, for a class with
    one, the same for its method `forward`; `calls`: the names of the learner's own functions that its code leads to.
    """
    found = []
    for each in functions:
        kind = "class" if inspect.isclass(each) else "function" if inspect.isfunction(each) else "callable"
        kind = kind if callable(each) else "value"
        one = {"name": str(getattr(each, "__name__", "")), "type": type(each).__name__, "kind": kind}
        one["takes"] = _parameters(each) if callable(each) else None
        if kind == "class" and hasattr(each, "forward"):
            one["forward"] = _parameters(each.forward)
        one["calls"] = _calls(each)
        found.append(one)
    return found


def _calls(function: Any) -> list[str]:
    """The names of the learner's functions and classes that a function's code leads to, the nearest first."""
    scope = getattr(function, "__globals__", None)
    if inspect.isclass(function):
        methods = [each for each in vars(function).values() if inspect.isfunction(each)]
        scope = methods[0].__globals__ if methods else None
    found: list[str] = []
    waiting = [function]
    while waiting and isinstance(scope, dict) and len(found) < 50:
        for name in _names(waiting.pop(0)):
            value = scope.get(name)
            own = inspect.isfunction(value) and value.__globals__ is scope
            own = own or (inspect.isclass(value) and value.__module__ == scope.get("__name__"))
            if own and value is not function and name not in found:
                found.append(name)
                waiting.append(value)
    return found


def _names(function: Any) -> list[str]:
    """The names outside itself that a function, or the methods of a class, use."""
    functions = vars(function).values() if inspect.isclass(function) else [function]
    codes = [each.__code__ for each in functions if inspect.isfunction(each)]
    found: list[str] = []
    while codes:
        code = codes.pop(0)
        found += code.co_names
        codes += [each for each in code.co_consts if inspect.iscode(each)]
    return found


def _parameters(function: Callable) -> list[list[Any]] | None:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [[p.name, int(p.kind), None if p.default is p.empty else repr(p.default)[:80]] for p in parameters]


def _copies(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.clone() if isinstance(value, Tensor) else copy.deepcopy(value) for name, value in inputs.items()
    }


def _unreached(solution: Any, inputs: Mapping[str, Any], probe: Callable, names: tuple[str, ...]) -> list[str]:
    """Those of the named inputs that no gradient comes back to from the result (from its first part, of several)."""
    if not names:
        return []
    copies = _copies(inputs)
    leaves = [copies[name].requires_grad_() for name in names]
    try:
        with _own_randomness(1), contextlib.redirect_stdout(_Start()), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns of float() on what wants gradients, which is what we look for
            with torch.enable_grad():
                result = probe(solution, **copies)
                first = result[0] if isinstance(result, (tuple, list)) else result
                found = torch.autograd.grad(first.sum(), leaves, allow_unused=True)
    except Exception as error:  # .numpy() of a tensor that wants gradients raises, as does a result without any
        if "inplace operation" in str(error):  # torch's words where a value that it still needed was overwritten
            return [f"{name} (overwritten)" for name in names]
        found = [None] * len(names)
    unreached = []
    for name, gradient in zip(names, found, strict=True):
        if gradient is None:
            unreached.append(name)
        elif gradient.isnan().any():  # one step with it, and every weight is nan
            unreached.append(f"{name} (what comes back is nan)")
    return unreached


def observe(
    solution: Any,
    inputs: Mapping[str, Any],
    probe: Callable = call,
    forbids: tuple[str, ...] = (),
    learns: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Probe a solution twice on copies of the inputs, under two random seeds.

    Returns plain values: `result` and `again` (the two results, Raised if the code raised), `changed` (names of inputs
    that were changed in place), `used` (forbidden functions that were called), `unreached` (those of the inputs in
    `learns` that no gradient comes back to), `printed` (the start of what it printed the first time).
    """
    results: list[Any] = []
    changed: list[str] = []
    used: list[str] = []
    out = _Start()
    for seed in (1, 2):
        copies = _copies(inputs)
        with _own_randomness(seed), contextlib.redirect_stdout(_Start() if results else out):
            try:
                with _watching(forbids, used):
                    result = plain(probe(solution, **copies))
            except (Exception, SystemExit) as error:  # exit() must not end the notebook
                result = _raised(error)
        results.append(result)
        changed += [
            name for name in inputs if name not in changed and not same(plain(inputs[name]), plain(copies[name]))
        ]
        if isinstance(result, Raised):
            results.append(result)
            break
    return {
        "result": results[0],
        "again": results[1],
        "changed": changed,
        "used": sorted(set(used)),
        "unreached": [] if isinstance(results[0], Raised) else _unreached(solution, inputs, probe, learns),
        "printed": out.text,
    }


def _raised(error: BaseException) -> Raised:
    """What was raised, and the last line of the learner's own that was running."""
    line, code, where, own = None, "", "", False
    step = error.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        library = "site-packages" in file or file.startswith(("<frozen", "<__array_function__", _STANDARD_LIBRARY))
        # the instruction tells `raise` from a call into C, which leaves no frame of its own
        own = not library and step.tb_frame.f_code.co_code[step.tb_lasti] == _RAISE
        if not (library or file.startswith("<probe") or os.path.abspath(file).startswith(_PACKAGE)):
            line = step.tb_lineno
            # "f" for outer.<locals>.f, and the class for its methods
            where = step.tb_frame.f_code.co_qualname.split("<locals>.")[-1].split(".")[0]
            code = linecache.getline(file, step.tb_lineno).strip()
        step = step.tb_next
    kinds = tuple(each.__name__ for each in type(error).__mro__)
    return Raised(type(error).__name__, str(error)[:500], line, code, where, own, kinds)
