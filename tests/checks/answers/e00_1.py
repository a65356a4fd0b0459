"""Answers to 00.1."""

from __future__ import annotations

MUTANTS = {
    "without: x = x - x.amax(dim, keepdim=True)": "without_subtracting_the_largest",
    "x = x": "without_subtracting_the_largest",
    "x = x + x.amax(dim, keepdim=True)": "without_subtracting_the_largest",
    "x = x - -x.amax(dim, keepdim=True)": "without_subtracting_the_largest",
    "x = x - x.amax(keepdim=True)": "largest_of_everything",
}
