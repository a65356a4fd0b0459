"""A wrong answer that is one edit of the right one: declared as the edit, made from the reference's own text.

    last_piece_missing = slip("Your window stops one place too early. What ...?", "- n + 1", "- n")

The edit is the evidence for the sentence: all else of the answer is right. In several places it is as many pairs:

    no_residuals = slip("Nothing is added. What ...?", ("x + found", "found"), ("x + made", "made"))
"""

from __future__ import annotations

import ast
import inspect
import itertools
import linecache
import sys
import textwrap
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

_made = itertools.count()


class SlipError(ValueError):
    """An edit that does not stand in the reference exactly once; the sentence says where it was declared."""


@dataclass(frozen=True)
class Slip:
    """What `slip` declares. `where`: file and line of the declaration. `of`: which of several functions is edited."""

    sentence: str
    edits: tuple[tuple[str, str], ...]
    where: str
    of: str = ""

    def made_from(self, reference: Any) -> Any:
        """The reference, a function or a class, with the edits done, in the order in which they were declared. Raises
        SlipError."""
        text = _code_of(reference)
        for old, new in self.edits:
            if (count := text.count(old)) != 1:
                times = "does not stand" if not count else f"stands {count} times"
                raise SlipError(
                    f"{self.where}: {old!r} {times} in the reference; a slip changes what stands there once."
                )
            text = text.replace(old, new)
        return _run(text, reference, self.where)


def slip(sentence: str, *edit: str | tuple[str, str], of: str = "") -> Slip:
    """Declare a wrong answer as an edit of the reference: the sentence its author needs, then what to find and what to
    put in its place, as two texts or a pair; for an edit in several places, a pair for each. of: the function, where
    several are asked for."""
    caller = sys._getframe(1)
    where = f"{caller.f_code.co_filename}:{caller.f_lineno}"
    pairs: tuple[Any, ...] = (edit,) if edit and isinstance(edit[0], str) else edit
    if not pairs or not all(isinstance(each, tuple) and len(each) == 2 for each in pairs):
        raise SlipError(f"{where}: a slip needs pairs of what to find and what to put in its place.")
    return Slip(sentence, pairs, where, of)


@cache  # one reference has many slips
def _code_of(reference: Any) -> str:
    """The text of a function or a class without its docstring, in which words of the code may stand, too."""
    text = textwrap.dedent(inspect.getsource(reference))
    (definition,) = ast.parse(text).body
    assert isinstance(definition, ast.FunctionDef | ast.ClassDef)
    first = definition.body[0]
    if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
        return text
    lines = text.splitlines(keepends=True)
    return "".join(lines[: first.lineno - 1] + lines[first.end_lineno :])


def _run(text: str, reference: Any, where: str) -> Any:
    """What a text defines, seeing what the reference sees; its source can be read as that of a file can."""
    file = f"<slip {next(_made)} at {where}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    made: dict[str, Any] = {}
    exec(compile(text, file, "exec"), vars(sys.modules[reference.__module__]), made)
    if inspect.isclass(reference):  # Python looks for the source of a class in the file of its module
        sys.modules[file] = module = ModuleType(file)
        module.__file__ = made[reference.__name__].__module__ = file
    return made[reference.__name__]
