"""The demos of module 07: fill or continue, who sees whom, models from 2017 to 2025, and sentences alike in meaning."""

from unravelling.demos.bert_and_gpt.fill_or_continue import FillOrContinue
from unravelling.demos.bert_and_gpt.similarity import Similarity
from unravelling.demos.bert_and_gpt.timeline import Timeline
from unravelling.demos.bert_and_gpt.visibility import Visibility

__all__ = ["FillOrContinue", "Similarity", "Timeline", "Visibility"]
