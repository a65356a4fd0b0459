"""Three attempts to close a gap, each measured on its target and on what it should have left alone.

    rows = mitigated(decoder, occupations, words_of_text, methods=("none", "prompt", "projection"))
    rows[1].gap, rows[1].stated, rows[1].bits

The prompt puts a sentence in front. The projection takes the direction from "he" to "she" out of the last row of
numbers before the scores. The third is trained on twins: a small correction of that last row, for which both twins of a
sentence are to be equally likely and the words of other texts as likely as before.
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
from unravelling.language_models.following import forget, next_token_log_probabilities
from unravelling.models.threads import threads_for

PROMPT = "Women and men work in every profession, and nobody knows who does which work.\n"
STATED = {
    "woman": SHE, "mother": SHE, "sister": SHE, "girl": SHE, "queen": SHE, "grandmother": SHE,
    "man": HE, "father": HE, "brother": HE, "boy": HE, "king": HE, "grandfather": HE,
}  # fmt: skip
_RANK, _RATE, _BATCH = 4, 0.01, 48


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
    right = (stated > 0) == torch.tensor([group is SHE for group in STATED.values()])[:, None]
    return Mitigated(
        name,
        found,
        mean(found.mean(1).abs()),
        rank_correlation(found.mean(1), figures),
        right.float().mean().item(),
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


def trained_on_twins(
    decoder: Any,
    occupations: Sequence[str],
    text: str,
    templates: Sequence[str] = TEMPLATES,
    steps: int = 60,
    seed: int = 0,
) -> Tensor:
    """(d, d): a correction of rank 4, trained so that both twins of a sentence become equally likely.

    occupations: those to train on; measure on others. text: what is to stay as likely as it was, word for word.
    Sentences with a stated gender (other ones than those measured) are to keep their pronoun. Takes some seconds.
    Source: counterfactual data augmentation, Zhao et al., 2018, arXiv:1804.06876; the correction is ours.
    """
    head = decoder.model.get_output_embeddings()
    she, he = (decoder.tokenizer(word, add_special_tokens=False)["input_ids"][0] for word in SHE + HE)
    twins = _last_rows(decoder, [each.format(word) for word in occupations for each in templates])
    told = {"daughter": she, "wife": she, "aunt": she, "lady": she, "son": he, "husband": he, "uncle": he, "lord": he}
    kept = _last_rows(decoder, [each.format(word) for word in told for each in templates])
    pronouns = torch.tensor([token for token in told.values() for _ in templates])
    with torch.inference_mode(), threads_for(400):
        ids = decoder.ids(text)[: decoder.context]
        others = decoder.model.base_model(torch.tensor([ids])).last_hidden_state[0, 1:].float()
    twins, kept, others = twins.clone(), kept.clone(), others.clone()  # out of inference mode
    generator = torch.Generator().manual_seed(seed)
    width = twins.shape[1]
    down = (torch.randn(width, _RANK, generator=generator) / width**0.5).requires_grad_()
    up = torch.zeros(_RANK, width, requires_grad=True)
    optimiser = torch.optim.Adam([down, up], lr=_RATE)
    weight = head.weight.detach().float()
    for _ in range(steps):
        rows, told_rows, other = (
            torch.randint(len(each), (_BATCH,), generator=generator) for each in (twins, kept, others)
        )
        chosen = torch.cat([twins[rows], kept[told_rows], others[other]])
        scores = (chosen + chosen @ down @ up) @ weight.T
        logs = scores.log_softmax(-1)
        with torch.no_grad():
            was = (others[other] @ weight.T).log_softmax(-1)
        equal = -(logs[:_BATCH, she] + logs[:_BATCH, he]).mean() / 2  # one twin each
        right = -logs[_BATCH : 2 * _BATCH].gather(1, pronouns[told_rows][:, None]).mean()
        same = (was.exp() * (was - logs[2 * _BATCH :])).sum(1).mean()
        loss = equal + right + same
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return (down @ up).detach()


def _last_rows(decoder: Any, texts: Sequence[str]) -> Tensor:
    """(n, d): the row before the scores, after the last token of each text."""
    next_token_log_probabilities(decoder, "", texts[:1])  # what comes before every text is read now, and not recorded
    seen: list[Tensor] = []
    hook = decoder.model.get_output_embeddings().register_forward_pre_hook(
        lambda module, given: seen.append(given[0].detach().float().reshape(-1, given[0].shape[-1]))
    )
    try:
        for at in range(0, len(texts), 64):
            next_token_log_probabilities(decoder, "", texts[at : at + 64])
    finally:
        hook.remove()
    return torch.cat(seen)
