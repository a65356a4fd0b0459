"""The exercises of module 06."""

from .get_batch.exercise import GetBatch
from .language_model_loss import LanguageModelLoss
from .tiny_gpt.exercise import Gpt
from .train_step import TrainStep

__all__ = ["GetBatch", "Gpt", "LanguageModelLoss", "TrainStep"]
