"""Answers to 07.2."""

from __future__ import annotations

MUTANTS = {
    "log_probs = logits.log_softmax(-2)[chosen]": "softmax_over_places",
    "log_probs = logits.log_softmax(1)[chosen]": "softmax_over_places",
    "log_probs = logits[chosen]": "without_the_softmax",
    "return --right.sum() / chosen.sum().clamp(min=1)": "without_the_minus",
    "return -right.sum()": "summed",
    "return -right.sum() / -chosen.sum().clamp(min=1)": "without_the_minus",
    "return -right.sum() / chosen.sum()": "mean_of_nothing",
    "return -right.sum() / chosen.sum().clamp(min=0)": "mean_of_nothing",
    "return right.sum() / chosen.sum().clamp(min=1)": "without_the_minus",
}
