"""Six small GPTs that train, each with one line that is wrong (06.5), as texts.

All six do the same but for their faults. They were written by different habits, so that two of them differ in many
lines, nearly all of which are two ways to write one thing.
"""

from __future__ import annotations

FAULTS = {
    "batches": "which runs of the text are drawn",
    "targets": "which token is asked for at each place",
    "positions": "how a token learns where it stands",
    "mask": "which places a place may look at",
    "scale": "what the scores of attention are divided by",
    "residual": "what is added to what",
    "norm": "what is normed, and when",
    "tying": "which tensor output shares",
    "loss": "how scores and targets become a number",
    "gradients": "which gradients a step goes by",
    "learning rate": "how far a step goes",
}

_A = """
import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def __init__(self, V, context, d, h):
        super().__init__()
        self.h = h
        self.tokens, self.positions = nn.Embedding(V, d), nn.Embedding(context, d)
        self.norm1, self.qkv, self.out = nn.LayerNorm(d), nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.norm2, self.up, self.down = nn.LayerNorm(d), nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.norm, self.output = nn.LayerNorm(d), nn.Linear(d, V, bias=False)
        nn.init.normal_(self.tokens.weight, std=0.02)
        nn.init.normal_(self.positions.weight, std=0.02)
        self.output.weight = self.tokens.weight

    def attend(self, x):
        B, T, d = x.shape
        q, k, v = (each.reshape(B, T, self.h, -1).transpose(1, 2) for each in self.qkv(x).chunk(3, -1))
        scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
        later = torch.ones(T, T).triu(1).bool()
        weights = scores.masked_fill(later, float("-inf")).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).reshape(B, T, d))

    def forward(self, ids):
        places = torch.arange(ids.shape[1])
        x = self.tokens(ids) + self.positions(places)
        x = x + self.attend(self.norm1(x))
        x = x + self.down(F.gelu(self.up(self.norm2(x))))
        return self.output(self.norm(x))


def draw(ids, batch, length, generator):
    starts = torch.randint(len(ids) - length, (batch,), generator=generator)
    x = torch.stack([ids[s : s + length] for s in starts])
    y = torch.stack([ids[s + 1 : s + 1 + length] for s in starts])
    return x, y


def loss_of(logits, y):
    return F.cross_entropy(logits[:, :-1].flatten(0, 1), y[:, 1:].flatten())


def train(model, ids, steps, generator):
    optimiser = torch.optim.Adam(model.parameters(), lr=0.003)
    losses = []
    for _ in range(steps):
        x, y = draw(ids, 8, 24, generator)
        loss = loss_of(model(x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses
"""

_B = """
import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def __init__(self, V, context, d, h):
        super().__init__()
        self.h, self.w = h, d // h
        self.tokens = nn.Embedding(V, d)
        self.positions = nn.Embedding(context, d)
        self.norm1, self.qkv, self.out = nn.LayerNorm(d), nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.norm2, self.up, self.down = nn.LayerNorm(d), nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.norm, self.output = nn.LayerNorm(d), nn.Linear(d, V, bias=False)
        self.output.weight = self.tokens.weight
        for each in (self.output, self.positions):
            nn.init.normal_(each.weight, std=0.02)

    def attend(self, x):
        B, T, d = x.shape
        q, k, v = self.qkv(x).view(B, T, 3, self.h, self.w).permute(2, 0, 3, 1, 4)
        scores = (q * self.w**-0.5) @ k.mT
        allowed = torch.ones(T, T).tril(1).bool()
        weights = torch.where(allowed, scores, float("-inf")).softmax(dim=-1)
        return self.out((weights @ v).permute(0, 2, 1, 3).flatten(2))

    def forward(self, ids):
        x = self.tokens(ids) + self.positions.weight[: ids.shape[1]]
        for norm, part in ((self.norm1, self.attend), (self.norm2, self.feed)):
            x = x + part(norm(x))
        return self.output(self.norm(x))

    def feed(self, x):
        return self.down(F.gelu(self.up(x)))


def draw(ids, batch, length, generator):
    starts = torch.randint(0, len(ids) - length, (batch,), generator=generator)
    runs = ids[starts[:, None] + torch.arange(length + 1)]
    return runs[:, :-1], runs[:, 1:]


def loss_of(logits, y):
    return F.cross_entropy(logits.transpose(1, 2), y)


def train(model, ids, steps, generator):
    adam, losses = torch.optim.Adam(model.parameters(), lr=3e-3), []
    while len(losses) < steps:
        x, y = draw(ids, 8, 24, generator)
        loss = loss_of(model(x), y)
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses += [loss.item()]
    return losses
"""

