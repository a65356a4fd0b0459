"""The exercises of module 10."""

from .bootstrap_interval.exercise import BootstrapInterval
from .build_prompt import BuildPrompt
from .contextual_calibration import ContextualCalibration
from .score_labels import ScoreLabels
from .write_prompt.exercise import WritePrompt

__all__ = ["BootstrapInterval", "BuildPrompt", "ContextualCalibration", "ScoreLabels", "WritePrompt"]
