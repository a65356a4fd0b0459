"""The exercises of module 11."""

from .bias_section.exercise import CardSection
from .counterfactual_pairs.exercise import Twins
from .log_prob_gap import LogProbGap
from .permutation_p_value.exercise import PermutationPValue
from .weat_effect_size import WeatEffectSize

__all__ = ["CardSection", "LogProbGap", "PermutationPValue", "Twins", "WeatEffectSize"]
