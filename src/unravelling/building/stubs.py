"""Answer cells: the stub a learner gets, and its solution.

Signature and docstring are the declaration's, which is their one source. An empty cell takes the body from there, too.
A cell with code says what the solution has in its place, under heads whose signature is three dots:

    import math                 # imports come first, and stand in stub and solution

    def split_heads(...): ...   # as declared

    def merge_heads(...):
        return x.transpose(1, 2).flatten(2)

So do the methods of a class, within `class MultiHeadAttention(...):`; its docstring says which of them are asked for.
In the stub each body is one line that raises NotImplementedError; super().__init__() stays where a body begins with it.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import dropwhile, takewhile
from typing import Any

DOTS = re.compile(r"^( *(?:def|class) \w+)\(\.\.\.\):", re.MULTILINE)
GIVEN = "super().__init__()"
Definition = ast.FunctionDef | ast.ClassDef


class AnswerProblem(Exception):
    """What is wrong with an answer cell: line (counted from 0) and sentence of each problem."""

    def __init__(self, *problems: tuple[int, str]) -> None:
        super().__init__("\n".join(sentence for _, sentence in problems))
        self.problems = problems


@dataclass(frozen=True)
class Part:
    """A function or method in lines: signature and docstring, and the body. A class has only the former."""

    head: list[str]
    body: list[str]

    def stub(self, exercise: str) -> Part:
        """The part with one line in place of its body, which says that the exercise is not solved yet."""
        if not self.body:
            return self
        given = self.body[: self.body[0].strip() == GIVEN]
        indent = self.body[0].removesuffix(self.body[0].lstrip(" "))
        return replace(self, body=[*given, f'{indent}raise NotImplementedError("{exercise} is not solved yet")'])


def stub_and_solution(exercise: str, reference: dict[str, Any], cell: str) -> tuple[str, str]:
    """An answer cell as learners get it, and as solution. reference: its functions, or its class, by name. Raises
    AnswerProblem."""
    parts = {own: part for name, each in reference.items() for own, part in _declared(each, name).items()}
    try:
        nodes = ast.parse(DOTS.sub(r"\1():", cell)).body
    except SyntaxError as error:
        raise AnswerProblem(((error.lineno or 1) - 1, f"This cannot be read as Python: {error.msg}.")) from None
    imports = list(takewhile(lambda node: isinstance(node, ast.Import | ast.ImportFrom), nodes))
    if written := nodes[len(imports) :]:
        parts = _as_written(written, cell.splitlines(), parts)
    first = "\n".join(cell.splitlines()[: imports[-1].end_lineno]) if imports else ""
    stubs = {name: part.stub(exercise) for name, part in parts.items()}
    return _joined(first, stubs), _joined(first, parts)


def _joined(first: str, parts: dict[str, Part]) -> str:
    texts = [("\n" if "." in name else "\n\n") + "\n".join(part.head + part.body) for name, part in parts.items()]
    return "\n".join([first, *texts]).strip("\n")


def _declared(reference: Any, name: str) -> dict[str, Part]:
    """A function of the reference, or a class and its methods, under the name that is asked for."""
    try:
        lines = textwrap.dedent(inspect.getsource(reference)).splitlines()
        found = {
            own: _part(node, lines)
            for own, node in _named(ast.parse("\n".join(lines)).body)
            if isinstance(node, Definition)
        }
        if not found:
            raise ValueError("it is neither")
    except (OSError, TypeError, SyntaxError, ValueError) as error:
        sentence = f"The source of {name} in the declaration cannot be had ({error}): write it there as a def or class."
        raise AnswerProblem((0, sentence)) from None
    top = next(iter(found))
    head = re.sub(r"\b(def|class) \w+", rf"\1 {name}", "\n".join(found[top].head), count=1)
    found[top] = replace(found[top], head=head.splitlines())
    return {name + own.removeprefix(top): part for own, part in found.items()}


def _named(nodes: list[ast.stmt], inside: str = "") -> Iterator[tuple[str, ast.stmt]]:
    """Each definition with its name, methods behind their class; the name of any other statement is empty."""
    for node in nodes:
        yield inside + node.name if isinstance(node, Definition) else "", node
        if isinstance(node, ast.ClassDef):
            yield from _named(node.body, f"{node.name}.")


def _part(node: Definition, lines: list[str]) -> Part:
    """A definition of these lines, cut before its body. Raises ValueError where that is not on lines of its own."""
    methods = [each for each in node.body if isinstance(each, ast.FunctionDef) and isinstance(node, ast.ClassDef)]
    cut = node.body[0].end_lineno
    if methods or ast.get_docstring(node) is None:
        cut = _start((methods or node.body)[0])
    assert cut is not None  # what is read from a text has lines
    while lines[cut - 1].lstrip().startswith("#"):
        cut -= 1  # a comment above the first line is part of the solution
    body = [] if methods else list(dropwhile(lambda line: not line.strip(), lines[cut : node.end_lineno]))
    if not methods and (not body or cut < node.lineno):
        raise ValueError("its body has no lines of its own")
    return Part("\n".join(lines[_start(node) : cut]).rstrip("\n").splitlines(), body)


def _start(node: ast.stmt) -> int:
    """The index of the line on which a statement begins, with its decorators."""
    return min(each.lineno for each in [node, *getattr(node, "decorator_list", [])]) - 1


def _as_written(nodes: list[ast.stmt], lines: list[str], declared: dict[str, Part]) -> dict[str, Part]:
    """The declared parts with the bodies of a cell. Raises AnswerProblem."""
    found, problems, written = {}, [], list(_named(nodes))
    for name, node in written:
        line, part = node.lineno - 1, declared.get(name)
        body = lines[node.lineno : node.end_lineno]
        if name and part is None:
            problems.append((line, f"{name} is not asked for: the declaration has {', '.join(declared)}."))
        elif part and isinstance(node, Definition) and DOTS.match(lines[line]) and ast.unparse(node.body[0]) == "...":
            found[name] = part
        elif part and body == part.body:
            problems.append((line, f"The body of {name} is that of the declaration: write `(...): ...` in its place."))
        elif (
            part
            and isinstance(node, Definition)
            and DOTS.match(lines[line])
            and ast.get_docstring(node) is None
            and body
        ):
            found[name] = replace(part, body=[] if isinstance(node, ast.ClassDef) else body)
        else:
            head = f"{'class' if isinstance(node, ast.ClassDef) else 'def'} {(name or [*declared][-1]).split('.')[-1]}"
            sentence = f"Only bodies stand here, each under its head, as `{head}(...):`; signature and docstring are "
            problems.append((line, f"{sentence}the declaration's."))
    for name in _asked(declared) - {name for name, _ in written}:
        problems.append((nodes[0].lineno - 1, f"{name} is missing: write its body, or `...` to take it as declared."))
    if problems:
        raise AnswerProblem(*sorted(problems))
    return found


def _asked(declared: dict[str, Part]) -> set[str]:
    """All parts but those methods that a class's docstring does not name: they serve the reference alone."""
    return {
        name
        for name in declared
        if "." not in name
        or name.endswith(".__init__")
        or re.search(rf"\b{name.split('.')[1]}\(", "\n".join(declared[name.split(".")[0]].head))
    }
