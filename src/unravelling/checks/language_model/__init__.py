"""The exercises of module 01."""

from .counting import NgramCounts
from .mixing import ModelAndMixture
from .smoothing import NextTokenProbs
from .surprise import Perplexity

__all__ = ["ModelAndMixture", "NextTokenProbs", "NgramCounts", "Perplexity"]
