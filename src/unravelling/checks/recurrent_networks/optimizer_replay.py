"""What a training loop did, told from what its model saw: which loss it took, and by which rule it changed the numbers.

03.5 accepts any way of writing the loop, so its check watches from inside the model. From the gradients that came back
and the parameters before and after each step it replays the rules below, and names the one that fits.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn.functional import cross_entropy, nll_loss

# How a loss is made of logits (B, T, V) and targets (B, T).
LOSSES: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "mean": lambda logits, y: cross_entropy(logits.transpose(1, 2), y),
    "sum": lambda logits, y: cross_entropy(logits.transpose(1, 2), y, reduction="sum"),
    "softmax twice": lambda logits, y: cross_entropy(logits.softmax(-1).transpose(1, 2), y),
    "no softmax": lambda logits, y: nll_loss(logits.transpose(1, 2), y),
    "last place only": lambda logits, y: cross_entropy(logits[:, -1], y[:, -1]),
    "reshaped": lambda logits, y: cross_entropy(logits.reshape(len(y), -1, y.shape[1]), y),
}
RULES = (
    "asked",
    "not clipped",
    "nothing",
    "left over",  # before the next, which does the same in a single step
    "added up",
    "added up, not clipped",
    "clipped to 1",
    "all shortened",
    "each clipped alone",
    "clipped by value",
    "new optimiser",
    "plain descent",
    "own learning rate",
    "decay",
)
STEPS = {
    "not clipped": "The parameters move as they do when the gradients reach Adam unclipped.",
    "nothing": "The parameters are the same before and after: no step changes the model.",
    "added up": "From the second step on, the gradients of the steps before are still in the sum.",
    "added up, not clipped": "The gradients of earlier steps are still in the sum, and nothing clips it.",
    "left over": "In the first step, what stood in .grad before is still in the sum.",
    "clipped to 1": "The parameters move as they do when the gradients are clipped to a norm of 1, not to max_norm.",
    "all shortened": "The parameters move as they do when every gradient is brought to one norm, long or short.",
    "each clipped alone": "The parameters move as they do when the gradient of each is clipped by itself.",
    "clipped by value": "The parameters move as they do when each number of a gradient is cut off at max_norm.",
    "new optimiser": "The parameters move as they do when every step has a new Adam, which remembers nothing.",
    "plain descent": "The parameters move by the learning rate times the gradient: plain descent, not Adam.",
    "own learning rate": "The parameters move as with Adam's own learning rate, 0.001, not with learning_rate.",
    "decay": "The parameters move as with AdamW, which also shrinks all weights a little at each step.",
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
CLOSE = 0.001  # of the learning rate: how near a replayed number must come


def clipped(gradients: list[torch.Tensor], max_norm: float) -> list[torch.Tensor]:
    total = torch.sqrt(sum((each**2).sum() for each in gradients))
    return [each * max_norm / total if total > max_norm else each for each in gradients]


class Stepper:
    """Changes parameters by one of the RULES. step(gradients) is one step, from the gradients of this step alone."""

    def __init__(self, rule: str, parameters: list[torch.nn.Parameter], learning_rate: float, max_norm: float) -> None:
        self.rule, self.parameters = rule, parameters
        self.learning_rate, self.max_norm = learning_rate, max_norm
        self.gathered = [torch.zeros_like(each) if each.grad is None else each.grad.clone() for each in parameters]
        self.optimiser = self._optimiser()

    def _optimiser(self) -> torch.optim.Optimizer:
        if self.rule == "plain descent":
            return torch.optim.SGD(self.parameters, lr=self.learning_rate)
        if self.rule == "decay":
            return torch.optim.AdamW(self.parameters, lr=self.learning_rate)
        return torch.optim.Adam(self.parameters, lr=1e-3 if self.rule == "own learning rate" else self.learning_rate)

    def step(self, gradients: list[torch.Tensor]) -> None:
        if self.rule == "nothing":
            return
        if self.rule == "new optimiser":
            self.optimiser = self._optimiser()
        for parameter, gradient in zip(self.parameters, self._ready(gradients), strict=True):
            parameter.grad = gradient
        self.optimiser.step()

    def _ready(self, gradients: list[torch.Tensor]) -> list[torch.Tensor]:
        if self.rule.startswith("added up"):  # what an earlier step left is still there
            self.gathered = [old + new for old, new in zip(self.gathered, gradients, strict=True)]
            if self.rule == "added up":
                self.gathered = clipped(self.gathered, self.max_norm)
            return [each.clone() for each in self.gathered]
        if self.rule == "left over":
            gradients = [old + new for old, new in zip(self.gathered, gradients, strict=True)]
            self.gathered = [torch.zeros_like(each) for each in gradients]
        if self.rule == "all shortened":
            return clipped([each * 1e6 for each in gradients], 1.0)
        if self.rule == "clipped to 1":
            return clipped(gradients, 1.0)
        if self.rule == "not clipped":
            return gradients
        if self.rule == "each clipped alone":
            return [clipped([each], self.max_norm)[0] for each in gradients]
        if self.rule == "clipped by value":
            return [each.clamp(-self.max_norm, self.max_norm) for each in gradients]
        return clipped(gradients, self.max_norm)


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
    for x, row in zip(result["seen"][0], asked_for(result["back"][0]), strict=True):
        run = "".join(alphabet[each] for each in x.tolist())
        for place, (here, wanted) in enumerate(zip(run, row.tolist(), strict=True)):
            follows = text[(text.index(here) + 1) % len(text)]
            if wanted < 0 or alphabet[wanted] != follows:
                asks = "for no character" if wanted < 0 else f"for {alphabet[wanted]!r}"
                after = f"After its {here!r} (place {place}) the text {text!r} has {follows!r}"
                return f"The model sees {run!r}. {after}, and your loss asks {asks}."
    return None


def rule_of(inputs: dict, result: dict) -> str:
    """The rule that leads from the first parameters to all later ones; "" if none of RULES does.

    result: `seen` (n, B, T), the ids of n steps; `back` (n, B, T, V), the gradients that came back to the logits;
    `parameters` (n + 1, V * V + V), those of the probe's table before each step and at the end.
    """
    return next((rule for rule in RULES if _fits(rule, inputs["learning_rate"], inputs["max_norm"], result)), "")


def _fits(rule: str, learning_rate: float, max_norm: float, result: dict) -> bool:
    V = result["back"].shape[-1]
    start = result["parameters"][0].clone()
    table, bias = torch.nn.Parameter(start[: V * V].view(V, V)), torch.nn.Parameter(start[V * V :])
    for each in (table, bias):
        each.grad = torch.full_like(each, LEFT_OVER)
    stepper = Stepper(rule, [table, bias], learning_rate, max_norm)
    for x, gradient, after in zip(result["seen"], result["back"], result["parameters"][1:], strict=True):
        flat = SCALE * gradient.flatten(0, 1)
        stepper.step([torch.zeros(V, V, dtype=flat.dtype).index_add(0, x.flatten(), flat), flat.sum(0)])
        if not torch.cat([table.detach().flatten(), bias.detach()]).sub(after).abs().max() < CLOSE * learning_rate:
            return False
    return True


def gradient_of(loss: str, logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The gradient of one of the LOSSES at the logits, of the shape of the logits."""
    with torch.enable_grad():
        leaf = logits.clone().requires_grad_()
        return torch.autograd.grad(LOSSES[loss](leaf, y), leaf)[0]


def asked_for(back: torch.Tensor) -> torch.Tensor:
    """Which character the loss asks for at each place: the one whose score a step would raise; -1 where none."""
    return torch.where(back.amin(-1) < 0, back.argmin(-1), -1)


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
