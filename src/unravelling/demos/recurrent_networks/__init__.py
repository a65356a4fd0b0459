"""The demos of module 03: a memory of one number, gradients over a distance, an LSTM from inside, recall over a
distance, and what has to wait."""

from unravelling.demos.recurrent_networks.gradient_over_distance import GradientOverDistance, rnn_gradients
from unravelling.demos.recurrent_networks.recall import Recall, RecallStudy
from unravelling.demos.recurrent_networks.sequential_depth import SequentialDepth, sequential_steps
from unravelling.demos.recurrent_networks.tiny_memory import TinyMemory
from unravelling.demos.recurrent_networks.unrolled import Unrolled

__all__ = [
    "GradientOverDistance",
    "Recall",
    "RecallStudy",
    "SequentialDepth",
    "TinyMemory",
    "Unrolled",
    "rnn_gradients",
    "sequential_steps",
]
