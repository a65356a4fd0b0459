"""A right model of two blocks, with which 05.6 compares."""

from __future__ import annotations

import torch
from torch import nn

from ..decoder_block.variants import DecoderBlock
from ..encoder_block import EncoderBlock
from ..sinusoidal_positions import SinusoidalPositions

sinusoidal_positions = SinusoidalPositions.reference


class TinyTransformer(nn.Module):
    """A whole transformer, small: it reads one text and writes another.

    V: how many tokens there are. d: width, an even number. h: number of heads. inner: width inside the feed-forward
    networks. Has four layers and no others: embedding, nn.Embedding(V, d), for both texts; encoder, EncoderBlock(d, h,
    inner); decoder, DecoderBlock(d, h, inner); output, nn.Linear(d, V).
    forward(source, target): source is (B, S), target (B, T), int tensors of tokens, S and T any numbers from 1. Both
    become vectors in the same way: the embedding of each token plus the row of sinusoidal_positions for its place. The
    encoder makes memory of the source; the decoder lets the target look back and read memory; output scores what may
    come next. Returns logits, (B, T, V): at place i a score for each token that may follow target[:, i].
    write(source, start, length): start is the token that every target begins with, an int; length, 1 or more, says how
    many tokens to write. Returns (B, length), an int tensor: one token after another, each the one that scores highest
    after start and all that was written before it. Any token may be written, start and 0 too, and none ends the text;
    the start that was given is not in it.
    Both leave their inputs as they are and keep nothing of them for the next call. Gradients can be traced back from
    the logits to every layer.
    Example: TinyTransformer(5, 4, 2, 8) gives logits of shape (1, 2, 5) for a source of 3 tokens and a target of 2.
    Source: Vaswani et al., 2017, "Attention Is All You Need", section 3 (without its factor on the embeddings).
    """

    def __init__(self, V, d, h, inner):
        super().__init__()
        self.embedding = nn.Embedding(V, d)
        self.encoder = EncoderBlock(d, h, inner)
        self.decoder = DecoderBlock(d, h, inner)
        self.output = nn.Linear(d, V)

    def embed(self, tokens):
        x = self.embedding(tokens)  # (B, T, d)
        return x + sinusoidal_positions(x.shape[1], x.shape[2])

    def forward(self, source, target):
        memory = self.encoder(self.embed(source))
        return self.output(self.decoder(self.embed(target), memory))

    def write(self, source, start, length):
        target = torch.full((len(source), 1), start)
        for _ in range(length):
            logits = self(source, target)[:, -1]  # after the last token so far
            target = torch.cat([target, logits.argmax(-1, keepdim=True)], dim=1)
        return target[:, 1:]
