"""Right answers to 05.6, in styles of their own."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from tests.checks.answers import right
from unravelling.checks.the_transformer.decoder_block.variants import DecoderBlock
from unravelling.checks.the_transformer.encoder_block import EncoderBlock
from unravelling.checks.the_transformer.tiny_transformer.variants import TinyTransformer, sinusoidal_positions


@right("05.6")
class WritingInAList(TinyTransformer):
    def write(self, source, start, length):
        with torch.no_grad():
            written = [torch.full((source.shape[0],), start)]
            for _ in range(length):
                scores = self.forward(source, torch.stack(written, 1))
                written.append(torch.argmax(scores[:, -1, :], dim=-1))
            return torch.stack(written[1:], dim=1)


@right("05.6")
class WithATableThatGrows(TinyTransformer):
    places = torch.zeros(0, 0)

    def embed(self, tokens):
        x = self.embedding(tokens)
        if x.shape[1] > len(self.places) or self.places.shape[1] != x.shape[2]:
            self.places = sinusoidal_positions(2 * x.shape[1], x.shape[2])
        return x + self.places[: x.shape[1]]


@right("05.6")
class RowByRow(nn.Module):
    def __init__(self, V, d, h, inner):
        super().__init__()
        self.d = d
        self.embedding, self.output = nn.Embedding(V, d), nn.Linear(d, V)
        self.encoder, self.decoder = EncoderBlock(d, h, inner), DecoderBlock(d, h, inner)

    def forward(self, source, target):
        read = self.embedding(source) + sinusoidal_positions(source.size(1), self.d).unsqueeze(0)
        memory = self.encoder(read)
        written = self.embedding(target) + sinusoidal_positions(target.size(1), self.d)[None]
        return self.output(self.decoder(written, memory))

    def write(self, source, start, length):
        rows = []
        for row in source:
            text = [start]
            while len(text) <= length:
                text.append(int(self(row[None], torch.tensor([text]))[0, -1].argmax()))
            rows.append(text[1:])
        return torch.tensor(rows, dtype=torch.int32)


@right("05.6")
class WritingInEvalMode(TinyTransformer):
    def write(self, source, start, length):
        self.eval()
        target = source.new_zeros(len(source), length + 1) + start
        for i in range(1, length + 1):
            target[:, i] = functional.log_softmax(self(source, target[:, :i]), -1)[:, -1].topk(1).indices[:, 0]
        self.train()
        return target[:, 1:]


@right("05.6")
class FilledWithOnesOwnNumbers(TinyTransformer):
    def __init__(self, V, d, h, inner):
        super().__init__(V, d, h, inner)
        for each in self.parameters():
            if each.dim() > 1:
                nn.init.xavier_uniform_(each)
