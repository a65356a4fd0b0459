"""Answers to 01.4."""

from __future__ import annotations

import math

from tests.checks.answers import right, wrong
from unravelling.checks import registry

MUTANTS = {
    "interpolate: return sum((weight * model(context, token) for model, weight in zip(models, weights)))": "weights_as_they_come",
    "interpolate: return sum((weight / total * model(token, context) for model, weight in zip(models, weights)))": "asked_the_wrong_way_round",
    "ngram_model: last = context[-(n + 1):] if n > 1 else ()": "too_many_above_order_1",
    "ngram_model: last = context[-(n - -1):] if n > 1 else ()": "too_many_above_order_1",
    "ngram_model: last = context[-(n - 0):] if n > 1 else ()": "too_many_above_order_1",
    "ngram_model: last = context[-(n - 1):] if n > 0 else ()": "everything_for_order_1",
    "ngram_model: last = context[-(n - 1):] if n >= 1 else ()": "everything_for_order_1",
    "ngram_model: last = context[-n:] if n > 1 else ()": "too_many_above_order_1",
}

ngram_counts, next_token_probs = (registry.load(each).reference for each in ("01.1", "01.2"))
right_model = registry.load("01.4").reference.ngram_model


def model_by(last):
    """A wrong ngram_model, that looks at last(context, n); right for context[-(n - 1) :] and, where n is 1, ()."""

    def ngram_model(tokens, n, alpha, vocab):
        counts = ngram_counts(tokens, n)
        return lambda context, token: next_token_probs(counts, last(context, n), alpha, vocab).get(token, 0.0)

    return ngram_model


def check(models, weights):
    if len(models) != len(weights) or any(weight < 0 for weight in weights) or not sum(weights):
        raise ValueError("unfit weights")


@right("01.4")
class a_model_of_weight_0_is_not_asked:
    def interpolate(models, weights):
        check(models, weights)
        pairs = [(model, weight) for model, weight in zip(models, weights, strict=True) if weight]
        total = sum(weight for _, weight in pairs)

        def mixture(context, token):
            return sum(weight * model(context, token) for model, weight in pairs) / total

        return mixture


@right("01.4")
class short_contexts_by_hand:
    def ngram_model(tokens, n, alpha, vocab):
        counts = ngram_counts(tokens, n)

        def probability(context, token):
            if token not in vocab:
                return 0
            if len(context) < n - 1:
                return 1 / len(vocab)
            return next_token_probs(counts, context[len(context) - n + 1 :], alpha, vocab)[token]

        return probability


@right("01.4")
class one_loop_for_the_last_tokens:
    def ngram_model(tokens, n, alpha, vocab):
        counts = ngram_counts(list(tokens), n)

        def probability(context, token):
            last = ()
            for each in context[::-1]:
                if len(last) == n - 1:
                    break
                last = (each, *last)
            return float(dict(next_token_probs(counts, last, alpha, vocab)).get(token, 0))

        return probability


@right("01.4")
class padded_with_what_no_text_has:
    def ngram_model(tokens, n, alpha, vocab):
        counts = ngram_counts(tokens, n)

        def probability(context, token):
            padded = ("<start>",) * (n - 1) + tuple(context)
            return next_token_probs(counts, padded[len(padded) - n + 1 :], alpha, vocab).get(token, 0.0)

        return probability


@right("01.4")
class shares_in_a_copy:
    def interpolate(models, weights):
        check(models, weights)
        shares = [weight / sum(weights) for weight in weights]

        def mixture(context, token):
            said = 0.0
            for i in range(len(models)):
                said += shares[i] * models[i](context, token)
            return said

        return mixture


# ngram_model


@wrong("01.4", says="With n = 2 your model says")
class padded_with_the_first_token:
    def ngram_model(tokens, n, alpha, vocab):
        counts = ngram_counts(tokens, n)

        def probability(context, token):
            last = ((tokens or vocab)[0],) * (n - 1) + context
            return next_token_probs(counts, last[len(last) - n + 1 :], alpha, vocab).get(token, 0.0)

        return probability


@wrong("01.4", says="With n = 2 your model says")
class padded_with_the_first_token_in_time:
    def ngram_model(tokens, n, alpha, vocab):
        counts, first = ngram_counts(tokens, n), tokens[0]

        def probability(context, token):
            last = (first,) * (n - 1) + context
            return next_token_probs(counts, last[len(last) - n + 1 :], alpha, vocab).get(token, 0.0)

        return probability


@wrong("01.4", told="thrown_out_before_counting", says="You throw tokens that are not in vocab out of the text")
class only_words_of_vocab_counted:
    def ngram_model(tokens, n, alpha, vocab):
        known = set(vocab)
        return right_model(list(filter(known.__contains__, tokens)), n, alpha, vocab)


@wrong("01.4", says="after the context ('a', 'z'")
class runs_with_unknown_tokens_left_out:
    def ngram_model(tokens, n, alpha, vocab):
        counts = {
            context: followers
            for context, followers in ngram_counts(tokens, n).items()
            if all(token in vocab for token in context)
        }

        def probability(context, token):
            last = context[-(n - 1) :] if n > 1 else ()
            return next_token_probs(counts, last, alpha, vocab).get(token, 0.0)

        return probability


