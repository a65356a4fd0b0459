"""One answer from several cells: those that carry the mark of one exercise, since she split or copied its cell.

The functions that were asked for must come to be whatever else stands there. So of the cells round her last answer,
only what it needs goes along: helpers, imports, tables. What only tried something is left out, for it may raise.
"""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from . import submitted_notebook
from .submitted_notebook import Definitions

# Cells of one answer, and characters in all of them. Of more, none are put together: each way to do it is parsed, and
# this in the process that grades everybody. The longest answer of ours has 3,000 characters.
MOST, LONGEST = 20, 30_000
# What may stand at the beginning of a cell only.
FUTURE, TIMED = re.compile(r"^from __future__ import .*\n", re.MULTILINE), re.compile(r"\A\s*%%(?:time|capture)\b.*\n")
COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}


@dataclass(frozen=True)
class Joined:
    """source: the answer. cells: the numbers of those it was made from. instead: of those that were whole answers.

    answers: how many different answers those are. left: how many statements of `cells` were left out.
    """

    source: str
    cells: frozenset[int]
    instead: frozenset[int] = frozenset()
    answers: int = 0
    left: int = 0


def join(sources: Sequence[str], names: frozenset[str], makes: Callable[[str], Definitions]) -> Joined:
    """The answer that these cells are together: the last that defines all of `names`, with what it needs of the others.

    Where none defines them all, it is what makes some of them, with what that needs. Where nothing does, it is all.
    """
    bounded = len(sources) <= MOST and sum(map(len, sources)) <= LONGEST
    pieces = _pieces(sources, makes) if bounded else [[number] for number in range(len(sources))]
    texts = ["\n".join(sources[number] for number in piece) for piece in pieces]
    whole = [place for place, text in enumerate(texts) if names <= makes(text).defines]
    last = whole[-1] if whole else None
    stretches: list[list[_Stretch]] = [[] for _ in texts]
    if bounded and len(texts) > 1 and (whole or all(makes(text).parses for text in texts)):
        stretches = [_stretches(text) for text in texts]
        _keep_what_is_needed(stretches, names, last, _uses(texts[last]) if whole else frozenset())
    kept = [place for place, here in enumerate(stretches) if place == last or any(each.kept for each in here)]
    kept = kept or list(range(len(texts)))
    return Joined(
        _one_cell([_kept(texts[place], stretches[place]) for place in kept]),
        frozenset(number for place in kept for number in pieces[place]),
        frozenset(number for place in whole for number in pieces[place]),
        len({texts[place] for place in whole}),
        sum(not each.kept for place in kept for each in stretches[place] if any(one.kept for one in stretches[place])),
    )


def _pieces(sources: Sequence[str], makes: Callable[[str], Definitions]) -> list[list[int]]:
    """The numbers of the cells, with those together that must be joined for one of them to parse."""
    pieces: list[list[int]] = []
    for number, source in enumerate(sources):
        pieces.append([number])
        for first in range(len(pieces) - 2, -1, -1):
            before = "\n".join(sources[each] for each in pieces[first])
            if makes(source).parses and makes(before).parses:
                break
            run = [each for piece in pieces[first:] for each in piece]
            if makes("\n".join(sources[each] for each in run)).parses:
                pieces[first:] = [run]
                break
    return pieces


@dataclass
class _Stretch:
    """The statements of a cell that share its lines. binds: names they give. touches: names whose objects they change.

    plain: their text as Python reads it.
    """

    text: str
    plain: str
    binds: frozenset[str]
    touches: frozenset[str]
    imports: bool
    kept: bool = False


