"""Small faults put into a right answer, one at a time, to see whether its check notices."""

from __future__ import annotations

import ast
import copy
import inspect
import signal
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from unravelling.checks.declare import Exercise

OPERATORS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div, ast.Add],
    ast.Div: [ast.Mult],
    ast.FloorDiv: [ast.Div, ast.Mult],
    ast.Mod: [ast.FloorDiv],
    ast.Pow: [ast.Mult],
    ast.MatMult: [ast.Mult],
    ast.BitAnd: [ast.BitOr],
    ast.BitOr: [ast.BitAnd],
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt, ast.GtE],
    ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt, ast.LtE],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.And: [ast.Or],
    ast.Or: [ast.And],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
}
NAMES = {
    "sin": "cos",
    "cos": "sin",
    "tril": "triu",
    "triu": "tril",
    "amax": "amin",
    "sum": "mean",
    "softmax": "log_softmax",
    "exp": "exp2",
    "ones": "zeros",
    "zeros": "ones",
    "stack": "cat",
    "cat": "stack",
    "eye": "ones",
}
COMMUTE = (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr)


@dataclass(frozen=True)
class Mutant:
    """`change` is the changed statement, and names the mutant; `solution` is ready to be checked."""

    change: str
    solution: Any


class TooSlow(Exception):
    """The mutant did not end in its time."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TooSlow inside the block after some seconds (where the system has alarms)."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: Any) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def mutants_of(exercise: Exercise) -> list[Mutant]:
    """Every mutant of an exercise's reference, each different in its source."""
    found = []
    for name, reference in exercise.parts(exercise.reference).items():
        for change, part in mutated(reference):
            if len(exercise.functions) == 1:
                found.append(Mutant(change, part))
            else:
                rest = exercise.parts(exercise.reference) | {name: part}
                found.append(Mutant(f"{name}: {change}", SimpleNamespace(**rest)))
    return found


def mutated(function: Any) -> Iterator[tuple[str, Any]]:
    """(changed statement, mutant) for one function or class."""
    source = textwrap.dedent(inspect.getsource(function))
    tree = ast.parse(source)
    scope = vars(sys.modules[function.__module__])
    seen = {ast.unparse(tree)}
    for index, node in enumerate(ast.walk(tree)):
        for change in _changes(node, tree):
            twin = copy.deepcopy(tree)
            target = list(ast.walk(twin))[index]
            parents = {child: parent for parent in ast.walk(twin) for child in ast.iter_child_nodes(parent)}
            said = change(target, parents)
            ast.fix_missing_locations(twin)
            text = ast.unparse(twin)
            if said is None or text in seen:
                continue
            seen.add(text)
            inner = dict(scope)
            exec(compile(text, "<mutant>", "exec"), inner)
            yield said, inner[tree.body[0].name]


Change = Callable[[Any, dict[ast.AST, ast.AST]], str | None]


def _replace(node: ast.AST, new: ast.AST, parents: dict[ast.AST, ast.AST]) -> None:
    parent = parents[node]
    for name, value in ast.iter_fields(parent):
        if value is node:
            setattr(parent, name, new)
        elif isinstance(value, list):
            setattr(parent, name, [new if each is node else each for each in value])
    parents[new] = parent


