"""The exercises of module 07."""

from .masking import MaskTokens

__all__ = ["MaskTokens"]