def _stretches(source: str) -> list[_Stretch]:
    """The top level of a cell from above to below; nothing where it does not parse."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")  # as Python counts lines
    plain, body = submitted_notebook.parsed(source)
    runs: list[tuple[int, int, list[ast.stmt]]] = []
    for each in body or ():
        first = min([each.lineno, *(one.lineno for one in getattr(each, "decorator_list", ()))])
        if runs and first <= runs[-1][1]:  # "a = 1; b = 2"
            begun, _, others = runs.pop()
            runs.append((begun, each.end_lineno or first, [*others, each]))
        else:
            runs.append((first, each.end_lineno or first, [each]))
    lines, plain_lines = source.split("\n"), plain.split("\n")
    found = []
    for first, end, statements in runs:
        binds, touches = _changes(statements)
        imports = all(isinstance(each, (ast.Import, ast.ImportFrom)) for each in statements)
        text, as_python = ("\n".join(each[first - 1 : end]) for each in (lines, plain_lines))
        found.append(_Stretch(text, as_python, binds, touches, imports))
    return found


def _changes(statements: Sequence[ast.stmt]) -> tuple[frozenset[str], frozenset[str]]:
    """The names that these statements bind, and those whose objects they change by `a.b = `, `a[b] = ` or `a.b()`."""
    binds, touches = set(), set()
    waiting: list[ast.AST] = list(statements)
    while waiting:
        each = waiting.pop()
        changed: ast.AST | None = None
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            binds.add(each.name)
            continue  # what is bound within stays within
        if isinstance(each, ast.Lambda):
            continue
        if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load):
            binds.add(each.id)
        elif isinstance(each, ast.ImportFrom) and each.module == "__future__":
            binds.add("*")
        elif isinstance(each, ast.alias):
            binds.add((each.asname or each.name).split(".")[0])
        elif isinstance(each, (ast.Attribute, ast.Subscript)) and not isinstance(each.ctx, ast.Load):
            changed = each
        elif isinstance(each, ast.Expr) and isinstance(each.value, ast.Call):
            changed = each.value.func if isinstance(each.value.func, ast.Attribute) else None
        while isinstance(changed, (ast.Attribute, ast.Subscript)):
            changed = changed.value
        if isinstance(changed, ast.Name):
            touches.add(changed.id)
        waiting += ast.iter_child_nodes(each)
    return frozenset(binds), frozenset(touches)


def _keep_what_is_needed(
    stretches: list[list[_Stretch]], names: frozenset[str], last: int | None, used: frozenset[str]
) -> None:
    """Mark as kept what makes `names`, what that needs, and what that needs in turn; `last` is the answer."""
    own = {name for here in stretches for each in here if not each.imports for name in each.binds}
    makers: dict[str, list[tuple[int, _Stretch]]] = {}
    for place, here in enumerate(stretches):
        for each in here:
            for name in each.binds | (each.touches & own):  # not torch.testing.assert_close(...): it changes nothing
                makers.setdefault(name, []).append((place, each))
    waiting = ["*", *names, *used]  # "*": import *, of which nobody knows what it binds, and the rules of __future__
    while waiting:
        for place, each in makers.pop(waiting.pop(), ()):
            early = last is not None and place < last  # where the functions of the answer are not yet
            if each.kept or (early and names & (each.binds | each.touches | _uses(each.plain, at_once=True))):
                continue
            each.kept = True
            waiting += _uses(each.plain)
    if last is not None:
        here = stretches[last]
        if any(each.kept for after in stretches[last + 1 :] for each in after):
            while here and not here[-1].kept:  # tried at its end, where what follows is not yet
                here = here[:-1]
        for each in here:
            each.kept = True


def _uses(source: str, at_once: bool = False) -> frozenset[str]:
    """The global names that a source reads; at_once: when it is run, not only when its functions are called."""
    found: set[str] = set()
    try:
        waiting = [symtable.symtable(submitted_notebook.parsed(source)[0], "cell", "exec")]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset(re.findall(r"\w+", source))
    while waiting:
        scope = waiting.pop()
        module = scope.get_type() == "module"
        for each in scope.get_symbols():
            if each.is_declared_global() or (each.is_referenced() and (module or each.is_global())):
                found.add(each.get_name())
        for child in scope.get_children():
            if not at_once or child.get_type() == "class" or child.get_name() in COMPREHENSIONS:
                waiting.append(child)
    return frozenset(found)


def _one_cell(texts: Sequence[str]) -> str:
    """These as the text of one cell."""
    if len(texts) == 1:
        return texts[0]
    whole = "\n".join([texts[0], *(TIMED.sub("", each) for each in texts[1:])])
    return "".join(dict.fromkeys(FUTURE.findall(whole))) + FUTURE.sub("", whole)


def _kept(text: str, stretches: Sequence[_Stretch]) -> str:
    """A text without what is not kept of it; as it stands where all is, or where nothing is known of it."""
    if all(each.kept for each in stretches) or not any(each.kept for each in stretches):
        return text
    return "\n".join(each.text for each in stretches if each.kept)
