"""Right answers to 05.3, in styles of their own."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from tests.checks.answers import right
from unravelling.checks.the_transformer.encoder_block import EncoderBlock


@right("05.3")
class OnesOwnAttention(EncoderBlock):
    def __init__(self, d, h, inner, activation="relu"):
        super().__init__(d, h, inner, activation)
        self.h = h

    def forward(self, x, mask=None):
        q, k, v = functional.linear(x, self.self_attn.in_proj_weight, self.self_attn.in_proj_bias).chunk(3, -1)
        q, k, v = (each.unflatten(-1, (self.h, -1)).movedim(2, 1) for each in (q, k, v))
        scores = torch.einsum("bhqd,bhkd->bhqk", q, k) * q.shape[-1] ** -0.5
        if mask is not None:
            scores = scores.masked_fill(mask.logical_not()[:, None, None, :], -1e9)
        found = self.self_attn.out_proj((scores.softmax(-1) @ v).movedim(1, 2).flatten(2))
        x = self.norm1(found + x)
        return self.norm2(x + self.linear2(self.activation(self.linear1(x))))


@right("05.3")
class TurnedRound(nn.Module):
    def __init__(self, d, h, inner, activation="relu"):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(d, h)
        self.linear1, self.linear2 = nn.Linear(d, inner), nn.Linear(inner, d)
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.dropout = nn.Dropout(0.0)
        self.kind = activation

    def forward(self, x, mask=None):
        turned = x.transpose(0, 1)
        hidden = ~mask if mask is not None else None
        x = self.norm1(x + self.dropout(self.self_attn(turned, turned, turned, hidden)[0].transpose(0, 1)))
        inside = self.linear1(x)
        inside = functional.gelu(inside) if self.kind == "gelu" else inside.clamp(min=0)
        return self.norm2(x + self.linear2(inside))


@right("05.3")
class WithAMaskOfNumbers(EncoderBlock):
    def forward(self, x, mask=None):
        hidden = None
        if mask is not None:
            hidden = torch.zeros(mask.shape).masked_fill(mask == 0, float("-inf"))
        residual = x
        x, weights = self.self_attn(x, x, x, key_padding_mask=hidden)
        residual = self.norm1(residual + x)
        return self.norm2(residual + self.linear2(self.activation(self.linear1(residual))))


@right("05.3")
class InPlaceWhereItIsHarmless(EncoderBlock):
    def forward(self, x, mask=None):
        hidden = None if mask is None else mask.clone().logical_not_()
        found, _ = self.self_attn(x, x, x, key_padding_mask=hidden)
        found += x
        x = self.norm1(found)
        made = self.linear2(self.activation(self.linear1(x)))
        made += x
        return self.norm2(made)


@right("05.3")
class ModulesForFunctions(EncoderBlock):
    def __init__(self, d, h, inner, activation="relu"):
        super().__init__(d, h, inner, activation)
        self.activation = nn.GELU() if activation == "gelu" else nn.LeakyReLU(0.0)
        self.feed_forward = nn.Sequential(self.linear1, self.activation, self.linear2)

    def forward(self, x, mask=None):
        x = self.norm1(x + self.self_attn(x, x, x, key_padding_mask=None if mask is None else ~mask)[0])
        return self.norm2(x + self.feed_forward(x))
