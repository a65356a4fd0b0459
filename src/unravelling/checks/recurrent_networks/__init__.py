"""The exercises of module 03."""

from .clip_grad_norm import ClipGradNorm
from .lstm_step.exercise import LstmStep
from .rnn_step import RnnStep
from .sequential_steps import SequentialSteps
from .train_language_model.exercise import TrainLanguageModel

__all__ = ["ClipGradNorm", "LstmStep", "RnnStep", "SequentialSteps", "TrainLanguageModel"]
