"""The exercises of module 04."""

from .dot_product import ScaledDotProductAttention
from .heads import SplitAndMergeHeads
from .masks import CausalMask
from .multi_head import MultiHead
from .previous_token import PreviousTokenWeights
from .rotation import Rotary

__all__ = [
    "CausalMask",
    "MultiHead",
    "PreviousTokenWeights",
    "Rotary",
    "ScaledDotProductAttention",
    "SplitAndMergeHeads",
]
