"""Find an exercise by its id. Light to import: torch comes in only when a module's exercises are loaded."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from unravelling.course_modules import MODULES

if TYPE_CHECKING:
    from .declare import Exercise


class UnknownExercise(LookupError):
    """No exercise has that id; the message lists those that exist."""

    def __str__(self) -> str:
        return str(self.args[0])


def module(number: str) -> list[Exercise]:
    """The exercises of one course module ("04"), in order. Raises UnknownExercise."""
    from .declare import Exercise

    if number not in MODULES:
        raise UnknownExercise(f'There is no module "{number}" with exercises. There are: {", ".join(MODULES)}.')
    found = vars(import_module(f"{__package__}.{MODULES[number]}")).values()
    return sorted((each for each in found if isinstance(each, Exercise)), key=lambda each: each.number)


def load(exercise_id: str) -> Exercise:
    """The exercise with this id, such as "04.1". Raises UnknownExercise with a sentence that lists the ids."""
    number = exercise_id.split(".")[0] if isinstance(exercise_id, str) else None
    near = module(number) if number in MODULES else all_exercises()
    for each in near:
        if each.id == exercise_id:
            return each
    ids = ", ".join(each.id for each in near)
    hint = "" if isinstance(exercise_id, str) else " Write the id in quotes."
    raise UnknownExercise(f"There is no exercise {exercise_id!r}.{hint} There are: {ids}.")


def all_exercises() -> list[Exercise]:
    """Every exercise of the course, in order."""
    return [each for number in MODULES for each in module(number)]
