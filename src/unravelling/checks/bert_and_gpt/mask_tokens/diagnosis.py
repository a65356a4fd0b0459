"""What a masking did, told from many draws: the statistics behind 07.1. Nothing here asks how the code was written.

A result holds `all_masked` and `all_labels`, both (calls, ...), of several calls on the same ids with one generator;
`repeats`, whether the same seed gave the same again; `moves`, whether another seed gave something else (both True
where so little is drawn that it may be the same by chance); `outside`, whether the states of torch's and Python's own
generators were other ones afterwards; `changed`, what stood in ids after a call that changed it.
"""

from __future__ import annotations

from typing import Any

import torch

from ...compare import number
from ...declare import Case
from ..chance_bounds import spread_bounds, unlikely
from ..diagnosis_cache import remembered
from .fates import fates_of, split_of

NONE = -100  # the label of a place that nobody asks about
MANY = 5000  # tokens from which a share can be told from its neighbours

# Where these are found, counts tell nothing of the shares.
SHARED = {
    "same each time", "same places", "rows alike", "all or none", "one fate", "fates alike",
    "one token", "from the text",
}  # fmt: skip

Found = dict[str, str]


def ordinary(case: Case) -> torch.Tensor:
    """True where a token of the case is not special; the shape of ids."""
    return ~torch.isin(case["ids"], case["special"])


@remembered
def findings(case: Case, result: dict[str, Any]) -> Found:
    """What is wrong, by name, each with a sentence; the most basic first, and nothing that only follows from it."""
    masked, labels = result["all_masked"], result["all_labels"]
    found = _as_a_whole(case, masked, labels) or _structure(case, masked, labels)
    if not found:
        chosen = labels != NONE
        found = _alike(case, masked, chosen) or (_numbers(case, chosen) | split_of(case, masked, chosen))
    return found if "same each time" in found else found | _sources(result)


def shares(case: Case, result: dict[str, Any]) -> tuple[str, str]:
    """Which known share of the ordinary tokens has a label, and which was changed; "" where too few can tell."""
    keep, p = ordinary(case), case["p"]
    n = int(keep.sum()) * len(result["all_masked"])
    labelled = (result["all_labels"] != NONE) & keep
    changed = (result["all_masked"] != case["ids"]) & keep
    if n < MANY or p in (0, 1):
        return "", ""
    return _share(int(labelled.sum()), n, case), _share(int(changed.sum()), n, case)


def _share(count: int, n: int, case: Case) -> str:
    p, luck = case["p"], 0.1 / case["V"]  # a token put in at random can be the one that stood there
    known = {
        "p": (p, p),
        "1 - p": (1 - p, 1 - p),
        "15%": (0.15, 0.15),
        "changed": ((0.9 - luck) * p, 0.9 * p),
        "none": (0.0, 0.0),
        "all": (1.0, 1.0),
    }
    return " or ".join(name for name, (low, high) in known.items() if not unlikely(count, n, low, high)) or "another"


def _as_a_whole(case: Case, masked: torch.Tensor, labels: torch.Tensor) -> Found:
    """What is true of all places at once, and says more than the first wrong place."""
    ids, keep = case["ids"].expand_as(labels), ordinary(case)
    if _structure(case, masked, labels) and not _structure(case, labels, masked):
        return {"exchanged": "masked and labels have changed places: first comes the text, then the answers."}
    if torch.equal(labels, ids):
        if case["p"] < 1:
            return {"labels: ids": "labels is ids as it was: every token has a label, chosen or not."}
    elif torch.equal(labels, masked):
        return {"labels: masked": "masked and labels are the same, number for number."}
    other = labels != ids
    if (labels != NONE).all() and other[..., ~keep].any() and other[..., ~keep].all():
        numbers = labels[other].unique()
        if len(numbers) == 1:
            text = f"Where nothing is asked your labels say {int(numbers)}; the number that means this is {NONE}."
            return {f"another number: {int(numbers)}": text}
    return {}


def _structure(case: Case, masked: torch.Tensor, labels: torch.Tensor) -> Found:
    """What must hold at every single place, whatever was drawn."""
    ids, keep, p = case["ids"], ordinary(case), case["p"]
    label = labels != NONE
    from_masked = "label after masking" if bool((~label | (labels == masked)).all()) else "other label"
    names = {
        from_masked: label & (labels != ids),
        "special chosen": label & ~keep,
        "special changed": (masked != ids) & ~keep,
        "changed unasked": (masked != ids) & ~label & keep,
        "out of range": (masked < 0) | (masked >= case["V"]),
    }
    if p == 0:
        names["all chosen, p = 0" if bool((label | ~keep).all()) else "chosen, p = 0"] = label & keep
    if p == 1:
        names["none chosen, p = 1" if not bool((label & keep).any()) else "left out, p = 1"] = ~label & keep
    said = {
        "label after masking": "the label is {label}, what stands there now; it should be the token that stood there",
        "other label": "the label is {label}; it should be the token that stood there, or -100",
        "special chosen": "which is special, the label is {label}; a special token is never chosen",
        "special changed": "which is special, now stands {now}; a special token stays as it is",
        "changed unasked": "now stands {now}, but the label is -100; only chosen tokens may change",
        "out of range": f"now stands {{now}}; the vocabulary goes from 0 to {case['V'] - 1}",
        "all chosen, p = 0": "the label is {label}, and so it is with all; with p = 0 nothing is chosen",
        "chosen, p = 0": "the label is {label}, though with p = 0 nothing is chosen",
        "none chosen, p = 1": "the label is -100, and no other token is chosen; with p = 1 every ordinary one is",
        "left out, p = 1": "the label is -100, though with p = 1 every ordinary token is chosen",
    }
    found = {}
    for name, wrong in names.items():
        if wrong.any():
            first = tuple(wrong.nonzero()[0].tolist())
            where = {"label": int(labels[first]), "now": int(masked[first])}
            found[name] = f"Where token {int(ids[first[1:]])} stood, {said[name].format(**where)}."
    return found


