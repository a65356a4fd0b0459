"""The exercises of module 10."""

from .calibration import ContextualCalibration
from .label_scores import ScoreLabels
from .prompts import BuildPrompt

__all__ = ["BuildPrompt", "ContextualCalibration", "ScoreLabels"]
