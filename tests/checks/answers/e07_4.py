"""Answers to 07.4."""

from __future__ import annotations

MUTANTS = {
    "transformer_parameters: count += d * d": "pooler_without_bias",
    "transformer_parameters: count = layers * layer + (vocab + context) * d": "without_segments",
    "transformer_parameters: count = layers * layer + (vocab + segments) * d": "without_positions",
    "transformer_parameters: if False:": "pooler_forgotten",
    "transformer_parameters: if True:": "outer_norm_always",
    "transformer_parameters: without: count += 2 * d": "outer_norm_never",
    "transformer_parameters: without: count += d * d + d": "pooler_forgotten",
    "transformer_parameters: without: if outer_norm:": "outer_norm_never",
    "transformer_parameters: without: if pooler:": "pooler_forgotten",
    "width_from: return math.sqrt(parameters / 12)": "layers_forgotten",
}
