"""The exercises of a module: which cell belongs to which, and whether text and declarations agree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from traceback import extract_tb
from typing import TYPE_CHECKING

from unravelling.building.rules import headings
from unravelling.building.sources import BuildError, Cell, Source

if TYPE_CHECKING:
    from unravelling.checks.declare import Exercise

HEADING = re.compile(r"(\d\d\.\d+)\s+\S")
CHECK = re.compile(r"""^check\(\s*["'](\d\d\.\d+)["']""", re.MULTILINE)
HINT = re.compile(r"""^hint\(\s*["'](\d\d\.\d+)["']""", re.MULTILINE)
NEEDED = ("answer", "check", "hint")
Declarations = Callable[[str], Iterable["Exercise"]]


def from_the_registry(number: str) -> Iterable[Exercise]:
    """The exercises that unravelling.checks declares for a module ("04")."""
    from unravelling.checks import registry

    try:
        return registry.module(number)
    except registry.UnknownExercise:
        return []  # the comparison with the text then names every exercise that is not declared
    except Exception as error:  # an author's module may raise anything as it is imported
        frames = [frame for frame in extract_tb(error.__traceback__) if registry.MODULES[number] in frame.filename]
        place = f"{frames[-1].filename}:{frames[-1].lineno}: " if frames else ""
        sentence = f"The declarations of module {number} cannot be imported. {type(error).__name__}: {error}"
        raise BuildError(place + sentence) from error


def line_under_heading(declared: Exercise) -> str:
    """The one generated line: what the exercise is worth and what it costs."""
    points = "1 point" if declared.points == 1 else f"{declared.points} points"
    if declared.shares:
        points += f" ({', '.join(f'{each.points} for `{each.name}`' for each in declared.shares)})"
    return f"{points} · difficulty {declared.difficulty} of 3 · about {declared.minutes} minutes"


def assign_roles(source: Source) -> list[tuple[str, str] | None]:
    """For each cell (exercise id, role), or None. Raises BuildError with every problem found.

    An answer cell is tagged ``answer`` and belongs to the exercise whose heading it stands under, or to the one its
    header names; check and hint cells are known by the call they make.
    """
    roles: list[tuple[str, str] | None] = []
    problems: list[str] = []
    at_line: dict[str, int] = {}
    current = ""
    for cell in source.cells:
        if cell.kind == "markdown":
            for line, _, text in headings(cell):
                if match := HEADING.match(text):
                    current = match[1]
                    if current in at_line:
                        problems.append(source.at(line, f"Exercise {current} has two headings."))
                    at_line.setdefault(current, line)
            roles.append(None)
            continue
        role = _role(cell, current)
        if isinstance(role, str):
            problems.append(source.at(cell.line, role))
            role = None
        elif role and role[0] not in at_line:
            problems.append(source.at(cell.line, f"There is no heading ## {role[0]} above this cell."))
        elif role and role[1] == "answer" and role in roles:
            problems.append(source.at(cell.line, f"Exercise {role[0]} has two answer cells: make one of them."))
        roles.append(role)
    for exercise, line in at_line.items():
        missing = [role for role in NEEDED if (exercise, role) not in roles]
        if missing:
            what = " and no ".join(missing)
            problems.append(source.at(line, f"Exercise {exercise} has no {what} cell."))
    if problems:
        raise BuildError(problems)
    return roles


def _role(cell: Cell, current: str) -> tuple[str, str] | str | None:
    """(exercise, role) of a code cell, None for an ordinary one, or a sentence about what is wrong with it."""
    if "answer" in cell.tags:
        named = cell.metadata.get("exercise", current)
        if not isinstance(named, str):
            return f'Quote the exercise\'s id (exercise: "04.1"): YAML reads {named} as a number.'
        if not named:
            return "This answer cell stands under no exercise heading (## 04.1 Title)."
        if named != current:
            return f"This answer cell says exercise {named}, but stands under {current or 'no exercise heading'}."
        return (named, "answer")
    for pattern, role in ((CHECK, "check"), (HINT, "hint")):
        if match := pattern.search(cell.source):
            return (match[1], role)
    return None


def compare_with_declarations(source: Source, declared: list[Exercise]) -> None:
    """Text and declarations must hold the same exercises, once each. Raises BuildError."""
    in_text = {}
    for cell in source.cells:
        if cell.kind == "markdown":
            in_text.update({match[1]: line for line, _, text in headings(cell) if (match := HEADING.match(text))})
    ids = [exercise.id for exercise in declared]
    where = f"the declarations of module {source.number} in unravelling.checks"
    problems = []
    for exercise in sorted({one for one in ids if ids.count(one) > 1}):
        problems.append(source.at(in_text.get(exercise, 1), f"Exercise {exercise} is declared twice in {where}."))
    for exercise in sorted(set(ids) - set(in_text)):
        problems.append(source.at(1, f"Exercise {exercise} is declared in {where}, but has no heading here."))
    for exercise in sorted(set(in_text) - set(ids)):
        sentence = f"Exercise {exercise} is not among {where}: declare it, and import it in their __init__.py."
        problems.append(source.at(in_text[exercise], sentence))
    if problems:
        raise BuildError(problems)
