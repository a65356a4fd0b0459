"""01.4: models of several orders, and one that listens to all of them. The synthesis of 01.1 to 01.3."""

from __future__ import annotations

import math

import torch

from ...compare import number, numbers_apart
from ...declare import Case, alternative, exercise, holds, share
from ...random_inputs import randint
from ..drawn_texts import draw_text, letters, shortened
from ..next_token_probs import NextTokenProbs
from ..ngram_counts import NgramCounts
from ..perplexity import Perplexity
from . import variants, wrong_mixtures
from .right_models import with_lambdas, with_objects

CLOSE = 1e-6
ngram_counts, next_token_probs, perplexity = NgramCounts.reference, NextTokenProbs.reference, Perplexity.reference
TRAIN = "the cat sat on the mat and the dog sat on the rug then the cat ran to the dog and the dog ran off"
HELD_OUT = "a rat and a hen sat near the old gate"


def held_out(case: Case) -> list[str]:
    """The tokens that models are asked about: those of the held-out text, and one that is in no vocabulary."""
    return [*case["held_out"].split(), "?"]


@exercise("01.4", points=4, difficulty=3, minutes=18)
class ModelAndMixture:
    """Make models of several orders from your counts, and mix them into one that is better than each."""

    functions = ("ngram_model", "interpolate")
    returns = ("ngram_model", "interpolate")
    compares = False  # the properties compare, in better words
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
        yield case("a negative weight", "a b a", "a b", "1 2", "-1 2", 1.0, rule=below)
        nothing = "If no weight is above 0 (or there is none), interpolate raises ValueError, before anything is asked."
        yield case("weights that are all 0", "a b a", "a b", "1 2", "0 0", 1.0, rule=nothing)
        yield case("no models and no weights", "a b a", "a b", "", "", 1.0, rule=nothing)

    class reference:
        def ngram_model(tokens, n, alpha, vocab):
            """Make a language model of the runs of n tokens, with ngram_counts and next_token_probs.

            tokens, n, alpha, vocab: as in 01.1 and 01.2; all tokens are counted, also those that are not in vocab.
            Returns a function probability(context, token) that gives a float (or a tensor of one number). Its context
            is a tuple of all tokens so far, of any length, also (); it looks at the last n - 1 of them. Where fewer
            than that have come, nothing was ever seen. A token that is not in vocab has probability 0.
            The counting is done once, when the model is made: it answers from these counts, whatever becomes of tokens
            and whatever other models are made. Leaves tokens and vocab as they are.
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

            models: list of functions (context, token) -> probability. weights: list of as many numbers, 0 or more; they
            are divided by their sum, so that [1, 3] means a quarter and three quarters. Raises ValueError, at once and
            not only when the mixture is asked, if there are more or fewer weights than models, if one is negative, or
            if none is above 0.
            Returns a function of (context, token) that can be called again and again and gives a float (or a tensor of
            one number): the weighted mean of what the models say. Leaves models and weights as they are.
            Example: if one model says 0.2 and the other 0.6, interpolate([one, other], [1, 3]) says 0.5.
            Source: Jelinek and Mercer, 1980, "Interpolated estimation of Markov source parameters from sparse data".
            """
            if len(models) != len(weights):
                raise ValueError(f"There are {len(models)} models and {len(weights)} weights.")
            total = sum(weights)
            if any(weight < 0 for weight in weights) or total == 0:
                raise ValueError("Weights are 0 or more, and at least one of them is above 0.")

            def probability(context, token):
                return sum(weight / total * model(context, token) for model, weight in zip(models, weights))  # noqa: B905

            return probability

    def probe(solution, train, held_out, vocab, orders, weights, alpha):
        import inspect
        from numbers import Number

        import torch

        tokens, vocab = [*held_out.split(), "?"], vocab.split()
        orders = [int(each) for each in orders.split()]
        weights = [float(each) if "." in each else int(each) for each in weights.split()]

        def ask(model, name):
            answers = []
            for i, token in enumerate(tokens):
                answer = model(tuple(tokens[:i]), token)
                single = isinstance(answer, Number) or (isinstance(answer, torch.Tensor) and answer.dim() == 0)
                assert single, (
                    f"The function that {name} returned answers ({tuple(tokens[:i])!r}, {token!r}) with "
                    f"{answer!r}, not with a number."
                )
                answers.append(float(answer))
            return torch.tensor(answers, dtype=torch.float64)

        def made(model, name):
            what = "nothing (None)" if model is None else f"a value of type {type(model).__name__}"
            assert callable(model), f"{name} returned {what}; it should return a function of (context, token)."
            try:
                inspect.signature(model).bind((), "a")
            except TypeError:
                takes = f"{name} returned a function that takes {inspect.signature(model)}"
                raise AssertionError(f"{takes}; it should take (context, token).") from None
            return model

        def given(k):  # models that a wrong ngram_model cannot spoil
            def model(context, token):
                return 0.5 ** (k + 1 + len(context) % 3) * (0.5 if token == vocab[0] else 1)

            model.__qualname__ = "model"  # what Python calls it in its complaints
            return model

        own, alone, learned_from, words = [], [], train.split(), list(vocab)
        for n in orders:
            own.append(made(solution.ngram_model(learned_from, n, alpha, words), "ngram_model"))
            assert learned_from == train.split(), "ngram_model changed its input tokens; it should stay as it was."
            assert words == vocab, "ngram_model changed its input vocab; it should stay as it was."
            alone.append(ask(own[-1], "ngram_model"))
        together = [ask(model, "ngram_model") for model in own]
        unasked = [made(solution.ngram_model(learned_from, n, alpha, words), "ngram_model") for n in orders]
        learned_from.clear()  # a model that counts only when it is asked, or again each time, finds nothing now
        later = [ask(model, "ngram_model") for model in unasked]
        known, kept = [given(k) for k in range(len(orders))], list(weights)
        mixture = made(solution.interpolate(known, weights), "interpolate")
        assert weights == kept, "interpolate changed its input weights; whoever called it still needs them."
        try:
            mixed = ask(mixture, "interpolate")
        except ValueError as error:  # too late: the mixture is made by now
            mixed = f"a mixture that complains only when it is asked: {type(error).__name__}"
        if not own or len(weights) != len(own) or min(weights) < 0 or not any(weights):
            return {"interpolate": mixed}
        return {
            "ngram_model": torch.stack(alone),
            "together": torch.stack(together),
            "later": torch.stack(later),
            "interpolate": mixed,
            "said": torch.stack([ask(model, "a model") for model in known]),
            "mixture": ask(solution.interpolate(own, weights), "interpolate"),
        }

    @share(points=2)
    def ngram_model(solution, train, held_out, vocab, orders, weights, alpha):
        tokens, words, learned_from = [*held_out.split(), "?"], vocab.split(), train.split()
        models = [solution.ngram_model(learned_from, int(n), alpha, words) for n in orders.split()]
        assert learned_from == train.split() and words == vocab.split()
        learned_from.clear()
        return [[float(model(tuple(tokens[:i]), token)) for i, token in enumerate(tokens)] for model in models]

    @share(points=2)
    def interpolate(solution, train, held_out, vocab, orders, weights, alpha):
        words = vocab.split()

        def given(k):
            return lambda context, token: 0.5 ** (k + 1 + len(context) % 3) * (0.5 if token == words[0] else 1)

        kept = [float(each) if "." in each else int(each) for each in weights.split()]
        shares = list(kept)
        mixed = solution.interpolate([given(k) for k in range(len(orders.split()))], shares)
        assert shares == kept
        try:
            return [float(mixed(("a",) * i, token)) for i, token in enumerate([*held_out.split(), "?"])]
        except ValueError:  # too late
            return "complains when it is asked"

    def show(case):
        weights = "weights = [float(each) if '.' in each else int(each) for each in weights.split()]"
        if not fit(case):
            return f"""
models = [lambda context, token: 0.5 for _ in orders.split()]
{weights}
result = interpolate(models, weights)
"""
        return f"""
tokens, vocab = train.split(), vocab.split()
asked = [*held_out.split(), '?']

def answers(model):
    return [model(tuple(asked[:i]), asked[i]) for i in range(len(asked))]

models, alone = [], []
for n in orders.split():
    models.append(ngram_model(tokens, int(n), alpha, vocab))
    alone.append(answers(models[-1]))
{weights}
mixture = answers(interpolate(models, weights))
left = list(tokens), vocab, weights  # what the two functions left of their inputs
tokens.clear()  # the models have counted by now
later = [answers(model) for model in models]
result = {{"ngram_model": alone, "later": later, "mixture": mixture, "inputs": left}}
"""

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

    everything_for_order_1 = variants.everything_for_order_1
    looks_at_the_start = variants.looks_at_the_start
    context_not_cut = variants.context_not_cut
    too_many_above_order_1 = variants.too_many_above_order_1
    nothing_at_the_start = variants.nothing_at_the_start
    counts_at_every_question = variants.counts_at_every_question
    expects_every_token = variants.expects_every_token
    thrown_out_before_counting = variants.thrown_out_before_counting

    weights_as_they_come = wrong_mixtures.weights_as_they_come
    divided_by_their_number = wrong_mixtures.divided_by_their_number
    plain_mean = wrong_mixtures.plain_mean
    zip_is_used_up = wrong_mixtures.zip_is_used_up
    geometric_mean = wrong_mixtures.geometric_mean
    asked_the_wrong_way_round = wrong_mixtures.asked_the_wrong_way_round
    insists_on_a_sum_of_1 = wrong_mixtures.insists_on_a_sum_of_1
    without_the_checks = wrong_mixtures.without_the_checks
    complains_too_late = wrong_mixtures.complains_too_late

    lambdas = alternative(with_lambdas)
    objects = alternative(with_objects)


