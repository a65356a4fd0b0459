"""The demos of module 09: what is left to choose from, what a penalty does to a text, what a cache saves and costs."""

from unravelling.demos.choosing_the_next_word.distribution_lab import DistributionLab
from unravelling.demos.choosing_the_next_word.kv_cache import KVCache
from unravelling.demos.choosing_the_next_word.repetition import Repetition

__all__ = ["DistributionLab", "KVCache", "Repetition"]
