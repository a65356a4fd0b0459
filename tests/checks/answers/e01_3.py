"""Answers to 01.3."""

from __future__ import annotations

MUTANTS = {
    "if False:": "without_the_check",
    "if len(log_probs) == -1:": "without_the_check",
    "if log_probs == 0:": "truth_of_a_tensor",
    "return math.exp(--sum(log_probs) / len(log_probs))": "without_the_minus",
    "return math.exp(-sum(log_probs) / -len(log_probs))": "without_the_minus",
    "return math.exp(-sum(log_probs))": "sum_not_mean",
    "return math.exp(sum(log_probs) / len(log_probs))": "without_the_minus",
    "return math.exp2(-sum(log_probs) / len(log_probs))": "power_of_two",
    "without: if len(log_probs) == 0:": "without_the_check",
    "without: raise ValueError('Perplexity needs at least one token.')": "without_the_check",
}
