"""Answers to 05.3."""

from __future__ import annotations

MUTANTS = {
    "found, _ = self.self_attn(x, x, x)": "mask_ignored",
    "padding = None if mask is None else mask": "mask_upside_down",
    "return self.norm2(made)": "without_the_second_residual",
    "self.self_attn = nn.MultiheadAttention(d, h)": "batch_taken_for_tokens",
    "self.self_attn = nn.MultiheadAttention(d, h, batch_first=False)": "batch_taken_for_tokens",
    "x = self.norm1(found)": "added_to_itself",
}
