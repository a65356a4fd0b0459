"""check, solved and inputs, as a learner calls them in a notebook."""

from __future__ import annotations

import os
from typing import Any

from unravelling.checks import registry

from .shown import show
from .verdict_card import Card


class CheckFailed(AssertionError):
    """A check that did not pass, and raises (UNRAVELLING_CHECK=raise). Its text is the verdict."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback: the reason, nothing of our machinery."""
        return str(self).splitlines()


_solved_here: set[str] = set()  # in this kernel: what a notebook defines is gone with it, whatever progress remembers
_passed_here: set[str] = set()  # those that ever passed in this kernel; a later wrong try takes nothing back


def check(exercise_id: str, *functions: Any, demonstration: bool = False) -> None:
    """Check your answer to an exercise: check("04.1", scaled_dot_product_attention).

    Says why the answer is right if it passes; otherwise shows what was asked, what came back and where to look, and
    lets the notebook run on. Under pytest it raises CheckFailed instead. Every call is kept in your progress, except
    one that was given no answer, and with demonstration=True, which only shows what a check says: a lesson uses it on
    an answer that is wrong on purpose.
    """
    from unravelling.checks import engine
    from unravelling.learning import progress

    try:
        exercise = registry.load(exercise_id)
    except registry.UnknownExercise as unknown:
        _say(str(unknown))
        return
    verdict = engine.run(exercise, functions)
    if demonstration:
        show(Card(verdict), verdict.plain())
        return
    if verdict.kind == "exists":  # no answer was given, so nothing is known of the one that there may be
        _say(verdict.plain(), Card(verdict))
        return
    (_solved_here.add if verdict.passed else _solved_here.discard)(exercise.id)
    status = "pass" if verdict.passed else verdict.status  # what files of progress say, old and new
    progress.record("check", exercise.id, passed=verdict.passed, status=status, looks_like=verdict.misconception)
    if verdict.passed:
        _passed_here.add(exercise.id)
        before = (id for id, each in progress.read().exercises.items() if each.passed)
        card = Card(verdict, frozenset({*_passed_here, *before}))
        show(card, card.plain())
    else:
        _say(verdict.plain(), Card(verdict))


def solved(*exercise_ids: str) -> bool:
    """Whether the checks of these exercises passed in this kernel; if not, prints which to solve first.

    For cells that put an answer to use: `if solved("04.1"): ...`
    """
    for each in exercise_ids:
        try:
            registry.load(each)
        except registry.UnknownExercise as unknown:
            print(unknown)
            return False
    missing = [each for each in exercise_ids if each not in _solved_here]
    if missing:
        print(f"Solve {' and '.join(missing)} first; then this cell has something to show.")
    return not missing


def inputs(exercise_id: str, case: int = 0, seed: int = 0) -> Any:
    """The inputs of one case of an exercise, in the order of the function's parameters, as a tuple to unpack.

    A single input comes as it is. The check tells you which case failed. Raises LookupError for an exercise, IndexError
    for a case that does not exist, with a sentence that says which do.
    """
    exercise = registry.load(exercise_id)
    cases = exercise.cases(seed)
    if isinstance(case, bool) or not isinstance(case, int) or not 0 <= case < len(cases):
        raise IndexError(f"Exercise {exercise.id} has the cases 0 to {len(cases) - 1}; there is no case {case!r}.")
    values = tuple(cases[case].inputs.values())
    return values if len(values) > 1 else values[0]


def _say(plain: str, shown: Card | None = None) -> None:
    """Raise under pytest; else show in a notebook, or print where there is none."""
    if os.environ.get("UNRAVELLING_CHECK") == "raise":
        raise CheckFailed(plain)
    if shown is None:
        print(plain)
    else:
        show(shown, plain)
