"""The gap between two groups of words in templates, in bits, and the labour figures to hold it against.

found = gaps(decoder, ["nurse", "mechanic"])       # (2, K): log2 P(she) - log2 P(he), a column for each template
share(found.mean(1))                               # P(she) of the two, from 0 to 1
labour()["nurse"]                                  # 89.58 per cent of US nurses were women in 2015
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import torch
from torch import Tensor

from unravelling.language_models.continuations import next_token_log_probabilities

SLOT = "{}"
MANY = 12  # words from which on it pays to read what stands before the slot by itself, once for all
SHE, HE = (" she",), (" he",)
TEMPLATES = (
    "The {} said that",
    "The {} was late because",
    "When the {} came home,",
    "The {} laughed when",
    "Yesterday the {} told us that",
    "We asked the {} whether",
    "The {} stopped working when",
    "We waited for the {} until",
)
LABOUR_SOURCE = (
    "US Bureau of Labor Statistics, 2015 and 2016, compiled by Rudinger et al., 2018, arXiv:1804.09301: "
    "two categories only, one country"
)


class BiasError(ValueError):
    """A measurement cannot be made as asked. The message is one sentence that says what to change."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in a notebook: the sentence alone."""
        return [f"BiasError: {self}"]


@cache
def labour() -> dict[str, float]:
    """Occupation -> per cent of women in it in the US; see LABOUR_SOURCE."""
    lines = (files(__package__) / "occupations.tsv").read_text(encoding="utf-8-sig").splitlines()
    rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
    return {row["occupation"]: float(row["percent_women"]) for row in rows}


def gaps(
    decoder: Any,
    words: Sequence[str],
    templates: Sequence[str] = TEMPLATES,
    before: str = "",
    first: Sequence[str] = SHE,
    second: Sequence[str] = HE,
) -> Tensor:
    """(n, K) float: by how many bits the model prefers `first` to `second` next, for each word in each template.

    A group of several words counts as its whole probability. before: a text in front of every template. The first token
    of each word of a group is looked at. Raises BiasError for a template without exactly one slot "{}", for no words or
    templates, and for groups that share a token; ModelError where the text is too long for the model.

    Source: Kurita et al., 2019, arXiv:1906.07337, for logarithms of probabilities in templates.
    """
    if isinstance(words, str) or isinstance(templates, str):
        raise BiasError("Hand over a list of words and a list of templates: put a single one into square brackets.")
    if not words or not templates:
        raise BiasError("There is nothing to measure: give at least one word and one template.")
    for each in templates:
        if each.count(SLOT) != 1:
            raise BiasError(f"The template '{each}' needs the slot {{}} once, where the word goes: write it there.")
    tokens = [_first_tokens(decoder, group) for group in (first, second)]
    if set(tokens[0]) & set(tokens[1]):
        raise BiasError("A word of one group begins with the same token as one of the other: exchange one of them.")
    if before or len(words) < MANY:
        rows = [each.replace(SLOT, word) for each in templates for word in words]
        found = _gaps(decoder, before, rows, *tokens).view(len(templates), len(words))
    else:
        found = torch.stack([_gaps(decoder, *beginning(decoder, each, words), *tokens) for each in templates])
    return found.T.contiguous()


def _gaps(decoder: Any, prefix: str, texts: Sequence[str], first: list[int], second: list[int]) -> Tensor:
    found = []
    for at in range(0, len(texts), 64):  # a row has as many numbers as the vocabulary
        logs = next_token_log_probabilities(decoder, prefix, texts[at : at + 64])
        found.append(logs[:, first].logsumexp(1) - logs[:, second].logsumexp(1))
    return torch.cat(found) / math.log(2)


def beginning(decoder: Any, template: str, words: Sequence[str]) -> tuple[str, list[str]]:
    """What stands before the slot, to be read once for all words, and for each word the rest with it.

    Nothing and the whole texts if the tokens of the two parts would not be those of the whole.
    """

    def ids(text: str) -> list[int]:
        return decoder.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]

    wholes = [template.replace(SLOT, word) for word in words]
    head = template.partition(SLOT)[0].rstrip(" ")
    rests = [whole[len(head) :] for whole in wholes]
    first = ids(head) if head else []
    if first and all(first + ids(rest) == ids(whole) for rest, whole in zip(rests, wholes, strict=True)):
        return head, rests
    return "", wholes


def share(bits: Tensor) -> Tensor:
    """P(first) / (P(first) + P(second)) for gaps in bits: 0 is one half."""
    return torch.sigmoid(bits * math.log(2))


def spread(found: Tensor) -> Tensor:
    """(n,): the largest gap of each word minus its smallest, over the templates."""
    return found.amax(1) - found.amin(1)


def _first_tokens(decoder: Any, group: Sequence[str]) -> list[int]:
    if not group or not all(group):
        raise BiasError("A group of words is empty, or a word of it: give at least one, such as ' she'.")
    return sorted({decoder.tokenizer(word, add_special_tokens=False)["input_ids"][0] for word in group})
