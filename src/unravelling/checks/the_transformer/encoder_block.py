"""05.3: one block of an encoder, in the shape of nn.TransformerEncoderLayer."""

from __future__ import annotations

import torch
from torch import nn

from ..declare import Case, alternative, exercise, holds, slip
from ..random_inputs import randint, randn
from ..whole_models import unreached_layers


class EncoderBlock(nn.Module):
    """One block of an encoder: attention, then a feed-forward network, each with its residual and its norm.

    d: width of a token. h: number of heads. inner: width inside the feed-forward network. activation: the function in
    it, "relu" or "gelu", as in nn.functional.
    Has five layers: self_attn, nn.MultiheadAttention(d, h, batch_first=True); linear1, nn.Linear(d, inner);
    linear2, nn.Linear(inner, d); norm1 and norm2, nn.LayerNorm(d). No dropout.
    forward(x, mask=None): x is (B, T, d), T any number from 1; mask is (B, T) bool, True for a token and False for
    padding, which nobody may look at; None: all are tokens. Returns (B, T, d), with a row for padding, too. First half:
    add to x what self_attn finds in it, and norm the sum with norm1. Second half: send the result through linear1, the
    activation and linear2, add what comes out to the result, and norm that sum with norm2.
    Leaves x and mask as they are and keeps nothing of them. Gradients can be traced back from what it returns to x and
    to every layer.
    Example: with the parameters of nn.TransformerEncoderLayer(d, h, inner, batch_first=True), whose layers have the
    same names, and without its dropout, it gives the same output.
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


@exercise("05.3", points=4, difficulty=3, minutes=30)
class Encoder:
    """Put attention, feed-forward network, residuals and norms together into the block that encoders are made of."""

    functions = ("EncoderBlock",)
    reference = EncoderBlock
    returns = ("output",)
    tolerance = 1e-4  # a norm of nearly equal numbers magnifies what float32 rounds off
    because = (
        "With torch's own parameters your block gives torch's own output: in both halves, what was found is added to "
        "what came in, and the sum is normed."
    )
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
        def case(name, rule, B, T, d, h, inner, **more):
            return Case(name, rule, d=d, h=h, inner=inner, seed=randint(rng, 0, 9999), x=randn(rng, B, T, d), **more)

        zeros = "Where attention and feed-forward give zeros only, norm1 norms x, and norm2 norms what came of that."
        yield case("self_attn and linear2 give 0", zeros, 1, 2, 3, 1, 2, silent=("self_attn", "linear2"))
        first = "First half: norm1 norms the sum of x and what self_attn finds in x; all tokens look at all."
        yield case("linear2 gives 0", first, 1, 3, 4, 2, 4, silent=("linear2",))
        second = (
            "Second half: what norm1 gave goes through linear1, the activation (ReLU, if none is named) and linear2; "
            "norm2 norms the sum of what comes out and what went in."
        )
        yield case("self_attn gives 0", second, 1, 2, 4, 2, 6, silent=("self_attn",))
        both = "Both halves, one after the other: the second begins with what the first has made."
        yield case("width 3, 1 head, 2 tokens", both, 1, 2, 3, 1, 2)
        batch = "Each sentence of a batch is a text by itself: its tokens look at each other, and at nobody else."
        yield case("width 4, 2 heads, 2 sentences of 1 token", batch, 2, 1, 4, 2, 8)
        yield case("width 6, 2 heads, 2 sentences of 3 tokens", batch, 2, 3, 6, 2, 5)
        gelu = 'With activation="gelu", nn.functional.gelu is between linear1 and linear2, and all else is the same.'
        yield case("GELU in place of ReLU", gelu, 2, 3, 4, 2, 6, activation="gelu")
        everyone = "A mask that is True everywhere hides nobody."
        yield case("all are tokens", everyone, 1, 3, 4, 2, 4, mask=torch.ones(1, 3, dtype=torch.bool))
        hidden = (
            "mask is False for padding, which nobody may look at; key_padding_mask of self_attn is True for that. "
            "What comes out for padding itself is worked out as for all others."
        )
        padded = torch.tensor([[True, True, False], [True, True, True]])
        yield case("2 sentences, the first padded", hidden, 2, 3, 4, 2, 6, mask=padded)
        left = torch.tensor([[False, True], [True, True]])
        yield case("2 sentences of 2 tokens, the first padded on its left", hidden, 2, 2, 4, 2, 6, mask=left)
        any_length = "A block takes texts of any length, one after the other, and keeps nothing of those before."
        yield case("1 token, and then 3", any_length, 1, 3, 4, 2, 6, before=randn(rng, 1, 1, 4))
        few = torch.tensor([[True, False, False]])
        yield case("a mask, and then none", any_length, 1, 3, 4, 2, 6, before=randn(rng, 1, 3, 4), mask_before=few)
        back = "Gradients can be traced back from what the block returns to x and to every layer."
        yield case("traced back", back, 1, 3, 4, 2, 6, traced=True)

    def probe(
        solution,
        d,
        h,
        inner,
        seed,
        x,
        mask=None,
        activation=None,
        silent=(),
        before=None,
        mask_before=None,
        traced=False,
    ):
        import torch
        from torch import nn

        from unravelling.checks.instruments.modules import draw_numbers, fill_block, traced_back

        block = solution(d, h, inner) if activation is None else solution(d, h, inner, activation)
        assert isinstance(block, nn.Module), "EncoderBlock is not an nn.Module: write class EncoderBlock(nn.Module)."
        fill_block(block, draw_numbers(nn.TransformerEncoderLayer(d, h, inner, batch_first=True), seed, silent))
        for norm in ("norm1", "norm2"):
            eps = getattr(getattr(block, norm), "eps", 1e-5)
            assert eps == 1e-5, f"{norm} is made with eps={eps:g}; nn.LayerNorm(d) alone has 1e-05."

        entering = x.clone()
        if before is not None:
            block(before, *(() if mask_before is None else (mask_before,)))
        output = block(x) if mask is None else block(x, mask)
        if not traced:
            return {"output": output}
        if not torch.equal(x, entering):  # through an x that was written over, nothing can be traced
            return {"output": output, "unreached": "", "overwritten": ""}
        return {"output": output} | traced_back(block, x=entering)

    def show(case, kind):
        traced = kind == "property" and "traced" in case.inputs
        listed = "\nprint(ours)" if kind == "raised" else ""
        named = ", activation" if "activation" in case.inputs else ""
        theirs = "activation=activation, " if named else ""
        silent = ", silent" if "silent" in case.inputs else ""
        mask = "mask" in case.inputs
        lines = f"""
