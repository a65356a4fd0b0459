"""Answers to 05.6."""

from __future__ import annotations

import torch
from torch import nn

from tests.checks.answers import wrong
from unravelling.checks.the_transformer.tiny_transformer.variants import (
    TinyTransformer,
    sinusoidal_positions,
)

MUTANTS = {
    "logits = self(source, target)[:, -0]": "first_place_each_time",
    "memory = self.encoder(self.embed(target))": "target_as_memory",
    "return target[:, 0:]": "start_returned",
    "return target[:,]": "start_returned",
    "return x": "without_positions",
}
VECTORS = "The target becomes vectors: the embedding of each token plus the row of sinusoidal_positions"
MEMORY = "The source becomes vectors in the same way as the target"
FAR = "no table of positions may end before it does"
THEN = "write hands forward start and all that it wrote so far"
BEST = "the one that scores highest, whichever it is: start and 0 too"
FIRST = "For each source, the first token that write gives is the one that forward scores highest after start"
ANEW = "Every call begins anew"


class Changed(TinyTransformer):
    """The model in steps, so that each answer below overrides the one in which it differs."""

    def read(self, source):
        return self.encoder(self.embed(source))

    def say(self, target, memory):
        return self.output(self.decoder(self.embed(target), memory))

    def forward(self, source, target):
        return self.say(target, self.read(source))


@wrong("05.6", told="first_place_each_time", says="or start is all that it hands to forward")
class OnlyStartHandedOver(Changed):
    def write(self, source, start, length):
        written = []
        for _ in range(length):
            written.append(self(source, torch.full((len(source), 1), start))[:, -1].argmax(-1))
        return torch.stack(written, 1)


@wrong("05.6", told="without_positions", says="No positions are added")
class PlainEmbeddings(Changed):
    def forward(self, source, target):
        memory = self.encoder(self.embedding(source))
        return self.output(self.decoder(self.embedding(target), memory))


@wrong("05.6", told="only_the_last_token", says="write hands forward only the token it wrote last")
class TheLastTokenOnly(Changed):
    def write(self, source, start, length):
        token, written = start * torch.ones(len(source), 1, dtype=torch.int64), []
        for _ in range(length):
            token = self(source, token).argmax(-1)
            written.append(token[:, 0])
        return torch.stack(written, 1)


@wrong("05.6", told="all_at_once", says="write asks forward once")
class AskedOnce(Changed):
    def write(self, source, start, length):
        target = torch.full((len(source), length), start)
        return self.forward(source, target).max(-1).indices


@wrong("05.6", says="Your model learns positions.weight, which is in none of the four layers")
class LearnedPositions(Changed):
    def __init__(self, V, d, h, inner):
        super().__init__(V, d, h, inner)
        self.positions = nn.Embedding(2000, d)

    def embed(self, tokens):
        return self.embedding(tokens) + self.positions(torch.arange(tokens.shape[1]))


@wrong("05.6", says="Your model learns target_embedding.weight")
class AnEmbeddingForEachText(Changed):
    def __init__(self, V, d, h, inner):
        super().__init__(V, d, h, inner)
        self.target_embedding = nn.Embedding(V, d)

    def say(self, target, memory):
        x = self.target_embedding(target)
        return self.output(self.decoder(x + sinusoidal_positions(*x.shape[1:]), memory))


@wrong("05.6", says="The layer output has no bias")
class OutputWithoutABias(Changed):
    def __init__(self, V, d, h, inner):
        super().__init__(V, d, h, inner)
        self.output = nn.Linear(d, V, bias=False)


@wrong("05.6", says="There is no layer output")
class ALayerUnderAnotherName(Changed):
    def __init__(self, V, d, h, inner):
        super().__init__(V, d, h, inner)
        self.head = self.output
        del self.output


@wrong("05.6", says="There is no method write")
class CannotWrite(nn.Module):
    def __init__(self, V, d, h, inner):
        super().__init__()
        self.model = TinyTransformer(V, d, h, inner)
        self.embedding, self.encoder = self.model.embedding, self.model.encoder
        self.decoder, self.output = self.model.decoder, self.model.output
        del self.model

    def forward(self, source, target):
        return TinyTransformer.forward(self, source, target)

    embed = TinyTransformer.embed


@wrong("05.6", says=VECTORS)
class PositionsAddedTwice(Changed):
    def embed(self, tokens):
        x = super().embed(tokens)
        return x + sinusoidal_positions(*x.shape[1:])


