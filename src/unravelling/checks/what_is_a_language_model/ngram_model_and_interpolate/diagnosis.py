"""What the models of a case should say, and why: in words for the properties of 01.4."""

from __future__ import annotations

import torch

from ...declare import Case
from ..next_token_probs import NextTokenProbs
from ..ngram_counts import NgramCounts

ngram_counts, next_token_probs = NgramCounts.reference, NextTokenProbs.reference


def held_out(case: Case) -> list[str]:
    """The tokens that models are asked about: those of the held-out text, and one that is in no vocabulary."""
    return [*case["held_out"].split(), "?"]


def model_rows(case: Case) -> torch.Tensor:
    """What the models of a case should say: (orders, tokens asked for)."""
    tokens, rows = held_out(case), []
    for n in map(int, case["orders"].split()):
        counts, vocab = ngram_counts(case["train"].split(), n), case["vocab"].split()
        lasts = [tuple(tokens[max(0, i - n + 1) : i]) for i in range(len(tokens))]
        said = [next_token_probs(counts, last, case["alpha"], vocab) for last in lasts]
        rows.append([each.get(token, 0.0) for each, token in zip(said, tokens, strict=True)])
    return torch.tensor(rows, dtype=torch.float64)


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
