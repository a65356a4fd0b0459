"""The exercises of module 02."""

from .embedding_as_matmul import EmbeddingAsMatmul
from .encode_decode.exercise import EncodeDecode
from .merge_pair import MergePair
from .most_frequent_pair import MostFrequentPair
from .nearest_neighbours import NearestNeighbours
from .train_bigram import TrainBigram
from .train_bpe import TrainBpe
from .train_bpe_with_less_work.exercise import TrainBpeWithLessWork

__all__ = [
    "EmbeddingAsMatmul",
    "EncodeDecode",
    "MergePair",
    "MostFrequentPair",
    "NearestNeighbours",
    "TrainBigram",
    "TrainBpe",
    "TrainBpeWithLessWork",
]
