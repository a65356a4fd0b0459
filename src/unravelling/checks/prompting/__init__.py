"""The exercises of module 10."""

from .calibration import ContextualCalibration
from .intervals import BootstrapInterval
from .label_scores import ScoreLabels
from .new_task import WritePrompt
from .prompts import BuildPrompt

__all__ = ["BootstrapInterval", "BuildPrompt", "ContextualCalibration", "ScoreLabels", "WritePrompt"]
