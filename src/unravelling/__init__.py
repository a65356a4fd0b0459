"""Unravelling LLMs: how large language models work, in notebooks."""

__version__ = "0.1.0"
