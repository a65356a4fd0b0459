"""Answers to 06.2."""

from __future__ import annotations

import math

import torch

from tests.checks.answers import right, wrong
from unravelling.checks import registry

REFERENCE = registry.load("06.2").reference
IGNORED = "A place whose target is -100 counts nowhere"
NOTHING = "If no place counts the loss is 0"


@right("06.2")
def differences_to_the_right_score(logits, targets):
    flat, asked = logits.flatten(0, 1), targets.flatten()
    flat, asked = flat[asked != -100], asked[asked != -100]
    apart = flat - flat.gather(1, asked.view(-1, 1))
    top = apart.max(1)[0]
    return (torch.exp(apart - top[:, None]).sum(1).log() + top).sum() / max(1, len(asked))


@right("06.2")
def one_hot_in_the_middle(logits, targets):
    mask = (targets != -100).to(logits.dtype)
    hot = torch.zeros_like(logits).scatter(-1, targets.clamp(min=0).unsqueeze(-1), 1)
    z = logits - torch.max(logits, dim=-1, keepdim=True)[0].detach()
    log_p = z - z.exp().sum(-1, keepdim=True).log()
    return -(hot * log_p).sum(-1).mul(mask).sum() / mask.sum().clamp(min=1)


@right("06.2")
def by_rows(logits, targets):
    total, count = logits.sum() * 0, 0
    for row, answers in zip(logits, targets, strict=True):
        for place in torch.nonzero(answers != -100)[:, 0].tolist():
            s = row[place] - row[place].max()
            total, count = total + torch.log(torch.exp(s).sum()) - s[answers[place]], count + 1
    return total / count if count else total


@wrong("06.2", says="Your code calls")
def with_torchs_cross_entropy(logits, targets):
    if (targets == -100).all():
        return logits.sum() * 0
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


@wrong("06.2", says="Your code calls")
def with_torchs_log_softmax(logits, targets):
    chosen = targets != -100
    found = logits.log_softmax(-1)[chosen]
    return -found[torch.arange(len(found)), targets[chosen]].sum() / chosen.sum().clamp(min=1)


@wrong("06.2", told="in_bits", says="log2 V")
def bits(logits, targets):
    return REFERENCE(logits, targets) * math.log2(math.e)


@wrong("06.2", told="overflows", says="infinity through infinity is NaN")
def straight_from_the_formula(logits, targets):
    chosen = targets != -100
    powers = logits[chosen].exp()
    shares = powers / powers.sum(-1, keepdim=True)
    each = -shares[torch.arange(len(shares)), targets[chosen]].log()
    return each.sum() / chosen.sum().clamp(min=1)


@wrong("06.2", told="rounded_to_zero", says="without making the share first")
def softmax_by_hand_and_its_logarithm(logits, targets):
    chosen = targets != -100
    powers = (logits - logits.max(-1, keepdim=True).values).exp()
    found = (powers / powers.sum(-1, keepdim=True)).log()[chosen]
    return -found[torch.arange(len(found)), targets[chosen]].sum() / chosen.sum().clamp(min=1)


@wrong("06.2", told="kept_above_zero", says="without making the share first")
def a_little_added_to_the_share(logits, targets):
    chosen = targets != -100
    powers = (logits - logits.max(-1, keepdim=True).values).exp()
    found = (powers / powers.sum(-1, keepdim=True) + 1e-10).log()[chosen]
    return -found[torch.arange(len(found)), targets[chosen]].sum() / chosen.sum().clamp(min=1)


@wrong("06.2", says="and your loss is 1, not ln 3")
def normed_by_V(logits, targets):
    return REFERENCE(logits, targets) / math.log(logits.shape[-1])


@wrong("06.2", says="loss is")
def the_negative(logits, targets):
    return -REFERENCE(logits, targets)


@wrong("06.2", says="no gradient comes back")
def zero_that_cannot_learn(logits, targets):
    return REFERENCE(logits, targets) if (targets != -100).any() else torch.tensor(0.0)


@wrong("06.2", says=NOTHING)
def one_for_nothing(logits, targets):
    return REFERENCE(logits, targets) + (targets == -100).all()


@wrong("06.2", says="no gradient comes back")
def a_number_of_its_own(logits, targets):
    return torch.tensor(REFERENCE(logits, targets).item(), dtype=logits.dtype)


@wrong("06.2", says=IGNORED)
def ignored_places_score_nothing_but_count_their_sum(logits, targets):
    chosen = targets != -100
    scores = logits - logits.amax(-1, keepdim=True)
    total = scores.exp().sum(-1).log()
    right_ones = scores.gather(-1, targets.clamp(min=0)[..., None])[..., 0]
    return (total - right_ones * chosen).sum() / chosen.sum().clamp(min=1) * bool(chosen.any())


@wrong("06.2", says="Your loss is torch.float32, not torch.float64")
def single_precision(logits, targets):
    return REFERENCE(logits.float(), targets)


@wrong("06.2", says="Your loss has shape")
def each_place(logits, targets):
    chosen = targets != -100
    scores = logits - logits.amax(-1, keepdim=True)
    right_ones = scores.gather(-1, targets.clamp(min=0)[..., None])[..., 0]
    return (scores.exp().sum(-1).log() - right_ones) * chosen


@wrong("06.2", says="Your loss is nothing (None)")
def nothing_returned(logits, targets):
    REFERENCE(logits, targets)


@wrong("06.2", says="changed its input logits")
def written_into_logits(logits, targets):
    found = REFERENCE(logits, targets)
    with torch.no_grad():
        logits -= logits.amax(-1, keepdim=True) + 1
    return found


MUTANTS = {
    "without: scores = scores - scores.amax(-1, keepdim=True)": "overflows",
    "scores = scores + scores.amax(-1, keepdim=True)": "overflows",
    "scores = scores - -scores.amax(-1, keepdim=True)": "overflows",
    "scores = scores": "overflows",
    "return surprise.sum()": "summed",
    "return surprise.sum() / chosen.sum()": "mean_of_nothing",
    "return surprise.sum() / chosen.sum().clamp(min=0)": "mean_of_nothing",
}
