"""Answers to 01.2."""

from __future__ import annotations

MUTANTS = {
    "if False:": "divides_by_zero",
    "if total == -1:": "divides_by_zero",
    "if total == 1:": "divides_by_zero",
    "total = sum((seen.get(token, 0) for token in vocab))": "alpha_only_above",
    "without: if total == 0:": "divides_by_zero",
    "without: return {token: 1 / len(vocab) for token in vocab}": "divides_by_zero",
}
