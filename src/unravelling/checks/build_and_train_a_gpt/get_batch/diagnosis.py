"""What a learner's batches are (06.1): how the targets follow from the inputs, and from where the rows were drawn.

A result holds `x` and `y`, (calls, batch, length); `repeats`, `moves`, `outside`: whether the same seed gave the same
batches, another seed others, and whether anything but the generator was drawn from.
"""

from __future__ import annotations

import torch

from ...declare import Case

SIGMAS = 5
TARGETS = {
    "the same": "Where x has {x}, y has {y}: the token itself, not the one after it in {text}.",
    "two on": "Where x has {x}, y has {y}: that is two places on in {text}, not one.",
    "before": "Where x has {x}, y has {y}: the token before it in {text}, not the one after.",
    "other": "Where x has {x}, y has {y}; after {x} the text {text} has {next}.",
}
DRAWS = {
    "outside": "Your function draws random numbers from elsewhere than the generator.",
    "not repeated": "Two generators with the same seed gave different batches: something else is drawn from.",
    "whatever the seed": "Generators with different seeds gave the same batches: nothing is drawn from them.",
    "each call alike": "Call after call gives the same batch.",
    "rows alike": "In every batch all rows are the same run.",
    "neighbours": "In every batch each row begins one place after the row above it: only one place is drawn.",
    "never twice": "No two rows that follow each other in a batch ever begin at the same place.",
    "tied": "Where a row begins depends on the row before it: the places are not drawn each by itself.",
}


def places(case: Case, tokens: torch.Tensor) -> torch.Tensor:
    """The place in the text of each token, -1 where it is none of the text."""
    found = tokens[..., None] == case["ids"]
    return torch.where(found.any(-1), found.long().argmax(-1), -1)


def no_run(case: Case, result: dict) -> list[int]:
    """The first row of x that is no run of neighbouring tokens; empty if all are."""
    at = places(case, result["x"])
    wrong = (at < 0).any(-1) | (at != at[..., :1] + torch.arange(case["length"])).any(-1)
    return result["x"][wrong][0].tolist() if wrong.any() else []


def target_kind(case: Case, result: dict) -> tuple[str, str]:
    """How y follows from x, a key of TARGETS ("" if rightly), and a sentence about the first place that is wrong."""
    text = case["ids"].tolist()
    x, y = places(case, result["x"]), places(case, result["y"])
    wrong = (y != x + 1).nonzero().tolist()
    if not wrong:
        return "", ""
    kinds = {"the same": (y == x).all(), "two on": (y == x + 2).all(), "before": (y == x - 1).all()}
    kind = next((name for name, holds in kinds.items() if holds), "other")
    at = tuple(wrong[0])
    here, there = int(result["x"][at]), int(result["y"][at])
    place = int(x[at])
    follows = text[place + 1] if 0 <= place < len(text) - 1 else "nothing"
    return kind, TARGETS[kind].format(x=here, y=there, text=text, next=follows)


def drawn(case: Case, result: dict) -> str:
    """What is wrong with the draws: a key of DRAWS, "never: ..." or "uneven: ..."; "" if nothing, or if few."""
    starts = places(case, result["x"][..., 0])  # (calls, batch)
    if starts.numel() < 500:
        return ""
    if result["outside"]:
        return "outside"
    if not result["repeats"]:
        return "not repeated"
    if not result["moves"]:
        return "whatever the seed"
    if (starts == starts[0]).all():
        return "each call alike"
    n = len(case["ids"]) - case["length"]
    apart = (starts[:, 1:] - starts[:, :-1]) % n
    if apart.numel() and (apart == apart.flatten()[0]).all():
        return "neighbours" if apart.any() else "rows alike"
    counts = starts.flatten().bincount(minlength=n)
    if missing := (counts == 0).nonzero().flatten().tolist():
        return f"never: {missing[0]}"
    if (far := _far(counts, starts.numel())) is not None:
        return f"uneven: {far}"
    pairs = (starts[:, :-1] * n + starts[:, 1:]).flatten().bincount(minlength=n * n)
    if not pairs.view(n, n).diagonal().any():
        return "never twice"
    return "tied" if _far(pairs, int(pairs.sum())) is not None else ""


def _far(counts: torch.Tensor, draws: int) -> int | None:
    """The first of equally likely outcomes whose count is further from its mean than SIGMAS of its spread."""
    p = 1 / len(counts)
    far = ((counts - draws * p).abs() > SIGMAS * (draws * p * (1 - p)) ** 0.5).nonzero().flatten().tolist()
    return far[0] if far else None


def said(case: Case, result: dict) -> str | None:
    """The sentence for what `drawn` finds."""
    found = drawn(case, result)
    kind, _, place = found.partition(": ")
    starts = places(case, result["x"][..., 0])
    if kind in ("never", "uneven"):
        n, count = len(case["ids"]) - case["length"], int((starts == int(place)).sum())
        times = f"{count} of {starts.numel()} rows begin" if count else f"Of {starts.numel()} rows none begins"
        return f"{times} at place {place} of the text; each of its {n} places should get about {starts.numel() // n}."
    return DRAWS.get(kind)


def marks(case: Case, result: dict) -> tuple:
    """What an answer is recognised by."""
    return bool(no_run(case, result)), target_kind(case, result)[0], drawn(case, result)
