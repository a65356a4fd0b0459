"""A right encoder block, and the same in steps: what 05.3 compares with, and what its wrong answers change."""

from __future__ import annotations

import torch
from torch import nn


class EncoderBlock(nn.Module):
    """One block of an encoder: attention, then a feed-forward network, each with its residual and its norm.

    d: width of a token. h: number of heads. inner: width inside the feed-forward network. activation: the function in
    it, "relu" or "gelu", as in nn.functional.
    Has five layers: self_attn, nn.MultiheadAttention(d, h, batch_first=True); linear1, nn.Linear(d, inner);
    linear2, nn.Linear(inner, d); norm1 and norm2, nn.LayerNorm(d). No dropout.
    forward(x, mask=None): x is (B, T, d), T any number from 1; mask is (B, T) bool, True for a token and False for
    padding, which nobody may look at; None: all are tokens. Returns (B, T, d), with a row for padding, too. First half:
    add to x what self_attn finds in it, and norm the sum with norm1. Second half: send the result through linear1, the
    activation and linear2, add what comes out to the result, and norm that sum with norm2.
    Leaves x and mask as they are and keeps nothing of them. Gradients can be traced back from what it returns to x and
    to every layer.
    Example: with the weights of nn.TransformerEncoderLayer(d, h, inner, batch_first=True), whose layers have the same
    names, and without its dropout, it gives the same output.
    Source: Vaswani et al., 2017, "Attention Is All You Need", sections 3.1 and 3.3.
    """

    def __init__(self, d, h, inner, activation="relu"):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(d, h, batch_first=True)
        self.linear1 = nn.Linear(d, inner)
        self.linear2 = nn.Linear(inner, d)
        self.norm1 = nn.LayerNorm(d)
        self.norm2 = nn.LayerNorm(d)
        self.activation = torch.relu if activation == "relu" else nn.functional.gelu

    def forward(self, x, mask=None):
        padding = None if mask is None else ~mask  # torch's attention wants True where looking is forbidden
        found, _ = self.self_attn(x, x, x, key_padding_mask=padding)
        x = self.norm1(x + found)
        made = self.linear2(self.activation(self.linear1(x)))
        return self.norm2(x + made)


class Changed(EncoderBlock):
    """The block in steps, so that each wrong answer below overrides the one in which it differs."""

    def padding(self, mask):
        return None if mask is None else ~mask

    def attend(self, x, mask):
        return self.self_attn(x, x, x, key_padding_mask=self.padding(mask))[0]

    def feed_forward(self, x):
        return self.linear2(self.activation(self.linear1(x)))

    def forward(self, x, mask=None):
        x = self.norm1(x + self.attend(x, mask))
        return self.norm2(x + self.feed_forward(x))
