"""09.4: temperature, then top-k, then top-p: from scores to what is drawn from."""

from __future__ import annotations

import torch

from ..compare import number
from ..declare import Case, alternative, exercise, holds, misconception, slip
from ..random_inputs import randn
from .apply_temperature import ApplyTemperature
from .top_k import TopK
from .top_p import TopP

apply_temperature = ApplyTemperature.reference
top_k = TopK.reference
top_p = TopP.reference


@exercise("09.4", points=2, difficulty=2, minutes=10)
class NextTokenDistribution:
    """Put temperature, top-k and top-p together, in that order."""

    functions = ("next_token_distribution",)
    returns = ("probabilities",)
    because = (
        "Each step works on what the one before it left, and that always sums to 1: so k counts tokens of the reshaped "
        "distribution, and p is a share of what k has left."
    )
    hints = (
        "Your three functions fit into each other: what does each of them take, and what does it give back? And how do "
        "you tell a k that was not given from a k of 0?",
        "Begin with the probabilities at this temperature. If k is not None, go on with what top_k makes of them; if p "
        "is not None, with what top_p makes of that.",
        "probs = apply_temperature(logits, temperature); if k is not None: probs = top_k(probs, k); then the same with "
        "p, and return probs.",
    )

    def cases(rng):
        def case(name, rule="", logits=None, temperature=1.0, k=None, p=None, shape=(6,)):
            logits = 2 * randn(rng, *shape) if logits is None else torch.tensor(logits)
            return Case(name, rule, logits=logits, temperature=temperature, k=k, p=p)

        share = "p is a share of what k has left, and that sums to 1 by then."
        first = "The temperature comes first: k and p look at the probabilities that it has made."
        absent = "None means: leave this step out. A k of 0 or a p of 0 is not None, and is refused as before."
        even = [1.0, 0.9, 0.8, 0.7, 0.6]  # 24%, 22%, 20%, 18%, 16%
        yield case("temperature 2, k = 3, p = 0.6", logits=[2.0, 0.0, 1.0, -1.0], temperature=2.0, k=3, p=0.6)
        yield case("k = 2, p = 0.5", share, logits=even, k=2, p=0.5)
        yield case("k = 3, p = 0.65", share, logits=even, k=3, p=0.65)
        steep = [4.0, 2.0, 1.0, 0.5, 0.0, -0.5]
        yield case("temperature 4, p = 0.7", first, logits=steep, temperature=4.0, p=0.7)
        yield case("temperature 0.2, p = 0.8", first, logits=even, temperature=0.2, p=0.8)
        yield Case("scores alone", "Whatever is not given has its default.", logits=randn(rng, 2, 9))
        yield case("temperature alone", temperature=0.6, shape=(5,))
        yield case("k alone", k=4)
        yield case("p alone", p=0.85)
        yield case("3 rows of 8, all together", temperature=1.3, k=5, p=0.83, shape=(3, 8))
        yield case("2 texts, 3 places, 7 tokens", temperature=0.8, k=4, p=0.93, shape=(2, 3, 7))
        yield case("temperature 0, k = 3, p = 0.9", temperature=0.0, k=3, p=0.9, shape=(4,))
        yield case("k = 0", absent, k=0, p=0.7)
        yield case("p = 0", absent, k=2, p=0.0)
        yield case("temperature -1", "A temperature below 0 is refused as before.", temperature=-1.0, k=2, p=0.7)

    def reference(logits, temperature=1.0, k=None, p=None):
        """Put temperature, top-k and top-p together, in that order.

        logits: (..., V) float tensor, the scores of V tokens in each row. temperature: a number, 0 or more. k: an int
        of at least 1, or None. p: a number above 0 and at most 1, or None. None leaves that step out.
        Returns the probabilities that the next token is drawn from, a tensor of the same shape and type: first those
        of the temperature; then the k likeliest of these, divided by their sum; then, of what is left by now, the
        likeliest until their sum reaches p, divided by their sum again. Each step is that of 09.1, 09.2 and 09.3, with
        its rules and its ValueErrors. Leaves logits as it is.
        Example: with the logits [2., 0., 1., -1.], temperature 2, k = 3 and p = 0.6 the temperature gives 0.46, 0.17,
        0.28 and 0.10, k = 3 leaves 0.51, 0.19 and 0.31, and p = 0.6 leaves [0.6225, 0., 0.3775, 0.].
        Source: Hugging Face's transformers, which goes in the same order (generation/utils.py, _get_logits_processor).
        """
        probs = apply_temperature(logits, temperature)
        if k is not None:
            probs = top_k(probs, k)
        if p is not None:
            probs = top_p(probs, p)
        return probs

    @holds("as many tokens are left as the three steps leave, one after the other")
    def right_number_is_left(case, result):
        want = NextTokenDistribution.reference(**case.inputs)
        V = want.shape[-1]
        for got, right in zip(result.reshape(-1, V), want.reshape(-1, V), strict=True):
            left, asked = (of.nonzero().flatten().tolist() for of in (got, right))
            if left != asked:
                largest = number(float(got.max()))
                return f"In one row tokens {left} are left, the likeliest with {largest}; it should be {asked}."
        return None

    p_before_k = slip(
        "top-p comes before top-k in your code: p is then a share of everything, and k cuts off more of it. In which "
        "order does the docstring want them?",
        ("top_k(probs, k)", "probs"),
        ("top_p(probs, p)", "top_p(probs, p)\n        probs = probs if k is None else top_k(probs, k)"),
    )

    @misconception(
        "p is compared with the probabilities from before k: their sum over the k tokens is less than 1, so p is "
        "reached later, or never. What must be done with a row before the next step may take its numbers for shares?"
    )
    def without_sharing_out_in_between(logits, temperature=1.0, k=None, p=None):
        probs = apply_temperature(logits, temperature)
        left = probs
        if k is not None:
            left = left * (top_k(probs, k) > 0)
        if p is not None:
            left = left * (top_p(probs, p) > 0)
        return left / left.sum(-1, keepdim=True)

    @misconception(
        "k and p look at the probabilities of temperature 1, and the temperature comes last. A flat distribution "
        "should keep more tokens than a sharp one: when must the temperature have had its say?"
    )
    def temperature_last(logits, temperature=1.0, k=None, p=None):
        probs = apply_temperature(logits, 1.0)
        if k is not None:
            probs = top_k(probs, k)
        if p is not None:
            probs = top_p(probs, p)
        return apply_temperature(probs.log(), temperature)

    @misconception(
        "The temperature is applied to probabilities, as if they were scores: what top_k has set to 0 gets exp(0), and "
        "is back. Which step takes scores, and must come first?"
    )
    def temperature_of_probabilities(logits, temperature=1.0, k=None, p=None):
        probs = apply_temperature(logits, 1.0)
        if k is not None:
            probs = top_k(probs, k)
        probs = apply_temperature(probs, temperature)
        return probs if p is None else top_p(probs, p)

    temperature_unused = slip(
        "The temperature never gets to the softmax: whatever it is, the result is that of 1. Which argument does "
        "apply_temperature need?",
        "apply_temperature(logits, temperature)",
        "apply_temperature(logits, 1.0)",
    )

    zero_taken_for_none = slip(
        "To Python 0 is false, so `if k:` and `if p:` take a 0 for a step that was not asked for, and nobody hears of "
        "the slip. Which comparison is true for None and for nothing else?",
        ("if k is not None", "if k"),
        ("if p is not None", "if p"),
    )

    only_one_of_the_two = slip(
        "If k is given, p is left out. Someone who gives both wants both: which word makes the second `if` depend on "
        "the first?",
        "if p is not None",
        "if k is None and p is not None",
    )

    @alternative
    def with_its_own_filters(logits, temperature=1.0, k=None, p=None):
        probs = apply_temperature(logits, temperature)
        ordered, order = probs.sort(dim=-1, descending=True, stable=True)
        if k is not None:
            if k < 1:
                raise ValueError("k")
            ordered = ordered * (torch.arange(ordered.shape[-1]) < k)
            ordered = ordered / ordered.sum(-1, keepdim=True)
        if p is not None:
            if not 0 < p <= 1:
                raise ValueError("p")
            ordered = ordered * (ordered.cumsum(-1) - ordered < p)
            ordered = ordered / ordered.sum(-1, keepdim=True)
        return torch.zeros_like(probs).scatter(-1, order, ordered)

    @alternative
    def with_large_numbers_for_none(logits, temperature=1.0, k=None, p=None):
        k = logits.shape[-1] if k is None else k
        return top_p(top_k(apply_temperature(logits, temperature), k), 1.0 if p is None else p)
