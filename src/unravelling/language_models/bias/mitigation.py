"""Three attempts to close a gap, each measured on its target and on what it should have left alone.

    plain = measured(decoder, "none", occupations, text)
    told = measured(decoder, "a sentence", occupations, text, before=PROMPT)
    shown = measured(decoder, "twins", occupations, text, before=twins_of(["nurse", "mechanic"]))
    with corrected(decoder, projection(decoder)):
        taken_out = measured(decoder, "projection", occupations, text)

The first two put something in front: a sentence that says what is wanted, or sentences with their twins. The projection
takes the direction from "he" to "she" out of the last row of numbers, from which the scores are made.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor

from unravelling.language_models.bias.estimates import Estimate, mean, rank_correlation
from unravelling.language_models.bias.gaps import HE, SHE, TEMPLATES, gaps, labour
from unravelling.language_models.following import forget
from unravelling.models.threads import threads_for

PROMPT = "Women and men work in every profession, and nobody knows who does which work.\n"
STATED = {
    "woman": SHE, "mother": SHE, "sister": SHE, "girl": SHE, "queen": SHE, "grandmother": SHE,
    "man": HE, "father": HE, "brother": HE, "boy": HE, "king": HE, "grandfather": HE,
}  # fmt: skip


class Mitigated(NamedTuple):
    """name: the method. On target: gaps, (n, K) in bits; gap, the mean size of an occupation's gap; correlation with
    the labour figures. Off target: stated, the share of sentences with a stated gender in which the right pronoun is
    likelier; bits, per token of a text about other things."""

    name: str
    gaps: Tensor
    gap: Estimate
    correlation: Estimate
    stated: float
    bits: float


def twins_of(words: Sequence[str], ending: str = "would come later.") -> str:
    """Sentences about each word, once with "she" and once with "he", in an order that favours neither."""
    pronouns = [("she", "he"), ("he", "she")]
    return "".join(
        f"The {word} said that {pronoun} {ending}\n"
        for place, word in enumerate(words)
        for pronoun in pronouns[place % 2]
    )


def measured(
    decoder: Any,
    name: str,
    occupations: Sequence[str],
    text: str,
    templates: Sequence[str] = TEMPLATES,
    before: str = "",
) -> Mitigated:
    """Measure the model as it is now, with `before` in front of every text. occupations: with labour figures."""
    found = gaps(decoder, occupations, templates, before)
    figures = [labour()[word] for word in occupations]
    stated = gaps(decoder, list(STATED), templates, before)
    right = ((stated > 0) == torch.tensor([group is SHE for group in STATED.values()])[:, None]).float()
    right[stated.abs() < 0.001] = 0.5  # no preference at all: as good as a coin
    return Mitigated(
        name,
        found,
        mean(found.mean(1).abs()),
        rank_correlation(found.mean(1), figures),
        right.mean().item(),
        bits_per_token(decoder, text, before),
    )


def bits_per_token(decoder: Any, text: str, before: str = "") -> float:
    """How many bits a token of the text costs the model, with `before` in front of it and not counted."""
    lead = len(decoder.ids(before)) if before else 1
    ids = decoder.ids(before + text)[: decoder.context]
    with torch.inference_mode(), threads_for(len(ids)):
        logs = decoder.model(torch.tensor([ids]), use_cache=False).logits[0, :-1].float().log_softmax(-1)
    steps = logs.gather(1, torch.tensor(ids[1:])[:, None])[lead - 1 :, 0]
    return -steps.mean().item() / math.log(2)


def she_direction(decoder: Any) -> Tensor:
    """(d,): from the vector of " he" to that of " she" in the table that makes the scores, scaled to length 1."""
    table = decoder.model.get_output_embeddings().weight.detach().float()
    one, other = (decoder.tokenizer(word, add_special_tokens=False)["input_ids"][0] for word in SHE + HE)
    direction = table[one] - table[other]
    return direction / direction.norm()


def projection(decoder: Any) -> Tensor:
    """(d, d): what takes the direction between the two pronouns out of a row. Source: Bolukbasi et al., 2016."""
    direction = she_direction(decoder)
    return -torch.outer(direction, direction)


@contextmanager
def corrected(decoder: Any, change: Tensor) -> Iterator[None]:
    """While it lasts, the last rows h, before the scores are made of them, are h + h @ change."""

    def correct(module: Any, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        rows = given[0]
        return (rows + rows @ change.to(rows.dtype), *given[1:])

    hook = decoder.model.get_output_embeddings().register_forward_pre_hook(correct)
    forget(decoder)
    try:
        yield
    finally:
        hook.remove()
        forget(decoder)
