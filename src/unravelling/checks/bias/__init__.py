"""The exercises of module 11."""

from .associations import WeatEffectSize
from .card import CardSection
from .gap import LogProbGap
from .permutations import PermutationPValue
from .twins import Twins

__all__ = ["CardSection", "LogProbGap", "PermutationPValue", "Twins", "WeatEffectSize"]
