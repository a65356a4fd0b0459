"""The exercises of module 02."""

from .merge_pair import MergePair
from .most_frequent_pair import MostFrequentPair
from .train_bpe import TrainBpe

__all__ = ["MergePair", "MostFrequentPair", "TrainBpe"]
