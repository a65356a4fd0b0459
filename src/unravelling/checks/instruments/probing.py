"""Call the learner's code and bring back plain values. Knows no reference and no exercise, so that a grader can let a
sandbox read this file, with what it imports, and judge what comes out of it elsewhere."""

from __future__ import annotations

import contextlib
import copy
import dis
import inspect
import io
import linecache
import math
import os
import random
import sysconfig
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType, SimpleNamespace
from typing import Any

from .optional_torch import Tensor, torch
from .plain import bare_name, plain, readable, safely

_STANDARD_LIBRARY = sysconfig.get_paths()["stdlib"]
_CHECKS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # no probe's line is a line of the learner's
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

    @property
    def missing(self) -> str:
        """The name that stood for nothing where a NameError was raised; empty for other errors."""
        parts = self.message.split("'")
        return parts[1] if self.kind == "NameError" and len(parts) > 2 else ""

    def is_a(self, kind: str) -> bool:
        """Whether an `except kind` would catch it."""
        return kind == self.kind or kind in self.kinds


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
    # Not torch.manual_seed: that goes round all devices, and is slow.
    generator = torch.default_generator if torch is not None else None
    before = random.getstate(), generator.get_state() if generator is not None else None
    random.seed(seed)
    if generator is not None:
        generator.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(before[0])
        if generator is not None and before[1] is not None:
            generator.set_state(before[1])


def _watching(forbidden: tuple[str, ...], seen: list[str]) -> contextlib.AbstractContextManager[None]:
    if not (forbidden and torch):
        return contextlib.nullcontext()
    from .forbidden_calls import watching

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
    return [_described(each) for each in functions]


def _described(given: Any) -> dict[str, Any]:
    is_class = issubclass(type(given), type)  # not isinstance: a value can say that it is one, or raise when asked
    kind = "class" if is_class else "function" if type(given) is FunctionType else "callable"
    name = safely(getattr, given, "__name__")
    one = {
        "name": readable(name)[:100] if issubclass(type(name), str) else "",
        "type": bare_name(type(given)),
        "kind": kind if callable(given) else "value",
        "takes": safely(_parameters, given) if callable(given) else None,
    }
    if is_class and (forward := safely(getattr, given, "forward")) is not None:
        one["forward"] = safely(_parameters, forward)
    one["calls"] = safely(_calls, given, otherwise=[])
    return one


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


def _parameters(function: Any) -> list[list[Any]]:
    """Raises for builtins, which have no signature to read."""
    parameters = inspect.signature(function).parameters.values()
    defaults = [
        None if p.default is p.empty else readable(safely(repr, p.default, otherwise="..."))[:80] for p in parameters
    ]
    return [[readable(p.name), int(p.kind), default] for p, default in zip(parameters, defaults, strict=True)]


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
                found: Sequence[Tensor | None] = torch.autograd.grad(first.sum(), leaves, allow_unused=True)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # .numpy() of a tensor that wants gradients raises, as does a result without any
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
            except BaseException as error:  # exit() must not end the notebook, nor an exception of her own kind
                result = _raised(error)
                if issubclass(type(error), KeyboardInterrupt) and not result.own:  # the learner's own Ctrl-C
                    raise
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
        "unreached": _unreached(
            solution, inputs, probe, learns if isinstance(results[0], (Tensor, tuple, list)) else ()
        ),
        "printed": out.text,
    }


def _raised(error: BaseException) -> Raised:
    """What was raised, and the last line of the learner's own that was running."""
    line, code, where, own = None, "", "", False
    step = vars(BaseException)["__traceback__"].__get__(error)
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        library = "site-packages" in file or file.startswith(("<frozen", "<__array_function__", _STANDARD_LIBRARY))
        # the instruction tells `raise` from a call into C, which leaves no frame of its own
        own = not library and step.tb_frame.f_code.co_code[step.tb_lasti :][:1] == bytes([_RAISE])
        if not (library or file.startswith("<probe") or os.path.abspath(file).startswith(_CHECKS)):
            line = step.tb_lineno
            # "f" for outer.<locals>.f, and the class for its methods
            where = step.tb_frame.f_code.co_qualname.split("<locals>.")[-1].split(".")[0]
            code = linecache.getline(file, step.tb_lineno).strip()
        step = step.tb_next
    kinds = tuple(map(bare_name, type.__dict__["__mro__"].__get__(type(error))))
    message = readable(safely(str, error, otherwise=""))[:500]  # her own __str__ may raise as well
    return Raised(bare_name(type(error)), message, line, code, where, own, kinds)
