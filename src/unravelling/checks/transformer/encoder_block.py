"""05.3: one block of an encoder, in the shape of nn.TransformerEncoderLayer."""

from __future__ import annotations

import torch
from torch import nn

from ..declare import Case, alternative, exercise, holds, misconception
from ..draw import randint, randn
from .layers import parameters_differ, unreached_layers


class EncoderBlock(nn.Module):
    """One block of an encoder: attention, then a feed-forward network, each with its residual and its norm.

    d: width of a token. h: number of heads. inner: width inside the feed-forward network. activation: the function in
    it, "relu" or "gelu".
    Has five layers: self_attn, nn.MultiheadAttention(d, h, batch_first=True); linear1, nn.Linear(d, inner);
    linear2, nn.Linear(inner, d); norm1 and norm2, nn.LayerNorm(d). No dropout.
    forward(x, mask=None): x is (B, T, d); mask is (B, T) bool, True for a token and False for padding, which nobody may
    look at; None: all are tokens. Returns (B, T, d). First half: add to x what self_attn finds in it, and norm the sum
    with norm1. Second half: send the result through linear1, the activation and linear2, add what comes out to the
    result, and norm that sum with norm2.
    Example: with the weights of nn.TransformerEncoderLayer(d, h, inner, batch_first=True), whose layers have the same
    names, and without its dropout, it gives the same output.
    Source: Vaswani et al., 2017, "Attention Is All You Need", sections 3.1 and 3.3.
    """

    def __init__(self, d, h, inner, activation="relu"):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(d, h, batch_first=True)
        self.linear1 = nn.Linear(d, inner)
        self.linear2 = nn.Linear(inner, d)
        self.norm1 = nn.LayerNorm(d)
        self.norm2 = nn.LayerNorm(d)
        self.activation = torch.relu if activation == "relu" else nn.functional.gelu

    def forward(self, x, mask=None):
        padding = None if mask is None else ~mask  # torch's attention wants True where looking is forbidden
        found, _ = self.self_attn(x, x, x, key_padding_mask=padding)
        x = self.norm1(x + found)
        made = self.linear2(self.activation(self.linear1(x)))
        return self.norm2(x + made)


class Changed(EncoderBlock):
    """The block in steps, so that each wrong answer below overrides the one in which it differs."""

    def padding(self, mask):
        return None if mask is None else ~mask

    def attend(self, x, mask):
        return self.self_attn(x, x, x, key_padding_mask=self.padding(mask))[0]

    def feed_forward(self, x):
        return self.linear2(self.activation(self.linear1(x)))

    def forward(self, x, mask=None):
        x = self.norm1(x + self.attend(x, mask))
        return self.norm2(x + self.feed_forward(x))


