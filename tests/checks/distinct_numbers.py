"""The rule of distinct numbers: numbers that two mistakes could confuse are not the same in all cases of a kind.

A real fault lived for years because in every test r equalled alpha. A kind of cases are those with the same inputs and
as many axes each: if all of them have as many heads as sentences, who takes the one for the other is not caught there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

import torch

from unravelling.checks.declare import Case, Exercise

# What the check itself goes by, and what it gives in an earlier call.
OURS = {"seed", "seeds", "silent", "sure", "traced", "before", "mask_before"}


def numbers_of(case: Case, texts: Collection[str]) -> dict[str, float]:
    """The numbers and sizes of a case by name: "h"; "x[-1]", the last axis; "len(labels)"; "words(text)"."""
    found: dict[str, float] = {}
    for name, each in case.inputs.items():
        if name in OURS or isinstance(each, bool):
            continue
        if isinstance(each, (int, float)):
            found[name] = each
        elif isinstance(each, torch.Tensor):
            found |= {f"{name}[{axis}]": each.shape[axis] for axis in range(-each.dim(), 0)}
        elif isinstance(each, (list, tuple, dict)):
            found[f"len({name})"] = len(each)
        elif name in texts:
            found[f"words({name})"] = len(each.split())
    return found


def confusable(exercise: Exercise, one_number: Sequence[str] = (), seed: int = 0) -> set[str]:
    """Which numbers of an exercise no case of a kind tells apart, each with the first case of that kind; and which are
    0 or 1 in all cases.

    one_number: names, with spaces between them, of what is one and the same number by the docstring.
    """
    drawn = exercise.cases(seed)
    texts = {name for case in drawn for name, each in case.inputs.items() if isinstance(each, str) and " " in each}
    kinds = defaultdict(list)
    for case in drawn:
        kinds[tuple(numbers_of(case, texts))].append(case)
    found = set()
    for names, alike in kinds.items():
        same = defaultdict(list)  # the names of one value in each of the cases
        for name in names:
            same[tuple(numbers_of(case, texts)[name] for case in alike)].append(name)
        for each in same.values():
            apart = [name for n, name in enumerate(each) if not any(_one(name, of, one_number) for of in each[:n])]
            found |= {f"{alike[0].name}: {' = '.join(apart)}"} if len(apart) > 1 else set()
    return found | _always_0_or_1(drawn)


def _one(name: str, other: str, one_number: Sequence[str]) -> bool:
    return any({name, other} <= set(each.split()) for each in one_number)


def _always_0_or_1(drawn: Sequence[Case]) -> set[str]:
    """A scale that is always 1, a position that is always 0, a table that is always the same number throughout."""
    values = defaultdict(set)
    for case in drawn:
        for name, each in case.inputs.items():
            if isinstance(each, (int, float)) and not isinstance(each, bool) and name not in OURS:
                values[name].add(each)
            if isinstance(each, torch.Tensor) and each.is_floating_point():
                values[name] |= {0, 2} if len(each.unique()) > 1 else set(each.flatten()[:1].tolist())
    return {f"{name} is always 0 or 1" for name, each in values.items() if each <= {0, 1}}
