"""Which parts of a sentence are code: hints and cards are written as plain text, which terminals show as it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_CALL = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_INSIDE = re.compile(
    r"`(?P<marked>[^`]+)`"
    rf"|(?<![\w.])\.?[A-Za-z_][\w.]*(?:{_CALL}|\[[^\[\]]+\])(?:\.\w+|{_CALL}|\[[^\[\]]+\])*"  # f(x), rows[0].sum(1)
    r"|(?<![\w.])[A-Za-z_]\w*(?:\.[a-z_]\w{2,})+"  # torch.isin
    r"|(?<![\w.])\.[a-z_]\w+(?!\w)"  # .grad
    r"|\b[A-Za-z]\w*_\w+\b"  # key_padding_mask
    r"|\b[a-z]\w*=[\w.-]*\w"  # keepdim=True
)


def parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, in order, each with whether it is code: between backticks, a statement between semicolons, a
    call, an index, a name with a dot or an underscore in it, a named argument."""
    for number, piece in enumerate(text.split("; ")):
        if number:
            yield "; ", False
        end = piece[-1:] if piece[-1:] in ".,:" else ""
        if _is_statement(piece.removesuffix(end)):
            yield piece.removesuffix(end), True
            yield end, False
            continue
        last = 0
        for found in _INSIDE.finditer(piece):
            yield piece[last : found.start()], False
            yield found["marked"] or found[0], True
            last = found.end()
        yield piece[last:], False


def _is_statement(text: str) -> bool:
    try:
        (statement,) = ast.parse(text.strip()).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return isinstance(statement, (ast.Assign, ast.AugAssign, ast.Return))
