"""What a masking did, told from many draws: the statistics behind 07.1. Nothing here asks how the code was written.

A result holds `masked` and `labels`, both (calls, ...), of several calls on the same ids with one generator;
`repeats`, whether the same seed gave the same again; `moves`, whether another seed gave something else (both True
where a single call was made: it may give the same by chance).
"""

from __future__ import annotations

import math
from typing import Any

import torch

from ..compare import number
from ..declare import Case
from .remembering import remembered

NONE = -100  # the label of a place that nobody asks about
NEVER = 1e-8  # a count with less chance than this is held for a mistake

# How the chosen tokens are shared out: to the mask, to a random token, to staying as they are.
SPLITS = {
    "asked": (0.8, 0.1, 0.1),
    "all masked": (1.0, 0.0, 0.0),
    "none stays": (0.8, 0.2, 0.0),
    "none random": (0.8, 0.0, 0.2),
    "a tenth of the rest": (0.8, 0.02, 0.18),
    "overwritten": (0.72, 0.1, 0.18),
    "overwritten, none stays": (0.9, 0.1, 0.0),
    "swapped": (0.1, 0.8, 0.1),
}


def unlikely(count: int, n: int, low: float, high: float | None = None) -> bool:
    """Whether `count` of n draws is too few for a chance of `low` each, or too many for one of `high` (default: low).

    Exact binomial tails, not an approximation: they hold for rare events and for few draws, too.
    """
    high = low if high is None else high
    if n == 0 or low * n <= count <= high * n:
        return False
    p, step = (low, -1) if count < low * n else (high, 1)
    if p in (0.0, 1.0):
        return True  # what cannot happen did
    tail, k = 0.0, count
    while 0 <= k <= n:
        ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
        term = math.exp(ways + k * math.log(p) + (n - k) * math.log1p(-p))
        tail += term
        if term < tail * 1e-12:
            break
        k += step
    return tail < NEVER


def ordinary(case: Case) -> torch.Tensor:
    """True where a token of the case is not special; the shape of ids."""
    return ~torch.isin(case["ids"], case["special"])


@remembered
def findings(case: Case, result: dict[str, Any]) -> dict[str, str]:
    """What is wrong, by name, each with a sentence; the most basic first, and nothing that only follows from it."""
    if result["form"]:
        return {"form": result["form"]}
    masked, labels = result["masked"], result["labels"]
    found = _structure(case, masked, labels)
    if found:
        return found
    chosen = labels != NONE
    found |= _numbers(case, chosen)
    found |= _split(case, masked, chosen)
    if not result["repeats"]:
        found["not repeated"] = (
            "Two generators with the same seed gave different results: something else is drawn from."
        )
    elif not result["moves"]:
        found["whatever the seed"] = "Generators with different seeds gave the same: nothing is drawn from them."
    return found


def _structure(case: Case, masked: torch.Tensor, labels: torch.Tensor) -> dict[str, str]:
    """What must hold at every single place, whatever was drawn."""
    ids, keep = case["ids"], ordinary(case)
    names = {
        "other label": (labels != NONE) & (labels != ids),
        "special chosen": (labels != NONE) & ~keep,
        "special changed": (masked != ids) & ~keep,
        "changed unasked": (masked != ids) & (labels == NONE) & keep,
        "out of range": (masked < 0) | (masked >= case["V"]),
    }
    if case["p"] == 0:
        names["chosen with p = 0"] = labels != NONE
    if case["p"] == 1:
        names["left out with p = 1"] = (labels == NONE) & keep
    said = {
        "other label": "the label is {label}; it should be the token that stood there, or -100",
        "special chosen": "which is special, the label is {label}; a special token is never chosen",
        "special changed": "which is special, now stands {now}; a special token stays as it is",
        "changed unasked": "now stands {now}, but the label is -100; only chosen tokens may change",
        "out of range": f"now stands {{now}}; the vocabulary goes from 0 to {case['V'] - 1}",
        "chosen with p = 0": "the label is {label}, though with p = 0 nothing is chosen",
        "left out with p = 1": "the label is -100, though with p = 1 every ordinary token is chosen",
    }
    found = {}
    for name, wrong in names.items():
        if wrong.any():
            first = tuple(wrong.nonzero()[0].tolist())
            where = {"label": int(labels[first]), "now": int(masked[first])}
            found[name] = f"Where token {int(ids[first[1:]])} stood, {said[name].format(**where)}."
    return found


