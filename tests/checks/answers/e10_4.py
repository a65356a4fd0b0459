"""Answers to 10.4."""

from __future__ import annotations

MUTANTS = {
    "picks = torch.randint(len(correct), (resamples, len(correct)))": "generator_left_aside",
    "return (high, low)": "ends_swapped",
    "tail = (1 + level) / 2": "ends_swapped",
    "tail = (1 - -level) / 2": "ends_swapped",
    "tail = (1 - level) / 1": "both_tails_whole",
    "tail = 1 - level": "both_tails_whole",
}
