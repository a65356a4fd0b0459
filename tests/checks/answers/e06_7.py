"""Answers to 06.7."""

from __future__ import annotations

import torch
from torch import nn

from tests.checks.answers import right, wrong
from unravelling.checks.build_and_train_a_gpt.llama_block.variants import LlamaBlock
from unravelling.checks.registry import load

NEIGHBOURS = load("04.5").reference


@right("06.7")
class PairByPair(LlamaBlock):
    def turn(self, x):
        half = x.shape[-1] // 2
        found = torch.zeros_like(x)
        for p in range(x.shape[-2]):
            for i in range(half):
                angle = torch.tensor(p * self.base ** (-i / half))
                a, b = x[..., p, i], x[..., p, i + half]
                found[..., p, i] = a * angle.cos() - b * angle.sin()
                found[..., p, i + half] = a * angle.sin() + b * angle.cos()
        return found


@right("06.7")
class NormsByHand(LlamaBlock):
    def normed(self, x, layer):
        return x / (x.pow(2).mean(-1, keepdim=True) + layer.eps).sqrt() * layer.weight

    def forward(self, x):
        x = x + self.attend(self.normed(x, self.input_layernorm))
        y = self.normed(x, self.post_attention_layernorm)
        gate = self.gate_proj(y)
        return x + self.down_proj(gate * gate.sigmoid() * self.up_proj(y))


@wrong("06.7", told="neighbours_paired", says="You pair neighbours")
class TheRotaryOf045(LlamaBlock):
    def turn(self, x):
        return NEIGHBOURS(x, torch.arange(x.shape[-2]), self.base)


@wrong("06.7", told="turned_the_other_way", says="or count places from the end of the text")
class PlacesFromTheEnd(LlamaBlock):
    def turn(self, x):
        return super().turn(x.flip(-2)).flip(-2)


@wrong("06.7", says="At place 0 your scores are right")
class TurnedBeforeTheHeadsAreCut(LlamaBlock):
    def turn(self, x):
        B, heads, T, w = x.shape
        whole = x.transpose(1, 2).reshape(B, 1, T, heads * w)
        return super().turn(whole).reshape(B, T, heads, w).transpose(1, 2)


@wrong("06.7", told="norm_of_the_first_x", says="reads what the block was given")
class Parallel(LlamaBlock):
    def forward(self, x):
        y = self.post_attention_layernorm(x)
        fed = self.down_proj(nn.functional.silu(self.gate_proj(y)) * self.up_proj(y))
        return x + self.attend(self.input_layernorm(x)) + fed


@wrong("06.7", says="logits[")
class NothingAdded(LlamaBlock):
    def forward(self, x):
        x = self.attend(self.input_layernorm(x))
        y = self.post_attention_layernorm(x)
        return self.down_proj(nn.functional.silu(self.gate_proj(y)) * self.up_proj(y))


@wrong("06.7", says="Your block learns positions.weight, which is in none of its nine layers")
class ATableOfPositions(LlamaBlock):
    def __init__(self, d, h, kv_heads, inner, base=10000.0, eps=1e-5):
        super().__init__(d, h, kv_heads, inner, base, eps)
        self.positions = nn.Embedding(64, d)


@wrong("06.7", says="The layer q_proj has a bias")
class WithBiases(LlamaBlock):
    def __init__(self, d, h, kv_heads, inner, base=10000.0, eps=1e-5):
        super().__init__(d, h, kv_heads, inner, base, eps)
        self.q_proj = nn.Linear(d, d)


@wrong("06.7", says="k_proj.weight has shape (16, 16), not (8, 16)")
class AsManyKeysAsQueries(LlamaBlock):
    def __init__(self, d, h, kv_heads, inner, base=10000.0, eps=1e-5):
        super().__init__(d, h, h, inner, base, eps)


@wrong("06.7", says="There is no layer gate_proj")
class OneLayerForTwo(LlamaBlock):
    def __init__(self, d, h, kv_heads, inner, base=10000.0, eps=1e-5):
        super().__init__(d, h, kv_heads, inner, base, eps)
        del self.gate_proj
        self.gate_up = nn.Linear(d, 2 * inner, bias=False)


@wrong("06.7", says="There is dropout in your block")
class WithDropout(LlamaBlock):
    def __init__(self, d, h, kv_heads, inner, base=10000.0, eps=1e-5):
        super().__init__(d, h, kv_heads, inner, base, eps)
        self.dropout = nn.Dropout(0.1)


@wrong("06.7", says="forward returned nothing (None)")
class ForgetsToReturn(LlamaBlock):
    def forward(self, x):
        super().forward(x)


@wrong("06.7", says="forward returned shape")
class LastPlaceOnly(LlamaBlock):
    def forward(self, x):
        return super().forward(x)[:, -1]


@wrong("06.7", says="No gradient comes back from the result to")
class AttentionWithoutGradients(LlamaBlock):
    def attend(self, x):
        with torch.no_grad():
            return super().attend(x)


@wrong("06.7", says="Changing the last token's vector moves the scores at place")
class SeesOneAhead(LlamaBlock):
    def attend(self, x):
        ahead = torch.cat([x[:, 1:], 0 * x[:, -1:]], 1)
        return super().attend(x) + 0.1 * ahead


MUTANTS = {
    "without: if d % h or h % kv_heads:": "sizes_unchecked",
    "if False:": "sizes_unchecked",
    "without: q, k = (self.turn(q), self.turn(k))": "not_turned",
    "if d % h and h % kv_heads:": "sizes_unchecked",
    "without: raise ValueError(f'{h} heads on {kv_heads} do not go into a width of {d}.')": "sizes_unchecked",
    "speeds = (-torch.arange(0, w, 2, device=x.device) / w) ** self.base": "not_turned",
    "angles = torch.arange(T, device=x.device)[:, None] + speeds": "one_speed_for_all",
    "angles = -torch.arange(T, device=x.device)[:, None] * speeds": "turned_the_other_way",
    "angles = torch.arange(T, device=x.device)[:, None] * -speeds": "turned_the_other_way",
    "angles = torch.arange(T, device=x.device)[:, None]": "one_speed_for_all",
    "angles = speeds": "not_turned",
    "scores = q @ k.mT": "not_scaled",
    "weights = scores.softmax(-1)": "sees_the_future",
    "speeds = self.base ** (-torch.arange(0, 2, w, device=x.device) / w)": "one_speed_for_all",
    "speeds = self.base ** (-0 / w)": "one_speed_for_all",
    "later = torch.zeros(T, T, dtype=torch.bool, device=x.device).triu(1)": "sees_the_future",
}
