"""One answer from several cells: those that carry the mark of one exercise, since she split or copied its cell.

The functions that were asked for must come to be whatever else stands there. So of the cells round her last answer,
only what it needs goes along: helpers, imports, tables. What only tried something is left out, for it may raise.
"""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

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
    runs = _runs(sources, makes) if bounded else [[number] for number in range(len(sources))]
    pieces = [_piece(run, sources, names, makes) for run in runs]
    whole = [piece for piece in pieces if piece.whole]
    answer = whole[-1] if whole else None
    if bounded and len(pieces) > 1 and (answer or all(makes(piece.text).parses for piece in pieces)):
        for piece in pieces:
            piece.stretches = _stretches(piece.text)
        _keep_what_is_needed(pieces, names, answer)
    kept = [piece for piece in pieces if piece is answer or piece.some_kept] or pieces
    return Joined(
        source=_one_cell([piece.kept_text for piece in kept]),
        cells=frozenset(number for piece in kept for number in piece.cells),
        instead=frozenset(number for piece in whole for number in piece.cells),
        answers=len({piece.text for piece in whole}),
        left=sum(piece.left for piece in kept),
    )


def _runs(sources: Sequence[str], makes: Callable[[str], Definitions]) -> list[list[int]]:
    """The numbers of the cells, with those together that must be joined for one of them to parse."""
    runs: list[list[int]] = []
    for number, source in enumerate(sources):
        runs.append([number])
        for first in range(len(runs) - 2, -1, -1):
            before = "\n".join(sources[each] for each in runs[first])
            if makes(source).parses and makes(before).parses:
                break
            together = [each for run in runs[first:] for each in run]
            if makes("\n".join(sources[each] for each in together)).parses:
                runs[first:] = [together]
                break
    return runs


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


@dataclass(eq=False)
class _Piece:
    """Cells that must stand together to parse: most often one. whole: it defines all that was asked for. stretches: its
    statements; none where it is taken as it stands."""

    cells: list[int]
    text: str
    whole: bool
    stretches: list[_Stretch] = field(default_factory=list)

    @property
    def some_kept(self) -> bool:
        return any(each.kept for each in self.stretches)

    @property
    def kept_text(self) -> str:
        """Without what is not kept; all of it where nothing is known of it."""
        if not self.some_kept or not self.left:
            return self.text
        return "\n".join(each.text for each in self.stretches if each.kept)

    @property
    def left(self) -> int:
        """How many statements are left out."""
        return sum(not each.kept for each in self.stretches) if self.some_kept else 0


def _piece(
    cells: list[int], sources: Sequence[str], names: frozenset[str], makes: Callable[[str], Definitions]
) -> _Piece:
    text = "\n".join(sources[number] for number in cells)
    return _Piece(cells, text, names <= makes(text).defines)


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


def _keep_what_is_needed(pieces: Sequence[_Piece], names: frozenset[str], answer: _Piece | None) -> None:
    """Mark as kept what makes `names`, what that needs, and what that needs in turn; `answer` is kept in any case."""
    makers, last = _makers(pieces), -1 if answer is None else pieces.index(answer)
    waiting = ["*", *names]  # "*": import *, of which nobody knows what it binds, and the rules of __future__
    waiting += _uses(answer.text) if answer else ()
    while waiting:
        for place, each in makers.pop(waiting.pop(), ()):
            early = place < last  # where the functions of the answer are not yet
            if each.kept or (early and names & (each.binds | each.touches | _uses(each.plain, at_once=True))):
                continue
            each.kept = True
            waiting += _uses(each.plain)
    if answer:
        more_follows = any(piece.some_kept for piece in pieces[last + 1 :])
        for each in _without_trials_at_its_end(answer.stretches) if more_follows else answer.stretches:
            each.kept = True


def _makers(pieces: Sequence[_Piece]) -> dict[str, list[tuple[int, _Stretch]]]:
    """For each name what binds it or changes its object, and in which piece."""
    own = {name for piece in pieces for each in piece.stretches if not each.imports for name in each.binds}
    found: dict[str, list[tuple[int, _Stretch]]] = {}
    for place, piece in enumerate(pieces):
        for each in piece.stretches:
            for name in each.binds | (each.touches & own):  # not torch.testing.assert_close(...): it changes nothing
                found.setdefault(name, []).append((place, each))
    return found


def _without_trials_at_its_end(stretches: list[_Stretch]) -> list[_Stretch]:
    """Up to the last that is kept: what tries the answer there may need what follows in other cells."""
    while stretches and not stretches[-1].kept:
        stretches = stretches[:-1]
    return stretches


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
