"""The scoring of 07.3 with one thing changed, and the cell that shows a failure with the check's own small model."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch


def score_by(
    model: Callable[[torch.Tensor], torch.Tensor],
    ids: torch.Tensor,
    special: torch.Tensor,
    mask_id: int,
    *,
    hide: str = "one",
    count: str = "ordinary",
    read: str = "label",
    join: str = "sum",
) -> float:
    """As 07.3 asks for, as long as no keyword is given.

    hide: "one" place, "nothing", "all" at once, "all so far", "all alike" (every place with that token), "from here
    on". count: places that are "ordinary", "all", or "inner". read: at the place the probability of the "label", of the
    "best" token, of the "mask", or the bare "score" of the label; the label's at the place "before"; or among the
    scores that the "places" give to it. join: "sum", "mean", "mean of all" places, "probabilities", "product", "minus",
    "bits" or "perplexity".
    """
    ordinary = ~torch.isin(ids, special)
    places = {
        "ordinary": ordinary.nonzero()[:, 0].tolist(),
        "all": list(range(len(ids))),
        "inner": list(range(1, len(ids) - 1)),
    }[count]
    found, done = [], torch.zeros_like(ordinary)
    for i in places:
        here = torch.arange(len(ids)) == i
        done = done | here
        which = {
            "one": here,
            "nothing": here & False,
            "all": ordinary,
            "all so far": done,
            "all alike": ids == ids[i],
            "from here on": (torch.arange(len(ids)) >= i) & ordinary,
        }[hide]
        scores = model(torch.where(which, mask_id, ids)[None])[0]
        row = scores[max(i - 1, 0) if read == "before" else i]
        log_probs = row if read == "score" else row.log_softmax(-1)
        if read == "places":
            log_probs = scores.log_softmax(0)[i]
        found.append(float(log_probs.max() if read == "best" else log_probs[mask_id if read == "mask" else ids[i]]))
    return sum(found) / max(len(ids), 1) if join == "mean of all" else _joined(found, join)


def _joined(log_probs: list[float], how: str) -> float:
    if how == "mean":
        return sum(log_probs) / max(len(log_probs), 1)
    if how == "perplexity":
        return math.exp(-sum(log_probs) / max(len(log_probs), 1))
    if how == "probabilities":
        return float(sum(math.exp(each) for each in log_probs))
    if how == "product":
        product = torch.tensor(log_probs, dtype=torch.float32).exp().prod()
        return float(product.log())
    return sum(log_probs) * {"sum": 1.0, "minus": -1.0, "bits": 1 / math.log(2)}[how]


SHOW = """generator = torch.Generator().manual_seed(seed)
before, after, own = (torch.randn(V, V, generator=generator, dtype=torch.float64) for _ in range(3))
places = torch.randn(len(ids), V, generator=generator, dtype=torch.float64)
def model(x):  # a small model: what stands before, what stands after, and the word itself if it is seen
    print("the model reads", x.tolist())
    assert len(x) > 0, "an empty batch"
    seen = before[x].cumsum(1) - before[x] + after[x].flip(1).cumsum(1).flip(1) - after[x]
    alone = (own + 3 * torch.eye(V))[x] * (x != mask_id)[..., None]
    return ((seen / len(ids)**0.5 + alone + places) * sharp / 2).float()
result = pseudo_log_likelihood(model, ids, special, mask_id)"""
