"""What a training loop did (03.5), told from what its model saw and from what came back to it.

A result holds, for n steps of B runs of T characters, what instruments.training.Recorder stacks: `seen` (n, B, T),
`logits` and `back` (n, B, T, V), `parameters` (n + 1, ...); `losses` (n,); and `again`, `other`: what the model saw
with the same seed once more, and with another (empty where few runs are drawn).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn.functional import cross_entropy, nll_loss

from ... import optimizer_replay
from ...declare import Case

# How a loss is made of logits (B, T, V) and targets (B, T).
LOSSES: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "mean": lambda logits, y: cross_entropy(logits.transpose(1, 2), y),
    "sum": lambda logits, y: cross_entropy(logits.transpose(1, 2), y, reduction="sum"),
    "softmax twice": lambda logits, y: cross_entropy(logits.softmax(-1).transpose(1, 2), y),
    "no softmax": lambda logits, y: nll_loss(logits.transpose(1, 2), y),
    "last place only": lambda logits, y: cross_entropy(logits[:, -1], y[:, -1]),
    "reshaped": lambda logits, y: cross_entropy(logits.reshape(len(y), -1, y.shape[1]), y),
}
SCALE, LEFT_OVER = 4, 0.5  # what the probe's table multiplies its logits by, and what stands in its .grad before
DRAWS = {
    "not repeated": "Two generators with the same seed gave different runs: something else is drawn from.",
    "whatever the seed": "Two generators with different seeds gave the same runs: nothing is drawn from them.",
    "once": "Every step sees the same runs.",
    "once, whatever the seed": "Every step sees the same runs, and so it does with a generator of another seed.",
    "neighbours": "Step after step the rows of a batch follow from the first of them: only one place is drawn.",
    "one place": "In every step all rows of the batch are the same run.",
}


def targets(text: str, seen: torch.Tensor, offset: int = 1) -> torch.Tensor:
    """What stands `offset` places after each character seen, as numbers. Each character is in the text once."""
    alphabet = sorted(text)
    ids = torch.tensor([alphabet.index(each) for each in text])
    places = torch.empty_like(ids)
    places[ids] = torch.arange(len(ids))
    return ids[(places[seen] + offset) % len(ids)]


def mean_losses(text: str, result: dict) -> torch.Tensor:
    """(n,) the mean cross-entropy of each step, from the logits that the model gave; empty where none were kept."""
    if not result["seen"].numel():
        return result["losses"][:0]
    y = targets(text, result["seen"])
    return -result["logits"].log_softmax(-1).gather(-1, y[..., None]).mean((1, 2, 3))


def wrong_target(text: str, result: dict) -> str | None:
    """A sentence about the first place of the first step where the loss asks for another character than the next."""
    alphabet = sorted(text)
    asked = optimizer_replay.asked_for(result["back"][0])
    for x, row in zip(result["seen"][0], asked, strict=True):
        run = "".join(alphabet[each] for each in x.tolist())
        for place, (here, wanted) in enumerate(zip(run, row.tolist(), strict=True)):
            follows = text[(text.index(here) + 1) % len(text)]
            if wanted < 0 or alphabet[wanted] != follows:
                asks = "for no character" if wanted < 0 else f"for {alphabet[wanted]!r}"
                after = f"After its {here!r} (place {place}) the text {text!r} has {follows!r}"
                return f"The model sees {run!r}. {after}, and your loss asks {asks}."
    return None


def rule_of(case: Case, result: dict) -> str:
    """The rule by which the parameters move, as optimizer_replay names it; "" if none of its rules fits."""
    return optimizer_replay.rule_of(result, case["learning_rate"], case["max_norm"], scale=SCALE, left_over=LEFT_OVER)


def gradient_of(loss: str, logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The gradient of one of the LOSSES at the logits, of the shape of the logits."""
    with torch.enable_grad():
        leaf = logits.clone().requires_grad_()
        return torch.autograd.grad(LOSSES[loss](leaf, y), leaf)[0]


def loss_of(text: str, result: dict) -> str:
    """Which character is asked for and how the loss is made, such as "next, mean"; "" if nothing known fits."""
    watched = list(zip(result["seen"], result["logits"], result["back"], strict=True))
    for name, offset in (("next", 1), ("same", 0), ("previous", -1)):
        for loss in LOSSES:
            if all(_alike(loss, logits, targets(text, x, offset), back) for x, logits, back in watched):
                return f"{name}, {loss}"
    return ""


def _alike(loss: str, logits: torch.Tensor, y: torch.Tensor, back: torch.Tensor) -> bool:
    return torch.allclose(gradient_of(loss, logits, y), back, rtol=1e-3, atol=1e-6)


def how_drawn(text: str, result: dict) -> str:
    """What is wrong with the runs that were drawn, a key of DRAWS; "" if nothing is, or if few were drawn."""
    seen, again, other = (result[name] for name in ("seen", "again", "other"))
    if not again.numel():
        return ""
    if not torch.equal(seen, again):
        return "not repeated"
    if (seen == seen[:, :1]).all():
        return "one place"
    if (seen == seen[0]).all():
        return "once, whatever the seed" if torch.equal(seen, other) else "once"
    if torch.equal(seen, other):
        return "whatever the seed"
    starts = torch.tensor([[text.index(sorted(text)[first]) for first in step] for step in seen[:, :, 0].tolist()])
    begun, places = set(starts.flatten().tolist()), set(range(len(text) - seen.shape[2]))
    apart = (starts - starts[:, :1]) % len(places)
    if (apart == apart[0]).all():
        return "neighbours"
    return f"not all: {', '.join(map(str, sorted(places - begun)))}" if places - begun else ""


def marks(case: Case, result: dict) -> Any:
    """What a training is recognised by: the modes, what the losses say, the loss, the rule of the steps, the draws."""
    if case["network"] == "lstm":
        return ""
    if not result["seen"].numel():
        return result["training_afterwards"]
    text = case["text"]
    modes = result["as_given"], result["eval_while_learning"], result["training_afterwards"]
    said = torch.allclose(result["losses"], mean_losses(text, result), atol=1e-3)
    return modes, said, (loss_of(text, result), rule_of(case, result), how_drawn(text, result))
