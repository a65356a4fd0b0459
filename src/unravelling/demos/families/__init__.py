"""The demos of module 07: fill or continue, who sees whom, models from 2017 to 2025, and sentences alike in meaning."""

from unravelling.demos.families.blanks import FillOrContinue
from unravelling.demos.families.similarity import Similarity
from unravelling.demos.families.timeline import Timeline
from unravelling.demos.families.visibility import Visibility

__all__ = ["FillOrContinue", "Similarity", "Timeline", "Visibility"]
