"""What many draws tell of the function that made them (09.6). Nothing here asks how the code was written."""

from __future__ import annotations

from typing import Any

import torch

from ...bert_and_gpt.chance_bounds import spread_bounds, unlikely
from ...bert_and_gpt.findings import Findings
from ...compare import number
from ...declare import Case

MANY = 250  # draws of a row from which something can be said of its probabilities
ENOUGH = 20  # expected times from which a token counts in the chi-square
COMMONEST = 0.7  # a row is open if no token is likelier; where such rows decide, 16 or more draws are looked at


@Findings
def findings(case: Case, result: dict[str, Any]) -> dict[str, str]:
    """What is wrong, by name, each with a sentence; the most basic first."""
    tokens, probs = result["tokens"], case["probs"].repeat(case["copies"], 1)
    V = probs.shape[1]
    outside = tokens[(tokens < 0) | (tokens >= V)]
    if len(outside):
        text = f"The number {int(outside[0])} came; there are {V} tokens, and their numbers are 0 to {V - 1}."
        return {"out of range: " + ("high" if int(outside[0]) >= V else "low"): text}
    found: dict[str, str] = {}
    never = tokens[probs.expand(len(tokens), -1, -1).gather(-1, tokens[..., None])[..., 0] == 0]
    if len(never):
        found["never"] = f"Token {int(never[0])} came in a row in which its probability is 0."
    if bool((probs == 1).any(-1).all()):
        if result["moved"]:
            found["for nothing"] = "Every row has a token of probability 1, and your function drew from the generator."
        return found
    open_rows = tokens[:, probs.amax(-1) <= COMMONEST]
    alike = _alike(tokens, probs, open_rows, case["copies"])
    return found | (alike or _counted(case, tokens)) | _sources(result, open_rows)


def _alike(tokens: torch.Tensor, probs: torch.Tensor, open_rows: torch.Tensor, copies: int) -> dict[str, str]:
    """Draws that are the same where chance would make them differ."""
    always = len(tokens) > 1 and open_rows.numel() >= 16 and bool((open_rows == open_rows[:1]).all())
    if torch.equal(tokens, probs.argmax(-1).expand_as(tokens)) and always and tokens.shape[1] > 1:
        return {"greedy": f"In {tokens.numel():,} draws the likeliest token of the row came each time, and no other."}
    if copies >= 16:  # of each row that was handed in, all its copies beside each other
        apart = tokens.view(len(tokens), copies, -1)[:, :, probs[: len(probs) // copies].amax(-1) <= COMMONEST]
        if apart.shape[2] and bool((apart == apart[:, :1]).all()):
            return {"rows alike": f"All {copies:,} rows of a call that are alike get the same token, each time."}
    if always:
        return {"calls alike": f"{len(tokens)} calls, one after the other with one generator, give the same tokens."}
    return {}


def _counted(case: Case, tokens: torch.Tensor) -> dict[str, str]:
    """A token that comes too often or too seldom; or, by a chi-square, all of them a little."""
    for row, (counts, probs) in enumerate(_rows(case, tokens)):
        n = int(counts.sum())
        if n < MANY:
            return {}
        worst = max(range(len(probs)), key=lambda i: abs(counts[i] - n * probs[i]))
        expected = n * probs
        usual = expected >= ENOUGH
        chi_square = float(((counts - expected)[usual] ** 2 / expected[usual]).sum())
        freedom = int(usual.sum()) - 1
        far = freedom > 0 and chi_square / freedom > spread_bounds(freedom)[1]
        odd = any(unlikely(int(c), n, float(p)) for c, p in zip(counts, probs, strict=True))
        if far or odd:
            return {
                "counts": f"Token {worst} of row {row} has probability {number(float(probs[worst]))}; in {n:,} draws "
                f"it came {int(counts[worst]):,} times, where {float(expected[worst]):,.0f} are to be expected."
            }
    return {}


def _rows(case: Case, tokens: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Of each row that was handed in: how often each token came, and with what probability it should come."""
    probs = case["probs"].double()
    rows, V = probs.shape
    apart = tokens.view(len(tokens), case["copies"], rows)
    each = [torch.bincount(apart[:, :, row].flatten(), minlength=V)[:V].double() for row in range(rows)]
    return list(zip(each, probs / probs.sum(-1, keepdim=True), strict=True))


def _sources(result: dict[str, Any], open_rows: torch.Tensor) -> dict[str, str]:
    """Where the chance came from."""
    found = {}
    if not result["repeats"]:
        found["not repeated"] = "Two generators with the same seed give different tokens."
    elif not result["moves"] and open_rows.numel() >= 16:
        found["whatever the seed"] = "Two generators with different seeds give the very same tokens."
    if result["outside"]:
        found["outside"] = "Random numbers of torch's or Python's own were used up, besides those of the generator."
    return found


def shares(case: Case, result: dict[str, Any]) -> str:
    """Which known probabilities the counts agree with; "" where too few can tell."""
    tokens, V = result["tokens"], case["probs"].shape[1]
    if bool(((tokens < 0) | (tokens >= V)).any()) or len(tokens) * case["copies"] < MANY:
        return ""
    fits = None
    for counts, probs in _rows(case, tokens):
        n, known = int(counts.sum()), _known(probs)
        here = {
            name
            for name, asked in known.items()
            if not any(unlikely(int(c), n, min(float(p), 1.0)) for c, p in zip(counts, asked, strict=True))
        }
        fits = here if fits is None else fits & here
    return " or ".join(sorted(fits or {"another"}))


def _known(probs: torch.Tensor) -> dict[str, torch.Tensor]:
    """By name, the probabilities that known ways of drawing give to the tokens of a row."""
    V = len(probs)
    above = probs - torch.cat([torch.zeros(1), probs.cummax(0).values[:-1]])  # the first that is above a height
    first = above.clamp(min=0)
    first[0] += 1 - first.sum()
    return {
        "asked": probs,
        "uniform": torch.full((V,), 1 / V, dtype=torch.float64),
        "softmax": probs.softmax(0),
        "ranks": probs.sort(descending=True).values,
        "first above": first,
        "greedy": torch.nn.functional.one_hot(probs.argmax(), V).double(),
    }


def marks(case: Case, result: dict[str, Any]) -> tuple[tuple[str, ...], str]:
    """What an answer is recognised by: what was found, and which probabilities its draws follow."""
    found = tuple(findings(case, result))
    counted = {"rows alike", "calls alike", "greedy"}.isdisjoint(found)
    return found, shares(case, result) if counted else ""
