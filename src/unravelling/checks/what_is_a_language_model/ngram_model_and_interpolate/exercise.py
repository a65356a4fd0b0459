"""01.4: models of several orders, and one that listens to all of them. The synthesis of 01.1 to 01.3."""

from __future__ import annotations

import math

import torch

from ...compare import number, numbers_apart
from ...declare import Case, alternative, exercise, holds, misconception, slip
from ...random_inputs import randint
from ..drawn_texts import draw_text, letters, shortened
from ..next_token_probs import NextTokenProbs
from ..ngram_counts import NgramCounts
from ..perplexity import Perplexity
from . import probe as trial
from .diagnosis import held_out, model_rows, why_so

CLOSE = 1e-6
ngram_counts, next_token_probs, perplexity = NgramCounts.reference, NextTokenProbs.reference, Perplexity.reference
TRAIN = "the cat sat on the mat and the dog sat on the rug then the cat ran to the dog and the dog ran off"
HELD_OUT = "a rat and a hen sat near the old gate"


@exercise("01.4", points=4, difficulty=3, minutes=25)
class ModelAndMixture:
    """Make models of several orders from your counts, and mix them into one that is better than any of them."""

    functions = ("ngram_model", "interpolate")
    returns = ("ngram_model", "interpolate")
    compares = False  # the properties compare, in better words
    because = (
        "Each model looks back at its own n - 1 tokens and no further, and probabilities mixed by shares that sum to "
        "1 are probabilities again."
    )
    hints = (
        "Both functions return a function: write def probability(context, token) inside, and return its name without "
        "calling it. For ngram_model, which of your two functions is needed once, and which at every question?",
        "ngram_model: count first, outside the inner function. Inside, cut the context down to its last n - 1 tokens "
        "(mind n = 1, where context[-0:] is everything), ask next_token_probs, and look the token up with .get, since "
        "it may not be in vocab. interpolate: check the weights, divide each by their sum, and let the inner function "
        "add up share times probability.",
        "last = context[-(n - 1) :] if n > 1 else (); return next_token_probs(counts, last, alpha, vocab)"
        ".get(token, 0.0). And: return sum(weight / total * model(context, token) for model, weight in zip(models, "
        "weights)), with the zip inside the inner function.",
    )

    def cases(rng):
        def case(name, train, held_out, orders, weights, alpha, vocab="a b c", rule=""):
            texts = {"train": train, "held_out": held_out, "vocab": vocab}
            return Case(name, rule, **texts, orders=orders, weights=weights, alpha=alpha)

        yield case("one model of order 2", "a b a b", "a b a", "2", "1", 1.0, vocab="a b")
        yield case("orders 1 and 2", "a b a c", "b a c", "1 2", "0.5 0.5", 0.5)
        yield case("weights 1 and 3", "a b a c", "c a b", "1 2", "1 3", 0.5)
        yield case("alpha = 0", "a b a b c", "a b c d", "1 2 3", "1 2 1", 0.0, vocab="d c b a")
        yield case("a text with a token that is not in vocab", "a z b a c z b", "a z b a b z", "1 2 3", "2 1 1", 0.5)
        shares = " ".join(str(randint(rng, 1, 9)) for _ in range(3))
        drawn = {"train": draw_text(rng, 30, 4), "held_out": draw_text(rng, 6, 5)}
        yield case("30 tokens, orders 1 to 3", **drawn, orders="1 2 3", weights=shares, alpha=0.5, vocab="e d c b a")
        small, shares = letters(HELD_OUT), f"2 {randint(rng, 2, 4)} {randint(rng, 3, 5)}"
        known = " ".join(sorted({*letters(TRAIN).split(), *small.split()}))
        yield case("letters of a small text", letters(TRAIN), small, "1 2 3", shares, 0.05, known)
        alike = "Where nothing of vocab ever came after a context, all of vocab is alike, also if other tokens came."
        yield case(
            "only tokens that are not in vocab follow", "a z a z b", "a c a", "2 1", "1 1", 0.0, "a c", rule=alike
        )
        few = "Weights are divided by their sum, also where that is below 1."
        yield case("weights 0.1 and 0.3", "a b a c", "c a b", "2 1", "0.1 0.3", 0.5, rule=few)
        none = "A weight may be 0: that model then has no say, and the others share the mixture."
        yield case("a weight of 0", "a b a c", "c a", "1 2", "0 2", 0.5, rule=none)
        many = "With more or fewer weights than models, interpolate raises ValueError, before anything is asked."
        yield case("2 models, 1 weight", "a b a", "a b", "1 2", "1", 1.0, rule=many)
        yield case("1 model, 2 weights", "a b a", "a b", "2", "1 1", 1.0, rule=many)
        below = "If one of the weights is negative, interpolate raises ValueError, whatever they sum to."
        yield case("a negative weight", "a b a", "a b", "1 2", "-1 3", 1.0, rule=below)
        nothing = "If no weight is above 0 (or there is none), interpolate raises ValueError, before anything is asked."
        yield case("weights that are all 0", "a b a", "a b", "1 2", "0 0", 1.0, rule=nothing)
        yield case("no models and no weights", "a b a", "a b", "", "", 1.0, rule=nothing)

    class reference:
        def ngram_model(tokens, n, alpha, vocab):
            """Make a language model of the runs of n tokens, with ngram_counts and next_token_probs.

            tokens, n, alpha, vocab: as in 01.1 and 01.2. Count all tokens, also those that are not in vocab.
            Returns a function probability(context, token) that gives a float (or a tensor of one number). Its context
            is a tuple of all tokens so far; it may have any length, and may be (). The function looks at the last n - 1
            of them. Where there are fewer, it answers as for a context that was never seen. A token that is not in
            vocab has probability 0.
            Count once, when the model is made. It then answers from these counts, even if tokens changes later or other
            models are made. Leaves tokens and vocab as they are.
            Example: with model = ngram_model(["a", "b", "a", "b"], 2, 0, ["a", "b"]), model(("b", "a"), "b") is 1.0 and
            model((), "b") is 0.5.
            """
            counts = ngram_counts(tokens, n)

            def probability(context, token):
                last = context[-(n - 1) :] if n > 1 else ()
                return next_token_probs(counts, last, alpha, vocab).get(token, 0.0)

            return probability

        def interpolate(models, weights):
            """Mix language models into one.

            models: list of functions (context, token) -> probability. weights: a number, 0 or more, for each model.
            Divide them by their sum to get shares: [1, 3] means a quarter and three quarters.
            Raises ValueError if there are more or fewer weights than models, if a weight is negative, or if none is
            above 0. It does so at once, and not only when the mixture is asked.
            Returns a function (context, token) -> the weighted mean of what the models say: a float (or a tensor of one
            number). It can be called again and again. Leaves models and weights as they are.
            Example: if one model says 0.2 and the other 0.6, interpolate([one, other], [1, 3]) says 0.5.
            Source: Jelinek and Mercer, 1980, "Interpolated estimation of Markov source parameters from sparse data".
            """
            if len(models) != len(weights):
                raise ValueError(f"Models and weights must be equally many, not {len(models)} and {len(weights)}.")
            total = sum(weights)
            if any(weight < 0 for weight in weights) or total == 0:
                raise ValueError("Weights are 0 or more, and at least one of them is above 0.")

            def probability(context, token):
                return sum(weight / total * model(context, token) for model, weight in zip(models, weights))  # noqa: B905

            return probability

    probe, show = trial.probe, trial.show
    ngram_model, interpolate = trial.ngram_model, trial.interpolate

    def fingerprint(case, result):
        return [result.get(name) for name in ("ngram_model", "together", "later", "interpolate")]

    @holds("ngram_model answers from the last n - 1 tokens, with the probabilities of next_token_probs")
    def models_are_right(case, result):
        tokens, want = held_out(case), model_rows(case)
        for k, i in (~((result["ngram_model"] - want).abs() <= CLOSE)).nonzero()[:1].tolist():
            n, token, context = int(case["orders"].split()[k]), tokens[i], tuple(tokens[:i])
            got, right = numbers_apart(float(result["ngram_model"][k, i]), float(want[k, i]))
            asked = f"for {token!r} after the context {shortened(context)}"
            return f"With n = {n} your model says {got} {asked}, not {right}{why_so(case, n, context, token)}"
        return None

    @holds("a model gives the same answers when other models have been made, and when tokens is emptied")
    def models_stay_as_they_are(case, result):
        tokens, alone = held_out(case), result["ngram_model"]
        for name, what in (("together", "other models were made"), ("later", "the list tokens was emptied")):
            for k, i in (~((result[name] - alone).abs() <= CLOSE)).nonzero()[:1].tolist():
                then, now = numbers_apart(float(alone[k, i]), float(result[name][k, i]))
                asked = f"for {tokens[i]!r} after the context {shortened(tuple(tokens[:i]))}"
                order = case["orders"].split()[k]
                return f"With n = {order} your model says {then} {asked}; after {what} it says {now}."
        return None

    @holds("interpolate gives the weighted mean of what the models say, at every call")
    def mixture_is_right(case, result):
        if isinstance(result["interpolate"], str):
            return f"For the weights {case['weights'].replace(' ', ', ')} you returned {result['interpolate']}."
        weights = torch.tensor([float(each) for each in case["weights"].split()], dtype=torch.float64)
        want = weights / weights.sum() @ result["said"]
        for (i,) in (~((result["interpolate"] - want).abs() <= CLOSE)).nonzero()[:1].tolist():
            said = ", ".join(number(each) for each in result["said"][:, i].tolist())
            got, right = numbers_apart(float(result["interpolate"][i]), float(want[i]))
            count = "the first call" if i == 0 else f"call number {i + 1}"
            shares = ", ".join(number(each) for each in (weights / weights.sum()).tolist())
            return (
                f"At {count} the models say {said}, and the weights are {case['weights'].replace(' ', ', ')}, which "
                f"makes the shares {shares}: the mixture should say {right}, and yours says {got}."
            )
        return None

    @holds("on the held-out letters the mixture has a lower perplexity than the best of its models")
    def mixture_beats_the_best(case, result):
        if "_" not in case["held_out"]:
            return None

        def score(row):  # without the last token, which is impossible
            return perplexity([math.log(each) if each > 0 else -math.inf for each in row[:-1].tolist()])

        mixture, single = score(result["mixture"]), min(score(row) for row in result["ngram_model"])
        if not mixture < single:
            return f"The mixture's perplexity is {number(mixture)}; the best single model has {number(single)}."
        return None

    everything_for_order_1 = slip(
        "For n = 1 your model gets the whole context: context[-0:] is the same as context[0:], that is, all of it. How "
        "many tokens should a model of order 1 look at?",
        " if n > 1 else ()",
        "",
        of="ngram_model",
    )

    looks_at_the_start = slip(
        "Your model looks at the first n - 1 tokens of the text, not at the last ones before the gap. Which end of "
        "`context` is next to the token that is asked for?",
        "context[-(n - 1) :] if n > 1 else ()",
        "context[: n - 1]",
        of="ngram_model",
    )

    context_not_cut = slip(
        "Your model looks up too many tokens, whatever n is, so it finds something only while the text is exactly n - "
        "1 tokens long. How long are the keys of ngram_counts(tokens, n), and which part of `context` fits them?",
        "context[-(n - 1) :] if n > 1 else ()",
        "context",
        of="ngram_model",
    )

    too_many_above_order_1 = slip(
        "Your model is right for n = 1. For every larger n it looks up too many tokens, and finds something only while "
        "the text is exactly n - 1 tokens long. How long are the keys of ngram_counts(tokens, n)?",
        "-(n - 1)",
        "-n",
        of="ngram_model",
    )

    nothing_at_the_start = slip(
        "At the start of a text, while there are fewer than n - 1 tokens, your model says 0 to everything. Something "
        "must come next there too; what does next_token_probs say after a context that was never seen?",
        ".get(token, 0.0)",
        ".get(token, 0.0) if len(context) >= n - 1 else 0.0",
        of="ngram_model",
    )

    counts_at_every_question = slip(
        "Your model counts when it is asked, not when it is made, so it answers from what `tokens` is by then (the "
        "check empties the list in between). Which line belongs above the inner def?",
        "next_token_probs(counts",
        "next_token_probs(ngram_counts(tokens, n)",
        of="ngram_model",
    )

    expects_every_token = slip(
        "A token that is not in vocab stops your model with a KeyError. How do you ask a dictionary for something that "
        "may not be there, with 0 for an answer if so?",
        ".get(token, 0.0)",
        "[token]",
        of="ngram_model",
    )

    thrown_out_before_counting = slip(
        "You throw tokens that are not in vocab out of the text before you count, so tokens become neighbours that "
        "never were. What does next_token_probs do with such tokens by itself?",
        "ngram_counts(tokens, n)",
        "ngram_counts([token for token in tokens if token in vocab], n)",
        of="ngram_model",
    )

    weights_as_they_come = slip(
        "You add up weight times probability without dividing by the sum of the weights, so [1, 3] gives four times as "
        "much as there is. What should the shares sum to?",
        "weight / total",
        "weight",
        of="interpolate",
    )

    divided_by_their_number = slip(
        "You divide by the number of models, not by the sum of the weights, so the mixture no longer lies between what "
        "the models say. What must the shares sum to, and which division makes them do so?",
        "weight / total",
        "weight / len(models)",
        of="interpolate",
    )

    plain_mean = slip(
        "Your mixture is the plain mean: every model has the same say, whatever its weight. Where should `weights` "
        "come in?",
        "weight / total",
        "1 / len(models)",
        of="interpolate",
    )

    zip_is_used_up = slip(
        "Your mixture works once and then says 0: a zip (and any generator) is used up after one walk through it. "
        "Where must the zip stand so that every call gets a new one?",
        ("in zip(models, weights))", "in pairs)"),
        ("def probability", "pairs = zip(models, weights)\n\n    def probability"),
        of="interpolate",
    )

    geometric_mean = slip(
        "You multiply the models' probabilities, so a single model that says 0 has a veto, and the results do not sum "
        "to 1. Which mean keeps the sum at 1?",
        "sum(weight / total * model(context, token)",
        "math.prod(model(context, token) ** (weight / total)",
        of="interpolate",
    )

    asked_the_wrong_way_round = slip(
        "Your mixture asks its models with the token first and the context second. In which order do they take them?",
        "model(context, token)",
        "model(token, context)",
        of="interpolate",
    )

    insists_on_a_sum_of_1 = slip(
        "Weights that do not sum to 1 are refused. They are allowed here and mean proportions: [1, 3] is a quarter "
        "and three quarters. What turns them into shares?",
        "total == 0",
        "abs(total - 1) > 1e-9",
        of="interpolate",
    )

    without_the_checks = slip(
        "The mixture is right, but weights that make no sense go through, or stop with somebody else's error: zip "
        "silently drops what is left over, and negative shares can give negative probabilities. Which three things "
        "should be checked first?",
        ("len(models) != len(weights)", "False"),
        ("any(weight < 0 for weight in weights) or total == 0", "False"),
        of="interpolate",
    )

    @misconception(
        "interpolate takes weights that make no sense without a word, and complains only when the mixture is asked: by "
        "then nobody knows where it was made. Which lines belong above the inner def?"
    )
    class complains_too_late:
        def interpolate(models, weights):
            def probability(context, token):
                return ModelAndMixture.reference.interpolate(models, weights)(context, token)

            return probability

    @alternative
    class with_lambdas:
        def ngram_model(tokens, n, alpha, vocab):
            counts = ngram_counts(tokens, n)

            def model(context, token):
                if token not in vocab:
                    return 0
                return next_token_probs(counts, tuple(context[max(0, len(context) - n + 1) :]), alpha, vocab)[token]

            return model

        def interpolate(models, weights):
            if len(weights) != len(models) or min(weights, default=0) < 0 or max(weights, default=0) == 0:
                raise ValueError("unfit weights")
            shares = torch.tensor(weights, dtype=torch.float64) / sum(weights)
            return lambda context, token: shares @ torch.tensor([m(context, token) for m in models]).double()

    @alternative
    class with_objects:
        def ngram_model(tokens, n, alpha, vocab):
            class Model:
                counts, remembered = ngram_counts(tokens, n), {}

                def __call__(self, context, token):
                    last = tuple(reversed(context[:-n:-1]))
                    if last not in self.remembered:
                        self.remembered[last] = next_token_probs(self.counts, last, alpha, vocab)
                    return self.remembered[last].get(token, 0)

            return Model()

        def interpolate(models, weights):
            if len(models) != len(weights) or not any(weights) or any(weight < 0 for weight in weights):
                raise ValueError("unfit weights")

            def mixture(context, token):
                together = [weights[i] * models[i](context, token) for i in range(len(models))]
                return sum(together) / sum(weights)

            return mixture
