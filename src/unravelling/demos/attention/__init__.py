"""The demos of module 04: one query, tables of weights, masks, width, heads by hand, positions, and two real models."""

from unravelling.demos.attention.heads import AttentionHeads, HandmadeHead
from unravelling.demos.attention.look_up import QueryAndKeys, WidthAndEntropy
from unravelling.demos.attention.positions import Positions, RotaryDistance
from unravelling.demos.attention.tables import Masks, Weights
from unravelling.demos.attention.training import Film

__all__ = [
    "AttentionHeads",
    "Film",
    "HandmadeHead",
    "Masks",
    "Positions",
    "QueryAndKeys",
    "RotaryDistance",
    "Weights",
    "WidthAndEntropy",
]
