"""The exercises of module 06."""

from .get_batch.exercise import GetBatch
from .language_model_loss import LanguageModelLoss
from .llama_block.exercise import Llama
from .planted_fault.exercise import PlantedFault
from .save_and_resume.exercise import SaveAndResume
from .tiny_gpt.exercise import Gpt
from .train_step import TrainStep

__all__ = ["GetBatch", "Gpt", "LanguageModelLoss", "Llama", "PlantedFault", "SaveAndResume", "TrainStep"]
