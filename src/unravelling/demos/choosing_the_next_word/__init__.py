"""The demos of module 09: what is left to choose from, what each way to choose writes, what a cache saves and costs."""

from unravelling.demos.choosing_the_next_word.beam_tree import BeamTree
from unravelling.demos.choosing_the_next_word.distribution_lab import DistributionLab
from unravelling.demos.choosing_the_next_word.kv_cache import KVCache
from unravelling.demos.choosing_the_next_word.repetition import Repetition
from unravelling.demos.choosing_the_next_word.side_by_side import SideBySide

__all__ = ["BeamTree", "DistributionLab", "KVCache", "Repetition", "SideBySide"]