@exercise("05.3", points=4, difficulty=3, minutes=20)
class Encoder:
    """Put attention, feed-forward network, residuals and norms together to the block that encoders are made of."""

    functions = ("EncoderBlock",)
    reference = EncoderBlock
    returns = ("output",)
    tolerance = 1e-4  # a norm of nearly equal numbers magnifies what float32 rounds off
    hints = (
        "The block has two halves of the same form: something is worked out from x, added to x, and the sum is "
        "normed. What is worked out in the first half, and what in the second? And which x does the second half "
        "begin with?",
        "__init__: the five layers, and the function that `activation` names. forward: self_attn takes queries, keys "
        "and values, here three times x, and gives back two things, of which you need the first. It calls its mask "
        "key_padding_mask and wants True where nobody may look: the opposite of yours. Then norm1 of the sum; then "
        "linear1, activation, linear2; then norm2 of that sum.",
        "found, _ = self.self_attn(x, x, x, key_padding_mask=None if mask is None else ~mask); "
        "x = self.norm1(x + found); made = self.linear2(self.activation(self.linear1(x))); "
        "return self.norm2(x + made)",
    )

    def cases(rng):
        def case(name, B, T, d, h, inner, **more):
            return Case(name, d=d, h=h, inner=inner, seed=randint(rng, 0, 9999), x=randn(rng, B, T, d), **more)

        yield case("width 3, 1 head, 2 tokens", 1, 2, 3, 1, 2)
        yield case("width 4, 2 heads, 1 token", 1, 1, 4, 2, 8)
        yield case("width 6, 2 heads, 2 sentences of 3 tokens", 2, 3, 6, 2, 5)
        yield case("all are tokens", 1, 3, 4, 1, 4, mask=torch.ones(1, 3, dtype=torch.bool))
        padded = torch.tensor([[True, True, False], [True, True, True]])
        yield case("2 sentences, the first padded", 2, 3, 4, 2, 6, mask=padded)
        square = torch.tensor([[True, False], [True, True]])
        yield case("2 sentences of 2 tokens, the first padded", 2, 2, 4, 2, 6, mask=square)
        yield case("GELU in place of ReLU", 2, 3, 4, 2, 6, activation="gelu")

    def probe(solution, d, h, inner, seed, x, mask=None, activation=None):
        import torch
        from torch import nn

        block = solution(d, h, inner) if activation is None else solution(d, h, inner, activation)
        assert isinstance(block, nn.Module), "EncoderBlock is not an nn.Module: write class EncoderBlock(nn.Module)."
        assert not any(
            isinstance(each, (nn.TransformerEncoderLayer, nn.TransformerEncoder)) for each in block.modules()
        ), "Your block is torch's own TransformerEncoderLayer: put yours together from its five layers."
        rates = [each.p for each in block.modules() if isinstance(each, nn.Dropout)]
        rates += [each.dropout for each in block.modules() if isinstance(each, nn.MultiheadAttention)]
        assert not any(rates), (
            "There is dropout in your block; the docstring asks for none, so that the same x always gives the same."
        )
        made = {
            "self_attn": "nn.MultiheadAttention(d, h, batch_first=True)",
            "linear1": "nn.Linear(d, inner)",
            "linear2": "nn.Linear(inner, d)",
            "norm1": "nn.LayerNorm(d)",
            "norm2": "nn.LayerNorm(d)",
        }
        theirs = nn.TransformerEncoderLayer(d, h, inner, batch_first=True)
        ours = dict(block.named_parameters(remove_duplicate=False))
        numbers = torch.Generator().manual_seed(seed)
        for name, like in theirs.named_parameters():
            layer, _, part = name.partition(".")
            assert hasattr(block, layer), (
                f"There is no layer {layer}: make it in __init__ with self.{layer} = {made[layer]}."
            )
            assert name in ours, f"The layer {layer} has no {part}: make it with self.{layer} = {made[layer]}."
            assert ours[name].shape == like.shape, (
                f"{name} has shape {tuple(ours[name].shape)}, not {tuple(like.shape)}: {layer} is {made[layer]}."
            )
            with torch.no_grad():
                ours[name].copy_(torch.randint(-100, 101, like.shape, generator=numbers) / 100)
        with torch.enable_grad():
            output = block(x) if mask is None else block(x, mask)
            reached = set()
            if isinstance(output, torch.Tensor) and output.requires_grad:
                learned = {name: each for name, each in block.named_parameters() if each.requires_grad}
                gradients = torch.autograd.grad(output.sum(), list(learned.values()), allow_unused=True)
                reached = {name for name, each in zip(learned, gradients, strict=True) if each is not None}
        return {
            "parameters": [
                sum(each.numel() for each in block.parameters()),
                sum(each.numel() for each in theirs.parameters()),
            ],
            "output": output,
            "unreached": ", ".join(name for name, _ in block.named_parameters() if name not in reached),
        }

    def show(case):
        ours = ", mask" if "mask" in case.inputs else ""
        theirs = ", src_key_padding_mask=~mask" if ours else ""
        named = ", activation=activation" if "activation" in case.inputs else ""
        return f"""
ours = EncoderBlock(d, h, inner{named})
theirs = torch.nn.TransformerEncoderLayer(d, h, inner, dropout=0.0{named}, batch_first=True)
numbers = torch.Generator().manual_seed(seed)
for each in theirs.parameters():
    each.data = torch.randint(-100, 101, each.shape, generator=numbers) / 100
ours.load_state_dict(theirs.state_dict())
parameters = sum(p.numel() for p in ours.parameters()), sum(p.numel() for p in theirs.parameters())
result = parameters, ours(x{ours}).detach(), theirs(x{theirs}).detach()  # the last two should be equal
"""

    @holds("there are as many parameters as in torch's block")
    def parameters(case, result):
        return parameters_differ(result)

    @holds("gradients come back to every layer")
    def every_layer_can_learn(case, result):
        return unreached_layers(result)

    @misconception(
        "The norms stand before attention and feed-forward, inside the branches. Most models since GPT-2 do it so "
        "(pre-norm), but the block of 2017, which is asked for, norms the sum (post-norm). What goes into norm1 there?"
    )
    class normed_before(Changed):
        def forward(self, x, mask=None):
            x = x + self.attend(self.norm1(x), mask)
            return x + self.feed_forward(self.norm2(x))

    @misconception(
        "There are no residuals: each half puts its result in the place of x. What a token was is then lost unless "
        "attention happens to keep it. What should be added before each norm?"
    )
    class without_residuals(Changed):
        def forward(self, x, mask=None):
            return self.norm2(self.feed_forward(self.norm1(self.attend(x, mask))))

    @misconception(
        "The norm is applied to what the branch made, and x is added afterwards, so nothing keeps the size of the sum "
        "in check. Which sum does norm1 have to see?"
    )
    class residual_round_the_norm(Changed):
        def forward(self, x, mask=None):
            x = x + self.norm1(self.attend(x, mask))
            return x + self.norm2(self.feed_forward(x))

    @misconception(
        "The second residual adds the x that came into the block: what the first half found is bypassed and lost. "
        "Which x is the second half's own?"
    )
    class second_residual_from_the_start(Changed):
        def forward(self, x, mask=None):
            first = self.norm1(x + self.attend(x, mask))
            return self.norm2(x + self.feed_forward(first))

    @misconception(
        "The feed-forward network is fed with the x that came into the block, and never sees what attention found. "
        "What should linear1 read?"
    )
    class feed_forward_beside_attention(Changed):
        def forward(self, x, mask=None):
            first = self.norm1(x + self.attend(x, mask))
            return self.norm2(first + self.feed_forward(x))

    @misconception(
        "What attention found is added to itself: x was overwritten by it before the sum, so the token's own vector "
        "is gone. Which name should the result of self_attn get, so that x is still there to be added?"
    )
    class added_to_itself(Changed):
        def forward(self, x, mask=None):
            x = self.attend(x, mask)
            x = self.norm1(x + x)
            return self.norm2(x + self.feed_forward(x))

    @misconception(
        "Only the first half has its residual: the feed-forward network's result is normed without what went into it. "
        "Which two things does norm2 norm the sum of?"
    )
    class without_the_second_residual(Changed):
        def forward(self, x, mask=None):
            return self.norm2(self.feed_forward(self.norm1(x + self.attend(x, mask))))

    @misconception(
        "norm1 does the work of both norms, and norm2 is never used, or is the same layer under another name. Each "
        "has a weight and a bias of its own to learn. Which one belongs at the end?"
    )
    class one_norm_for_both(Changed):
        def forward(self, x, mask=None):
            x = self.norm1(x + self.attend(x, mask))
            return self.norm1(x + self.feed_forward(x))

    @misconception(
        "There is no activation between linear1 and linear2, and two linear layers in a row can do no more than one. "
        "What belongs between them?"
    )
    class without_the_activation(Changed):
        def feed_forward(self, x):
            return self.linear2(self.linear1(x))

    @misconception(
        "The activation comes after linear2, so what the network adds to x is never negative. Between which two "
        "layers does it belong?"
    )
    class activation_at_the_end(Changed):
        def feed_forward(self, x):
            return self.activation(self.linear2(self.linear1(x)))

    @misconception(
        "ReLU is written out in place of `activation`. BERT uses GELU: which name should the line with linear1 use?"
    )
    class always_relu(Changed):
        def feed_forward(self, x):
            return self.linear2(torch.relu(self.linear1(x)))

    @misconception(
        "The mask goes to torch's attention as it is. Yours is True for a token; key_padding_mask is True for what "
        "nobody may look at, so all words are hidden and the padding is read. Which sign turns one into the other?"
    )
    class mask_upside_down(Changed):
        def padding(self, mask):
            return mask

    @misconception(
        "The mask never reaches the attention: real tokens look at padding. Which argument of self_attn is for that?"
    )
    class mask_ignored(Changed):
        def padding(self, mask):
            return None

    @misconception(
        "self_attn was made without batch_first=True, so it takes the sentences of a batch for the tokens of a text: "
        "each token looks at the tokens in its place in other sentences. Where is that said to the layer?"
    )
    class batch_taken_for_tokens(Changed):
        def __init__(self, d, h, inner, activation="relu"):
            super().__init__(d, h, inner, activation)
            self.self_attn = nn.MultiheadAttention(d, h)

    @misconception(
        "Each token may look only at itself and back. That is a decoder's mask; an encoder reads a finished text, and "
        "may look both ways. Which argument of self_attn is one too many?"
    )
    class causal(Changed):
        def attend(self, x, mask):
            future = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
            return self.self_attn(x, x, x, key_padding_mask=self.padding(mask), attn_mask=future)[0]

    @alternative
    class with_its_own_softmax(nn.Module):
        def __init__(self, d, h, inner, activation="relu"):
            super().__init__()
            self.h, self.activation = h, getattr(nn.functional, activation)
            self.self_attn = nn.MultiheadAttention(d, h)
            self.linear1, self.linear2 = nn.Linear(d, inner), nn.Linear(inner, d)
            self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)

        def forward(self, x, mask=None):
            B, T, d = x.shape
            qkv = x @ self.self_attn.in_proj_weight.T + self.self_attn.in_proj_bias
            q, k, v = (each.reshape(B, T, self.h, d // self.h).transpose(1, 2) for each in qkv.chunk(3, dim=-1))
            allowed = None if mask is None else mask[:, None, None, :]
            mixed = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=allowed)
            x = self.norm1(self.self_attn.out_proj(mixed.transpose(1, 2).reshape(B, T, d)) + x)
            return self.norm2(self.linear2(self.activation(self.linear1(x))) + x)

    @alternative
    class with_parts_of_parts(nn.Module):
        def __init__(self, d, h, inner, activation="relu"):
            super().__init__()
            self.activation = {"relu": nn.ReLU(), "gelu": nn.GELU()}[activation]
            self.norm2, self.norm1 = nn.LayerNorm(d), nn.LayerNorm(d)
            self.linear2, self.linear1 = nn.Linear(inner, d), nn.Linear(d, inner)
            self.self_attn = nn.MultiheadAttention(d, h, dropout=0.0, batch_first=True)

        def first(self, x, mask):
            hidden = torch.zeros(x.shape[:2], dtype=torch.bool) if mask is None else torch.logical_not(mask)
            return self.self_attn(query=x, key=x, value=x, key_padding_mask=hidden, need_weights=False)[0]

        def forward(self, x, mask=None):
            x = self.norm1(torch.add(x, self.first(x, mask)))
            inside = self.activation(nn.functional.linear(x, self.linear1.weight, self.linear1.bias))
            return self.norm2(torch.add(x, self.linear2(inside)))
