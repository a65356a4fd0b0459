"""The exercises of module 01."""

from .next_token_probs import NextTokenProbs
from .ngram_counts import NgramCounts
from .ngram_model_and_interpolate.exercise import ModelAndMixture
from .perplexity import Perplexity

__all__ = ["ModelAndMixture", "NextTokenProbs", "NgramCounts", "Perplexity"]
