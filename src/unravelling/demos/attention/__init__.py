"""The demos of module 04: one query, tables of weights, masks, width, heads by hand, positions, and two real models."""

from unravelling.demos.attention.attention_heads import AttentionHeads, HandmadeHead
from unravelling.demos.attention.film import Film
from unravelling.demos.attention.positions import Positions, RotaryDistance
from unravelling.demos.attention.query_and_keys import QueryAndKeys, WidthAndEntropy
from unravelling.demos.attention.weights_and_masks import Masks, Weights

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
