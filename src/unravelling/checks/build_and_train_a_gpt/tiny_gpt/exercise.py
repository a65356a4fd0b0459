"""06.4: a GPT, that can carry the weights of a published one."""

from __future__ import annotations

import torch
from torch import nn

from ...compare import number
from ...declare import Case, alternative, exercise, holds, misconception, slip
from ...random_inputs import randint
from ...whole_models import place_that_saw_later, unreached_layers
from .probe import probe, show
from .variants import TinyGPT


@exercise("06.4", points=4, difficulty=3, minutes=40)
class Gpt:
    """Build a GPT from a table of tokens to the scores of the next one."""

    functions = ("TinyGPT",)
    reference = TinyGPT
    returns = ("logits",)
    tolerance = 1e-4
    because = (
        "No place sees a later one, one table serves at both ends, and with the numbers of a published model yours "
        "gives the scores that the published model gives."
    )
    hints = (
        "Follow one token: which two rows become its vector? Then it passes through the blocks, and each adds "
        "something to it, twice. What is added in the first half of a block, what in the second, and what is normed: "
        "the vector that goes on, or the copy that is worked on?",
        "forward: x = tokens + positions. For each block: x = x + attention(norm1(x)), x = x + "
        "down(gelu(up(norm2(x)))). Then output(norm(x)). Attention: qkv gives (B, T, 3d); cut it into three along the "
        "last axis; each becomes (B, h, T, d / h) by a reshape and a transpose; scores, the scale, minus infinity "
        "above the diagonal, softmax over the last axis, times v; transpose back before the reshape to (B, T, d).",
        "q, k, v = (each.reshape(B, T, h, -1).transpose(1, 2) for each in qkv(x).chunk(3, dim=-1)); "
        "nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True) does the middle; found.transpose(1, "
        "2).reshape(B, T, d) puts the heads side by side. In __init__: self.output.weight = self.tokens.weight, and "
        "nn.init.normal_(self.tokens.weight, std=0.02).",
    )

    def cases(rng):
        def case(name, rule, V, context, d, h, layers, B, T, **more):
            ids = torch.randint(V, (B, T), generator=rng)
            return Case(
                name, rule, V=V, context=context, d=d, h=h, layers=layers, ids=ids, seed=randint(rng, 0, 9999), **more
            )

        vectors = (
            "A token's vector is its row of tokens plus the row of positions for its place, counted from 0; output "
            "scores what comes out of norm."
        )
        yield case("no block, 2 tokens", vectors, 3, 4, 4, 1, 0, 1, 2)
        block = (
            "A block adds to x twice: out(attention of norm1(x)), then down(GELU(up(norm2(x)))). No place looks at a "
            "later one; scores are divided by the root of d / h; GELU goes by its tanh formula."
        )
        yield case("1 block of 1 head, 3 tokens", block, 5, 6, 4, 1, 1, 1, 3)
        yield case("1 block of 2 heads, 2 rows of 4 tokens", block, 7, 9, 6, 2, 1, 2, 4)
        yield case("2 blocks of 3 heads, 3 rows of 5 tokens", block, 11, 8, 12, 3, 2, 3, 5)
        yield case("3 blocks of 4 heads, 2 rows of 9 tokens", block, 23, 12, 16, 4, 3, 2, 9)
        full = "A text may have any number of tokens from 1 to context."
        yield case("as many tokens as it can read, 7", full, 6, 7, 8, 2, 1, 2, 7)
        yield case("1 token", full, 9, 5, 8, 4, 2, 3, 1)
        long = "More tokens than context raise ValueError."
        yield case("one token too many", long, 5, 3, 4, 1, 1, 2, 4)
        uneven = "A width that h does not divide raises ValueError."
        yield case("a width of 8, 3 heads", uneven, 5, 4, 8, 3, 1, 1, 2)
        fresh = "A new model knows nothing: its loss is within 0.1 of ln V."
        yield case("a new model, 97 tokens, width 64", fresh, 97, 20, 64, 4, 2, 6, 16, new=True)
        yield case("a new model, 30 tokens, width 128", fresh, 30, 24, 128, 8, 1, 5, 12, new=True)
        back = "Gradients can be traced back from the logits to every layer."
        yield case("traced back", back, 13, 6, 8, 2, 2, 2, 5, traced=True)

    probe = probe
    show = show

    @holds("no place sees a later one")
    def causal(case, result):
        if "later" not in result:
            return None
        if not (moved := place_that_saw_later(result["logits"], result["later"])):
            return None
        last = case["ids"].shape[1] - 1
        return f"Changing token {last} changes the scores at place {moved[0]} by {number(moved[1])}."

    @holds("output.weight is tokens.weight itself, one tensor")
    def tied(case, result):
        if result.get("tied", True):
            return None
        return (
            "output.weight and tokens.weight are two tensors: alike today perhaps, and apart after the first step of "
            "training."
        )

    @holds("a new model's loss is within 0.1 of ln V")
    def begins_at_ln_V(case, result):
        if not result.get("new_loss"):
            return None
        ln = float(torch.tensor(float(case["V"])).log())
        return f"A new model's loss on random tokens is {result['new_loss']}; ln {case['V']} is {ln:.2f}."

    @holds("gradients come back to every layer")
    def every_layer_can_learn(case, result):
        return unreached_layers(result, of="logits")

    sees_the_future = slip(
        "There is no mask: every place sees the tokens that it should name. In training the loss falls beautifully, "
        "and the model has learned to copy. Which scores must be minus infinity before the softmax?",
        '.masked_fill(later, float("-inf"))',
        "",
    )

    sees_one_ahead = slip(
        "Your mask lets each place see one token ahead, and that is the very token it should name. On which diagonal "
        "does the forbidden triangle begin?",
        ".triu(1)",
        ".triu(2)",
    )

    does_not_see_itself = slip(
        "No place may look at itself, so the first looks nowhere, and the softmax of nothing is NaN. Does the "
        "diagonal belong to the past or to the future?",
        ".triu(1)",
        ".triu(0)",
    )

    masked_afterwards = slip(
        "You put zeros into the weights after the softmax. The later places have taken part in its sum by then, so "
        "each row gives away less than 1, and changes with what comes later. What must be changed before the softmax, "
        "and to what?",
        ('.masked_fill(later, float("-inf")).softmax(-1)', ".softmax(-1).masked_fill(later, 0.0)"),
    )

    not_scaled = slip(
        "The scores are not divided by anything. By which root should they be?",
        " / q.shape[-1] ** 0.5",
        "",
    )

    scaled_by_the_whole_width = slip(
        "The scores are divided by the root of the whole width d. A head sees only its own d / h numbers. Which "
        "number is the width of a head?",
        "q.shape[-1] ** 0.5",
        "d**0.5",
    )

    heads_without_transpose = slip(
        "Your heads are cut by one reshape from (B, T, d) to (B, h, T, d / h): the numbers of different places get "
        "mixed, and a place may see the future that way. Which axis must be split first, and which two change places "
        "then?",
        "each.reshape(B, T, self.h, -1).transpose(1, 2)",
        "each.reshape(B, self.h, T, -1)",
    )

    merged_without_transpose = slip(
        "The heads are put together without bringing the places back in front: (B, h, T, d / h) is reshaped to (B, T, "
        "d) as it lies. Which two axes change places before?",
        "(weights @ v).transpose(1, 2).reshape",
        "(weights @ v).reshape",
    )

    softmax_over_the_queries = slip(
        "Your softmax runs over the queries: the columns sum to 1, not the rows. On which axis do the keys lie?",
        "softmax(-1)",
        "softmax(-2)",
    )

    other_order = slip(
        "You take keys first and queries second out of qkv. With weights of your own training nobody would notice; "
        "with a published model's, every text is nonsense. In which order does the docstring name them?",
        "q, k, v = (each",
        "k, q, v = (each",
    )

    without_positions = slip(
        "No positions are added. Which rows are to be added to those of tokens?",
        " + self.positions(places)",
        "",
    )

    positions_from_1 = slip(
        "Your places are counted from 1, so every token gets the row of its neighbour, and the longest text has no "
        "row for its last. From which number does the docstring count?",
        "torch.arange(T, device",
        "torch.arange(1, T + 1, device",
    )

    norm_after_adding = slip(
        "You norm the sum after each half of a block, as the first transformer did (post-norm). GPT-2 norms the copy "
        "that goes into attention and feed-forward, and leaves the stream itself alone. What is norm1 given?",
        ('x = x + self.attend(block, block["norm1"](x))', 'x = block["norm1"](x + self.attend(block, x))'),
        (
            'x + block["down"](nn.functional.gelu(block["up"](block["norm2"](x))',
            'block["norm2"](x + block["down"](nn.functional.gelu(block["up"](x)',
        ),
        ('approximate="tanh"))', 'approximate="tanh")))'),
    )

    stream_normed = slip(
        "Your stream is normed on the way: x itself is replaced by its norm, and what attention and feed-forward give "
        "is added to that. The norm belongs on a copy. What should x be when the block adds to it?",
        ('x = x + self.attend(block, block["norm1"](x))', 'x = block["norm1"](x); x = x + self.attend(block, x)'),
        (
            'x = x + block["down"](nn.functional.gelu(block["up"](block["norm2"](x))',
            'x = block["norm2"](x); x = x + block["down"](nn.functional.gelu(block["up"](x)',
        ),
    )

    norms_of_the_sums = slip(
        "You norm what attention and feed-forward give, not what they are given. Which vector does norm1 take, and "
        "what is done with its result?",
        ('self.attend(block, block["norm1"](x))', 'block["norm1"](self.attend(block, x))'),
        (
            'block["down"](nn.functional.gelu(block["up"](block["norm2"](x)), approximate="tanh"))',
            'block["norm2"](block["down"](nn.functional.gelu(block["up"](x), approximate="tanh")))',
        ),
    )

    norm2_of_the_copy = slip(
        "norm2 takes the normed copy that attention was given. In the meantime attention has added to the stream. "
        "Which vector should the second half of the block read?",
        ('x = x + self.attend(block, block["norm1"](x))', 'y = block["norm1"](x); x = x + self.attend(block, y)'),
        ('block["norm2"](x)', 'block["norm2"](y)'),
    )

    nothing_added = slip(
        "What attention and feed-forward give takes the place of x instead of being added to it. What goes on from "
        "block to block, if nothing is added?",
        ("x = x + self.attend", "x = self.attend"),
        ('x = x + block["down"]', 'x = block["down"]'),
    )

    without_the_last_norm = slip(
        "The last norm is missing before output. Which layer have you not used?",
        "self.output(self.norm(x))",
        "self.output(x)",
    )

    exact_gelu = slip(
        "Your GELU is the exact one. GPT-2 was trained with its tanh formula, and the two part by up to 0.0005: "
        "small, and larger than rounding. Which argument of nn.functional.gelu chooses?",
        ', approximate="tanh"',
        "",
    )

    relu = slip(
        "The feed-forward part uses ReLU, which makes every negative number 0. Which function lets a little through?",
        ("nn.functional.gelu", "nn.functional.relu"),
        (', approximate="tanh"', ""),
    )

    copied_not_tied = slip(
        "The two tables are copies. They hold the same numbers until the first step of training, and count twice. "
        "What makes two names of one tensor, and what makes a second tensor?",
        "self.output.weight = self.tokens.weight",
        "self.output.weight = nn.Parameter(self.tokens.weight.detach().clone())",
    )

    loud_from_the_start = slip(
        "The tables keep the size that nn.Embedding gives them, standard deviation 1. Since output is the same table, "
        "the scores of a new model are huge: it is very sure, and wrong. Which size does the docstring ask for?",
        ("nn.init.normal_(self.tokens.weight, std=0.02)", "pass"),
        ("nn.init.normal_(self.positions.weight, std=0.02)", "pass"),
    )

    too_long_unchecked = slip(
        "Your model is right, but a text longer than context stops it with somebody else's error. What should be "
        "raised, before anything is looked up?",
        'raise ValueError(f"{T} tokens are more than the model can read.")',
        "pass",
    )

    width_unchecked = slip(
        "Your model is right, but a width that the heads do not divide gives somebody else's error, or none until "
        "forward. What should __init__ raise?",
        'raise ValueError(f"A width of {d} does not divide by {h} heads.")',
        "pass",
    )

    @misconception(
        "forward returns probabilities. The loss takes the softmax itself; taken twice, all tokens look alike to it "
        "and training crawls. Which step is one too many?"
    )
    class softmax_at_the_end(TinyGPT):
        def forward(self, ids):
            return super().forward(ids).softmax(-1)

    @alternative
    class with_torchs_attention(nn.Module):
        class Block(nn.Module):
            def __init__(self, d, h):
                super().__init__()
                self.norm1, self.norm2, self.h = nn.LayerNorm(d), nn.LayerNorm(d), h
                self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
                self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

            def forward(self, x):
                B, T, d = x.shape
                q, k, v = self.qkv(self.norm1(x)).view(B, T, 3, self.h, d // self.h).permute(2, 0, 3, 1, 4)
                found = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
                x = x + self.out(found.permute(0, 2, 1, 3).flatten(2))
                return x + self.down(nn.functional.gelu(self.up(self.norm2(x)), approximate="tanh"))

        def __init__(self, V, context, d, h, layers):
            super().__init__()
            if d // h * h != d:
                raise ValueError("heads")
            self.tokens, self.positions = nn.Embedding(V, d), nn.Embedding(context, d)
            self.blocks = nn.ModuleList([self.Block(d, h) for _ in range(layers)])
            self.norm, self.output = nn.LayerNorm(d), nn.Linear(d, V, bias=False)
            for each in self.modules():
                if isinstance(each, (nn.Linear, nn.Embedding)):
                    nn.init.normal_(each.weight, std=0.02)
            self.tokens.weight = self.output.weight

        def forward(self, ids):
            if ids.size(1) > self.positions.num_embeddings:
                raise ValueError("too long")
            x = self.tokens(ids) + self.positions.weight[: ids.size(1)]
            for block in self.blocks:
                x = block(x)
            return self.output(self.norm(x))

    @alternative
    class head_by_head(TinyGPT):
        def attend(self, block, x):
            T, w = x.shape[1], x.shape[2] // self.h
            open_to = torch.ones(T, T).tril() > 0
            q, k, v = block["qkv"](x).split(x.shape[2], dim=-1)
            heads = []
            for i in range(0, w * self.h, w):
                scores = q[..., i : i + w] @ k[..., i : i + w].transpose(1, 2) * w**-0.5
                shares = torch.where(open_to, scores, float("-inf")).softmax(dim=2)
                heads.append(shares @ v[..., i : i + w])
            return block["out"](torch.cat(heads, dim=-1))
