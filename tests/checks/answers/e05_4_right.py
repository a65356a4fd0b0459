"""Right answers to 05.4, in styles of their own."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from tests.checks.answers import right
from unravelling.checks.the_transformer.decoder_block.variants import DecoderBlock


@right("05.4")
class OnesOwnAttention(DecoderBlock):
    def __init__(self, d, h, inner):
        super().__init__(d, h, inner)
        self.h = h

    def attend(self, layer, x, y, hidden):
        d = x.shape[-1]
        q, k, v = (
            functional.linear(each, layer.in_proj_weight[i * d : (i + 1) * d], layer.in_proj_bias[i * d : (i + 1) * d])
            for i, each in enumerate((x, y, y))
        )
        q, k, v = (each.view(*each.shape[:2], self.h, -1).transpose(1, 2) for each in (q, k, v))
        scores = q @ k.transpose(-1, -2) / (d // self.h) ** 0.5
        if hidden is not None:
            scores = scores.masked_fill(hidden, -1e9)
        return layer.out_proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(x.shape))

    def forward(self, x, memory, mask=None):
        future = torch.triu(torch.ones(x.shape[1], x.shape[1]), diagonal=1) == 1
        x = self.norm1(x + self.attend(self.self_attn, x, x, future))
        hidden = None if mask is None else ~mask[:, None, None, :]
        x = self.norm2(x + self.attend(self.multihead_attn, x, memory, hidden))
        return self.norm3(x + self.linear2(functional.relu(self.linear1(x))))


@right("05.4")
class ALongMaskMadeOnce(DecoderBlock):
    def __init__(self, d, h, inner):
        super().__init__(d, h, inner)
        self.register_buffer("future", torch.ones(64, 64, dtype=torch.bool).triu(1), persistent=False)

    def forward(self, x, memory, mask=None):
        T = x.size(1)
        if T > len(self.future):
            self.future = torch.ones(T, T, dtype=torch.bool).triu(1)
        x = self.norm1(x + self.self_attn(x, x, x, attn_mask=self.future[:T, :T], need_weights=False)[0])
        hidden = None if mask is None else torch.logical_not(mask)
        x = self.norm2(x + self.multihead_attn(x, memory, memory, hidden, need_weights=False)[0])
        return self.norm3(x + self.linear2(self.linear1(x).relu()))


@right("05.4")
class MaskOfMinusInfinity(DecoderBlock):
    def forward(self, x, memory, mask=None):
        T = x.shape[1]
        future = torch.full((T, T), float("-inf")).triu(1)
        out, _ = self.self_attn(x, x, x, attn_mask=future)
        out = self.norm1(out + x)
        hidden = None
        if mask is not None:
            hidden = torch.zeros_like(mask, dtype=x.dtype).masked_fill_(~mask, float("-inf"))
        read, _ = self.multihead_attn(query=out, key=memory, value=memory, key_padding_mask=hidden)
        out = self.norm2(out + read)
        return self.norm3(self.linear2(torch.relu_(self.linear1(out))) + out)


@right("05.4")
class OneTokenAfterTheOther(DecoderBlock):
    def forward(self, x, memory, mask=None):
        hidden = None if mask is None else ~mask
        rows = []
        for t in range(x.shape[1]):
            asks = x[:, t : t + 1]
            y = self.norm1(asks + self.self_attn(asks, x[:, : t + 1], x[:, : t + 1])[0])
            y = self.norm2(y + self.multihead_attn(y, memory, memory, key_padding_mask=hidden)[0])
            rows.append(self.norm3(y + self.linear2(self.linear1(y).clamp(min=0))))
        return torch.cat(rows, 1)


@right("05.4")
class WithDropoutOf0(DecoderBlock):
    def __init__(self, d, h, inner):
        super().__init__(d, h, inner)
        self.dropout = nn.Dropout(p=0.0)

    def forward(self, x, memory, mask=None):
        return self.dropout(super().forward(x, memory, mask))