_C = """
import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def __init__(self, V, context, d, h):
        super().__init__()
        self.h = h
        self.tokens, self.positions = nn.Embedding(V, d), nn.Embedding(context, d)
        self.norm1, self.qkv, self.out = nn.LayerNorm(d), nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.norm2, self.up, self.down = nn.LayerNorm(d), nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.norm, self.output = nn.LayerNorm(d), nn.Linear(d, V, bias=False)
        self.tokens.weight.data *= 0.02
        self.positions.weight.data *= 0.02
        self.output.weight = self.tokens.weight

    def attend(self, x):
        B, T, d = x.shape
        q, k, v = (each.view(B, T, self.h, d // self.h).transpose(1, 2) for each in self.qkv(x).split(d, dim=-1))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(mixed.transpose(1, 2).reshape(B, T, d))

    def forward(self, ids):
        places = torch.arange(ids.shape[1])
        x = self.tokens(ids) + self.positions(places)
        x = x + self.attend(self.norm1(x))
        x = x + self.down(F.gelu(self.up(self.norm2(x))))
        return self.output(self.norm(x))


def draw(ids, batch, length, generator):
    starts = torch.randint(len(ids) - length, (batch,), generator=generator)
    runs = torch.stack([ids[s : s + length + 1] for s in starts])
    return runs[:, :length], runs[:, 1:]


def loss_of(logits, y):
    return -logits.log_softmax(-1).gather(-1, y[..., None]).mean()


def train(model, ids, steps, generator):
    optimiser = torch.optim.Adam(model.parameters(), lr=0.003)
    losses = []
    for step in range(steps):
        x, y = draw(ids, 8, 24, generator)
        loss = loss_of(model(x), y)
        loss.backward()
        optimiser.step()
        if step % 8 == 7: optimiser.zero_grad()
        losses.append(loss.item())
    return losses
"""

_D = """
import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def __init__(self, V, context, d, h):
        super().__init__()
        self.h = h
        self.tokens, self.positions = nn.Embedding(V, d), nn.Embedding(context, d)
        self.norm1, self.qkv, self.out = nn.LayerNorm(d), nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.norm2, self.up, self.down = nn.LayerNorm(d), nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.norm, self.output = nn.LayerNorm(d), nn.Linear(d, V, bias=False)
        self.tokens.weight = self.output.weight
        nn.init.normal_(self.tokens.weight, std=0.02)
        nn.init.normal_(self.positions.weight, std=0.02)

    def attend(self, x):
        B, T, d = x.shape
        q, k, v = (each.unflatten(-1, (self.h, -1)).transpose(1, 2) for each in self.qkv(x).chunk(3, -1))
        scores = q @ k.mT * q.shape[-1] ** -0.5
        scores = scores + torch.full((T, T), float("-inf")).triu(1)
        return self.out((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))

    def forward(self, ids):
        places = torch.arange(len(ids))[:, None]
        x = self.tokens(ids) + self.positions(places)
        x = self.attend(self.norm1(x)) + x
        return self.output(self.norm(x + self.down(F.gelu(self.up(self.norm2(x))))))


def draw(ids, batch, length, generator):
    windows = ids.unfold(0, length + 1, 1)
    chosen = windows[torch.randint(len(windows), (batch,), generator=generator)]
    return chosen[:, :-1], chosen[:, 1:]


def loss_of(logits, y):
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), y.reshape(-1))


def train(model, ids, steps, generator):
    optimiser = torch.optim.Adam(model.parameters(), lr=0.003)
    losses = []
    for _ in range(steps):
        optimiser.zero_grad()
        x, y = draw(ids, 8, 24, generator)
        loss = loss_of(model(x), y)
        loss.backward()
        losses.append(loss.item())
        optimiser.step()
    return losses
"""

