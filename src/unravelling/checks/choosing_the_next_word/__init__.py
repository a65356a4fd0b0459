"""The exercises of module 09."""

from .apply_temperature import ApplyTemperature
from .beam_search import BeamSearch
from .generate_with_cache.exercise import GenerateWithCache
from .next_token_distribution import NextTokenDistribution
from .repetition_penalty import RepetitionPenalty
from .sample.exercise import Sample
from .top_k import TopK
from .top_p import TopP

__all__ = [
    "ApplyTemperature",
    "BeamSearch",
    "GenerateWithCache",
    "NextTokenDistribution",
    "RepetitionPenalty",
    "Sample",
    "TopK",
    "TopP",
]