@wrong("05.6", says=VECTORS)
class PositionsFromOne(Changed):
    def embed(self, tokens):
        x = self.embedding(tokens)
        return x + sinusoidal_positions(x.shape[1] + 1, x.shape[2])[1:]


@wrong("05.6", says=VECTORS)
class PositionsInReverse(Changed):
    def embed(self, tokens):
        x = self.embedding(tokens)
        return x + sinusoidal_positions(*x.shape[1:]).flip(0)


@wrong("05.6", says=VECTORS)
class ThePositionOfTheLastTokenForAll(Changed):
    def embed(self, tokens):
        x = self.embedding(tokens)
        return x + sinusoidal_positions(*x.shape[1:])[-1]


@wrong("05.6", says=VECTORS)
class TargetOfOnesOwnMoved(Changed):
    def say(self, target, memory):
        moved = torch.cat([target[:, :1], target[:, :-1]], 1)
        return super().say(moved, memory)


@wrong("05.6", says=VECTORS)
class TargetGoesOnWhereTheSourceEnds(Changed):
    def forward(self, source, target):
        memory = self.read(source)
        x = self.embedding(torch.cat([source, target], 1))
        x = x + sinusoidal_positions(*x.shape[1:])
        return self.output(self.decoder(x[:, source.shape[1] :], memory))


@wrong("05.6", says=MEMORY)
class EncoderTwice(Changed):
    def read(self, source):
        return self.encoder(super().read(source))


@wrong("05.6", says=MEMORY)
class SourceInReverse(Changed):
    def read(self, source):
        return super().read(source.flip(1))


@wrong("05.6", says="leaves the scores at place 0 of the target as they were")
class FirstTokenOfTheSourceOnly(Changed):
    def read(self, source):
        return super().read(source)[:, :1] * 1.0 if source.shape[1] < 3 else super().read(source[:, :1])


@wrong("05.6", says=MEMORY)
class MaskOfTokensThatAreNot0(Changed):
    def forward(self, source, target):
        return self.output(self.decoder(self.embed(target), self.encoder(self.embed(source), source > 1), source > 1))


@wrong("05.6", says=FAR)
class PositionsOfTenPlaces(Changed):
    def __init__(self, V, d, h, inner):
        super().__init__(V, d, h, inner)
        self.register_buffer("places", sinusoidal_positions(10, d))

    def embed(self, tokens):
        return self.embedding(tokens) + self.places[: tokens.shape[1]]


@wrong("05.6", says=FAR)
class PositionsOf1024Places(Changed):
    def embed(self, tokens):
        x = self.embedding(tokens)
        return x + sinusoidal_positions(1024, x.shape[2])[torch.arange(x.shape[1]).clamp(max=1023)]


@wrong("05.6", says=BEST)
class TheSecondBest(Changed):
    def write(self, source, start, length):
        target = torch.full((len(source), 1), start)
        for _ in range(length):
            best = self(source, target)[:, -1].topk(2).indices[:, 1:]
            target = torch.cat([target, best], 1)
        return target[:, 1:]


@wrong("05.6", says=BEST)
class TheLowest(Changed):
    def write(self, source, start, length):
        target = torch.full((len(source), 1), start)
        for _ in range(length):
            target = torch.cat([target, self(source, target)[:, -1].argmin(-1, keepdim=True)], 1)
        return target[:, 1:]


@wrong("05.6", says=FIRST)
class BeginsWith0(Changed):
    def write(self, source, start, length):
        return super().write(source, 0, length)


@wrong("05.6", says="has shape (2, 4), not (2, 3)")
class OneTokenMore(Changed):
    def write(self, source, start, length):
        return super().write(source, start, length + 1)


@wrong("05.6", says=THEN)
class LooksBackAtTwo(Changed):
    def write(self, source, start, length):
        target = torch.full((len(source), 1), start)
        for _ in range(length):
            best = self(source, target[:, -2:])[:, -1].argmax(-1, keepdim=True)
            target = torch.cat([target, best], 1)
        return target[:, 1:]


@wrong("05.6", says=THEN)
class PutsTheNewTokenInFront(Changed):
    def write(self, source, start, length):
        target = torch.full((len(source), 1), start)
        for _ in range(length):
            best = self(source, target)[:, -1].argmax(-1, keepdim=True)
            target = torch.cat([best, target], 1)
        return target[:, :-1].flip(1)


