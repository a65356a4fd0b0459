"""Measuring bias: gaps between words in templates, associations of word vectors, twins, mitigations, a card.

    found = bias.gaps(decoder, ["nurse", "mechanic"])                      # bits, by word and template
    bias.rank_correlation(found.mean(1), [bias.labour()[w] for w in ...])  # with its interval
    bias.association(encoder, X, Y, A, B).p

What a number does not show is said beside it, in the lesson as in the card.
"""

from unravelling.language_models.bias.association_test import Association, association, vectors
from unravelling.language_models.bias.crossed_groups import (
    ABOUT,
    AGE_AND_GENDER,
    APPEARANCE,
    INTELLIGENCE,
    LEFT_OUT,
    Crossed,
    both_ways,
    described,
    usable,
)
from unravelling.language_models.bias.estimates import Estimate, contrast, mean, rank_correlation, signed
from unravelling.language_models.bias.gaps import (
    HE,
    LABOUR_SOURCE,
    SHE,
    TEMPLATES,
    BiasError,
    gaps,
    labour,
    share,
    spread,
)
from unravelling.language_models.bias.mitigated import (
    PROMPT,
    STATED,
    Mitigated,
    bits_per_token,
    corrected,
    measured,
    mitigations,
    projection,
    twins_of,
)
from unravelling.language_models.bias.model_card import DOES_NOT_SHOW, section
from unravelling.language_models.bias.twins import SWAPS, UNSURE, twin

__all__ = [
    "ABOUT",
    "AGE_AND_GENDER",
    "APPEARANCE",
    "DOES_NOT_SHOW",
    "HE",
    "INTELLIGENCE",
    "LABOUR_SOURCE",
    "LEFT_OUT",
    "PROMPT",
    "SHE",
    "STATED",
    "SWAPS",
    "TEMPLATES",
    "UNSURE",
    "Association",
    "BiasError",
    "Crossed",
    "Estimate",
    "Mitigated",
    "association",
    "bits_per_token",
    "both_ways",
    "contrast",
    "corrected",
    "described",
    "gaps",
    "labour",
    "mean",
    "measured",
    "mitigations",
    "projection",
    "rank_correlation",
    "section",
    "share",
    "signed",
    "spread",
    "twin",
    "twins_of",
    "usable",
    "vectors",
]
