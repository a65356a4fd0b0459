"""Answers to 03.1."""

from __future__ import annotations

MUTANTS = {
    "return torch.tanh(h @ w_h.T + b)": "hears_nothing",
    "return torch.tanh(x @ w_x.T + b)": "forgets_the_past",
    "return torch.tanh(x @ w_x.T + h + b)": "without_w_h",
    "return torch.tanh(x @ w_x.T + h @ w_h.T)": "without_bias",
    "return x @ w_x.T + h @ w_h.T + b": "without_tanh",
}
