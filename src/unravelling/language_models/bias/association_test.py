"""An association test on the word vectors with which a model begins, and how often chance would do as much.

association(encoder, X=["rose", "tulip"], Y=["ant", "wasp"], A=["love"], B=["pain"]).effect
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from unravelling.language_models.bias.gaps import BiasError

MOST_SPLITS = 20_000


@dataclass(frozen=True)
class Association:
    """effect: in standard deviations. p: one-sided. splits: how many were tried; exact: whether those are all.

    scores: each word of X and Y with its association, positive if nearer to A. x: how many of them are of X.
    """

    effect: float
    p: float
    splits: int
    exact: bool
    scores: dict[str, float]
    x: int


def association(
    model: Any,
    X: Sequence[str],
    Y: Sequence[str],
    A: Sequence[str],
    B: Sequence[str],
    most: int = MOST_SPLITS,
    seed: int = 0,
) -> Association:
    """Whether the words of X lie nearer to A rather than B than those of Y do (WEAT).

    The association of a word is its mean cosine with A minus that with B; the effect is the difference of the two
    groups' means in standard deviations over all words (n - 1); p is the share of splits of all words into groups of
    these sizes that reach the difference, exact up to `most` of them, else sampled with the seed and the observed one
    counted in. Raises BiasError for an empty list, a list given twice, a word in two lists or that is several tokens.

    Source: Caliskan, Bryson and Narayanan, 2017, Science 356, 183.
    """
    given = {"X": X, "Y": Y, "A": A, "B": B}
    lists = {name: [word.strip() for word in words if word.strip()] for name, words in given.items()}
    _refuse(lists)
    x, y, a, b = (vectors(model, words) for words in lists.values())
    scores = torch.cat([x, y]) @ (a.mean(0) - b.mean(0))  # rows have length 1: a mean cosine is a product with a mean
    deviation = scores.std().item()
    n = len(x)
    difference = (scores[:n].mean() - scores[n:].mean()).item()
    p, splits, exact = _chance(scores.double(), n, most, seed)
    names = lists["X"] + lists["Y"]
    effect = 0.0 if deviation < 1e-6 else difference / deviation
    return Association(effect, p, splits, exact, dict(zip(names, scores.tolist(), strict=True)), n)


def vectors(model: Any, words: Sequence[str]) -> Tensor:
    """(n, d): the word vectors with which the model begins, each scaled to length 1.

    Raises BiasError for a word that is not a single token to this model.
    """
    table = model.model.get_input_embeddings().weight.detach()
    rows = []
    for word in words:
        text = f" {word}" if model.kind == "decoder" else word
        ids = model.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        if len(ids) != 1:
            raise BiasError(
                f"'{word}' is {len(ids)} tokens to the {model.name}, so it has no vector of its own: choose a commoner "
                "word."
            )
        if ids[0] == model.tokenizer.unk_token_id:
            raise BiasError(f"The {model.name} has no token for '{word}': choose another word.")
        rows.append(table[ids[0]].float())
    found = torch.stack(rows)
    return found / found.norm(dim=1, keepdim=True).clamp(min=1e-12)


def _refuse(lists: dict[str, list[str]]) -> None:
    for name, words in lists.items():
        if not words:
            raise BiasError(f"The list {name} is empty: write at least one word into it.")
        twice = next((word for word in words if [w.lower() for w in words].count(word.lower()) > 1), None)
        if twice:
            raise BiasError(f"'{twice}' stands twice in the list {name}: take it out once.")
    for one, other in combinations(lists, 2):
        mine, theirs = ({word.lower() for word in lists[name]} for name in (one, other))
        if mine == theirs:
            raise BiasError(f"The lists {one} and {other} are the same, and nothing can lie between them: change one.")
        if mine & theirs:
            raise BiasError(f"'{min(mine & theirs)}' stands in {one} and in {other}: take it out of one of them.")


def _chance(scores: Tensor, n: int, most: int, seed: int) -> tuple[float, int, bool]:
    count = len(scores)
    splits = math.comb(count, n)
    if splits <= most:
        rows = torch.tensor(list(combinations(range(count), n)))
    else:
        generator = torch.Generator().manual_seed(seed)
        rows = torch.rand(most, count, generator=generator).argsort(1)[:, :n]
    first = scores[rows].sum(1)
    differences = first / n - (scores.sum() - first) / (count - n)
    observed = scores[:n].mean() - scores[n:].mean()
    reached = int((differences >= observed - 1e-6).sum())
    return (reached / splits, splits, True) if splits <= most else ((1 + reached) / (1 + most), most, False)
