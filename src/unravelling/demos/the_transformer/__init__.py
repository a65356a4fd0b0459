"""The demos of module 05: a block put together, positions as waves, writing backwards, and models drawn to scale."""

from unravelling.demos.the_transformer.assemble_block import AssembleBlock, by_depth
from unravelling.demos.the_transformer.models_to_scale import ModelsToScale
from unravelling.demos.the_transformer.positional_encoding import PositionalEncoding
from unravelling.demos.the_transformer.reversal import Reversal

__all__ = ["AssembleBlock", "ModelsToScale", "PositionalEncoding", "Reversal", "by_depth"]
