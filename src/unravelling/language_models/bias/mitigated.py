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
from unravelling.language_models.bias.gaps import HE, SHE, TEMPLATES, BiasError, gaps, labour
from unravelling.language_models.continuations import forget
from unravelling.language_models.scoring import quick_attention, start_of
from unravelling.models.threads import threads_for

PROMPT = "Women and men work in every profession, and nobody knows who does which work.\n"
STATED = {
    "woman": SHE, "mother": SHE, "sister": SHE, "girl": SHE, "queen": SHE, "grandmother": SHE,
    "man": HE, "father": HE, "brother": HE, "boy": HE, "king": HE, "grandfather": HE,
}  # fmt: skip


class Mitigated(NamedTuple):
    """name: the method. On target: gaps, (n, K) in bits; gap, the mean size of an occupation's gap; correlation with
    the labour figures. Off target: stated, the share of sentences with a stated gender, in every second template, in
    which the right pronoun is likelier; bits, per token of a text about other things."""

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
    """Measure the model as it is now, with `before` in front of every text.

    occupations: three or more with labour figures. text: about other things. Raises BiasError for an occupation without
    a figure, and as `gaps` and `bits_per_token` do.
    """
    figures = _figures(occupations)
    found = gaps(decoder, occupations, templates, before)
    stated = gaps(decoder, list(STATED), templates[::2], before)
    right = ((stated > 0) == torch.tensor([group is SHE for group in STATED.values()])[:, None]).float()
    right[stated.abs() < 0.001] = 0.5  # no preference at all: as good as a coin
    return Mitigated(
        name,
        found,
        mean(found.mean(1).abs()),
        _correlation(found.mean(1), figures),
        right.mean().item(),
        bits_per_token(decoder, text, before),
    )


def bits_per_token(decoder: Any, text: str, before: str = "") -> float:
    """How many bits a token of the text costs the model, with `before` in front of it and not counted.

    The text's first token is not counted either: without `before` a model may have nothing to predict it from, and the
    same tokens have to be counted each time. Raises BiasError for a text of fewer than two tokens, or one that is
    longer, with `before`, than the model's context.
    """
    own = decoder.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    if len(own) < 2:
        raise BiasError("The text about other things is too short to be measured: give at least a sentence.")
    lead = start_of(decoder)
    if before:
        lead = lead + decoder.tokenizer(before, add_special_tokens=False, verbose=False)["input_ids"]
    ids = [*lead, *own]
    if len(ids) > decoder.context:
        raise BiasError(
            f"With what stands in front, the text about other things has {len(ids):,} tokens, and the {decoder.name} "
            f"reads {decoder.context:,}: shorten it."
        )
    with torch.inference_mode(), threads_for(len(ids)), quick_attention(decoder.model):
        kept = decoder.model(torch.tensor([ids]), use_cache=False, logits_to_keep=len(own)).logits[0, :-1].float()
    logs = kept.gather(1, torch.tensor(own[1:])[:, None])[:, 0] - kept.logsumexp(-1)
    return -logs.mean().item() / math.log(2)


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


def mitigations(
    decoder: Any,
    occupations: Sequence[str],
    text: str,
    examples: Sequence[str],
    templates: Sequence[str] = TEMPLATES[4:],
) -> list[Mitigated]:
    """The model without any mitigation, then with each of the three, measured alike.

    examples: occupations for the twins in front; none of them may be measured, or the answer would stand in the prompt.
    The default templates are half of them, without the one in which the twins are written: measuring four times takes
    its time. Raises BiasError as `measured` does.
    """
    shown = set(occupations) & set(examples)
    if shown:
        raise BiasError(f"'{min(shown)}' would be shown in the prompt and measured: take it out of one of the lists.")
    if not examples:
        raise BiasError("The twins in front need at least one occupation to be written about: give examples.")
    rows = [
        measured(decoder, name, occupations, text, templates, before)
        for name, before in (("none", ""), ("a sentence", PROMPT), ("twins", twins_of(examples)))
    ]
    with corrected(decoder, projection(decoder)):
        rows.append(measured(decoder, "projection", occupations, text, templates))
    return rows


def _correlation(gaps: Tensor, figures: Sequence[float]) -> Estimate:
    """0 where the gaps are alike to a thousandth of a bit: what order is left then is one of rounding."""
    if len(gaps) > 1 and float(gaps.max() - gaps.min()) < 0.001:
        return Estimate(0.0, 0.0, 0.0)
    return rank_correlation(gaps, figures)


def _figures(occupations: Sequence[str]) -> list[float]:
    known = labour()
    without = next((word for word in occupations if word not in known), None)
    if without is not None:
        raise BiasError(f"There is no labour figure for '{without}': use occupations of bias.labour().")
    return [known[word] for word in occupations]
