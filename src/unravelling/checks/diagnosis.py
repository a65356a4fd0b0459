"""Which mistake an answer shows: the story of a known one where the evidence tells it from every other, else a fact.

A known mistake leaves traces: on each case the results that it gives and the rules that they break. Its story is told
only of an answer that leaves *all* of them: the same results, breaking the same rules, wherever the known mistake goes
wrong at all. So two answers that agree on small inputs and part on others get two stories, or none. Where the answer
goes wrong elsewhere, too, nothing is told, unless it stops there with an error or gives NaN: that is another mistake,
which shows by itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from . import relations
from .compare import Problem, difference, structure
from .declare import Case, Exercise, Misconception, NoVerdict
from .instruments.probing import Raised, same
from .judge import ALIKE, LAST, expected, judge, named, probe

ROUNDING = 5e-6  # numbers that differ by less, relative to their size, are the same but for their precision


@dataclass(frozen=True)
class Trace:
    """What one case shows of a mistake: what its result is recognised by, and the rules it breaks; none if it is
    right."""

    mark: Any
    rules: frozenset[tuple[str, str]]

    def agrees(self, other: Trace) -> bool:
        return self.rules == other.rules and same(self.mark, other.mark, ALIKE)


def trace(exercise: Exercise, case: Case, result: Any, problems: Sequence[Problem], late: bool) -> Trace:
    """The trace of what came back for a case, whose problems these are. late: whether side effects (judge.LAST) count,
    as they do in an answer whose values are all right."""
    rules = frozenset((each.kind, each.rule) for each in problems if late or each.kind not in LAST)
    return Trace(fingerprint(exercise, case, result), rules)


def fingerprint(exercise: Exercise, case: Case, result: Any) -> Any:
    """What a result is recognised by when looking for a misconception."""
    if isinstance(result, Raised):
        # torch's own errors, and the sentences of a probe, are alike but for their words; those of the learner's own
        # raise are hers to choose.
        of_a_probe = result.kind == "AssertionError" and result.line is None
        words = re.sub(r"\d+", "#", result.message)[:60] if of_a_probe or not result.own else ""
        return (result.kind, result.own, words)
    if exercise.fingerprint is None:
        return result
    try:
        return exercise.fingerprint(case, result)
    except NoVerdict:
        raise
    except Exception:  # a result of another structure has no such fingerprint
        return result


@lru_cache(maxsize=4096)
def _mistaken(exercise: Exercise, misconception: Misconception, case: Case, late: bool) -> Trace:
    """The trace that a known mistake leaves on a case."""
    values = probe(exercise, misconception.solution, case)
    return trace(exercise, case, values["result"], judge(exercise, case, values), late)


def fitting(
    exercise: Exercise, drawn: Sequence[Case], found: Sequence[Trace], number: int, late: bool
) -> list[Misconception]:
    """The known mistakes whose story fits an answer with these traces; more than one only if nothing tells them apart.

    number: of the case that the card shows, where a mistake must show, too. late: as in `trace`.
    """
    failing = {n for n, each in enumerate(found) if each.rules}
    fits = []
    for each in exercise.misconceptions:
        covered = _covered(exercise, each, drawn, found, number, late)
        rest = failing - covered
        enough = bool(covered) and (not rest or len(covered) >= max(2, len(rest)))
        if enough and all(_shows(exercise, drawn[n], found[n]) for n in rest):
            fits.append((len(covered), each))
    most = max((count for count, _ in fits), default=0)
    return [each for count, each in fits if count == most]


def _covered(
    exercise: Exercise, mistake: Misconception, drawn: Sequence[Case], found: Sequence[Trace], number: int, late: bool
) -> set[int]:
    """On which cases an answer goes wrong as a known mistake does; empty if it does otherwise on one of its cases."""
    covered: set[int] = set()
    hides = not isinstance(expected(exercise, drawn[number]), Raised)  # where an error is asked for, nothing is hidden
    # Most are told apart by the case that is shown; where that is a whole training, by the quick ones before it.
    for n in sorted(range(len(drawn)), key=lambda n: (drawn[n].slow, n != number)):
        theirs = _mistaken(exercise, mistake, drawn[n], late)
        if theirs.rules and theirs.agrees(found[n]):
            covered.add(n)
        elif n == number or (theirs.rules and not (hides and _shows(exercise, drawn[n], found[n]))):
            return set()
    return covered


def _shows(exercise: Exercise, case: Case, found: Trace) -> bool:
    """Whether what is wrong on a case is a mistake that shows by itself, and hides others: an error, or one that should
    have been raised, or NaN."""
    if not found.rules:
        return False
    if any(kind == "raised" for kind, _ in found.rules) or isinstance(expected(exercise, case), Raised):
        return True
    return any(each != each for each in relations.flat(found.mark) or [])


def told(stories: Sequence[Misconception]) -> tuple[str, str]:
    """Name and text of the stories that fit: one is told; of several, that each of them gives just these results."""
    name = " or ".join(each.name for each in stories)
    if len(stories) < 2:
        return name, "".join(each.sentence for each in stories)
    both = " Or: ".join(each.sentence for each in stories)
    return name, f"{len(stories)} mistakes give just these results; which of them is yours? {both}"


def rule_broken(drawn: Sequence[Case], failing: Sequence[int], number: int, kind: str) -> str:
    """The rule that an answer breaks which is wrong on the cases of this rule only; empty if there is none such.

    kind: of the problem shown. What it does beside its result is no case's. Where it stops, or is of another type or
    shape, the rule of a case says why only if that is so on the cases of one or two rules, and of none without a rule.
    """
    if kind in ("forbidden", "unsteady", *LAST):
        return ""
    rule = drawn[number].rule
    if kind in ("raised", "type", "shape", "dtype") and (
        len(failing) == len(drawn) or len({drawn[n].rule for n in failing}) > 2
    ):
        return ""
    return rule if rule and all(drawn[n].rule for n in failing) else ""


def fact(
    exercise: Exercise,
    drawn: Sequence[Case],
    values: Sequence[dict[str, Any]],
    failing: Sequence[int],
    problem: Problem,
) -> str:
    """What is true of all the wrong values of an answer, in a sentence; empty if nothing of the kind is."""
    if problem.kind not in ("value", "property") or not (exercise.compares or exercise.unique):
        return ""

    def raises(n: int) -> bool:
        return isinstance(values[n]["result"], Raised) or isinstance(expected(exercise, drawn[n]), Raised)

    valued = [n for n in failing if not raises(n)]  # an error, given or asked for, is no value
    pairs = [
        relations.Pair(
            drawn[n].name, named(exercise, values[n]["result"]), named(exercise, expected(exercise, drawn[n]))
        )
        for n in valued
    ]
    if any(difference(each.got, each.want, ROUNDING, "") is None for each in pairs if alike_in_form(each)):
        return ""  # the numbers are right, and something else is wrong
    if not pairs:
        return ""
    given = [drawn[n].inputs for n in valued]
    if (part := _part_at_fault(pairs, len(exercise.returns))) is None:
        return relations.said(pairs, given)
    alone = [replace(each, got=each.got[part], want=each.want[part]) for each in pairs]
    sentence = relations.said(alone, given)
    return sentence and f"Of {exercise.returns[part]} alone: {sentence[0].lower()}{sentence[1:]}"


def alike_in_form(pair: relations.Pair) -> bool:
    """Whether the numbers of a pair can be held against one another."""
    return not list(structure(pair.got, pair.want, "", True))


def _part_at_fault(pairs: Sequence[relations.Pair], count: int) -> int | None:
    """Which of several things that came back is the only wrong one; None if there is but one thing, or more are."""
    if count < 2 or any(type(each.got) is not tuple or len(each.got) != count for each in pairs):
        return None
    parts = [[n for n in range(count) if not same(each.got[n], each.want[n], relations.NEAR)] for each in pairs]
    return parts[0][0] if parts and all(len(each) == 1 and each == parts[0] for each in parts) else None


def kept(
    exercise: Exercise, drawn: Sequence[Case], values: Sequence[dict[str, Any]], failing: Sequence[int], number: int
) -> int | None:
    """The earlier case whose right result came back once more for this one, which asks for another; None if none, or
    if on some other case something else went wrong."""
    if not (exercise.compares or exercise.unique):
        return None
    got = [named(exercise, each["result"]) for each in values]

    def first_like(n: int) -> int | None:
        return next((m for m in range(n) if not isinstance(got[m], Raised) and same(got[m], got[n])), None)

    def is_telling(n: int) -> bool:
        pair = relations.Pair("", got[n], named(exercise, expected(exercise, drawn[n])))
        return _tells(got[n]) or not alike_in_form(pair)

    wrong = [n for n in failing if not isinstance(got[n], Raised)]
    earlier = first_like(number)
    if earlier is None or earlier in failing or not all(is_telling(n) and first_like(n) is not None for n in wrong):
        return None
    alike = same(expected(exercise, drawn[earlier]), expected(exercise, drawn[number]), ALIKE)
    return None if alike else earlier


def _tells(value: Any) -> bool:
    """Whether a result holds so much that it does not come twice by chance."""
    numbers = relations.flat(value)
    if numbers is None:
        return len(str(value)) > 8
    return any(math.isfinite(each) and (each != int(each) or abs(each) > 20) for each in numbers)


def tried(drawn: Sequence[Case], failing: Sequence[int]) -> str:
    """On how many inputs an answer is right, and which are the others; empty where it is right on none."""
    right = len(drawn) - len(failing)
    if not right:
        return ""
    names = [f"“{drawn[n].name}”" for n in failing]
    others = ", ".join(names) if len(names) < 4 else f"{', '.join(names[:3])} and {len(names) - 3} more"
    return f"{len(drawn)} inputs: right for {right}, wrong for {others}"
