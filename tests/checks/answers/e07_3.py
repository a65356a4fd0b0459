"""Answers to 07.3."""

from __future__ import annotations

MUTANTS = {
    "if True:": "special_tokens_too",
    "log_probs = model(hidden[None])": "raw_scores",
    "without: hidden[i] = mask_id": "nothing_masked",
}
