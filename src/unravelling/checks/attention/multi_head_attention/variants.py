"""The right layer of 04.4, with which the check compares."""

from __future__ import annotations

from math import sqrt

import torch
from torch import nn


class MultiHeadAttention(torch.nn.Module):
    """Several attentions side by side, each on its own part of the width.

    d: width of a token. h: number of heads; making one whose d does not divide by h raises ValueError.
    Has four layers nn.Linear(d, d), with bias: q_proj, k_proj, v_proj and out_proj; 4 * (d * d + d) parameters in all.
    forward(x, mask=None): x is (B, T, d); mask is bool, (T, T) or anything that broadcasts to (B, h, T, T), True where
    looking is allowed; every token may look somewhere. Returns a tensor (B, T, d): project x to queries, keys and
    values, split them into heads, let each head attend, merge the heads, and pass the result through out_proj. Each
    head divides its scores by sqrt(d / h). Scores in the thousands must work, and so must a layer after .double().
    Leaves x and mask as they are. Draws nothing (no dropout) and keeps nothing from one call to the next. Gradients can
    be traced back from the output to all four layers.
    Example: with the weights of nn.MultiheadAttention(d, h, batch_first=True) it gives the same output.
    Source: Vaswani et al., 2017, "Attention Is All You Need", section 3.2.2.
    """

    def __init__(self, d, h):
        super().__init__()
        if d % h:
            raise ValueError(f"A width of {d} does not divide by {h} heads.")
        self.h = h
        self.q_proj = nn.Linear(d, d)
        self.k_proj = nn.Linear(d, d)
        self.v_proj = nn.Linear(d, d)
        self.out_proj = nn.Linear(d, d)

    def forward(self, x, mask=None):
        B, T, d = x.shape
        q, k, v = (
            layer(x).reshape(B, T, self.h, d // self.h).transpose(1, 2)  # (B, h, T, d / h)
            for layer in (self.q_proj, self.k_proj, self.v_proj)
        )
        scores = q @ k.transpose(-2, -1) / sqrt(d // self.h)  # (B, h, T, T)
        if mask is not None:
            scores = scores.masked_fill(~mask, float("-inf"))
        output = torch.softmax(scores, dim=-1) @ v
        return self.out_proj(output.transpose(1, 2).reshape(B, T, d))
