"""The demos of module 09: what temperature, k and p leave of a distribution, and what a penalty does to a text."""

from unravelling.demos.choosing_the_next_word.distribution_lab import DistributionLab
from unravelling.demos.choosing_the_next_word.repetition import Repetition

__all__ = ["DistributionLab", "Repetition"]
