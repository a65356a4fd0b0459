"""01.4: models of several orders, and one that listens to all of them. The synthesis of 01.1 to 01.3."""

from __future__ import annotations

import math

import torch

from ..compare import number
from ..declare import Case, alternative, exercise, holds, misconception, share
from ..draw import randint
from .counting import NgramCounts
from .right_models import with_lambdas, with_objects
from .smoothing import NextTokenProbs
from .surprise import Perplexity
from .texts import draw_text, letters, shortened
from .wrong_models import mixture_by, model_by

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
        yield Case("one model of order 2", train="a b a b", held_out="a b a", orders="2", weights="1", alpha=1.0)
        yield Case("orders 1 and 2", train="a b a c", held_out="b a c", orders="1 2", weights="0.5 0.5", alpha=0.5)
        yield Case("weights 1 and 3", train="a b a c", held_out="c a b", orders="1 2", weights="1 3", alpha=0.5)
        yield Case("alpha = 0", train="a b a b c", held_out="a b c d", orders="1 2 3", weights="1 2 1", alpha=0.0)
        shares = " ".join(str(randint(rng, 1, 9)) for _ in range(3))
        yield Case(
            "30 tokens, orders 1 to 3",
            train=draw_text(rng, 30, 4),
            held_out=draw_text(rng, 6, 5),
            orders="1 2 3",
            weights=shares,
            alpha=0.5,
        )
        yield Case(
            "letters of a small text",
            train=letters(TRAIN),
            held_out=letters(HELD_OUT),
            orders="1 2 3",
            weights=f"2 {randint(rng, 2, 4)} {randint(rng, 3, 5)}",
            alpha=0.05,
        )
        yield Case("a weight of 0", train="a b a c", held_out="c a", orders="1 2", weights="0 2", alpha=0.5)
        yield Case("2 models, 1 weight", train="a b a", held_out="a b", orders="1 2", weights="1", alpha=1.0)
        yield Case("1 model, 2 weights", train="a b a", held_out="a b", orders="2", weights="1 1", alpha=1.0)
        yield Case("a negative weight", train="a b a", held_out="a b", orders="1 2", weights="-1 2", alpha=1.0)
        yield Case("weights that are all 0", train="a b a", held_out="a b", orders="1 2", weights="0 0", alpha=1.0)

    class reference:
        def ngram_model(tokens, n, alpha, vocab):
            """Make a language model of the runs of n tokens, with ngram_counts and next_token_probs.

            tokens, n, alpha, vocab: as in 01.1 and 01.2.
            Returns a function probability(context, token) -> float. Its context is a tuple of all tokens so far, of any
            length, also (); it looks at the last n - 1 of them. Where fewer than that have come, nothing was ever seen.
            A token that is not in vocab has probability 0. The counting is done once, when the model is made.
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
            are divided by their sum, so that [1, 3] means a quarter and three quarters. Raises ValueError if there are
            more or fewer weights than models, if one is negative, or if none is above 0.
            Returns a function (context, token) -> float that can be called again and again: the weighted mean of what
            the models say.
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

    def probe(solution, train, held_out, orders, weights, alpha):
        import inspect
        from numbers import Number

        import torch

        tokens = [*held_out.split(), "?"]
        vocab = sorted({*train.split(), *held_out.split()})
        orders = [int(each) for each in orders.split()]
        weights = [float(each) for each in weights.split()]

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
            return lambda context, token: 0.5 ** (k + 1 + len(context) % 3) * (0.5 if token == vocab[0] else 1)

        own = []
        for n in orders:
            learned_from, words = train.split(), list(vocab)
            own.append(made(solution.ngram_model(learned_from, n, alpha, words), "ngram_model"))
            assert learned_from == train.split(), "ngram_model changed its input tokens."
            learned_from.clear()  # a model that counts again at every question finds nothing now
        rows = torch.stack([ask(model, "ngram_model") for model in own])
        known, kept = [given(k) for k in range(len(orders))], list(weights)
        mixed = ask(made(solution.interpolate(known, weights), "interpolate"), "interpolate")
        assert weights == kept, "interpolate changed its input weights; whoever called it still needs them."
        return {
            "ngram_model": rows,
            "interpolate": mixed,
            "said": torch.stack([ask(model, "a model") for model in known]),
            "mixture": ask(solution.interpolate(own, weights), "interpolate"),
        }

    @share(points=2)
    def ngram_model(solution, train, held_out, orders, weights, alpha):
        tokens, vocab = [*held_out.split(), "?"], sorted({*train.split(), *held_out.split()})
        said = []
        for n in orders.split():
            learned_from = train.split()
            model = solution.ngram_model(learned_from, int(n), alpha, list(vocab))
            assert learned_from == train.split()
            learned_from.clear()
            said.append([float(model(tuple(tokens[:i]), token)) for i, token in enumerate(tokens)])
        return said

    @share(points=2)
    def interpolate(solution, train, held_out, orders, weights, alpha):
        vocab, shares = sorted({*train.split(), *held_out.split()}), [float(each) for each in weights.split()]

        def given(k):
            return lambda context, token: 0.5 ** (k + 1 + len(context) % 3) * (0.5 if token == vocab[0] else 1)

        mixed = solution.interpolate([given(k) for k in range(len(orders.split()))], shares)
        assert shares == [float(each) for each in weights.split()]
        return [float(mixed(("a",) * i, token)) for i, token in enumerate([*held_out.split(), "?"])]

    def show(case):
        return (
            "tokens = train.split()\n"
            "asked = [*held_out.split(), '?']\n"
            "vocab = sorted({*tokens, *asked[:-1]})\n"
            "models = [ngram_model(tokens, int(n), alpha, vocab) for n in orders.split()]\n"
            "tokens.clear()  # the models have counted by now\n"
            "mixture = interpolate(models, [float(weight) for weight in weights.split()])\n"
            "result = [[model(tuple(asked[:i]), asked[i]) for i in range(len(asked))] for model in [*models, mixture]]"
        )

    def fingerprint(case, result):
        right = model_rows(case)
        close = result["ngram_model"].shape == right.shape and (result["ngram_model"] - right).abs().max() < CLOSE
        return ("mixture", result["interpolate"]) if close else ("model", result["ngram_model"])

    @holds("ngram_model answers from the last n - 1 tokens, with the probabilities of next_token_probs")
    def models_are_right(case, result):
        tokens, want = held_out(case), model_rows(case)
        for k, i in (~((result["ngram_model"] - want).abs() <= CLOSE)).nonzero()[:1].tolist():
            order, token = case["orders"].split()[k], tokens[i]
            context = tuple(tokens[:i])
            got, right = number(float(result["ngram_model"][k, i])), number(float(want[k, i]))
            why = ", because it is not in vocab." if token == "?" else "."
            asked = f"for {token!r} after the context {shortened(context)}"
            return f"With n = {order} your model says {got} {asked}, not {right}{why}"
        return None

    @holds("interpolate gives the weighted mean of what the models say, at every call")
    def mixture_is_right(case, result):
        weights = torch.tensor([float(each) for each in case["weights"].split()], dtype=torch.float64)
        want = weights / weights.sum() @ result["said"]
        for (i,) in (~((result["interpolate"] - want).abs() <= CLOSE)).nonzero()[:1].tolist():
            said = ", ".join(number(each) for each in result["said"][:, i].tolist())
            got, right = number(float(result["interpolate"][i])), number(float(want[i]))
            count = "the first call" if i == 0 else f"call number {i + 1}"
            return (
                f"At {count} the models say {said}, and the weights are {case['weights'].replace(' ', ', ')}: the "
                f"mixture should say {right}, and yours says {got}."
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
        "Your model looks up too many tokens, so it finds something only while the text is exactly n - 1 tokens long. "
        "How long are the keys of ngram_counts(tokens, n), and which part of `context` fits them?"
    )
    class context_not_cut:
        ngram_model = model_by(lambda context, n: context)

    @misconception(
        "At the start of a text, while there are fewer than n - 1 tokens, your model says 0 to everything. Something "
        "must come next there too; what does next_token_probs say after a context that was never seen?"
    )
    class nothing_at_the_start:
        def ngram_model(tokens, n, alpha, vocab):
            model = ModelAndMixture.reference.ngram_model(tokens, n, alpha, vocab)
            return lambda context, token: model(context, token) if len(context) >= n - 1 else 0.0

    @misconception(
        "Your model counts anew at every question. Besides taking long, it answers from what `tokens` is then, not "
        "from what it was when the model was made (the check empties the list in between). Which line belongs above "
        "the inner def?"
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
        "You add up weight times probability without dividing by the sum of the weights, so [1, 3] gives four times as "
        "much as there is. What should the shares sum to?"
    )
    class weights_as_they_come:
        interpolate = mixture_by(lambda said, weights: sum(p * w for p, w in zip(said, weights, strict=True)))

    @misconception(
        "Your mixture is the plain mean: every model has the same say, whatever its weight. Where should `weights` "
        "come in?"
    )
    class plain_mean:
        interpolate = mixture_by(lambda said, weights: sum(said) / len(said))

    @misconception(
        "Your mixture works once and then says 0: a zip (and any generator) is used up after one walk through it. "
        "Where must the zip stand so that every call gets a new one?"
    )
    class zip_is_used_up:
        def interpolate(models, weights):
            if len(models) != len(weights) or min(weights) < 0 or sum(weights) == 0:
                raise ValueError("unfit weights")
            pairs = zip(models, [weight / sum(weights) for weight in weights], strict=True)
            return lambda context, token: float(sum(share * model(context, token) for model, share in pairs))

    @misconception(
        "You multiply the models' probabilities, so a single model that says 0 has a veto, and the result does not sum "
        "to 1. Which mean keeps a sum of 1?"
    )
    class geometric_mean:
        interpolate = mixture_by(
            lambda said, weights: math.prod(p ** (w / sum(weights)) for p, w in zip(said, weights, strict=True))
        )

    @misconception(
        "Your mixture asks its models with the token first and the context second. In which order do they take them?"
    )
    class asked_the_wrong_way_round:
        def interpolate(models, weights):
            return ModelAndMixture.reference.interpolate(
                [lambda context, token, model=model: model(token, context) for model in models], weights
            )

    @misconception(
        "Weights that do not sum to 1 are refused. They are welcome here, and mean proportions: [1, 3] is a quarter "
        "and three quarters. What turns them into shares?"
    )
    class insists_on_a_sum_of_1:
        def interpolate(models, weights):
            if abs(sum(weights) - 1) > 1e-9:
                raise ValueError("weights must sum to 1")
            return ModelAndMixture.reference.interpolate(models, weights)

    @misconception(
        "The mixture is right, but weights that make no sense go through, or stop with somebody else's error: zip "
        "silently drops what is left over, and negative shares can give negative probabilities. Which three things "
        "should be checked first?"
    )
    class without_the_checks:
        def interpolate(models, weights):
            total = sum(weights)
            return lambda context, token: sum(
                weight / total * model(context, token)
                for model, weight in zip(models, weights)  # noqa: B905
            )

    lambdas = alternative(with_lambdas)
    objects = alternative(with_objects)


def model_rows(case: Case) -> torch.Tensor:
    """What the models of a case should say: (orders, tokens asked for)."""
    vocab = sorted({*case["train"].split(), *case["held_out"].split()})
    tokens, rows = held_out(case), []
    for n in map(int, case["orders"].split()):
        model = ModelAndMixture.reference.ngram_model(case["train"].split(), n, case["alpha"], vocab)
        rows.append([model(tuple(tokens[:i]), token) for i, token in enumerate(tokens)])
    return torch.tensor(rows, dtype=torch.float64)