def _numbers(case: Case, chosen: torch.Tensor) -> dict[str, str]:
    """How many were chosen in all, in each call and in each row."""
    keep, p = ordinary(case), case["p"]
    if p in (0, 1):
        return {}
    n, count = int(keep.sum()) * len(chosen), int(chosen.sum())
    if unlikely(count, n, p):
        return {"share": f"Of {n:,} ordinary tokens {count / n:.1%} were chosen; p is {p:.0%}."}
    if len(chosen) > 9 and (chosen == chosen[0]).all():
        return {"same places": f"In {len(chosen)} calls with one generator the same places were chosen each time."}
    if chosen.dim() == 3 and chosen.shape[1] > 1 and _rows_alike(chosen, keep):
        return {"rows alike": "In every row of the batch the same places were chosen."}
    per_call = chosen.flatten(1).sum(1).double()
    if len(chosen) > 99:
        fair = p * (1 - p) * int(keep.sum())  # the variance of a sum of independent choices
        ratio = float(per_call.var()) / fair
        if not 0.4 < ratio < 2.5:
            often = f"{len(chosen)} times {int(keep.sum())} tokens"
            if ratio == 0:
                return {"fixed number": f"In {often} exactly {int(per_call[0])} were chosen each time."}
            return {"not by itself": f"In {often} the number chosen varies {number(ratio)} times as much as it should."}
    return {}


def _rows_alike(chosen: torch.Tensor, keep: torch.Tensor) -> bool:
    """Whether each row has the places of the fullest one, as far as both have ordinary tokens there."""
    fullest = int(keep.sum(1).argmax())
    both = keep & keep[fullest]
    return bool(((chosen == chosen[:, fullest : fullest + 1]) | ~both).all())


def _split(case: Case, masked: torch.Tensor, chosen: torch.Tensor) -> dict[str, str]:
    """What became of the chosen tokens."""
    ids, V = case["ids"].expand_as(masked), case["V"]
    now, was = masked[chosen], ids[chosen]
    n = len(now)
    if n < 100:
        return {}
    counts = [int((now == case["mask_id"]).sum()), 0, int((now == was).sum())]
    counts[1] = n - counts[0] - counts[2]
    if not _fits(counts, n, V, len(case["special"]), SPLITS["asked"]):
        which = [name for name, each in SPLITS.items() if _fits(counts, n, V, len(case["special"]), each)]
        shares = ", ".join(f"{each / n:.0%} {name}" for each, name in zip(counts, WHAT, strict=True))
        plain = n > 4000 or which == ["all masked"]  # the others can be told apart by many tokens only
        name = f"split: {which[0]}" if len(which) == 1 and plain else "split"
        return {name: f"Of {n:,} chosen tokens {shares}; asked for are 80%, 10% and 10%."}
    return _random(case, now[(now != case["mask_id"]) & (now != was)])


WHAT = ("became the mask", "another token", "stayed")


def _fits(counts: list[int], n: int, V: int, special: int, split: tuple[float, float, float]) -> bool:
    """A random token can happen to be the mask, or the one that stood there; whoever avoids that is right as well."""
    luck = split[1] / max(V - special, 1)
    bounds = (split[0], split[0] + luck), (split[1] - 2 * luck, split[1]), (split[2], split[2] + luck)
    return not any(unlikely(count, n, max(low, 0.0), high) for count, (low, high) in zip(counts, bounds, strict=True))


def _random(case: Case, drawn: torch.Tensor) -> dict[str, str]:
    """Whether the tokens put in at random are spread over the vocabulary. Looked at where at least 30 a token are."""
    V = case["V"]
    if len(drawn) < 30 * V:
        return {}
    counts = torch.bincount(drawn, minlength=V).tolist()
    text, special = set(case["ids"].flatten().tolist()), set(case["special"].tolist())
    others = [token for token in range(V) if token not in text | special]
    if max(counts) > len(drawn) / 4:
        return {"one token": f"Of {len(drawn):,} random tokens {max(counts):,} are the same one."}
    if not any(counts[token] for token in others):
        return {"from the text": f"All {len(drawn):,} random tokens are tokens of the text itself."}
    missing = [token for token in others if counts[token] == 0]
    if missing:
        least, most = min(missing), max(missing)
        which = f"token {least}" if least == most else f"{len(missing)} tokens, {least} to {most},"
        return {"never drawn": f"Among {len(drawn):,} random tokens {which} never came."}
    expected = sum(counts[token] for token in others) / len(others)
    for token in others:
        if unlikely(counts[token], sum(counts[each] for each in others), 1 / len(others)):
            return {"uneven": f"Token {token} came {counts[token]} times where {expected:.0f} were to be expected."}
    return {}
