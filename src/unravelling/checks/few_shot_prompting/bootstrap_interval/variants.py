"""Right answers to 10.4 that draw in another way."""

from __future__ import annotations

import torch

from ...declare import alternative


@alternative
def one_resample_at_a_time(correct, level=0.95, resamples=2000, generator=None):
    N = correct.shape[0]
    if N < 1 or level <= 0 or level >= 1:
        raise ValueError("cannot")
    drawn = torch.randint(0, N, (resamples * N,), generator=generator).tolist()
    answers = correct.tolist()
    means = []
    for r in range(resamples):
        means.append(sum(answers[i] for i in drawn[r * N : (r + 1) * N]) / N)
    means.sort()
    cut = int((1 - level) / 2 * resamples)
    return means[cut], means[-cut - 1]


@alternative
def counts_of_right_answers(correct, level=0.95, resamples=2000, generator=None):
    if not len(correct) or not 0 < level < 1:
        raise ValueError("cannot")
    p = correct.double().mean()
    right = (torch.rand(resamples, len(correct), generator=generator) < p).sum(1).double() / len(correct)
    return tuple(torch.quantile(right, torch.tensor([0.5 - level / 2, 0.5 + level / 2], dtype=torch.float64)))


@alternative
def with_multinomial(correct, level=0.95, resamples=2000, generator=None):
    if len(correct) == 0 or not 0.0 < level < 1.0:
        raise ValueError("cannot")
    picks = torch.ones(resamples, len(correct)).multinomial(len(correct), replacement=True, generator=generator)
    means, _ = correct[picks].float().mean(-1).sort()
    low = means[round((1 - level) / 2 * (resamples - 1))]
    return float(low), float(means[round((1 + level) / 2 * (resamples - 1))])
