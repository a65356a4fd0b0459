"""What a masking did (07.1), told from many draws: which tokens were chosen, and what became of them. Nothing here asks
how the code was written.

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
from ..chance_bounds import NEVER, spread_bounds, unlikely
from ..findings import Findings

NONE = -100  # the label of a place that nobody asks about
MANY = 5000  # tokens from which a share can be told from its neighbours

# Where these are found, counts tell nothing of the shares.
SHARED = {
    "same each time", "same places", "rows alike", "all or none", "one fate", "fates alike",
    "one token", "from the text",
}  # fmt: skip

WHAT = ("became the mask", "another token", "stayed")
NEARLY_NEVER = 1e-4  # shares with less chance than this are not taken for those of a known mistake
NEIGHBOURS = 0.008  # shares of shares, and elevenths, come as near as this to masks that are written over
ENOUGH = 2000  # chosen tokens from which the shares of SPLITS can be told apart

# How the chosen tokens are shared out: to the mask, to a random token, to staying as they are.
SPLITS = {
    "asked": (0.8, 0.1, 0.1),
    "all masked": (1.0, 0.0, 0.0),
    "none stays": (0.8, 0.2, 0.0),
    "none random": (0.8, 0.0, 0.2),
    "a tenth of the rest": (0.8, 0.02, 0.18),
    "overwritten": (0.72, 0.1, 0.18),
    "changed only": (8 / 9, 1 / 9, 0.0),
    "swapped": (0.1, 0.8, 0.1),
}

Found = dict[str, str]


def ordinary(case: Case) -> torch.Tensor:
    """True where a token of the case is not special; the shape of ids."""
    return ~torch.isin(case["ids"], case["special"])


@Findings
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
        "label after masking": "the label is {label}, what is there now; it should be the token that stood there",
        "other label": "the label is {label}; it should be the token that stood there, or -100",
        "special chosen": "which is special, the label is {label}; a special token is never chosen",
        "special changed": "which is special, now stands {now}; a special token stays as it is",
        "changed unasked": "now stands {now}, but the label is -100; only chosen tokens may change",
        "out of range": f"now stands {{now}}; the vocabulary goes from 0 to {case['V'] - 1}",
        "all chosen, p = 0": "the label is {label}, as it is for all others; with p = 0 nothing is chosen",
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
    hidden, _, stayed = counts = _counts(case, masked, chosen)
    one_fate = p == 1 and sum(counts) in (hidden, stayed)  # then nothing is left that could vary: split_of says which
    if p > 0 and len(masked) > 9 and not one_fate and (masked == masked[0]).all():
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


def _counts(case: Case, masked: torch.Tensor, chosen: torch.Tensor) -> list[int]:
    now, was = masked[chosen], case["ids"].expand_as(masked)[chosen]
    hidden, stayed = now == case["mask_id"], now == was
    return [int(hidden.sum()), int((~hidden & ~stayed).sum()), int((stayed & ~hidden).sum())]


def fates_of(case: Case, masked: torch.Tensor, chosen: torch.Tensor) -> str:
    """Which of SPLITS the chosen tokens have, as far as their number can tell."""
    counts = _counts(case, masked, chosen)
    n = sum(counts)
    if n < ENOUGH:
        kinds = [name for name, each in zip(WHAT, counts, strict=True) if each]
        return "" if n < 200 or len(kinds) == 3 else ", ".join(kinds)  # below 200 one may be missing by chance
    fitting = [name for name, each in SPLITS.items() if _fits(counts, case, each)]
    return "asked" if "asked" in fitting else " or ".join(fitting) or "another"


def split_of(case: Case, masked: torch.Tensor, chosen: torch.Tensor) -> Found:
    """What is wrong with the fates of the chosen tokens, by name, with a sentence; the most basic first."""
    now = masked[chosen]
    drawn = now[(now != case["mask_id"]) & (now != case["ids"].expand_as(masked)[chosen])]
    if found := _shared_fates(case, masked, chosen) or _few_sources(case, drawn):
        return found
    counts, split = _counts(case, masked, chosen), fates_of(case, masked, chosen)
    n = sum(counts)
    if split not in ("", "asked"):
        shares = ", ".join(f"{each / n:.1%} {name}" for each, name in zip(counts, WHAT, strict=True))
        return {f"split: {split}": f"Of {n:,} chosen tokens {shares}; it should be 80%, 10% and 10%."}
    if fixed := _fixed_shares(case, masked, chosen):
        return {"fixed shares": fixed}
    return _random(case, drawn)


def _fits(counts: list[int], case: Case, split: tuple[float, float, float]) -> bool:
    """A random token can happen to be the mask, or the one that stood there; whoever avoids that is right as well."""
    luck, n = split[1] / max(case["V"] - len(case["special"]), 1), sum(counts)
    near = NEIGHBOURS if split is SPLITS["overwritten"] else 0.0
    lows, highs = (0, 2 * luck, 0), (luck, 0, luck)
    bounds = [(each - less - near, each + more + near) for each, less, more in zip(split, lows, highs, strict=True)]
    never = NEVER if split is SPLITS["asked"] else NEARLY_NEVER
    return not any(
        unlikely(count, n, max(low, 0.0), high, never) for count, (low, high) in zip(counts, bounds, strict=True)
    )


def _shared_fates(case: Case, masked: torch.Tensor, chosen: torch.Tensor) -> Found:
    """Whether several chosen tokens share one draw of their fate, or of the token put in."""
    fate = 1 + (masked == case["mask_id"]).long() - (masked == case["ids"]).long()  # 2 hidden, 1 exchanged, 0 left
    if _one_for_all(fate.flatten(0, -2), chosen.flatten(0, -2), -1):
        return {"one fate": "In each text all chosen tokens share one fate: all hidden, all exchanged, or all left."}
    if chosen.dim() < 3 or chosen.shape[1] < 2:
        return {}
    if _one_for_all(fate, chosen, 1):
        return {"fates alike": "In all rows of the batch a place has the same fate where it is chosen."}
    exchanged = chosen & (fate == 1)
    low = masked.masked_fill(~exchanged, case["V"]).amin(1)
    high = masked.masked_fill(~exchanged, -1).amax(1)
    several = exchanged.sum(1) > 1
    if int(several.sum()) > 10 and bool((low == high)[several].all()) and len(masked[exchanged].unique()) > 1:
        return {"tokens alike": "In all rows of the batch a place gets the same random token."}
    return {}


def _one_for_all(fate: torch.Tensor, chosen: torch.Tensor, axis: int) -> bool:
    """Whether all chosen along an axis have one fate, but for a few (a random token can be the one that stood there),
    and other lines have others."""
    counts = torch.stack([(chosen & (fate == each)).sum(axis) for each in range(3)])
    counts = counts[:, counts.sum(0) > 1]
    if counts.sum() < 200 or len(counts.argmax(0).unique()) < 2:
        return False
    return int(counts.sum() - counts.amax(0).sum()) < 0.05 * int(counts.sum())


def _fixed_shares(case: Case, masked: torch.Tensor, chosen: torch.Tensor) -> str:
    """A sentence where each text has the same share of masks, as near as can be, and no chance varies it."""
    hidden = (chosen & (masked == case["mask_id"])).flatten(0, -2).sum(-1).double()
    of = chosen.flatten(0, -2).sum(-1).double()
    hidden, of = hidden[of > 0], of[of > 0]
    if len(of) < 15 or float(((hidden - 0.8 * of) ** 2 / (0.16 * of)).mean()) > spread_bounds(len(of))[0]:
        return ""
    return (
        f"In {len(of)} texts the share of masks hardly varies: it is as near 80% as it can be each time. Asked for is "
        "a chance of 0.8 for each chosen token, whatever becomes of the others."
    )


def _few_sources(case: Case, drawn: torch.Tensor) -> Found:
    """Whether the tokens put in are one and the same, or those of the text. Looked at where 30 a token are, or more."""
    if len(drawn) < 30 * case["V"]:
        return {}
    counts = torch.bincount(drawn, minlength=case["V"])
    if counts.max() > len(drawn) / 4:
        return {"one token": f"Of {len(drawn):,} random tokens {int(counts.max()):,} are the same one."}
    if bool(torch.isin(drawn, case["ids"]).all()):
        return {"from the text": f"All {len(drawn):,} random tokens are tokens of the text itself."}
    return {}


def _random(case: Case, drawn: torch.Tensor) -> Found:
    """Whether the tokens put in at random are spread over the vocabulary. Looked at where at least 30 a token are."""
    V = case["V"]
    if len(drawn) < 30 * V:
        return {}
    counts = torch.bincount(drawn, minlength=V).tolist()
    in_text, special = set(case["ids"].flatten().tolist()), set(case["special"].tolist())
    others = [token for token in range(V) if token not in in_text | special]
    missing = [token for token in others if counts[token] == 0]
    if missing:
        least, most = min(missing), max(missing)
        which = f"token {least}" if least == most else f"{len(missing)} tokens, {least} to {most},"
        told = f"Among {len(drawn):,} random tokens {which} never came; the vocabulary goes from 0 to {V - 1}."
        return {f"never drawn: {'the last' if missing == [V - 1] else missing}": told}
    expected = sum(counts[token] for token in others) / len(others)
    for token in others:
        if unlikely(counts[token], sum(counts[each] for each in others), 1 / len(others)):
            return {"uneven": f"Token {token} came {counts[token]} times where {expected:.0f} were to be expected."}
    return {}


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
