"""Answers to 04.6."""

from __future__ import annotations

MUTANTS = {
    "W_k = torch.diag(torch.ones(T - 1), 1)": "looks_at_the_next",
    "W_k = torch.diag(torch.zeros(T - 1), -1)": "looks_at_the_next",
    "W_q = torch.eye(T)": "ones_only",
    "return (W_k, W_q)": "looks_at_the_next",
}
