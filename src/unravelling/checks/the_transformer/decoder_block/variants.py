"""A right decoder block, with which 05.4 compares."""

from __future__ import annotations

import torch
from torch import nn


class DecoderBlock(nn.Module):
    """One block of a decoder: causal self-attention, cross-attention to the encoder, a feed-forward network.

    d: width of a token. h: number of heads. inner: width inside the feed-forward network.
    Has seven layers: self_attn and multihead_attn, each nn.MultiheadAttention(d, h, batch_first=True);
    linear1, nn.Linear(d, inner); linear2, nn.Linear(inner, d); norm1, norm2 and norm3, nn.LayerNorm(d). No dropout.
    forward(x, memory, mask=None): x is (B, T, d), the text being written; memory is (B, S, d), what the encoder made of
    the text that was read; mask is (B, S) bool, True for a token of memory and False for padding; None: all are tokens.
    T and S are any numbers from 1.
    Returns (B, T, d). Three steps, each added to its own x and normed: self_attn, where token i may look at the tokens
    up to and including i (norm1); multihead_attn, where x asks, memory gives keys and values, and each token may look
    at all of it but padding (norm2); linear1, ReLU, linear2 (norm3).
    Leaves x, memory and mask as they are and keeps nothing of them. Gradients can be traced back from what it returns
    to x, to memory and to every layer.
    Example: with the parameters of nn.TransformerDecoderLayer(d, h, inner, batch_first=True), whose layers have the
    same names, and with a causal mask and without its dropout, it gives the same output.
    Source: Vaswani et al., 2017, "Attention Is All You Need", section 3.1.
    """

    def __init__(self, d, h, inner):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(d, h, batch_first=True)
        self.multihead_attn = nn.MultiheadAttention(d, h, batch_first=True)
        self.linear1 = nn.Linear(d, inner)
        self.linear2 = nn.Linear(inner, d)
        self.norm1 = nn.LayerNorm(d)
        self.norm2 = nn.LayerNorm(d)
        self.norm3 = nn.LayerNorm(d)

    def forward(self, x, memory, mask=None):
        T = x.shape[1]
        future = torch.ones(T, T, dtype=torch.bool).triu(1)  # True: torch forbids looking there
        found, _ = self.self_attn(x, x, x, attn_mask=future)
        x = self.norm1(x + found)
        padding = None if mask is None else ~mask
        read, _ = self.multihead_attn(x, memory, memory, key_padding_mask=padding)
        x = self.norm2(x + read)
        return self.norm3(x + self.linear2(torch.relu(self.linear1(x))))
