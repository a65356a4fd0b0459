"""The exercises of module 04."""

from .causal_mask import CausalMask
from .multi_head_attention.exercise import MultiHead
from .previous_token_weights import PreviousTokenWeights
from .rotary import Rotary
from .scaled_dot_product_attention import ScaledDotProductAttention
from .split_and_merge_heads import SplitAndMergeHeads

__all__ = [
    "CausalMask",
    "MultiHead",
    "PreviousTokenWeights",
    "Rotary",
    "ScaledDotProductAttention",
    "SplitAndMergeHeads",
]
