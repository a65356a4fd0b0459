"""The demos of module 09: what temperature, k and p leave of a distribution."""

from unravelling.demos.choosing_the_next_word.distribution_lab import DistributionLab

__all__ = ["DistributionLab"]
