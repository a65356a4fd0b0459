"""05.4: one block of a decoder that reads from an encoder, in the shape of nn.TransformerDecoderLayer."""

from __future__ import annotations

import torch
from torch import nn

from ...compare import number
from ...declare import Case, alternative, exercise, holds, misconception, slip
from ...random_inputs import randint, randn
from ...whole_models import place_that_saw_later, unreached_layers
from .probe import probe, show
from .variants import DecoderBlock


@exercise("05.4", points=4, difficulty=3, minutes=30)
class Decoder:
    """Let a text that is being written look back at itself, and at all of the text that was read."""

    functions = ("DecoderBlock",)
    reference = DecoderBlock
    returns = ("output",)
    tolerance = 1e-4  # a norm of nearly equal numbers magnifies what float32 rounds off
    because = (
        "No position looks ahead in the text that is being written, each may look at all of the text that was read, "
        "and each of the three steps adds to what came in."
    )
    hints = (
        "Your EncoderBlock has two steps of the form norm(x + something). Here there are three. Which one is new, who "
        "asks in it, and who answers?",
        "Self-attention: attn_mask is (T, T) and True where looking is forbidden, that is, for keys later than the "
        "query. Cross-attention: queries from x, keys and values from memory, no causal mask (the text that was read "
        "is finished), only key_padding_mask. Each of the three steps begins with the x that the one before has "
        "normed.",
        "future = torch.ones(T, T, dtype=torch.bool).triu(1); found, _ = self.self_attn(x, x, x, attn_mask=future); "
        "x = self.norm1(x + found); read, _ = self.multihead_attn(x, memory, memory, key_padding_mask=padding), where "
        "padding is ~mask, or None; x = self.norm2(x + read); then the feed-forward network and norm3.",
    )

    def cases(rng):
        def case(name, rule, B, T, S, d, h, inner, **more):
            x, memory = randn(rng, B, T, d), randn(rng, B, S, d)
            return Case(name, rule, d=d, h=h, inner=inner, seed=randint(rng, 0, 9999), x=x, memory=memory, **more)

        zeros = "Where all three steps give zeros only, x is normed three times: by norm1, by norm2 and by norm3."
        yield case("all three give 0", zeros, 1, 2, 2, 3, 1, 2, silent=("self_attn", "multihead_attn", "linear2"))
        first = (
            "First step: norm1 norms the sum of x and what self_attn finds in x, where token i looks at the tokens up "
            "to and including i."
        )
        yield case("self_attn alone", first, 1, 3, 2, 4, 2, 4, silent=("multihead_attn", "linear2"))
        second = (
            "Second step: in multihead_attn x asks, memory gives keys and values, and every token looks at all of it; "
            "norm2 norms the sum of x and what was read."
        )
        yield case("multihead_attn alone", second, 1, 2, 3, 4, 2, 4, silent=("self_attn", "linear2"))
        third = "Third step: linear1, ReLU, linear2; norm3 norms the sum of what comes out and what went in."
        yield case("linear1 and linear2 alone", third, 1, 2, 2, 4, 2, 6, silent=("self_attn", "multihead_attn"))
        steps = "Three steps, one after the other: each begins with what the one before has normed."
        yield case("width 3, 1 head, 2 tokens, memory of 2", steps, 1, 2, 2, 3, 1, 2)
        yield case("width 4, 2 heads, 1 token, memory of 3", steps, 1, 1, 3, 4, 2, 6)
        yield case("4 tokens, memory of 2", steps, 1, 4, 2, 4, 2, 6)
        batch = "Each sentence of a batch is by itself: its tokens look at its own, and at its own memory."
        yield case("2 sentences, 3 tokens, memory of 4", batch, 2, 3, 4, 6, 3, 5)
        everyone = "A mask that is True everywhere hides nothing of memory."
        yield case("all of memory are tokens", everyone, 2, 3, 3, 4, 1, 6, mask=torch.ones(2, 3, dtype=torch.bool))
        hidden = (
            "mask is False for padding in memory, which nobody may look at; key_padding_mask of multihead_attn is True "
            "for that. It says nothing of x."
        )
        padded = torch.tensor([[True, True, False], [True, True, True]])
        yield case("2 sentences, 2 tokens, the first memory padded", hidden, 2, 2, 3, 4, 2, 6, mask=padded)
        any_length = "A block takes texts of any length, one after the other, and keeps nothing of those before."
        before = (randn(rng, 1, 1, 4), randn(rng, 1, 2, 4))
        yield case("1 token, and then 3", any_length, 1, 3, 3, 4, 2, 6, before=before)
        back = "Gradients can be traced back from what the block returns to x, to memory and to every layer."
        yield case("traced back", back, 1, 3, 2, 4, 2, 6, traced=True)

    probe = probe
    show = show

    @holds("no token sees a later one: changing the last token of x leaves the outputs before it as they were")
    def causal_in_self_attention(case, result):
        if not (moved := place_that_saw_later(result["output"], result["later"])):
            return None
        t, by = moved
        if by != by:
            return f"The output of token {t} is NaN."
        changed = f"Changing token {case['x'].shape[1] - 1} of x changes the output of token {t} by {number(by)}"
        return f"{changed}: it has seen what comes later."

    @holds("every token reads all of memory: changing its last row changes every output")
    def whole_memory_is_read(case, result):
        S = case["memory"].shape[1]
        if "multihead_attn" in case.get("silent", ()):
            return None
        apart = (result["elsewhere"] - result["output"]).abs().amax(-1)  # (B, T)
        readable = torch.ones(len(apart), dtype=torch.bool) if case.get("mask") is None else case["mask"][:, -1]
        for _, t in ((apart == 0) & readable[:, None]).nonzero()[:1].tolist():
            return f"Changing row {S - 1} of memory changes nothing for token {t} of x, which has never seen that row."
        return None

    @holds("gradients come back to x, to memory and to every layer")
    def every_layer_can_learn(case, result):
        return unreached_layers(result)

    sees_the_future = slip(
        "There is no causal mask in the self-attention: each token sees those that come after it. In training these "
        "are the answers, so the block learns to copy, and can write nothing. Which argument of self_attn forbids it?",
        ", attn_mask=future",
        "",
    )

    mask_of_the_past = slip(
        "The causal mask is turned round: torch's attn_mask is True where looking is FORBIDDEN, and yours is True "
        "where it is allowed. The last token may then look nowhere, which is NaN. Is it tril or triu that marks the "
        "future?",
        "triu(1)",
        "tril()",
    )

    itself_forbidden = slip(
        "Your causal mask forbids the diagonal too: the first token may not even look at itself, and a softmax over "
        "nothing is NaN. Which number in triu(...) spares the diagonal?",
        "triu(1)",
        "triu()",
    )

    mask_of_numbers = slip(
        "Your causal mask is made of numbers, 1 for the future and 0 for the rest. torch ADDS such a mask to the "
        "scores, so the future becomes more likely, not less. Which dtype makes it forbid?",
        ", dtype=torch.bool",
        "",
    )

    causal_in_cross_attention = slip(
        "The cross-attention is causal too: token i reads only the first i + 1 rows of memory. The text that was "
        "read is finished, and its end may matter for the first word that is written. Which mask does multihead_attn "
        "need, and which does it not?",
        "mask=padding",
        "mask=padding, attn_mask=torch.ones(T, memory.shape[1]).triu(1) > 0",
    )

    memory_never_read = slip(
        "Keys and values of the cross-attention come from x, so the block looks at its own text twice and never at "
        "what was read. Where does `memory` belong?",
        "(x, memory, memory, key_padding_mask=padding)",
        "(x, x, x)",
    )

    memory_asks = slip(
        "In the cross-attention memory asks and x answers. The text being written asks what it needs next: what must "
        "be the query, if there is to be one answer for each token of x?",
        "(x, memory, memory, key_padding_mask=padding)",
        "(memory, x, x)",
    )

    values_from_the_target = slip(
        "The values of the cross-attention come from x: each token asks memory, and is then handed pieces of its own "
        "text. What should a key that was found hand over?",
        "memory, memory, key",
        "memory, x, key",
    )

    @misconception(
        "The cross-attention comes before the self-attention. Each token should first look back at what has been "
        "written, and ask memory with that in mind. In which order do norm1 and norm2 follow each other?"
    )
    class memory_first(DecoderBlock):
        def forward(self, x, memory, mask=None):
            padding = None if mask is None else ~mask
            read, _ = self.multihead_attn(x, memory, memory, key_padding_mask=padding)
            x = self.norm2(x + read)
            future = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
            found, _ = self.self_attn(x, x, x, attn_mask=future)
            x = self.norm1(x + found)
            return self.norm3(x + self.linear2(torch.relu(self.linear1(x))))

    asks_with_the_first_x = slip(
        "The x that came into the block asks the cross-attention, not the one that has looked back and been normed by "
        "norm1. Which x does each step begin with?",
        ("x = self.norm1(x + found)", "first = self.norm1(x + found)"),
        ("x + read", "first + read"),
    )

    one_attention_for_both = slip(
        "One attention layer does both jobs: multihead_attn is never used. Looking back and reading are different "
        "questions, and each has its own parameters to learn. Which layer should read memory?",
        "self.multihead_attn(x",
        "self.self_attn(x",
    )

    normed_before = slip(
        "The norms come before the three steps, inside the branches (pre-norm, as in GPT-2). The block of 2017 norms "
        "the sums. What goes into norm1 there?",
        ("self.self_attn(x, x, x,", "self.self_attn(y := self.norm1(x), y, y,"),
        ("self.norm1(x + found)", "x + found"),
        ("self.multihead_attn(x,", "self.multihead_attn(self.norm2(x),"),
        ("self.norm2(x + read)", "x + read"),
        (
            "self.norm3(x + self.linear2(torch.relu(self.linear1(x))))",
            "x + self.linear2(torch.relu(self.linear1(self.norm3(x))))",
        ),
    )

    without_residuals = slip(
        "There are no residuals: no norm sees what its step began with, only what came of it, and what was written is "
        "lost as soon as memory has answered. What is added before each norm?",
        ("x + found", "found"),
        ("x + read", "read"),
        ("x + self.linear2", "self.linear2"),
    )

    memory_in_place_of_x = slip(
        "norm2 sees only what was read: nothing is added to it, or (which a norm makes the same) it is added to "
        "itself. What was written is replaced by it. Which two things does norm2 norm the sum of?",
        "x + read",
        "read",
    )

    without_the_first_residual = slip(
        "norm1 sees only what self_attn found: nothing is added to it, or (which a norm makes the same) it is added to "
        "itself. Which two things does norm1 norm the sum of?",
        "x + found",
        "found",
    )

    without_the_last_residual = slip(
        "norm3 sees what the feed-forward network made, and nothing of what went into it. Which two things does norm3 "
        "norm the sum of?",
        "x + self.linear2",
        "self.linear2",
    )

    one_norm_for_all = slip(
        "norm1 does the work of all three norms. Each has a weight and a bias of its own: which belongs to which step?",
        ("self.norm2(x", "self.norm1(x"),
        ("self.norm3(x", "self.norm1(x"),
    )

    without_relu = slip(
        "There is no ReLU between linear1 and linear2, and two linear layers in a row can do no more than one. What "
        "belongs between them?",
        "torch.relu(self.linear1(x))",
        "self.linear1(x)",
    )

    gelu_for_relu = slip(
        "GELU is between linear1 and linear2; this block, of 2017, has ReLU. (BERT and GPT-2 came later.) Which "
        "function sets negative numbers to 0?",
        "torch.relu(",
        "nn.functional.gelu(",
    )

    padding_set_to_0 = slip(
        "Padding in memory is set to 0, and then looked at like a word: a row of zeros still has a key (its bias) and "
        "takes its share of every softmax. Which argument of multihead_attn hides it altogether?",
        ("padding = None if mask is None else ~mask", "padded = memory if mask is None else memory * mask[..., None]"),
        ("(x, memory, memory, key_padding_mask=padding)", "(x, padded, padded)"),
    )

    mask_ignored = slip(
        "The mask never reaches the cross-attention: padding of the text that was read is looked at like words. Which "
        "argument of multihead_attn is for that?",
        ", key_padding_mask=padding",
        "",
    )

    mask_upside_down = slip(
        "The mask goes to the cross-attention as it is. Yours is True for a token; key_padding_mask is True for what "
        "nobody may look at. Which sign turns one into the other?",
        "~mask",
        "mask",
    )

    @alternative
    class with_an_additive_mask(nn.Module):
        def __init__(self, d, h, inner):
            super().__init__()
            for name in ("self_attn", "multihead_attn"):
                setattr(self, name, nn.MultiheadAttention(d, h, batch_first=True))
            self.linear1, self.linear2 = nn.Linear(d, inner), nn.Linear(inner, d)
            self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

        def forward(self, x, memory, mask=None):
            future = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
            x = self.norm1(self.self_attn(x, x, x, attn_mask=future, is_causal=True)[0] + x)
            hidden = None if mask is None else mask == False  # noqa: E712, as people write it
            x = self.norm2(self.multihead_attn(x, memory, memory, key_padding_mask=hidden)[0] + x)
            return self.norm3(self.linear2(self.linear1(x).clamp(min=0)) + x)

    @alternative
    class with_its_own_softmax(nn.Module):
        def __init__(self, d, h, inner):
            super().__init__()
            self.h = h
            self.self_attn, self.multihead_attn = (nn.MultiheadAttention(d, h) for _ in range(2))
            self.linear1, self.linear2 = nn.Linear(d, inner), nn.Linear(inner, d)
            self.norm1, self.norm2, self.norm3 = nn.LayerNorm(d), nn.LayerNorm(d), nn.LayerNorm(d)

        def attend(self, layer, x, y, allowed):
            w, b = layer.in_proj_weight.chunk(3), layer.in_proj_bias.chunk(3)
            q, k, v = (
                nn.functional.linear(each, w[i], b[i]).unflatten(-1, (self.h, -1)).transpose(1, 2)
                for i, each in enumerate((x, y, y))
            )
            scores = q @ k.mT / q.shape[-1] ** 0.5
            if allowed is not None:
                scores = scores.masked_fill(~allowed, float("-inf"))
            return layer.out_proj((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))

        def forward(self, x, memory, mask=None):
            i = torch.arange(x.shape[1])
            x = self.norm1(x + self.attend(self.self_attn, x, x, i[:, None] >= i))
            x = self.norm2(
                x + self.attend(self.multihead_attn, x, memory, None if mask is None else mask[:, None, None])
            )
            return self.norm3(x + self.linear2(nn.functional.relu(self.linear1(x))))
