"""Mistakes in the ngram_model of 01.4."""

from __future__ import annotations

from ...declare import misconception
from ..next_token_probs import NextTokenProbs
from ..ngram_counts import NgramCounts

ngram_counts, next_token_probs = NgramCounts.reference, NextTokenProbs.reference


def model_by(last):
    """A wrong ngram_model, that looks at last(context, n); right for context[-(n - 1) :] and, where n is 1, ()."""

    def ngram_model(tokens, n, alpha, vocab):
        counts = ngram_counts(tokens, n)
        return lambda context, token: next_token_probs(counts, last(context, n), alpha, vocab).get(token, 0.0)

    return ngram_model


right_model = model_by(lambda context, n: context[-(n - 1) :] if n > 1 else ())


@misconception(
    "For n = 1 your model gets the whole context: context[-0:] is the same as context[0:], that is, all of it. How "
    "many tokens should a model of order 1 look at?"
)
class everything_for_order_1:
    ngram_model = model_by(lambda context, n: context[-(n - 1) :])


@misconception(
    "Your model looks at the first n - 1 tokens of the text, not at the last ones before the gap. Which end of "
    "`context` is next to the token that is asked for?"
)
class looks_at_the_start:
    ngram_model = model_by(lambda context, n: context[: n - 1])


@misconception(
    "Your model looks up too many tokens, whatever n is, so it finds something only while the text is exactly n - 1 "
    "tokens long. How long are the keys of ngram_counts(tokens, n), and which part of `context` fits them?"
)
class context_not_cut:
    ngram_model = model_by(lambda context, n: context)


@misconception(
    "Your model is right for n = 1. For every larger n it looks up too many tokens, and finds something only while the "
    "text is exactly n - 1 tokens long. How long are the keys of ngram_counts(tokens, n)?"
)
class too_many_above_order_1:
    ngram_model = model_by(lambda context, n: context[-n:] if n > 1 else ())


@misconception(
    "At the start of a text, while there are fewer than n - 1 tokens, your model says 0 to everything. Something "
    "must come next there too; what does next_token_probs say after a context that was never seen?"
)
class nothing_at_the_start:
    def ngram_model(tokens, n, alpha, vocab):
        model = right_model(tokens, n, alpha, vocab)
        return lambda context, token: model(context, token) if len(context) >= n - 1 else 0.0


@misconception(
    "Your model counts when it is asked, not when it is made, so it answers from what `tokens` is by then (the check "
    "empties the list in between). Which line belongs above the inner def?"
)
class counts_at_every_question:
    def ngram_model(tokens, n, alpha, vocab):
        def probability(context, token):
            last = context[-(n - 1) :] if n > 1 else ()
            return next_token_probs(ngram_counts(tokens, n), last, alpha, vocab).get(token, 0.0)

        return probability


@misconception(
    "A token that is not in vocab stops your model with a KeyError. How do you ask a dictionary for something that "
    "may not be there, with 0 for an answer if so?"
)
class expects_every_token:
    def ngram_model(tokens, n, alpha, vocab):
        counts = ngram_counts(tokens, n)

        def probability(context, token):
            return next_token_probs(counts, context[-(n - 1) :] if n > 1 else (), alpha, vocab)[token]

        return probability


@misconception(
    "Tokens that are not in vocab are thrown out of the text before it is counted, so that others become neighbours "
    "which never were. What does next_token_probs do with such tokens by itself?"
)
class thrown_out_before_counting:
    def ngram_model(tokens, n, alpha, vocab):
        return right_model([token for token in tokens if token in vocab], n, alpha, vocab)
