"""The demos of module 05: a block put together, positions as waves, writing backwards, and models drawn to scale."""

from unravelling.demos.transformer.blocks import AssembleBlock, by_depth
from unravelling.demos.transformer.scale import ModelsToScale
from unravelling.demos.transformer.waves import PositionalEncoding
from unravelling.demos.transformer.writing import Reversal

__all__ = ["AssembleBlock", "ModelsToScale", "PositionalEncoding", "Reversal", "by_depth"]
