"""The exercises of module 07."""

from .choosing import FamilyAndVisibility
from .counting import TransformerParameters
from .loss import MlmLoss
from .masking import MaskTokens
from .scoring import PseudoLogLikelihood
from .training import TrainMaskedModel

__all__ = [
    "FamilyAndVisibility",
    "MaskTokens",
    "MlmLoss",
    "PseudoLogLikelihood",
    "TrainMaskedModel",
    "TransformerParameters",
]
