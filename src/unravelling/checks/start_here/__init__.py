"""The exercises of module 00."""

from .softmax import Softmax

__all__ = ["Softmax"]
