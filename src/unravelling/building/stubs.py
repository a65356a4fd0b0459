"""Answer cells: the solution as the author wrote it, and the stub the learner gets.

The region between ``# BEGIN SOLUTION`` and ``# END SOLUTION`` (nbgrader's markers) becomes one line that raises
NotImplementedError. The solution keeps its code; the marker lines vanish from both.
"""

from __future__ import annotations

import re

BEGIN = re.compile(r"^(\s*)#+\s*BEGIN SOLUTION\s*$")
END = re.compile(r"^(\s*)#+\s*END SOLUTION\s*$")


class MarkerProblem(Exception):
    """A marker that does not fit. line: of the cell, counted from 0."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line
        self.sentence = sentence


def has_markers(source: str) -> bool:
    """Whether any line of the cell is a marker."""
    return any(BEGIN.match(line) or END.match(line) for line in source.splitlines())


def solution_of(source: str) -> str:
    """The cell without its marker lines."""
    _regions(source)
    return "\n".join(line for line in source.splitlines() if not (BEGIN.match(line) or END.match(line)))


def stub_of(source: str, exercise: str) -> str:
    """The cell with each solution region replaced by one line that says the exercise is not solved yet."""
    lines = source.splitlines()
    kept, after = [], 0
    for begin, end, indent in _regions(source):
        kept += [*lines[after:begin], f'{indent}raise NotImplementedError("{exercise} is not solved yet")']
        after = end + 1
    return "\n".join(kept + lines[after:])


def _regions(source: str) -> list[tuple[int, int, str]]:
    """(line of BEGIN, line of END, indentation) of each region. Raises MarkerProblem."""
    regions, begin, indent = [], None, ""
    for number, line in enumerate(source.splitlines()):
        if opening := BEGIN.match(line):
            if begin is not None:
                raise MarkerProblem(number, "BEGIN SOLUTION stands inside another one: end the first before it.")
            if not opening[1]:
                # A stub that raises as the cell runs would stop Run All before the check can explain anything.
                raise MarkerProblem(number, "BEGIN SOLUTION must stand inside a function or method: indent it.")
            begin, indent = number, opening[1]
        elif closing := END.match(line):
            if begin is None:
                raise MarkerProblem(number, "END SOLUTION has no BEGIN SOLUTION before it.")
            if closing[1] != indent:
                raise MarkerProblem(number, "END SOLUTION must be indented like its BEGIN SOLUTION.")
            regions.append((begin, number, indent))
            begin = None
    if begin is not None:
        raise MarkerProblem(begin, "BEGIN SOLUTION has no END SOLUTION after it.")
    return regions
