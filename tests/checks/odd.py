"""Results and exceptions that nobody asks for, each made anew by a function without parameters."""

from __future__ import annotations

import asyncio
import collections
import decimal
import enum
import fractions
import types
import warnings
from functools import cache

import numpy
import torch


class Liar:
    """Says of itself whatever is asked, and fails at most of it."""

    def _refuses(self, *_: object, **__: object):
        raise ValueError("I do not say")

    __repr__ = __str__ = __eq__ = __len__ = __bool__ = __iter__ = __float__ = __int__ = __getattr__ = _refuses
    __format__ = __index__ = __getitem__ = __contains__ = __lt__ = __add__ = __reduce_ex__ = _refuses
    __hash__ = None


class OtherClass:
    """Says that it is a tensor."""

    @property
    def __class__(self):
        return torch.Tensor


class NoClass:
    @property
    def __class__(self):
        raise OSError("no class")


class Exits:
    def __repr__(self):
        raise SystemExit(0)


class Deep:
    def __repr__(self):
        return repr(self)


class EqualToAll:
    def __eq__(self, other):
        return True

    __hash__ = object.__hash__


class Number(int):
    def __eq__(self, other):
        raise ValueError("I do not compare")

    __hash__ = __repr__ = __str__ = __abs__ = __sub__ = __float__ = __eq__


class Real(float):
    def __sub__(self, other):
        raise ValueError("I do not subtract")

    __repr__ = __abs__ = __eq__ = __format__ = __sub__
    __hash__ = float.__hash__


class Text(str):
    def __getitem__(self, key):
        raise ValueError("not a letter of mine")

    __len__ = __eq__ = __repr__ = __str__ = __getitem__
    __hash__ = str.__hash__


class Several(list):
    def __iter__(self):
        raise ValueError("one at a time, and that one not")

    __len__ = __getitem__ = __repr__ = __iter__


class Table(dict):
    def __iter__(self):
        raise ValueError("no keys")

    __len__ = __getitem__ = __repr__ = items = keys = __iter__


class Closed(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, kinds, args=(), kwargs=None):
        raise ValueError("my tensor does nothing")


class Nameless(type):
    __name__ = 3  # type: ignore[assignment]
    __module__ = None  # type: ignore[assignment]


async def later():
    return torch.ones(2)


def _quietly(make):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make()


@cache
def _itself():
    found: list = []
    found.extend([found] * 100)
    return found


@cache
def _deep():
    found: list = []
    for _ in range(100_000):
        found = [found]
    return found


def _generator():
    yield torch.ones(2)


