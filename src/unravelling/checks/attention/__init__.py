"""The exercises of module 04."""

from .dot_product import ScaledDotProductAttention

__all__ = ["ScaledDotProductAttention"]
