"""What four released models are made of, as 05.5 describes a model. A test compares two of them with the models that
the course carries, and all four with the counts of their checkpoints."""

from __future__ import annotations

SMALLEST: dict[str, int | bool] = {
    "vocabulary": 3,
    "positions": 0,
    "segments": 0,
    "width": 2,
    "layers": 1,
    "heads": 1,
    "key_value_heads": 1,
    "inner": 5,
    "gated": False,
    "biases": False,
    "tied": True,
    "pooler": False,
}

DECODER = SMALLEST | {  # SmolLM2-135M-Instruct, the course's decoder
    "vocabulary": 49152,
    "width": 576,
    "layers": 30,
    "heads": 9,
    "key_value_heads": 3,
    "inner": 1536,
    "gated": True,
}

ENCODER = SMALLEST | {  # all-MiniLM-L6-v2, the course's encoder
    "vocabulary": 30522,
    "positions": 512,
    "segments": 2,
    "width": 384,
    "layers": 6,
    "heads": 12,
    "key_value_heads": 12,
    "inner": 1536,
    "biases": True,
    "pooler": True,
}

BERT_BASE = ENCODER | {"width": 768, "layers": 12, "inner": 3072}

GPT2_SMALL = BERT_BASE | {"vocabulary": 50257, "positions": 1024, "segments": 0, "pooler": False}

# Counted in the released checkpoints.
COUNTS = (
    ("GPT-2 small", GPT2_SMALL, 124_439_808),
    ("BERT base", BERT_BASE, 109_482_240),
    ("the course's encoder", ENCODER, 22_713_216),
    ("the course's decoder", DECODER, 134_515_008),
)
