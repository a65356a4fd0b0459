"""The stops of one forward pass of a Llama-style decoder: one small function each, in the order of the pass.

What else there is to a stop (its title, what is said of it, its picture) is its row in `catalogue.py`.

A function's arguments are named after what it takes: an earlier stop of the same layer, `stream` (what the layer is
given: the embedding, or what the layer before handed on), or a part of the model (`layer_weights.py` lists them).
So whoever calls it, and whoever writes another in its place, need know nothing else. There is no batch: one text, T
tokens.

Llama: Touvron et al., 2023, section 2.2. RMSNorm: Zhang & Sennrich, 2019. RoPE: Su et al., 2021. Keys and values shared
by groups of heads: Ainslie et al., 2023. Gated feed-forward: Shazeer, 2020.
"""

from __future__ import annotations

import torch


def tokens(text, decoder):
    """The tokenizer cuts the text into pieces it knows. (T)"""
    return decoder.tokenizer.convert_ids_to_tokens(decoder.ids(text))


def ids(tokens, decoder):
    """Each piece's number in the vocabulary. (T)"""
    return torch.tensor(decoder.tokenizer.convert_tokens_to_ids(tokens))


def embedding(ids, w_embedding):
    """Each token's row of the table (V, d). (T, d)"""
    return w_embedding[ids]


def attention_norm(stream, attention_gain, eps):
    """Each token's numbers over their size, times a gain. (T, d)"""
    mean_square = stream.pow(2).mean(dim=-1, keepdim=True)
    return stream * torch.rsqrt(mean_square + eps) * attention_gain


def queries(attention_norm, w_q, heads):
    """What each token looks for, in each head. (heads, T, width)"""
    side_by_side = attention_norm @ w_q.T
    return side_by_side.unflatten(-1, (heads, -1)).transpose(0, 1)


def keys(attention_norm, w_k, key_heads):
    """What each token can be found by. (key heads, T, width)"""
    side_by_side = attention_norm @ w_k.T
    return side_by_side.unflatten(-1, (key_heads, -1)).transpose(0, 1)


def values(attention_norm, w_v, key_heads):
    """What each token hands over. (key heads, T, width)"""
    side_by_side = attention_norm @ w_v.T
    return side_by_side.unflatten(-1, (key_heads, -1)).transpose(0, 1)


def turned_queries(queries, frequencies):
    """Each pair (i, i + width / 2) turned by its position (RoPE)."""
    positions = torch.arange(queries.shape[1])
    angles = positions[:, None] * frequencies
    a, b = queries.chunk(2, dim=-1)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


def turned_keys(keys, frequencies):
    """The keys, turned by their positions in the same way."""
    return turned_queries(keys, frequencies)


def scores(turned_queries, turned_keys):
    """Each query times each key, over √width. (heads, T, T)"""
    width = turned_queries.shape[-1]
    heads_a_key = len(turned_queries) // len(turned_keys)
    shared = turned_keys.repeat_interleave(heads_a_key, dim=0)
    return turned_queries @ shared.transpose(1, 2) / width**0.5


def masked(scores):
    """No token may look at a later one. (heads, T, T)"""
    T = scores.shape[-1]
    later = torch.ones(T, T, dtype=torch.bool).triu(1)
    return scores.masked_fill(later, -torch.inf)


def weights(masked):
    """Each row of scores as shares that sum to 1. (heads, T, T)"""
    return torch.softmax(masked, dim=-1)


def mixed(weights, values):
    """The values, mixed by the weights. (heads, T, width)"""
    heads_a_value = len(weights) // len(values)
    return weights @ values.repeat_interleave(heads_a_value, dim=0)


def attended(mixed, w_o):
    """The heads side by side, through one matrix. (T, d)"""
    side_by_side = mixed.transpose(0, 1).flatten(start_dim=1)
    return side_by_side @ w_o.T


def after_attention(stream, attended):
    """What attention found is added to the stream. (T, d)"""
    return stream + attended


def feed_norm(after_attention, feed_gain, eps):
    """Each token's numbers over their size, times a gain. (T, d)"""
    mean_square = after_attention.pow(2).mean(dim=-1, keepdim=True)
    return after_attention * torch.rsqrt(mean_square + eps) * feed_gain


def gate(feed_norm, w_gate):
    """How far each inner number is let through. (T, inner)"""
    return feed_norm @ w_gate.T


def up(feed_norm, w_up):
    """The inner numbers before the gate. (T, inner)"""
    return feed_norm @ w_up.T


def gated(gate, up):
    """SiLU(x) = x / (1 + e^-x) of the gate, times up. (T, inner)"""
    return torch.nn.functional.silu(gate) * up


def down(gated, w_down):
    """Back to the width of the stream. (T, d)"""
    return gated @ w_down.T


def after_feed(after_attention, down):
    """What the feed-forward found is added to the stream. (T, d)"""
    return after_attention + down


def final_norm(stream, final_gain, eps):
    """The last stream, over its size, times a gain. (T, d)"""
    mean_square = stream.pow(2).mean(dim=-1, keepdim=True)
    return stream * torch.rsqrt(mean_square + eps) * final_gain


def logits(final_norm, w_logits):
    """A score for every token of the vocabulary. (T, V)"""
    return final_norm @ w_logits.T


def probabilities(logits):
    """The scores as shares that sum to 1. (T, V)"""
    return torch.softmax(logits, dim=-1)
