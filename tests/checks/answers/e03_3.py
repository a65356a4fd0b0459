"""Answers to 03.3."""

from __future__ import annotations

MUTANTS = {
    "return [each for each in grads]": "unchanged",
    "total = sum((each.square().sum() for each in grads))": "root_forgotten",
}
