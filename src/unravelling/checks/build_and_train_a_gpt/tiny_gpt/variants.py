"""A right TinyGPT, with which 06.4 compares."""

from __future__ import annotations

import torch
from torch import nn


class TinyGPT(nn.Module):
    """A GPT: at every place, a score for each token that may come next.

    V: how many tokens there are. context: how many it reads at most. d: width. h: heads. layers: how many blocks.
    Has tokens, nn.Embedding(V, d); positions, nn.Embedding(context, d); blocks, an nn.ModuleList of `layers` blocks;
    norm, nn.LayerNorm(d); output, nn.Linear(d, V, bias=False), whose weight is tokens.weight itself: one tensor, which
    counts once and is learned once. Each block (an nn.Module or an nn.ModuleDict) has norm1, nn.LayerNorm(d); qkv,
    nn.Linear(d, 3 * d), which gives queries, keys and values, in this order; out, nn.Linear(d, d); norm2,
    nn.LayerNorm(d); up, nn.Linear(d, 4 * d); down, nn.Linear(4 * d, d). No dropout.
    forward(ids): ids is (B, T), an int64 tensor of tokens, T from 1 to context. A token's vector is the row of tokens
    for it plus the row of positions for its place, counted from 0. Each block adds to it twice: first out(attention of
    norm1(x)), in h heads of d / h numbers each, where no place looks at a later one and scores are divided by the root
    of d / h; then down(GELU(up(norm2(x)))), GELU by its tanh formula, as GPT-2 has it. Then norm, then output.
    Returns logits, (B, T, V), on the device of ids. Gradients can be traced back from them to every layer. Leaves ids
    as it is.
    A new model knows nothing: the weights of both tables are so small (GPT-2: normal, standard deviation 0.02) that its
    loss is within 0.1 of ln V. A width that h does not divide raises ValueError in __init__, and T above context in
    forward.
    Example: TinyGPT(5, 8, 4, 2, 1) gives logits of shape (1, 3, 5) for 3 tokens and has 304 parameters.
    Source: Radford et al., 2019, "Language Models are Unsupervised Multitask Learners", section 2.3.
    """

    def __init__(self, V, context, d, h, layers):
        super().__init__()
        if d % h:
            raise ValueError(f"A width of {d} does not divide by {h} heads.")
        self.h = h
        self.tokens = nn.Embedding(V, d)
        self.positions = nn.Embedding(context, d)
        self.blocks = nn.ModuleList(
            nn.ModuleDict(
                {
                    "norm1": nn.LayerNorm(d),
                    "qkv": nn.Linear(d, 3 * d),
                    "out": nn.Linear(d, d),
                    "norm2": nn.LayerNorm(d),
                    "up": nn.Linear(d, 4 * d),
                    "down": nn.Linear(4 * d, d),
                }
            )
            for _ in range(layers)
        )
        self.norm = nn.LayerNorm(d)
        self.output = nn.Linear(d, V, bias=False)
        nn.init.normal_(self.tokens.weight, std=0.02)
        nn.init.normal_(self.positions.weight, std=0.02)
        self.output.weight = self.tokens.weight  # one tensor with two names

    def attend(self, block, x):
        B, T, d = x.shape
        q, k, v = (each.reshape(B, T, self.h, -1).transpose(1, 2) for each in block["qkv"](x).chunk(3, dim=-1))
        scores = q @ k.mT / q.shape[-1] ** 0.5  # (B, h, T, T)
        later = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(1)
        weights = scores.masked_fill(later, float("-inf")).softmax(-1)
        return block["out"]((weights @ v).transpose(1, 2).reshape(B, T, d))

    def forward(self, ids):
        T = ids.shape[1]
        if len(self.positions.weight) < T:
            raise ValueError(f"{T} tokens are more than the model can read.")
        places = torch.arange(T, device=ids.device)
        x = self.tokens(ids) + self.positions(places)  # (B, T, d)
        for block in self.blocks:
            x = x + self.attend(block, block["norm1"](x))
            x = x + block["down"](nn.functional.gelu(block["up"](block["norm2"](x)), approximate="tanh"))
        return self.output(self.norm(x))
