"""How a learner's models and mixture are asked, and the text of the cell that shows a failure."""

from __future__ import annotations

from ...declare import Case, share


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
            single = isinstance(answer, Number) or (isinstance(answer, torch.Tensor) and answer.numel() == 1)
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
def given(k):  # a model that makes its answers up
    return lambda context, token: 0.5 ** (k + 1 + len(context) % 3) * (0.5 if token == "a" else 1)

models = [given(k) for k in range(len(orders.split()))]
{weights}
mixture = interpolate(models, weights)  # the error should come here
asked = [*held_out.split(), '?']
try:
    result = [mixture(tuple(asked[:i]), asked[i]) for i in range(len(asked))]
except ValueError as error:
    result = f"too late, when the mixture is asked: {{error}}"
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


def fit(case: Case) -> bool:
    """Whether a case's weights make a mixture."""
    weights = [float(each) for each in case["weights"].split()]
    return len(weights) == len(case["orders"].split()) and min(weights, default=-1) >= 0 and any(weights)
