"""Answers to 05.1."""

from __future__ import annotations

MUTANTS = {
    "return (x - mean) * weight + bias": "centred_only",
    "return (x - mean) / (variance + eps) * weight + bias": "divided_by_the_variance",
    "return (x - mean) / torch.sqrt(variance) * weight + bias": "without_eps",
    "return x / torch.sqrt(variance + eps) * weight + bias": "not_centred",
}