def _alike(case: Case, masked: torch.Tensor, chosen: torch.Tensor) -> Found:
    """Whether places share one draw, so that their number tells nothing of the chance."""
    keep, p = ordinary(case), case["p"]
    if p > 0 and len(masked) > 9 and (masked == masked[0]).all():
        return {"same each time": f"In {len(masked)} calls with one generator the same came back each time."}
    if p in (0, 1):
        return {}
    if len(chosen) > 9 and (chosen == chosen[0]).all():
        return {"same places": f"In {len(chosen)} calls with one generator the same places were chosen each time."}
    if chosen.dim() == 3 and chosen.shape[1] > 1 and _rows_alike(chosen, keep):
        return {"rows alike": "In every row of the batch the same places were chosen."}
    per_text, n = _per_text(case, chosen)
    if n.sum() > 50 and bool(((per_text == 0) | (per_text == n)).all()) and per_text.any():
        return {"all or none": "In each text either all ordinary tokens are chosen or none."}
    return {}


def _per_text(case: Case, chosen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """How many tokens were chosen in each text (each row of each call), and of how many ordinary ones."""
    chosen = chosen.flatten(0, -2)
    return chosen.sum(-1).double(), ordinary(case).expand(chosen.shape).sum(-1).double()


def _rows_alike(chosen: torch.Tensor, keep: torch.Tensor) -> bool:
    """Whether each row has the places of the fullest one, as far as both have ordinary tokens there."""
    fullest = int(keep.sum(1).argmax())
    both = keep & keep[fullest]
    return bool(((chosen == chosen[:, fullest : fullest + 1]) | ~both).all())


def _numbers(case: Case, chosen: torch.Tensor) -> Found:
    """How many were chosen in all and in each text."""
    keep, p = ordinary(case), case["p"]
    if p in (0, 1):
        return {}
    n, count = int(keep.sum()) * len(chosen), int((chosen & keep).sum())
    if (n >= MANY or count in (0, n)) and unlikely(count, n, p):
        name = f"share: {_share(count, n, case)}"
        return {name: f"Of {n:,} ordinary tokens {count / n:.1%} were chosen; p is {p:.0%}."}
    per_text, of = _per_text(case, chosen)
    share = count / n
    ratio = float(((per_text - share * of) ** 2 / (share * (1 - share) * of)).mean())  # 1 if each is chosen by itself
    low, high = spread_bounds(len(per_text))
    often = f"{len(per_text)} texts of {int(of.min())}" + (f" to {int(of.max())}" if of.min() < of.max() else "")
    if bool((per_text == per_text[0]).all()) and ratio < low:
        return {"fixed number": f"In {often} tokens exactly {int(per_text[0])} were chosen each time."}
    if not low < ratio < high:
        text = f"In {often} tokens the number chosen varies {number(ratio)} times as much as it should."
        return {"fixed number" if ratio < low else "not by itself": text}
    pairs = _neighbours(chosen, keep, share)
    return {"neighbours": pairs} if pairs else {}


def _neighbours(chosen: torch.Tensor, keep: torch.Tensor, share: float) -> str:
    """Whether a token is chosen more often, or less, where the one before it is; a sentence if so."""
    both = (keep[..., 1:] & keep[..., :-1]).expand(chosen[..., 1:].shape)
    off = chosen.double() - share
    products = (off[..., 1:] * off[..., :-1])[both]
    if len(products) < 1000 or abs(float(products.sum())) < 7 * share * (1 - share) * len(products) ** 0.5:
        return ""
    after = float(chosen[..., 1:][both & chosen[..., :-1]].double().mean())
    return f"After a chosen token {after:.0%} are chosen, of all {share:.0%}; one should know nothing of the other."


def _sources(result: dict[str, Any]) -> Found:
    if not result["repeats"]:
        text = "Two generators with the same seed gave different results: something else is drawn from."
        return {"not repeated": text}
    if not result["moves"]:
        return {"whatever the seed": "Generators with different seeds gave the same: nothing is drawn from them."}
    if result["outside"]:
        text = f"Your function leaves {result['outside']}'s own random numbers in another state than it found them in."
        return {"outside": text}
    return {}


def written_over(result: dict[str, Any]) -> str:
    """What ids was changed to, in a sentence; empty if it stayed as it was."""
    words = {"masked": "The masks are written into ids itself", "labels": "The labels are written into ids itself"}
    if not result["changed"]:
        return ""
    text = words.get(result["changed"], f"Your function changed {result['changed']}")
    return f"{text}; whoever called it still needs the text as it was."


def marks(case: Case, result: dict[str, Any]) -> tuple[Any, ...]:
    """What a masking is recognised by: all that was found, the shares, what became of the chosen; or else of ids."""
    found = findings(case, result)
    if not found or SHARED & found.keys():
        return tuple(found), result["changed"] * (not found)
    return tuple(found), shares(case, result), fates_of(case, result["all_masked"], result["all_labels"] != NONE)
