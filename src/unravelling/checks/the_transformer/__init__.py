"""The exercises of module 05."""

from .count_parameters import CountParameters
from .decoder_block.exercise import Decoder
from .encoder_block import Encoder
from .layer_norm import LayerNorm
from .sinusoidal_positions import SinusoidalPositions
from .tiny_transformer.exercise import Whole

__all__ = ["CountParameters", "Decoder", "Encoder", "LayerNorm", "SinusoidalPositions", "Whole"]
