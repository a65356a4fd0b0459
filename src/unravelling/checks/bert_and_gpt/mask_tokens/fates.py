"""What became of the tokens that were chosen (07.1): hidden, exchanged, left; and what was put in."""

from __future__ import annotations

import torch

from ...declare import Case
from ..chance_bounds import NEVER, spread_bounds, unlikely

WHAT = ("became the mask", "another token", "stayed")
NEARLY_NEVER = 1e-4  # shares with less chance than this are not taken for those of a known mistake
NEIGHBOURS = 0.008  # as near to masks that are written over are shares of shares, and elevenths
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


def split_of(case: Case, masked: torch.Tensor, chosen: torch.Tensor) -> dict[str, str]:
    """What is wrong with the fates of the chosen tokens, by name, with a sentence; the most basic first."""
    now = masked[chosen]
    drawn = now[(now != case["mask_id"]) & (now != case["ids"].expand_as(masked)[chosen])]
    if found := _shared_fates(case, masked, chosen) or _few_sources(case, drawn):
        return found
    counts, split = _counts(case, masked, chosen), fates_of(case, masked, chosen)
    n = sum(counts)
    if split not in ("", "asked"):
        shares = ", ".join(f"{each / n:.1%} {name}" for each, name in zip(counts, WHAT, strict=True))
        return {f"split: {split}": f"Of {n:,} chosen tokens {shares}; asked for are 80%, 10% and 10%."}
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


def _shared_fates(case: Case, masked: torch.Tensor, chosen: torch.Tensor) -> dict[str, str]:
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


def _few_sources(case: Case, drawn: torch.Tensor) -> dict[str, str]:
    """Whether the tokens put in are one and the same, or those of the text. Looked at where 30 a token are, or more."""
    if len(drawn) < 30 * case["V"]:
        return {}
    counts = torch.bincount(drawn, minlength=case["V"])
    if counts.max() > len(drawn) / 4:
        return {"one token": f"Of {len(drawn):,} random tokens {int(counts.max()):,} are the same one."}
    if bool(torch.isin(drawn, case["ids"]).all()):
        return {"from the text": f"All {len(drawn):,} random tokens are tokens of the text itself."}
    return {}


def _random(case: Case, drawn: torch.Tensor) -> dict[str, str]:
    """Whether the tokens put in at random are spread over the vocabulary. Looked at where at least 30 a token are."""
    V = case["V"]
    if len(drawn) < 30 * V:
        return {}
    counts = torch.bincount(drawn, minlength=V).tolist()
    text, special = set(case["ids"].flatten().tolist()), set(case["special"].tolist())
    others = [token for token in range(V) if token not in text | special]
    missing = [token for token in others if counts[token] == 0]
    if missing:
        least, most = min(missing), max(missing)
        which = f"token {least}" if least == most else f"{len(missing)} tokens, {least} to {most},"
        text = f"Among {len(drawn):,} random tokens {which} never came; the vocabulary goes from 0 to {V - 1}."
        return {f"never drawn: {'the last' if missing == [V - 1] else missing}": text}
    expected = sum(counts[token] for token in others) / len(others)
    for token in others:
        if unlikely(counts[token], sum(counts[each] for each in others), 1 / len(others)):
            return {"uneven": f"Token {token} came {counts[token]} times where {expected:.0f} were to be expected."}
    return {}
