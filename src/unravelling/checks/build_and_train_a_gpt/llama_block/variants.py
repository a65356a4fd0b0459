"""A right LlamaBlock, with which 06.7 compares."""

from __future__ import annotations

import torch
from torch import nn


class LlamaBlock(nn.Module):
    """One block of the kind that today's models are made of: RMSNorm, rotary positions, shared keys and values, SwiGLU.

    d: width. h: heads of queries, each d / h wide, an even number. kv_heads: heads of keys and values; each serves h /
    kv_heads heads of queries that follow one another: the first serves the first ones. inner: width inside the
    feed-forward part. base: of the rotary positions. eps: of the norms.
    Has nine layers and no others, named as in a layer of transformers' LlamaForCausalLM: input_layernorm and
    post_attention_layernorm, nn.RMSNorm(d, eps); q_proj and o_proj, nn.Linear(d, d, bias=False); k_proj and v_proj,
    nn.Linear(d, kv_heads * d // h, bias=False); gate_proj and up_proj, nn.Linear(d, inner, bias=False); down_proj,
    nn.Linear(inner, d, bias=False). No dropout.
    forward(x): x is (B, T, d), T any number from 1. First x + o_proj(attention of input_layernorm(x)): queries and
    keys, not values, are turned by their place, counted from 0; no place looks at a later one; scores are divided by
    the root of d / h. Turning: number i of the first half of a head is paired with number i of the second half, and the
    pair is turned at place p by the angle p * base ** (-2 i / (d / h)), from the first towards the second. Then, with y
    = post_attention_layernorm of that, what is there plus down_proj(SiLU(gate_proj(y)) * up_proj(y)).
    Returns (B, T, d). Leaves x as it is. Gradients can be traced back from the result to every layer and to x. A width
    that h does not divide, or heads that kv_heads does not divide, raise ValueError in __init__.
    Example: LlamaBlock(12, 3, 1, 20) has 1128 parameters: 24 in its norms, 384 in attention, 720 in the rest.
    Source: Touvron et al., 2023, "LLaMA", section 2.2; shared keys and values: Ainslie et al., 2023, "GQA".
    """

    def __init__(self, d, h, kv_heads, inner, base=10000.0, eps=1e-5):
        super().__init__()
        if d % h or h % kv_heads:
            raise ValueError(f"{h} heads on {kv_heads} do not go into a width of {d}.")
        self.h, self.kv_heads, self.base = h, kv_heads, base
        self.input_layernorm = nn.RMSNorm(d, eps)
        self.q_proj = nn.Linear(d, d, bias=False)
        self.k_proj = nn.Linear(d, kv_heads * d // h, bias=False)
        self.v_proj = nn.Linear(d, kv_heads * d // h, bias=False)
        self.o_proj = nn.Linear(d, d, bias=False)
        self.post_attention_layernorm = nn.RMSNorm(d, eps)
        self.gate_proj = nn.Linear(d, inner, bias=False)
        self.up_proj = nn.Linear(d, inner, bias=False)
        self.down_proj = nn.Linear(inner, d, bias=False)

    def turn(self, x):
        T, w = x.shape[-2:]
        speeds = self.base ** (-torch.arange(0, w, 2, device=x.device) / w)
        angles = torch.arange(T, device=x.device)[:, None] * speeds  # (T, w / 2)
        a, b = x.chunk(2, dim=-1)
        return torch.cat([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()], dim=-1)

    def attend(self, x):
        B, T, d = x.shape
        q, k, v = (
            layer(x).reshape(B, T, heads, d // self.h).transpose(1, 2)
            for layer, heads in ((self.q_proj, self.h), (self.k_proj, self.kv_heads), (self.v_proj, self.kv_heads))
        )
        q, k = self.turn(q), self.turn(k)
        k, v = (each.repeat_interleave(self.h // self.kv_heads, dim=1) for each in (k, v))
        scores = q @ k.mT / q.shape[-1] ** 0.5  # (B, h, T, T)
        later = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(1)
        weights = scores.masked_fill(later, float("-inf")).softmax(-1)
        return self.o_proj((weights @ v).transpose(1, 2).reshape(B, T, d))

    def forward(self, x):
        x = x + self.attend(self.input_layernorm(x))
        y = self.post_attention_layernorm(x)
        return x + self.down_proj(nn.functional.silu(self.gate_proj(y)) * self.up_proj(y))
