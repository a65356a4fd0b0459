"""Answers to 06.3."""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy

from tests.checks.answers import right, wrong
from unravelling.checks import registry

REFERENCE = registry.load("06.3").reference
LOSS = registry.load("06.2").reference
NOTHING = "A micro-batch without a target adds nothing"


def counts(micro_batches):
    return [int((y != -100).sum()) for _, y in micro_batches]


@right("06.3")
def with_the_loss_of_06_2(model, optimiser, micro_batches):
    n = counts(micro_batches)
    if sum(n) == 0:
        return 0.0
    optimiser.zero_grad()
    losses = []
    for (x, y), each in zip(micro_batches, n, strict=True):
        loss = LOSS(model(x), y) * each / sum(n)
        loss.backward()
        losses.append(loss.item())
    optimiser.step()
    return sum(losses)


@right("06.3")
def with_gradients_by_hand(model, optimiser, micro_batches):
    total = sum(counts(micro_batches))
    if not total:
        return 0.0
    parameters = list(model.parameters())
    sums, value = [torch.zeros_like(each) for each in parameters], 0.0
    for x, y in micro_batches:
        log_p = model(x).log_softmax(-1)
        picked = log_p.gather(-1, y.clamp(min=0)[..., None])[..., 0] * (y != -100)
        loss = -picked.sum() / total
        for held, found in zip(sums, torch.autograd.grad(loss, parameters), strict=True):
            held += found
        value += loss.item()
    for each, held in zip(parameters, sums, strict=True):
        each.grad = held
    optimiser.step()
    return value


@right("06.3")
def the_last_first(model, optimiser, micro_batches):
    total, loss = float(sum(counts(micro_batches))), 0.0
    if total == 0:
        return loss
    for each in model.parameters():
        each.grad.zero_() if each.grad is not None else None
    for x, y in reversed(micro_batches):
        found = cross_entropy(model(x).flatten(0, 1), y.reshape(-1), ignore_index=-100, reduction="sum")
        (found / total).backward()
        loss += found.item() / total
    optimiser.step()
    return loss


@wrong("06.3", told="mean_of_means", says="the mean of the micro-batches' means")
def mean_of_their_losses(model, optimiser, micro_batches):
    if not sum(counts(micro_batches)):
        return 0.0
    optimiser.zero_grad()
    losses = []
    for x, y in micro_batches:
        loss = LOSS(model(x), y) / len(micro_batches)
        loss.backward()
        losses.append(loss.item())
    optimiser.step()
    return sum(losses)


@wrong("06.3", told="all_held_at_once", says="every micro-batch is held in memory")
def one_backward_for_a_list(model, optimiser, micro_batches):
    n = counts(micro_batches)
    if not sum(n):
        return 0.0
    optimiser.zero_grad()
    losses = [LOSS(model(x), y) * each for (x, y), each in zip(micro_batches, n, strict=True)]
    loss = torch.stack(losses).sum() / sum(n)
    loss.backward()
    optimiser.step()
    return float(loss.detach())


@wrong("06.3", says="the model is called 1 time")
def padded_into_one_batch(model, optimiser, micro_batches):
    n = sum(counts(micro_batches))
    if not n:
        return 0.0
    longest = max(x.shape[1] for x, _ in micro_batches)

    def pad(each, with_):
        return torch.cat([each, torch.full((len(each), longest - each.shape[1]), with_)], 1)

    x = torch.cat([pad(x, 0) for x, _ in micro_batches])
    y = torch.cat([pad(y, -100) for _, y in micro_batches])
    optimiser.zero_grad()
    loss = cross_entropy(model(x).transpose(1, 2), y, reduction="sum") / n
    loss.backward()
    optimiser.step()
    return loss.item()


@wrong("06.3", says="the mean over its tokens")
def loss_in_bits(model, optimiser, micro_batches):
    return REFERENCE(model, optimiser, micro_batches) / 0.6931471805599453


@wrong("06.3", says="parameters[0, 0] is")
def gradient_means_added_but_the_loss_right(model, optimiser, micro_batches):
    n = counts(micro_batches)
    if not sum(n):
        return 0.0
    optimiser.zero_grad()
    value = 0.0
    for (x, y), each in zip(micro_batches, n, strict=True):
        loss = LOSS(model(x), y)
        (2 * loss).backward()
        value += loss.item() * each / sum(n)
    optimiser.step()
    return value


@wrong("06.3", told="sum_goes_backward", says="the gradients are those of the sum, not of the mean")
def the_sum_goes_backward(model, optimiser, micro_batches):
    n, total = sum(counts(micro_batches)), 0.0
    if not n:
        return 0.0
    optimiser.zero_grad()
    for x, y in micro_batches:
        found = cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction="sum")
        found.backward()
        total += float(found.detach())
    optimiser.step()
    return total / n


@wrong("06.3", says="Your loss is a tensor, not a float")
def a_tensor(model, optimiser, micro_batches):
    return torch.tensor(REFERENCE(model, optimiser, micro_batches))


@wrong("06.3", says="Your function returned nothing (None)")
def nothing(model, optimiser, micro_batches):
    REFERENCE(model, optimiser, micro_batches)


@wrong("06.3", says="Your function returned a value of type list")
def a_list_of_losses(model, optimiser, micro_batches):
    return [REFERENCE(model, optimiser, micro_batches)]


@wrong("06.3", says="parameters[")
def an_optimiser_of_its_own(model, optimiser, micro_batches):
    return REFERENCE(model, torch.optim.AdamW(model.parameters(), lr=0.1), micro_batches)


@wrong("06.3", says=NOTHING)
def minus_one_for_nothing(model, optimiser, micro_batches):
    return REFERENCE(model, optimiser, micro_batches) if sum(counts(micro_batches)) else -1.0


@wrong("06.3", says="parameters[")
def always_clipped(model, optimiser, micro_batches):
    n = sum(counts(micro_batches))
    if not n:
        return 0.0
    optimiser.zero_grad()
    value = 0.0
    for x, y in micro_batches:
        loss = cross_entropy(model(x).transpose(1, 2), y, reduction="sum") / n
        loss.backward()
        value += loss.item()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.01)
    optimiser.step()
    return value


MUTANTS = {
    "without: if count == 0:": "nothing_divided_by_nothing",
    "if False:": "nothing_divided_by_nothing",
    "without: optimiser.zero_grad()": "never_zeroed",
    "without: optimiser.step()": "no_step",
    "without: return 0.0": "nothing_divided_by_nothing",
    "optimiser": "never_zeroed",
    "optimiser (2)": "no_step",
    "if count == 1:": "nothing_divided_by_nothing",
    "if count == -1:": "nothing_divided_by_nothing",
    "loss = cross_entropy(model(x).transpose(1, 2), y, reduction='sum')": "summed",
    "count = sum((int((y != 100).sum()) for _, y in micro_batches))": "padding_counted",
    "count = sum((int((y != -101).sum()) for _, y in micro_batches))": "padding_counted",
    "count = sum((int((y != -99).sum()) for _, y in micro_batches))": "padding_counted",
}
