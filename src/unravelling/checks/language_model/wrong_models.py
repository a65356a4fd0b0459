"""Wrong answers to 01.4 that go wrong in one step only, which is their parameter."""

from __future__ import annotations

from .counting import NgramCounts
from .smoothing import NextTokenProbs

ngram_counts, next_token_probs = NgramCounts.reference, NextTokenProbs.reference


def model_by(last):
    """A wrong ngram_model, that looks at last(context, n); right for context[-(n - 1) :] and, where n is 1, ()."""

    def ngram_model(tokens, n, alpha, vocab):
        counts = ngram_counts(tokens, n)
        return lambda context, token: next_token_probs(counts, last(context, n), alpha, vocab).get(token, 0.0)

    return ngram_model


def mixture_by(mean):
    """A wrong interpolate, that gives mean(what the models say, weights); its complaints are right."""

    def interpolate(models, weights):
        if len(models) != len(weights) or min(weights) < 0 or sum(weights) == 0:
            raise ValueError("unfit weights")
        return lambda context, token: mean([model(context, token) for model in models], weights)

    return interpolate
