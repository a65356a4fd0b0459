"""The exercises of module 05."""

from .counting import CountParameters
from .decoder_block import Decoder
from .encoder_block import Encoder
from .layer_norm import LayerNorm
from .positions import SinusoidalPositions
from .whole import Whole

__all__ = ["CountParameters", "Decoder", "Encoder", "LayerNorm", "SinusoidalPositions", "Whole"]
