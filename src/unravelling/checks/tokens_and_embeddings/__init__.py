"""The exercises of module 02."""

from .encode_decode.exercise import EncodeDecode
from .merge_pair import MergePair
from .most_frequent_pair import MostFrequentPair
from .train_bpe import TrainBpe
from .train_bpe_with_less_work.exercise import TrainBpeWithLessWork

__all__ = ["EncodeDecode", "MergePair", "MostFrequentPair", "TrainBpe", "TrainBpeWithLessWork"]
