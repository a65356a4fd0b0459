"""The exercises of module 03."""

from .clipping import ClipGradNorm
from .depth import SequentialSteps
from .lstm import LstmStep
from .rnn import RnnStep
from .training import TrainLanguageModel

__all__ = ["ClipGradNorm", "LstmStep", "RnnStep", "SequentialSteps", "TrainLanguageModel"]
