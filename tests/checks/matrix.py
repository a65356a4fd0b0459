"""The table behind test_matrix.py: what is told of each kind of mistake.

python -m tests.checks.matrix [04.1 ...]     the table of these exercises
python -m tests.checks.matrix --mutants 04.1 the mutants of which a story is told now, for tests/checks/answers
"""

from __future__ import annotations

import sys

from tests.checks.proofs import given, mutant_verdicts, mutants_told
from unravelling.checks import registry
from unravelling.checks.declare import Exercise
from unravelling.checks.engine import Verdict, run


def table(exercise: Exercise) -> list[tuple[str, str, str]]:
    """(kind of mistake, story told or the symptom, how it was told) for every kind that is known."""
    from tests.checks.answers import collected

    rows = [(each.name, given(exercise, each.solution)) for each in exercise.misconceptions]
    rows += [(each.name, each.handed_in) for each in collected() if each.exercise.id == exercise.id and not each.passes]
    verdicts = [(name, run(exercise, solution)) for name, solution in rows] + [*mutant_verdicts(exercise).items()]
    return [(name, *_told(verdict)) for name, verdict in verdicts]


def _told(verdict: Verdict | None) -> tuple[str, str]:
    if verdict is None:
        return "it does not end", "stopped"
    how = "story" if verdict.misconception else "fact" if verdict.cause else verdict.kind or verdict.status
    return verdict.misconception or f"{verdict.symptom} {verdict.cause}".strip(), how


if __name__ == "__main__":
    wanted = [each for each in registry.all_exercises() if each.id in sys.argv[1:] or len(sys.argv) == 1]
    for each in wanted:
        if "--mutants" in sys.argv:
            lines = [f"    {change!r}: {name!r}," for change, name in mutants_told(each).items()]
            print("\n".join(["MUTANTS = {", *lines, "}"]))
        else:
            for kind, told, how in table(each):
                print(f"{each.id} {how:10} {kind[:90]:90} {told[:200]}")
