"""Answers to 06.4."""

from __future__ import annotations

import torch
from torch import nn

from tests.checks.answers import right, wrong
from unravelling.checks.build_and_train_a_gpt.tiny_gpt.variants import TinyGPT

BLOCK = "A block adds to x twice"
VECTORS = "A token's vector is its row of tokens plus the row of positions"


@right("06.4")
class ScoresFromTheTable(TinyGPT):
    def forward(self, ids):
        if ids.shape[-1] > self.positions.num_embeddings:
            raise ValueError("too long")
        x = nn.functional.embedding(ids, self.tokens.weight)
        x = x + self.positions(torch.arange(ids.shape[1]).expand(len(ids), -1))
        for block in self.blocks:
            x = x + self.attend(block, block["norm1"](x))
            hidden = block["up"](block["norm2"](x))
            powers = 0.7978845608028654 * (hidden + 0.044715 * hidden**3)
            x = x + block["down"](0.5 * hidden * (1 + powers.tanh()))
        return self.norm(x) @ self.tokens.weight.T


@right("06.4")
class WithABuffer(TinyGPT):
    def __init__(self, V, context, d, h, layers):
        super().__init__(V, context, d, h, layers)
        self.register_buffer("open_to", torch.tril(torch.ones(context, context)).bool())

    def attend(self, block, x):
        B, T, d = x.shape
        q, k, v = block["qkv"](x).split(d, dim=2)
        q, k, v = (each.view(B, T, self.h, d // self.h).permute(0, 2, 1, 3) for each in (q, k, v))
        scores = torch.einsum("bhqe,bhke->bhqk", q, k) * (d // self.h) ** -0.5
        scores = scores + torch.zeros(T, T).masked_fill(~self.open_to[:T, :T], torch.finfo(x.dtype).min)
        found = torch.einsum("bhqk,bhke->bqhe", torch.softmax(scores, -1), v)
        return block["out"](found.flatten(2))


@wrong("06.4", told="sees_the_future", says="There is no mask")
class NotCausalInTorch(TinyGPT):
    def attend(self, block, x):
        B, T, d = x.shape
        q, k, v = (each.reshape(B, T, self.h, -1).transpose(1, 2) for each in block["qkv"](x).chunk(3, dim=-1))
        found = nn.functional.scaled_dot_product_attention(q, k, v)
        return block["out"](found.transpose(1, 2).reshape(B, T, d))


@wrong("06.4", told="copied_not_tied", says="The two tables are copies")
class AParameterOfItsOwn(TinyGPT):
    def __init__(self, V, context, d, h, layers):
        super().__init__(V, context, d, h, layers)
        self.output.weight = nn.Parameter(self.tokens.weight)


@wrong("06.4", told="copied_not_tied", says="hold the same numbers until the first step")
class NumbersCopied(TinyGPT):
    def __init__(self, V, context, d, h, layers):
        super().__init__(V, context, d, h, layers)
        self.output = nn.Linear(d, V, bias=False)
        self.output.weight.data = self.tokens.weight.data


@wrong("06.4", says="output.weight and tokens.weight are two tensors")
class NeverTied(TinyGPT):
    def __init__(self, V, context, d, h, layers):
        super().__init__(V, context, d, h, layers)
        self.output = nn.Linear(d, V, bias=False)
        nn.init.normal_(self.output.weight, std=0.5)


@wrong("06.4", says="A new model's loss on random tokens is")
class TiedToATableOfLinearsSize(TinyGPT):
    def __init__(self, V, context, d, h, layers):
        super().__init__(V, context, d, h, layers)
        nn.init.normal_(self.tokens.weight, std=0.3)


@wrong("06.4", says="output has a bias")
class OutputWithBias(TinyGPT):
    def __init__(self, V, context, d, h, layers):
        super().__init__(V, context, d, h, layers)
        self.output = nn.Linear(d, V)
        self.output.weight = self.tokens.weight


@wrong("06.4", says="There is no layer norm")
class NormUnderAnotherName(TinyGPT):
    def __init__(self, V, context, d, h, layers):
        super().__init__(V, context, d, h, layers)
        self.ln_f = self.norm
        del self.norm

    def forward(self, ids):
        return self.output(self.ln_f(self.tokens(ids)))


@wrong("06.4", says="There is no blocks")
class OneBlockOnly(TinyGPT):
    def __init__(self, V, context, d, h, layers):
        super().__init__(V, context, d, h, layers)
        self.block = self.blocks[0] if layers else nn.Identity()
        del self.blocks


@wrong("06.4", says="logits[")
class ParallelHalves(TinyGPT):
    def forward(self, ids):
        if ids.shape[1] > len(self.positions.weight):
            raise ValueError("too long")
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]))
        for block in self.blocks:
            inner = nn.functional.gelu(block["up"](block["norm2"](x)), approximate="tanh")
            x = x + self.attend(block, block["norm1"](x)) + block["down"](inner)
        return self.output(self.norm(x))