@wrong("01.4", says="changed its input vocab")
class vocab_sorted_in_place:
    def ngram_model(tokens, n, alpha, vocab):
        vocab.sort()
        return right_model(tokens, n, alpha, vocab)


@wrong("01.4", says="changed its input tokens")
class tokens_eaten:
    def ngram_model(tokens, n, alpha, vocab):
        model = right_model(tokens, n, alpha, vocab)
        tokens.clear()
        return model


_newest = {}


@wrong("01.4", says="after other models were made it says")
class the_newest_counts_for_all:
    def ngram_model(tokens, n, alpha, vocab):
        _newest["counts"] = ngram_counts(tokens, n)

        def probability(context, token):
            last = context[-(n - 1) :] if n > 1 else ()
            return next_token_probs(_newest["counts"], last, alpha, vocab).get(token, 0.0)

        return probability


_counted = {}


@wrong("01.4", says="With n = 2 your model says")
class counts_kept_by_order:
    def ngram_model(tokens, n, alpha, vocab):
        if len(tokens) == 4 and tokens[-1] == "b":  # a new session: the first case
            _counted.clear()
        counts = _counted.setdefault(n, ngram_counts(tokens, n))

        def probability(context, token):
            last = context[-(n - 1) :] if n > 1 else ()
            return next_token_probs(counts, last, alpha, vocab).get(token, 0.0)

        return probability


@wrong("01.4", told="context_not_cut", says="looks up too many tokens, whatever n is")
class last_n_tokens:
    ngram_model = model_by(lambda context, n: context[-n:])


@wrong("01.4", told="too_many_above_order_1", says="looks up too many tokens")
class whole_context_above_order_1:
    ngram_model = model_by(lambda context, n: context if n > 1 else ())


@wrong("01.4", says="With n = 3 your model says")
class last_token_only:
    ngram_model = model_by(lambda context, n: context[-1:] if n > 1 else ())


@wrong("01.4", says="your model says")
class last_tokens_backwards:
    ngram_model = model_by(lambda context, n: context[::-1][: n - 1])


@wrong("01.4", says="With n = 2 your model says")
class falls_back_to_a_shorter_context:
    def ngram_model(tokens, n, alpha, vocab):
        tables = [ngram_counts(tokens, order) for order in range(1, n + 1)]

        def probability(context, token):
            for order in range(n, 0, -1):
                last = context[len(context) - order + 1 :] if len(context) >= order - 1 else None
                if last in tables[order - 1]:
                    return next_token_probs(tables[order - 1], last, alpha, vocab).get(token, 0.0)
            return 1 / len(vocab) if token in vocab else 0.0

        return probability


@wrong("01.4", says="for '?' after the context")
class uniform_also_for_strangers:
    def ngram_model(tokens, n, alpha, vocab):
        model = right_model(tokens, n, alpha, vocab)
        return lambda context, token: model(context, token) if token in vocab else 1 / len(vocab)


@wrong("01.4", says="for 'd' after the context")
class nothing_for_what_was_never_seen:
    def ngram_model(tokens, n, alpha, vocab):
        model, seen = right_model(tokens, n, alpha, vocab), set(tokens)
        return lambda context, token: model(context, token) if token in seen else 0.0


@wrong("01.4", says="your model says")
class alpha_left_aside:
    def ngram_model(tokens, n, alpha, vocab):
        return right_model(tokens, n, 0, vocab)


@wrong("01.4", says="your model says")
class vocab_of_the_text:
    def ngram_model(tokens, n, alpha, vocab):
        return right_model(tokens, n, alpha, sorted(set(tokens)))


@wrong("01.4", says="not with a number")
class whole_distribution:
    def ngram_model(tokens, n, alpha, vocab):
        counts = ngram_counts(tokens, n)
        return lambda context, token: next_token_probs(counts, context[-(n - 1) :] if n > 1 else (), alpha, vocab)


@wrong("01.4", says="it should return a function of (context, token)")
class answers_at_once:
    def ngram_model(tokens, n, alpha, vocab):
        return next_token_probs(ngram_counts(tokens, n), (), alpha, vocab)


@wrong("01.4", says="it should take (context, token)")
class takes_the_context_alone:
    def ngram_model(tokens, n, alpha, vocab):
        model = right_model(tokens, n, alpha, vocab)
        return lambda context: {token: model(context, token) for token in vocab}


@wrong("01.4", says="with n = 2 your model says".capitalize().replace("N =", "n ="))
class logarithms:
    def ngram_model(tokens, n, alpha, vocab):
        model = right_model(tokens, n, alpha, vocab)
        return lambda context, token: math.log(model(context, token) or 1e-9)


@wrong("01.4", says="TypeError")
class context_as_a_list:
    def ngram_model(tokens, n, alpha, vocab):
        counts = ngram_counts(tokens, n)

        def probability(context, token):
            last = list(context)[-(n - 1) :] if n > 1 else ()
            return next_token_probs(counts, last, alpha, vocab).get(token, 0.0)

        return probability


@wrong("01.4", says="after the list tokens was emptied it says")
class order_1_counted_at_every_question:
    def ngram_model(tokens, n, alpha, vocab):
        made = right_model(tokens, n, alpha, vocab)

        def model(context, token):
            if n > 1 or token not in vocab:
                return made(context, token)
            below = sum(each in vocab for each in tokens) + alpha * len(vocab)
            return (tokens.count(token) + alpha) / below if below else 1 / len(vocab)

        return model
