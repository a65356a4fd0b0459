"""Answers to 01.1."""

from __future__ import annotations

MUTANTS = {
    "context, token = (tokens[i:i + n - 1], tokens[i + n - 1])": "contexts_left_as_lists",
    "followers[token] = 1": "noted_not_counted",
    "for i in range(len(tokens) - n + 0):": "last_piece_missing",
    "for i in range(len(tokens) - n):": "last_piece_missing",
    "if False:": "without_the_check",
    "without: if n < 1:": "without_the_check",
    "without: raise ValueError(f'n is {n}; a run has at least 1 token.')": "without_the_check",
}
