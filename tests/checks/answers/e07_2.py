"""Answers to 07.2."""

from __future__ import annotations

import numpy
import torch
from torch import nn

from tests.checks.answers import right, wrong
from unravelling.checks.bert_and_gpt.mlm_loss import mean_over, surprise

MUTANTS = {
    "log_probs = logits.log_softmax(-0)[chosen]": "softmax_over_the_rows",
    "log_probs = logits.log_softmax(-2)[chosen]": "softmax_over_places",
    "log_probs = logits.log_softmax(1)[chosen]": "softmax_over_places",
    "log_probs = logits[chosen]": "without_the_softmax",
    "return --right.sum() / chosen.sum().clamp(min=1)": "without_the_minus",
    "return -right.sum()": "summed",
    "return -right.sum() / -chosen.sum().clamp(min=1)": "without_the_minus",
    "return -right.sum() / chosen.sum()": "mean_of_nothing",
    "return -right.sum() / chosen.sum().clamp(min=0)": "mean_of_nothing",
    "return right.sum() / chosen.sum().clamp(min=1)": "without_the_minus",
}


@right("07.2")
def with_a_one_hot_product(logits, labels):
    chosen = labels != -100
    answers = nn.functional.one_hot(torch.where(chosen, labels, 0), logits.shape[-1]) * chosen[..., None]
    return -(answers * torch.log_softmax(logits, dim=-1)).sum() / max(chosen.sum().item(), 1)


@right("07.2")
def with_a_shift_by_the_largest(logits, labels):
    chosen = labels != -100
    z = logits - logits.max(-1, keepdim=True).values
    log_probs = z - z.exp().sum(-1, keepdim=True).log()
    picked = log_probs.gather(-1, labels.masked_fill(~chosen, 0).unsqueeze(-1)).squeeze(-1)
    return -(picked.masked_fill(~chosen, 0).sum() / chosen.sum().clamp(min=1))


@right("07.2")
def with_take_along_dim(logits, labels):
    flat, answers = logits.flatten(0, 1), labels.flatten()
    keep = answers.ne(-100)
    if not keep.any():
        return (logits * 0).sum()
    return torch.take_along_dim(-nn.LogSoftmax(dim=-1)(flat[keep]), answers[keep][:, None], 1).mean()


@right("07.2")
def with_a_very_small_number(logits, labels):
    chosen = labels != -100
    return (surprise(logits, labels) * chosen).sum() / (chosen.sum() + 1e-12)


@right("07.2")
def in_einsum(logits, labels):
    chosen = labels >= 0
    picked = logits.log_softmax(2)[chosen][range(int(chosen.sum())), labels[chosen]]
    return torch.einsum("n->", -picked) / (len(picked) or 1)


@wrong("07.2", says="no gradient comes back from your loss to logits")
def zero_without_a_way_back(logits, labels):
    chosen = labels != -100
    if chosen.sum() == 0:
        return torch.tensor(0.0, dtype=logits.dtype)
    return mean_over(surprise(logits, labels), chosen)


@wrong("07.2", says="which this exercise asks you to do without")
def with_cross_entropy(logits, labels):
    if (labels == -100).all():
        return logits.sum() * 0
    return nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)


@wrong("07.2", says="which this exercise asks you to do without")
def with_the_module(logits, labels):
    chosen = labels != -100
    return nn.CrossEntropyLoss(reduction="sum")(logits.transpose(1, 2), labels) / chosen.sum().clamp(min=1)


@wrong("07.2", says="which this exercise asks you to do without")
def with_nll_loss(logits, labels):
    chosen = labels != -100
    log_probs = logits.log_softmax(-1)
    return nn.functional.nll_loss(log_probs[chosen], labels[chosen], reduction="sum") / chosen.sum().clamp(min=1)


@wrong("07.2", told="labels_overwritten", says="You write over the labels that are -100")
def clamped_in_place(logits, labels):
    chosen = labels != -100
    return mean_over(-logits.log_softmax(-1).gather(-1, labels.clamp_(min=0)[..., None])[..., 0], chosen)


@wrong("07.2", says="your function changed its input logits")
def shifts_in_place(logits, labels):
    logits -= logits.detach().amax(-1, keepdim=True)
    return mean_over(surprise(logits, labels), labels != -100)


@wrong("07.2", says="no gradient comes back")
def through_numpy(logits, labels):
    x = logits.detach().numpy()
    x = x - x.max(-1, keepdims=True)
    log_probs = x - numpy.log(numpy.exp(x).sum(-1, keepdims=True))
    b, t = numpy.nonzero(labels.numpy() != -100)
    total = -log_probs[b, t, labels.numpy()[b, t]].sum()
    return torch.tensor(total / max(len(b), 1), dtype=logits.dtype)


@wrong("07.2", says="Your loss is a float, not a torch tensor")
def as_a_float(logits, labels):
    return mean_over(surprise(logits, labels), labels != -100).item()


@wrong("07.2", says="Your loss has shape (1,), not ()")
def of_shape_1(logits, labels):
    return mean_over(surprise(logits, labels), labels != -100)[None]


@wrong("07.2", told="mean_of_nothing", says="one NaN in the loss turns every parameter into NaN")
def divides_by_the_count(logits, labels):
    chosen = labels != -100
    return (surprise(logits, labels) * chosen).sum() / chosen.sum()