def _statement(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str:
    """The innermost statement around a node, without the body of what it opens."""
    while not isinstance(node, ast.stmt):
        node = parents[node]
    return ast.unparse(node).splitlines()[0]


def _swap_in(make: Callable[[Any], ast.AST]) -> Change:
    def change(node: Any, parents: dict[ast.AST, ast.AST]) -> str:
        new = make(node)
        _replace(node, new, parents)
        return _statement(new, parents)

    return change


def _set(name: str, value: Any) -> Change:
    def change(node: Any, parents: dict[ast.AST, ast.AST]) -> str:
        setattr(node, name, value(node))
        return _statement(node, parents)

    return change


def _drop_statement(node: Any, parents: dict[ast.AST, ast.AST]) -> str:
    first = ast.unparse(node).splitlines()[0]
    _replace(node, ast.Pass(), parents)
    return f"without: {first}"


def _is_docstring(node: Any) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _in_message(node: ast.AST, tree: ast.AST) -> bool:
    """Whether a node only words an error: what it says is not asked for."""
    return any(node in ast.walk(each) for each in ast.walk(tree) if isinstance(each, ast.Raise))


def _parameters(tree: ast.AST) -> list[str]:
    names = [arg.arg for each in ast.walk(tree) if isinstance(each, ast.FunctionDef) for arg in each.args.args]
    return [name for name in dict.fromkeys(names) if name != "self"]


def _changes(node: ast.AST, tree: ast.AST) -> Iterator[Change]:
    """What can be done to one node."""
    if _in_message(node, tree) and not isinstance(node, ast.Raise):
        return
    if isinstance(node, ast.stmt) and not isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not _is_docstring(node):
        yield _drop_statement
    if isinstance(node, (ast.BinOp, ast.BoolOp)):
        for other in OPERATORS.get(type(node.op), []):
            yield _set("op", lambda _, other=other: other())
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Mod):  # -d % h is 0 exactly where d % h is
        yield _set("left", lambda n: ast.UnaryOp(ast.USub(), n.left))
        yield _set("right", lambda n: ast.UnaryOp(ast.USub(), n.right))
    if isinstance(node, ast.BinOp):
        yield _swap_in(lambda n: n.left)
        yield _swap_in(lambda n: n.right)
        if not isinstance(node.op, COMMUTE):
            yield _swap_in(lambda n: ast.BinOp(n.right, n.op, n.left))
    if isinstance(node, ast.Compare):
        for other in OPERATORS.get(type(node.ops[0]), []):
            yield _set("ops", lambda n, other=other: [other(), *n.ops[1:]])
    if isinstance(node, ast.UnaryOp):
        yield _swap_in(lambda n: n.operand)
    if isinstance(node, ast.If):
        yield _set("test", lambda n: ast.UnaryOp(ast.Not(), n.test))
        yield _set("test", lambda n: ast.Constant(True))
        yield _set("test", lambda n: ast.Constant(False))
    if isinstance(node, ast.Constant):
        for value in _other_values(node.value):
            yield _set("value", lambda _, value=value: value)
    if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
        yield _set("elts", lambda n: n.elts[::-1])
        yield _set("elts", lambda n: n.elts[:-1])
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in _parameters(tree):
        names = _parameters(tree)
        yield _set("id", lambda n: names[(names.index(n.id) + 1) % len(names)])
    if isinstance(node, (ast.Attribute, ast.Name)):
        field = "attr" if isinstance(node, ast.Attribute) else "id"
        if getattr(node, field) in NAMES and isinstance(node.ctx, ast.Load):
            yield _set(field, lambda n: NAMES[getattr(n, field)])
    if isinstance(node, ast.Call):
        yield from _call_changes(node)


def _call_changes(node: ast.Call) -> Iterator[Change]:
    for i in range(len(node.keywords)):
        yield _set("keywords", lambda n, i=i: n.keywords[:i] + n.keywords[i + 1 :])
    for i in range(len(node.args) - 1):
        yield _set("args", lambda n, i=i: [*n.args[:i], n.args[i + 1], n.args[i], *n.args[i + 2 :]])
    if node.args:
        yield _set("args", lambda n: n.args[:-1])
    called = node.func
    if isinstance(called, ast.Attribute) and not (
        isinstance(called.value, ast.Name) and called.value.id in ("torch", "nn")
    ):
        yield _swap_in(lambda n: n.func.value)  # x.transpose(...) becomes x
    elif node.args:
        yield _swap_in(lambda n: n.args[0])  # torch.softmax(x, ...) becomes x


def _other_values(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, float):
        return [value + 1.0, value - 1.0] if abs(value) < 100 else [value * 2, value / 2]
    return {"-inf": ["inf", "-1", "0"]}.get(value, [])