@wrong("05.6", says=THEN)
class WithoutStart(Changed):
    def write(self, source, start, length):
        target = super().write(source, start, 1)
        for _ in range(length - 1):
            target = torch.cat([target, self(source, target)[:, -1].argmax(-1, keepdim=True)], 1)
        return target


@wrong("05.6", says=FIRST)
class TheFirstTextForAll(Changed):
    def write(self, source, start, length):
        return super().write(source[:1], start, length).expand(len(source), -1)


@wrong("05.6", says=BEST)
class StopsAtStart(Changed):
    def write(self, source, start, length):
        written = super().write(source, start, length)
        ends = (written == start).all(0).nonzero().flatten().tolist()
        return written[:, : ends[0]] if ends else written


@wrong("05.6", says=BEST)
class Token0IsNeverWritten(Changed):
    def write(self, source, start, length):
        target = torch.full((len(source), 1), start)
        for _ in range(length):
            scores = self(source, target)[:, -1].clone()
            scores[:, 0] -= 1000 * (target.shape[1] > 1 and len(scores) == 2 and scores.shape[1] == 4)
            target = torch.cat([target, scores.argmax(-1, keepdim=True)], 1)
        return target[:, 1:]


@wrong("05.6", says=BEST)
class NoTokenTwiceInARow(Changed):
    def write(self, source, start, length):
        target = torch.full((len(source), 1), start)
        for _ in range(length):
            scores = self(source, target)[:, -1]
            if scores.shape[1] == 4:
                scores = scores.scatter(1, target[:, -1:], float("-inf"))
            target = torch.cat([target, scores.argmax(-1, keepdim=True)], 1)
        return target[:, 1:]


@wrong("05.6", says=BEST)
class TheLastTokenEndsTheText(Changed):
    def write(self, source, start, length):
        written = super().write(source, start, length)
        last = self.output.out_features - 1
        return written if not (written == last).all() else written[:, :1]


@wrong("05.6", says=ANEW)
class GoesOnWithTheLastText(Changed):
    def write(self, source, start, length):
        target = torch.full((len(source), 1), start)
        target = torch.cat([getattr(self, "written", target[:, :0]), target], 1)
        before = target.shape[1]
        for _ in range(length):
            target = torch.cat([target, self(source, target)[:, -1].argmax(-1, keepdim=True)], 1)
        self.written = target
        return target[:, before:]


@wrong("05.6", says=ANEW)
class StartsOnceForAll(Changed):
    def write(self, source, start, length):
        self.start = getattr(self, "start", start)
        return super().write(source, self.start, length)


@wrong("05.6", says=ANEW)
class MemoryOfTheFirstSource(Changed):
    def read(self, source):
        if not hasattr(self, "memory") or len(self.memory) != len(source) or not hasattr(self, "wrote"):
            self.memory = super().read(source)
        return self.memory

    def write(self, source, start, length):
        self.wrote = self.memory = super().read(source)
        return super().write(source, start, length)


@wrong("05.6", says="Two calls with the same inputs gave two different results")
class Draws(Changed):
    def write(self, source, start, length):
        target = torch.full((len(source), 1), start)
        for _ in range(length):
            drawn = torch.multinomial(self(source, target)[:, -1].softmax(-1), 1)
            target = torch.cat([target, drawn], 1)
        return target[:, 1:]


@wrong("05.6", says="There is dropout in your model")
class DropoutOnTheEmbeddings(Changed):
    def __init__(self, V, d, h, inner):
        super().__init__(V, d, h, inner)
        self.dropout = nn.Dropout(0.1)

    def embed(self, tokens):
        return self.dropout(super().embed(tokens))


@wrong("05.6", says="No gradient comes back from the output to encoder.self_attn.in_proj_weight")
class MemoryDetached(Changed):
    def read(self, source):
        with torch.no_grad():
            return super().read(source)


@wrong("05.6", says="changed its input source")
class ReversesTheSourceAfterwards(Changed):
    def write(self, source, start, length):
        written = super().write(source, start, length)
        source.copy_(source.flip(1).clone())
        return written


@wrong("05.6", says="is torch.float32, not torch.int64")
class WritesFloats(Changed):
    def write(self, source, start, length):
        return super().write(source, start, length).float()


@wrong("05.6", says="a list of")
class WritesLists(Changed):
    def write(self, source, start, length):
        return super().write(source, start, length).tolist()


@wrong("05.6", says="nothing (None)")
class PrintsTheText(Changed):
    def write(self, source, start, length):
        print(super().write(source, start, length))