@wrong("07.2", says="stopped on line")
def stacks_nothing(logits, labels):
    found = [
        -logits[b, t].log_softmax(-1)[labels[b, t]]
        for b in range(len(labels))
        for t in range(labels.shape[1])
        if labels[b, t] != -100
    ]
    return torch.stack(found).mean()


@wrong("07.2", told="all_places_count", says="the surprise at token 0 is counted")
def where_instead_of_a_mask(logits, labels):
    answers = torch.where(labels == -100, 0, labels)
    return -logits.log_softmax(-1).gather(2, answers.unsqueeze(2)).mean()


@wrong("07.2", told="over_all_places", says="divide by the number of all places")
def divides_by_all(logits, labels):
    return (surprise(logits, labels) * (labels != -100)).sum() / labels.numel()


@wrong("07.2", told="over_the_rows", says="divided by the number of rows")
def divides_by_the_batch(logits, labels):
    chosen = labels != -100
    return surprise(logits, labels)[chosen].sum() / labels.size(0)


@wrong("07.2")
def divides_by_one_more(logits, labels):
    chosen = labels != -100
    return (surprise(logits, labels) * chosen).sum() / (chosen.sum() + 1)


@wrong("07.2", says="Of float64 logits the loss is float64, too, and right to 8 digits.")
def with_a_number_that_shows(logits, labels):
    chosen = labels != -100
    return (surprise(logits, labels) * chosen).sum() / (chosen.sum() + 1e-5)


@wrong("07.2", says="Scores in the thousands must work.")
def logarithm_of_a_little_more(logits, labels):
    picked = logits.softmax(-1).gather(-1, labels.clamp(min=0)[..., None])[..., 0]
    return mean_over(-(picked + 1e-9).log(), labels != -100)


@wrong("07.2", told="mean_of_rows", says="the mean of each row first")
def a_mean_of_means(logits, labels):
    rows = [
        mean_over(surprise(logits[i : i + 1], labels[i : i + 1]), labels[i : i + 1] != -100) for i in range(len(labels))
    ]
    return torch.stack(rows).mean()


@wrong("07.2", told="mean_of_rows_that_have_some", says="The mean of each row that has chosen places")
def a_mean_of_means_of_some(logits, labels):
    rows = [
        surprise(x[None], y[None])[0][y != -100].mean() for x, y in zip(logits, labels, strict=True) if (y >= 0).any()
    ]
    return torch.stack(rows).mean() if rows else logits.sum() * 0


@wrong("07.2", told="token_0_left_out", says="leaves out token 0")
def only_above_zero(logits, labels):
    chosen = labels > 0
    return -logits.log_softmax(-1)[chosen].gather(1, labels[chosen][:, None]).sum() / chosen.sum().clamp(min=1)


@wrong("07.2", told="softmax_over_the_rows", says="over the rows of the batch")
def log_softmax_over_the_first_axis(logits, labels):
    picked = logits.log_softmax(0).gather(-1, labels.clamp(min=0)[..., None])[..., 0]
    return mean_over(-picked, labels != -100)


@wrong("07.2", told="softmax_twice", says="The softmax is taken twice")
def log_softmax_of_a_softmax(logits, labels):
    chosen = labels != -100
    rows = torch.log_softmax(torch.softmax(logits, -1), -1)[chosen]
    return -rows[torch.arange(len(rows)), labels[chosen]].sum() / chosen.sum().clamp(min=1)


@wrong("07.2", told="shifted_as_in_a_decoder", says="one place too early")
def the_next_token(logits, labels):
    scores, answers = logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()
    keep = answers != -100
    picked = scores.log_softmax(-1)[keep, answers[keep]]
    return -picked.sum() / keep.sum().clamp(min=1)


@wrong("07.2", told="logarithm_of_the_mean", says="the logarithm is taken of their mean")
def log_of_mean_probability(logits, labels):
    chosen = labels != -100
    if not chosen.any():
        return logits.sum() * 0
    return -logits[chosen].softmax(-1).gather(1, labels[chosen][:, None]).mean().log()


@wrong("07.2", says="Every number is 0.434 (1 / the natural logarithm of 10) times what it should be.")
def to_the_base_10(logits, labels):
    return mean_over(surprise(logits, labels), labels != -100) / 2.302585


@wrong("07.2", told="perplexity", says="the exponential of the mean")
def exp_of_the_mean(logits, labels):
    return mean_over(surprise(logits, labels), labels != -100).exp()


@wrong("07.2")
def surprise_at_the_best(logits, labels):
    return mean_over(-logits.log_softmax(-1).amax(-1), labels != -100)


@wrong("07.2", says="Two calls with the same inputs gave two different results")
def with_dropout(logits, labels):
    return mean_over(surprise(nn.functional.dropout(logits, 0.1), labels), labels != -100)


@wrong("07.2", says="Your loss is torch.float32, not torch.float64")
def in_single_precision(logits, labels):
    return mean_over(surprise(logits.float(), labels), labels != -100)


@wrong("07.2")
def the_wrong_places(logits, labels):
    return mean_over(surprise(logits, labels), labels == -100)


@wrong("07.2", says="Scores in the thousands must work")
def logarithm_of_a_sum_that_overflows(logits, labels):
    chosen = labels != -100
    if chosen.sum() == 0:
        return logits.sum() * 0.0
    scores, answers = logits[chosen], labels[chosen]
    return (scores.exp().sum(-1).log() - scores[torch.arange(len(answers)), answers]).mean()
