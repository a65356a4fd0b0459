"""Answers to 04.2."""

from __future__ import annotations

MUTANTS = {
    "return torch.ones(T, T).tril()": "ones_and_zeros",
    "return torch.ones(T, T, dtype=torch.bool).triu()": "looks_ahead",
}