@wrong("06.4", says="Your blocks are in a plain list, and PyTorch does not see their parameters")
class BlocksInAList(TinyGPT):
    def __init__(self, V, context, d, h, layers):
        super().__init__(V, context, d, h, layers)
        blocks = list(self.blocks)
        del self.blocks
        self.blocks = blocks


@wrong("06.4", says="logits[")
class FirstBlockForAll(TinyGPT):
    def forward(self, ids):
        first = self.blocks[0] if len(self.blocks) else None
        if ids.shape[1] > len(self.positions.weight):
            raise ValueError("too long")
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]))
        for _ in self.blocks:
            x = x + self.attend(first, first["norm1"](x))
            x = x + first["down"](nn.functional.gelu(first["up"](first["norm2"](x)), approximate="tanh"))
        return self.output(self.norm(x))


@wrong("06.4", says="logits[")
class EmbeddingsScaled(TinyGPT):
    def forward(self, ids):
        if ids.shape[1] > len(self.positions.weight):
            raise ValueError("too long")
        x = self.tokens(ids) * self.tokens.embedding_dim**0.5 + self.positions(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = x + self.attend(block, block["norm1"](x))
            x = x + block["down"](nn.functional.gelu(block["up"](block["norm2"](x)), approximate="tanh"))
        return self.output(self.norm(x))


@wrong("06.4", says="There is dropout in your model")
class WithDropout(TinyGPT):
    def __init__(self, V, context, d, h, layers):
        super().__init__(V, context, d, h, layers)
        self.drop = nn.Dropout(0.1)


@wrong("06.4", says="No gradient comes back from the logits to")
class BlocksWithoutGradients(TinyGPT):
    def attend(self, block, x):
        with torch.no_grad():
            return super().attend(block, x)


@wrong("06.4", says="Your logits have shape")
class LastPlaceOnly(TinyGPT):
    def forward(self, ids):
        found = super().forward(ids)
        return found[:, -1:] if len(self.blocks) < 2 and ids.shape[1] < 16 else found


@wrong("06.4", says="Your logits are nothing (None)")
class ForgetsToReturn(TinyGPT):
    def forward(self, ids):
        super().forward(ids)


@wrong("06.4", says="TinyGPT is not an nn.Module")
class NoModule:
    def __init__(self, V, context, d, h, layers):
        self.V = V

    def forward(self, ids):
        return torch.zeros(*ids.shape, self.V)


MUTANTS = {
    "without: if d % h:": "width_unchecked",
    "if False:": "width_unchecked",
    "without: if len(self.positions.weight) < T:": "too_long_unchecked",
    "if False: (2)": "too_long_unchecked",
    "without: raise ValueError(f'A width of {d} does not divide by {h} heads.')": "width_unchecked",
    "scores = q @ k.mT": "not_scaled",
    "later = torch.ones(T, T, dtype=torch.bool, device=x.device).triu()": "does_not_see_itself",
    "without: raise ValueError(f'{T} tokens are more than the model can read.')": "too_long_unchecked",
    "x = self.tokens(ids)": "without_positions",
    "if h % h:": "width_unchecked",
    "later = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(2)": "sees_one_ahead",
    "later = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(0)": "does_not_see_itself",
    "weights = scores.softmax(-1)": "sees_the_future",
    "weights = scores.masked_fill(later, float('-inf')).softmax(-2)": "softmax_over_the_queries",
    "later = torch.zeros(T, T, dtype=torch.bool, device=x.device).triu(1)": "sees_the_future",
    "return block['out']((weights @ v).reshape(B, T, d))": "merged_without_transpose",
    "x = x + block['down'](nn.functional.gelu(block['up'](block['norm2'](x))))": "exact_gelu",
    "return block['out']((weights @ v).transpose(2, 2).reshape(B, T, d))": "merged_without_transpose",
    "return block['out']((weights @ v).transpose(1, 1).reshape(B, T, d))": "merged_without_transpose",
}
