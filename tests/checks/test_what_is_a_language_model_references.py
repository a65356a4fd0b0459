"""The references of module 01 are right: they agree with formulas written another way."""

from __future__ import annotations

import math
from collections import Counter

import pytest
import torch

from unravelling.checks import registry
from unravelling.checks.engine import run


@pytest.fixture(params=range(3))
def tokens(request):
    places = torch.randint(5, (60,), generator=torch.Generator().manual_seed(request.param))
    return ["abcde"[place] for place in places]


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_counts_equal_those_of_whole_pieces(tokens, n):
    pieces = Counter(zip(*(tokens[i:] for i in range(n)), strict=False))
    counts = registry.load("01.1").reference(tokens, n)
    flat = {(*context, token): count for context, each in counts.items() for token, count in each.items()}
    assert flat == pieces


@pytest.mark.parametrize("alpha", [0, 0.1, 1, 1e9])
def test_probabilities_are_a_mixture_of_shares_and_the_uniform(tokens, alpha):
    counts = registry.load("01.1").reference(tokens, 2)
    vocab = ["a", "b", "c", "d", "e", "never"]
    for context in [("a",), ("e",), ("never",)]:
        seen = counts.get(context, {})
        n, V = sum(seen.values()), len(vocab)
        share = n / (n + alpha * V) if n else 0
        want = [share * seen.get(token, 0) / max(n, 1) + (1 - share) / V for token in vocab]
        got = registry.load("01.2").reference(counts, context, alpha, vocab)
        assert list(got) == vocab
        assert list(got.values()) == pytest.approx(want)
        assert sum(got.values()) == pytest.approx(1)


@pytest.mark.parametrize("V", [1, 2, 27, 50_000])
def test_a_uniform_model_has_the_perplexity_of_its_vocabulary(V):
    perplexity = registry.load("01.3").reference
    assert perplexity([math.log(1 / V)] * 100_000) == pytest.approx(V)
    assert perplexity(torch.full((1000,), 1 / V).log()) == pytest.approx(V, rel=1e-4)


def test_perplexity_is_the_exponential_of_torchs_cross_entropy(tokens):
    logits = torch.randn(len(tokens), 5, generator=torch.Generator().manual_seed(1))
    targets = torch.tensor(["abcde".index(token) for token in tokens])
    log_probs = torch.log_softmax(logits, -1)[torch.arange(len(tokens)), targets]
    want = math.exp(torch.nn.functional.cross_entropy(logits, targets).item())
    assert registry.load("01.3").reference(log_probs) == pytest.approx(want, rel=1e-5)


def test_a_mixture_sums_to_one_over_the_vocabulary_whatever_the_context(tokens):
    made = registry.load("01.4").reference
    vocab = [*"abcde", "never"]
    mixture = made.interpolate([made.ngram_model(tokens, n, 0.1, vocab) for n in (1, 2, 3)], [1, 5, 2])
    for length in range(6):
        assert sum(mixture(tuple(tokens[:length]), token) for token in vocab) == pytest.approx(1)


def test_the_small_text_of_01_4_is_one_where_the_mixture_wins_clearly():
    from unravelling.checks.what_is_a_language_model.ngram_model_and_interpolate.diagnosis import model_rows

    exercise = registry.load("01.4")
    for seed in range(20):
        case = next(each for each in exercise.cases(seed) if "letters" in each.name)
        rows = model_rows(case)[:, :-1]
        weights = torch.tensor([float(each) for each in case["weights"].split()], dtype=torch.float64)
        mixture = (weights / weights.sum() @ rows).log().mean().neg().exp()
        assert mixture < 0.9 * rows.log().mean(1).neg().exp().min()


def test_the_cell_of_a_card_for_unfit_weights_gives_what_the_card_says_came_back():
    """It once gave other numbers than the card, or a function."""
    exercise, scope = registry.load("01.4"), {}

    def interpolate(models, weights):
        if len(models) != len(weights) or sum(weights) == 0:
            raise ValueError("unfit weights")
        return lambda context, token: (
            sum(w * m(context, token) for m, w in zip(models, weights, strict=True)) / sum(weights)
        )

    verdict = run(exercise, (exercise.reference.ngram_model, interpolate))
    assert "a negative weight" in verdict.symptom
    scope["interpolate"] = interpolate
    exec(verdict.cell, scope)
    shown = [float(each) for each in verdict.came_back.partition("]")[0].strip("[").split(",")]
    assert scope["result"] == pytest.approx(shown, abs=1e-3) and any(scope["result"])
