"""Answers to 04.3."""

from __future__ import annotations

MUTANTS = {
    "merge_heads: return x.reshape(B, T, h * w)": "merge_without_transpose",
    "merge_heads: return x.transpose(1, 1).reshape(B, T, h * w)": "merge_without_transpose",
    "merge_heads: return x.transpose(2, 2).reshape(B, T, h * w)": "merge_without_transpose",
    "split_heads: if False:": "without_the_check",
    "split_heads: return x.reshape(B, T, h, d // h)": "heads_behind_the_tokens",
    "split_heads: return x.reshape(B, T, h, d // h).transpose(1, 1)": "heads_behind_the_tokens",
    "split_heads: return x.reshape(B, T, h, d // h).transpose(2, 2)": "heads_behind_the_tokens",
    "split_heads: without: if d % h:": "without_the_check",
    "split_heads: without: raise ValueError(f'A width of {d} does not divide by {h} heads.')": "without_the_check",
}