RESULTS = {
    "none": lambda: None,
    "ellipsis": lambda: ...,
    "not implemented": lambda: NotImplemented,
    "liar": Liar,
    "other class": OtherClass,
    "no class": NoClass,
    "exits when shown": Exits,
    "shows itself for ever": Deep,
    "equal to all": EqualToAll,
    "list of liars": lambda: [Liar(), Liar()],
    "tuple of one liar": lambda: (Liar(),),
    "liar as key": lambda: {EqualToAll(): Liar()},
    "int beyond floats": lambda: 10**400,
    "int too long to write": lambda: 10**5000,
    "negative int too long to write": lambda: -(10**5000),
    "ints too long to write": lambda: [10**5000, 10**5000],
    "int of another class": lambda: Number(3),
    "float of another class": lambda: Real(0.25),
    "text of another class": lambda: Text("yes"),
    "list of another class": lambda: Several([1, 2]),
    "dict of another class": lambda: Table(a=1),
    "tensor of another class": lambda: torch.ones(2).as_subclass(Closed),
    "enumeration": lambda: enum.IntEnum("Three", "one two three").one,
    "flag": lambda: True,
    "complex": lambda: 1j,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "minus inf": lambda: float("-inf"),
    "decimal": lambda: decimal.Decimal("NaN"),
    "fraction": lambda: fractions.Fraction(1, 3),
    "bytes": lambda: b"\xff",
    "half a surrogate pair": lambda: "\ud800",
    "long text": cache(lambda: "a" * 10_000_000),
    "empty text": lambda: "",
    "long list": cache(lambda: list(range(3_000_000))),
    "list of itself": _itself,
    "list 100,000 deep": _deep,
    "empty list": list,
    "empty tuple": tuple,
    "empty dict": dict,
    "set": lambda: {1, 2},
    "counter": lambda: collections.Counter("aab"),
    "coroutine": later,
    "coroutines": lambda: [later(), later()],
    "generator": _generator,
    "future": cache(lambda: asyncio.Future(loop=asyncio.new_event_loop())),
    "module": lambda: torch,
    "module that fetches names": lambda: types.ModuleType("\ud800"),
    "class": lambda: int,
    "class without a name": lambda: type("", (), {"__module__": 3})(),
    "class of a strange class": lambda: Nameless("N", (), {})(),
    "function": lambda: later,
    "exception": lambda: ValueError(Liar()),
    "layer": lambda: torch.nn.Linear(2, 2),
    "array": lambda: numpy.ones(2),
    "array of objects": lambda: numpy.array([None, EqualToAll()], dtype=object),
    "numpy int": lambda: numpy.int64(1),
    "meta tensor": lambda: torch.ones(2, 2, device="meta"),
    "nested tensor": lambda: _quietly(lambda: torch.nested.nested_tensor([torch.ones(1), torch.ones(2)])),
    "jagged tensor": lambda: _quietly(
        lambda: torch.nested.nested_tensor([torch.ones(1), torch.ones(2)], layout=torch.jagged)
    ),
    "quantized tensor": lambda: _quietly(lambda: torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)),
    "sparse tensor too large": lambda: _quietly(lambda: torch.sparse_coo_tensor([[0], [0]], [1.0], (10**6, 10**6))),
    "sparse rows": lambda: _quietly(lambda: torch.eye(2).to_sparse_csr()),
    "expanded beyond memory": lambda: torch.ones(1).expand(10**13),
    "conjugate": lambda: torch.ones(2, dtype=torch.complex64).conj(),
    "negative view": lambda: torch.ones(2, dtype=torch.complex64).conj().imag,
    "eight bits of float": lambda: torch.ones(2).to(torch.float8_e4m3fn),
    "unsigned 16 bits": lambda: torch.ones(2, dtype=torch.uint16),
    "half": lambda: torch.ones(2).half(),
    "flags": lambda: torch.ones(2, dtype=torch.bool),
    "parameter": lambda: torch.nn.Parameter(torch.ones(2)),
    "no axes": lambda: torch.tensor(1.0),
    "no numbers": lambda: torch.ones(0),
    "nan tensor": lambda: torch.full((2, 2), torch.nan),
    "inf tensor": lambda: torch.full((2,), torch.inf),
    "20 axes": lambda: torch.ones([1] * 20),
    "8 MB": lambda: torch.ones(2000, 1000),
}  # fmt: skip


class Silent(Exception):
    def __str__(self):
        raise ValueError("I do not say")


class Own(BaseException):
    pass


class Numbered(Exception):
    def __str__(self):
        return 3  # type: ignore[return-value]


class Hidden(Exception):
    @property
    def args(self):
        raise OSError("none")

    @property
    def __class__(self):
        raise OSError("no class")


class Endless(Exception):
    def __str__(self):
        return str(self)


def _recursion():
    return _recursion()


def _thrown(make):
    def throw():
        raise make()

    return throw


EXCEPTIONS = {
    "says nothing": _thrown(Silent),
    "says a number": _thrown(Numbered),
    "says itself": _thrown(Endless),
    "hides": _thrown(Hidden),
    "own base": _thrown(lambda: Own("base")),
    "liar as argument": _thrown(lambda: ValueError(Liar())),
    "many arguments": _thrown(lambda: ValueError(1, "2", [3])),
    "no argument": _thrown(ValueError),
    "key": _thrown(lambda: KeyError(("a", 1))),
    "long": _thrown(lambda: ValueError("x" * 10_000_000)),
    "half a surrogate pair": _thrown(lambda: ValueError("\ud800")),
    "number too long to write": _thrown(lambda: ValueError(10**5000)),
    "group": _thrown(lambda: ExceptionGroup("two", [ValueError("a"), Silent()])),
    "base group": _thrown(lambda: BaseExceptionGroup("two", [Own("a"), SystemExit(3)])),
    "interrupt": _thrown(KeyboardInterrupt),
    "exit": _thrown(lambda: SystemExit(0)),
    "exit with a liar": _thrown(lambda: SystemExit(Liar())),
    "generator exit": _thrown(GeneratorExit),
    "stop": _thrown(lambda: StopIteration(3)),
    "assertion": _thrown(AssertionError),
    "no memory": _thrown(MemoryError),
    "recursion": _recursion,
    "no encoding": _thrown(lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "odd")),
    "not an exception": lambda: (_ for _ in ()).throw(3),  # type: ignore[arg-type]
    "nameless": _thrown(type("", (Exception,), {"__module__": 3})),
    "warning": _thrown(lambda: UserWarning("beware")),
    "without a traceback": _thrown(lambda: ValueError("a").with_traceback(None)),
}