from unravelling.checks.instruments.modules import draw_numbers, fill_block{", traced_back" if traced else ""}
ours = EncoderBlock(d, h, inner{named}){listed}
theirs = torch.nn.TransformerEncoderLayer(d, h, inner, dropout=0.0, {theirs}batch_first=True)
fill_block(ours, draw_numbers(theirs, seed{silent}))  # now both hold the same numbers
"""
        if "before" in case.inputs:
            lines += "ours(before, mask_before)\n" if "mask_before" in case.inputs else "ours(before)\n"
        if traced:
            return lines + "result = traced_back(ours, x=x)\n"
        return (
            lines
            + f"""right = theirs(x.clone(){", src_key_padding_mask=~mask" if mask else ""}).detach()
result = ours(x{", mask" if mask else ""}).detach(), right  # these two should be equal
"""
        )

    def fingerprint(case, result):
        """What becomes of padding itself tells nothing of how it is hidden."""
        mask = case.get("mask")
        return result if mask is None else result | {"output": result["output"][mask]}

    @holds("gradients come back to x and to every layer")
    def every_layer_can_learn(case, result):
        return unreached_layers(result)

    normed_before = slip(
        "The norms come before attention and feed-forward, inside the branches. Most models since GPT-2 do so "
        "(pre-norm), but the block of 2017, which is asked for, norms the sum (post-norm). What goes into norm1 there?",
        ("self.self_attn(x, x, x,", "self.self_attn(y := self.norm1(x), y, y,"),
        ("self.norm1(x + found)", "x + found"),
        ("self.linear1(x)", "self.linear1(self.norm2(x))"),
        ("self.norm2(x + made)", "x + made"),
    )

    without_residuals = slip(
        "There are no residuals: neither norm sees what its half began with, only what came of it. What a token was is "
        "then lost unless attention happens to keep it. What should be added before each norm?",
        ("x + found", "found"),
        ("x + made", "made"),
    )

    residual_round_the_norm = slip(
        "The norm is applied to what the branch made, and x is added afterwards, so nothing keeps the size of the sum "
        "in check. Which sum does norm1 have to see?",
        ("self.norm1(x + found)", "x + self.norm1(found)"),
        ("self.norm2(x + made)", "x + self.norm2(made)"),
    )

    second_residual_from_the_start = slip(
        "The second residual adds the x that came into the block: what the first half found is bypassed and lost. "
        "Which x is the second half's own?",
        ("x = self.norm1(x + found)", "first = self.norm1(x + found)"),
        ("self.linear1(x)", "self.linear1(first)"),
    )

    feed_forward_beside_attention = slip(
        "The feed-forward network is fed with the x that came into the block, and never sees what attention found. "
        "What should linear1 read?",
        ("x = self.norm1(x + found)", "first = self.norm1(x + found)"),
        ("x + made", "first + made"),
    )

    added_to_itself = slip(
        "norm1 sees only what attention found: nothing is added to it, or (which a norm makes the same) it is added to "
        "itself, since x was overwritten by it. The token's own vector is gone. Which two things does norm1 norm the "
        "sum of, and under which names are both still there?",
        ("found, _ = self", "x, _ = self"),
        ("x + found", "x + x"),
    )

    without_the_second_residual = slip(
        "Only the first half has its residual: norm2 sees what the feed-forward network made, and nothing of what went "
        "into it. Which two things does norm2 norm the sum of?",
        "x + made",
        "made",
    )

    one_norm_for_both = slip(
        "norm1 does the work of both norms, and norm2 is never used. Each has a weight and a bias of its own to learn. "
        "Which one belongs at the end?",
        "self.norm2(x",
        "self.norm1(x",
    )

    without_the_activation = slip(
        "There is no activation between linear1 and linear2, and two linear layers in a row can do no more than one. "
        "What belongs between them?",
        "self.activation(self.linear1(x))",
        "self.linear1(x)",
    )

    activation_at_the_end = slip(
        "The activation comes after linear2, so what the network adds to x is never negative (with ReLU). Between "
        "which two layers does it belong?",
        "self.linear2(self.activation(self.linear1(x)))",
        "self.activation(self.linear2(self.linear1(x)))",
    )

    always_relu = slip(
        'With activation="gelu" your block still uses ReLU: either it is written out, or the name that was given '
        "leads to it. BERT uses GELU: where is `activation` looked at, and where is what it names used?",
        "self.activation(",
        "torch.relu(",
    )

    gelu_where_relu_is_asked = slip(
        "Your block uses GELU although no activation was named. Which is the default in the first line of __init__, "
        "and where is `activation` looked at?",
        "self.activation(",
        "nn.functional.gelu(",
    )

    padding_set_to_0 = slip(
        "Padding is set to 0 before the attention, and then looked at like a word: a row of zeros still has a key (its "
        "bias) and takes its share of every softmax. Which argument of self_attn hides it altogether?",
        ("padding = None if mask is None else ~mask", "y = x if mask is None else x * mask[..., None]"),
        ("(x, x, x, key_padding_mask=padding)", "(y, y, y)"),
    )

    mask_upside_down = slip(
        "The mask goes to torch's attention as it is. Yours is True for a token; key_padding_mask is True for what "
        "nobody may look at, so all words are hidden and the padding is read. Which sign turns one into the other?",
        "~mask",
        "mask",
    )

    mask_ignored = slip(
        "The mask never reaches the attention: real tokens look at padding. Which argument of self_attn is for that?",
        ", key_padding_mask=padding",
        "",
    )

    given_as_attn_mask = slip(
        "The mask goes to self_attn as attn_mask. That one is (T, T), and says which token may look at which, the same "
        "in all sentences; yours is (B, T), and says which tokens of each sentence are padding. Which argument of "
        "self_attn is for padding?",
        "key_padding_mask=padding",
        "attn_mask=padding",
    )

    batch_taken_for_tokens = slip(
        "self_attn takes the sentences of a batch for the tokens of a text: each token looks at the tokens in its "
        "place in other sentences. It does so unless it is made with batch_first=True, and also where x is turned "
        "round before it. Which axis of x holds the tokens, and where is that said to the layer?",
        ", batch_first=True",
        "",
    )

    causal = slip(
        "Each token may look only at itself and back. That is a decoder's mask; an encoder reads a finished text, and "
        "may look both ways. Which argument of self_attn is one too many?",
        "mask=padding",
        "mask=padding, attn_mask=torch.ones(2 * [x.shape[1]]).triu(1) > 0",
    )

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