def why_so(case: Case, n: int, context: tuple[str, ...], token: str) -> str:
    """The end of a sentence that says what a model of order n goes by for a token after a context."""
    last = context[len(context) - n + 1 :]
    if token not in case["vocab"].split():
        return ", because it is not in vocab."
    if len(context) < n - 1:
        return f", since fewer than {n - 1} tokens have come: nothing was ever seen, and all of vocab get the same."
    if last not in ngram_counts(case["train"].split(), n):
        return f", since nothing was ever seen after the last {n - 1}, {last!r}: all of vocab get the same."
    return f"; what counts is what followed {last!r} in the text." if n > 1 else "; the context does not matter."


def fit(case: Case) -> bool:
    """Whether a case's weights make a mixture."""
    weights = [float(each) for each in case["weights"].split()]
    return len(weights) == len(case["orders"].split()) and min(weights, default=-1) >= 0 and any(weights)


def model_rows(case: Case) -> torch.Tensor:
    """What the models of a case should say: (orders, tokens asked for)."""
    tokens, rows = held_out(case), []
    for n in map(int, case["orders"].split()):
        model = ModelAndMixture.reference.ngram_model(case["train"].split(), n, case["alpha"], case["vocab"].split())
        rows.append([model(tuple(tokens[:i]), token) for i, token in enumerate(tokens)])
    return torch.tensor(rows, dtype=torch.float64)
