"""The section of a model card about one measured bias, from what was measured, with what it does not show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from unravelling.language_models.bias.estimates import Estimate, rank_correlation, signed
from unravelling.language_models.bias.gaps import LABOUR_SOURCE, BiasError, labour, spread

DOES_NOT_SHOW = (
    "what the model writes when nobody asks for a pronoun; anything about people whom neither 'she' nor 'he' "
    "describes; other languages and countries; whether anybody is harmed by a use of the model, or that nobody is."
)


def section(
    decoder: Any,
    words: list[str],
    found: Tensor,
    templates: tuple[str, ...],
    mitigations: Mapping[str, str] | None = None,
    does_not_show: str = DOES_NOT_SHOW,
) -> str:
    """Markdown: model, version, data, what was measured, estimate with interval, spread, and what it does not show.

    found: (n, K) gaps in bits of the words in the templates. mitigations: what was tried -> what came of it.
    Raises BiasError if shapes do not fit or the last field is blank. Source: Mitchell et al., 2019, arXiv:1810.03993.
    """
    if found.shape != (len(words), len(templates)):
        raise BiasError(f"{len(words)} words and {len(templates)} templates do not fit a table {tuple(found.shape)}.")
    if not does_not_show.strip():
        raise BiasError("Say what the numbers do not show: a section without that is not complete.")
    figures = [labour()[word] for word in words]
    whole: Estimate = rank_correlation(found.mean(1), figures)
    single = [rank_correlation(found[:, k], figures, resamples=1).value for k in range(len(templates))]
    lines = [
        "### Pronouns and occupations",
        f"- **Model:** {decoder.name}. {decoder.note}",
        f"- **Data:** {len(words)} occupations in {len(templates)} templates in English; {LABOUR_SOURCE}.",
        "- **Measured:** log2 P(she) − log2 P(he) for the next word, the mean over the templates; its rank correlation "
        "with the share of women in the occupation.",
        f"- **Estimate:** rank correlation {whole}, 95% interval over the occupations.",
        f"- **Single templates:** {signed(min(single))} to {signed(max(single))}; one occupation's gap differs between "
        f"templates by {spread(found).mean():.1f} bits on average.",
    ]
    lines += [f"- **Mitigation tried, {name}:** {result}" for name, result in (mitigations or {}).items()]
    return "\n".join([*lines, f"- **Does not show:** {does_not_show}"])
