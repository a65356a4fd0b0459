"""The demos of module 01: a predictive keyboard, Shannon's guessing game, smoothing, and what is never seen."""

from unravelling.demos.language_model.keyboard import Keyboard
from unravelling.demos.language_model.shannon import ShannonGame
from unravelling.demos.language_model.smoothing import Smoothing
from unravelling.demos.language_model.sparsity import Sparsity

__all__ = ["Keyboard", "ShannonGame", "Smoothing", "Sparsity"]
