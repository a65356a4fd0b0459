"""The exercises of module 09."""

from .apply_temperature import ApplyTemperature
from .next_token_distribution import NextTokenDistribution
from .repetition_penalty import RepetitionPenalty
from .top_k import TopK
from .top_p import TopP

__all__ = ["ApplyTemperature", "NextTokenDistribution", "RepetitionPenalty", "TopK", "TopP"]
