"""Answers to 04.4."""

from __future__ import annotations

MUTANTS = {
    "if False:": "mask_ignored",
    "q, k, v = (x.reshape(B, T, self.h, d // self.h).transpose(1, 2) for layer in (self.q_proj, self.k_proj, self.v_proj))": "without_projections",
    "return self.out_proj(output.reshape(B, T, d))": "merged_without_transpose",
    "return self.out_proj(output.transpose(1, 1).reshape(B, T, d))": "merged_without_transpose",
    "return self.out_proj(output.transpose(2, 2).reshape(B, T, d))": "merged_without_transpose",
    "scores = q @ k.transpose(-2, -1)": "without_the_scale",
    "scores = q @ k.transpose(-2, -1) / sqrt(d)": "scaled_by_the_full_width",
    "scores = scores": "mask_ignored",
    "without: if mask is not None:": "mask_ignored",
    "without: scores = scores.masked_fill(~mask, float('-inf'))": "mask_ignored",
}
