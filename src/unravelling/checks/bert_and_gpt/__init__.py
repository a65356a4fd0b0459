"""The exercises of module 07."""

from .family_and_visibility import FamilyAndVisibility
from .mask_tokens.exercise import MaskTokens
from .mlm_loss import MlmLoss
from .pseudo_log_likelihood import PseudoLogLikelihood
from .train_masked_model.exercise import TrainMaskedModel
from .transformer_parameters import TransformerParameters

__all__ = [
    "FamilyAndVisibility",
    "MaskTokens",
    "MlmLoss",
    "PseudoLogLikelihood",
    "TrainMaskedModel",
    "TransformerParameters",
]