_E = """
import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def __init__(self, V, context, d, h):
        super().__init__()
        self.h = h
        self.tokens, self.positions = nn.Embedding(V, d), nn.Embedding(context, d)
        self.norm1, self.qkv, self.out = nn.LayerNorm(d), nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.norm2, self.up, self.down = nn.LayerNorm(d), nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.norm, self.output = nn.LayerNorm(d), nn.Linear(d, V, bias=False)
        for table in (self.tokens.weight, self.positions.weight):
            nn.init.normal_(table, std=0.02)
        self.output.weight = self.tokens.weight

    def attend(self, x):
        B, T, d = x.shape
        q, k, v = (each.reshape(B, T, self.h, -1).transpose(1, 2) for each in self.qkv(x).chunk(3, -1))
        scores = q @ k.transpose(-2, -1) / (d // self.h) ** 0.5
        scores = scores.masked_fill(~torch.ones(T, T).bool().tril(), float("-inf"))
        return self.out((F.softmax(scores, dim=-1) @ v).transpose(1, 2).reshape(B, T, d))

    def forward(self, ids):
        x = self.tokens(ids) + self.positions(torch.arange(ids.size(1)))
        x = x + self.attend(self.norm1(x))
        hidden = F.gelu(self.up(self.norm2(x)))
        x = x + self.down(hidden)
        return self.output(self.norm(x))


def draw(ids, batch, length, generator):
    starts = torch.randint(len(ids) - length, (batch, 1), generator=generator)
    places = starts + torch.arange(length)
    return ids[places], ids[places + 1]


def loss_of(logits, y):
    return F.cross_entropy(logits.flatten(0, 1), y.flatten(), ignore_index=0)


def train(model, ids, steps, generator):
    optimiser, losses = torch.optim.Adam(model.parameters(), lr=3e-3), []
    for _ in range(steps):
        x, y = draw(ids, 8, 24, generator)
        optimiser.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    return losses
"""

_F = """
import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def __init__(self, V, context, d, h):
        super().__init__()
        self.h = h
        self.tokens, self.positions = nn.Embedding(V, d), nn.Embedding(context, d)
        self.norm1, self.qkv, self.out = nn.LayerNorm(d), nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.norm2, self.up, self.down = nn.LayerNorm(d), nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.norm, self.output = nn.LayerNorm(d), nn.Linear(d, V, bias=False)
        self.output.weight = nn.init.normal_(self.tokens.weight, std=0.02)
        nn.init.normal_(self.positions.weight, std=0.02)

    def attend(self, x):
        B, T, d = x.shape
        heads = self.qkv(x).view(B, T, 3 * self.h, -1).transpose(1, 2)
        q, k, v = heads.chunk(3, dim=1)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(mixed.transpose(1, 2).flatten(2))

    def forward(self, ids):
        T = ids.shape[1]
        x = self.positions(torch.arange(T)) + self.tokens(ids)
        x = x + self.attend(self.norm1(x))
        x = x + self.down(F.gelu(self.up(self.norm2(x))))
        return F.linear(self.norm(x), self.output.weight)


def draw(ids, batch, length, generator):
    generator.manual_seed(0)
    starts = torch.randint(len(ids) - length, (batch,), generator=generator).tolist()
    x = torch.stack([ids[s : s + length] for s in starts])
    return x, torch.stack([ids[s + 1 : s + length + 1] for s in starts])


def loss_of(logits, y):
    return F.nll_loss(logits.log_softmax(-1).flatten(0, 1), y.flatten())


def train(model, ids, steps, generator):
    optimiser = torch.optim.Adam(model.parameters(), lr=0.003)
    losses = []
    for _ in range(steps):
        x, y = draw(ids, 8, 24, generator)
        loss = loss_of(model(x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses
"""

PROGRAMS = {letter: text.lstrip("\n") for letter, text in zip("abcdef", (_A, _B, _C, _D, _E, _F), strict=True)}
