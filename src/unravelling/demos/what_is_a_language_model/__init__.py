"""The demos of module 01: a predictive keyboard, Shannon's guessing game, smoothing, and what is never seen."""

from unravelling.demos.what_is_a_language_model.keyboard import Keyboard
from unravelling.demos.what_is_a_language_model.shannon_game import ShannonGame
from unravelling.demos.what_is_a_language_model.smoothing import Smoothing
from unravelling.demos.what_is_a_language_model.sparsity import Sparsity

__all__ = ["Keyboard", "ShannonGame", "Smoothing", "Sparsity"]
