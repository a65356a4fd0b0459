"""04.4: the whole layer, in the shape of nn.MultiheadAttention."""

from __future__ import annotations

from math import inf, sqrt

import torch
from torch import nn

from ...compare import number, numbers_apart, rows_apart
from ...declare import Case, alternative, exercise, holds, misconception, slip
from ...random_inputs import randn
from .diagnosis import attended, values_of
from .probe import probe, show
from .variants import MultiHeadAttention

CLOSE = 1e-3


@exercise("04.4", points=4, difficulty=3, minutes=20)
class MultiHead:
    """Build a layer of several attention heads that can take over the weights of torch's own."""

    functions = ("MultiHeadAttention",)
    reference = MultiHeadAttention
    returns = ("output",)
    tolerance = 2e-5
    because = (
        "With torch's own parameters your layer gives torch's own output: four projections, and attention in slices, "
        "are all there is to it."
    )
    hints = (
        "You have written three of the five steps already. Which of your functions come between the projections and "
        "out_proj, and in which order?",
        "__init__: check d % h, keep h, make the four nn.Linear(d, d). forward: project x three times; split each into "
        "heads; attend (the mask broadcasts over sentences and heads by itself); merge; project once more. The scale "
        "takes care of itself, since each head is d / h wide when it attends.",
        "q, k, v = (split_heads(layer(x), self.h) for layer in (self.q_proj, self.k_proj, self.v_proj)); "
        "output, weights = scaled_dot_product_attention(q, k, v, mask); return self.out_proj(merge_heads(output)).",
    )

    def cases(rng):
        def case(name, B, T, d, h, rule="", kind=torch.float32, scale=1.0, **more):
            return Case(
                name,
                rule,
                d=d,
                h=h,
                in_weight=randn(rng, 3 * d, d, dtype=kind),
                in_bias=randn(rng, 3 * d, dtype=kind),
                out_weight=randn(rng, d, d, dtype=kind),
                out_bias=randn(rng, d, dtype=kind),
                x=scale * randn(rng, B, T, d, dtype=kind),
                **more,
            )

        yield case("width 2, 1 head, 2 tokens", 1, 2, 2, 1)
        yield case("width 4, 2 heads, 3 tokens", 1, 3, 4, 2)
        yield case("width 4, 4 heads, 1 token", 1, 1, 4, 4)
        yield case("width 2, 1 head, 3 tokens, causal mask", 1, 3, 2, 1, mask=torch.ones(3, 3, dtype=torch.bool).tril())
        yield case(
            "width 6, 2 heads, 2 sentences, causal mask", 2, 4, 6, 2, mask=torch.ones(4, 4, dtype=torch.bool).tril()
        )
        any_shape = "The mask may have any shape that broadcasts to (B, h, T, T)."
        padding = torch.tensor([[True, True, True], [True, True, False]])[:, None, None, :]
        yield case("width 6, 3 heads, 2 sentences, the second padded", 2, 3, 6, 3, any_shape, mask=padding)
        heads = torch.stack([torch.ones(3, 3), torch.eye(3)]).bool()[None]
        yield case("width 8, 2 heads, each with its own mask", 1, 3, 8, 2, any_shape, mask=heads)
        double = "The layer takes and gives the type of its weights, float64 after .double()."
        yield case("width 4, 2 heads, double precision", 1, 2, 4, 2, double, kind=torch.float64)
        large = "Scores may be in the thousands: no exponential may overflow, and what is forbidden gets nothing."
        causal = torch.ones(3, 3, dtype=torch.bool).tril()
        yield case("inputs 60 times as large", 1, 3, 4, 2, large, kind=torch.float64, scale=60.0, mask=causal)
        refused = "A layer whose d does not divide by its h raises ValueError when it is made."
        yield case("width 6 does not divide by 4 heads", 1, 2, 6, 4, refused)
        yield case("width 2 does not divide by 4 heads", 1, 2, 2, 4, refused)

    probe = probe
    show = show

    def fingerprint(case, result):
        return [result[name] for name in ("parameters", "output", "reversed", "later", "alike")]

    @holds("there are 4 * (d * d + d) parameters")
    def parameters(case, result):
        d, count = case["d"], result["parameters"]
        want = 4 * (d * d + d)
        return (
            None if count == want else f"The module has {count} parameters, not 4 * (d * d + d) = {want} for d = {d}."
        )

    @holds("without a mask, reordering the tokens reorders the output and changes nothing else")
    def order_does_not_matter(case, result):
        if "mask" in case.inputs:
            return None
        apart = (result["reversed"].flip(1) - result["output"]).abs().amax(-1)
        if not apart.max() < 1e-3:
            t = int(apart[0].argmax())
            return f"With the tokens in reverse order, the output of token {t} changes by {number(float(apart[0, t]))}."
        return None

    @holds("gradients come back to every layer")
    def every_layer_can_learn(case, result):
        if not result["unreached"]:
            return None
        return f"No gradient comes back from the output to {result['unreached']}: what it holds could never be learned."

    @holds("with all scores at 0, each token gets the mean of the values that it may see")
    def equal_scores_give_the_mean(case, result):
        right = attended(case, None)
        apart = (result["alike"] - right).abs().amax(-1)
        if not apart.max() < CLOSE:
            b, t = divmod(int(apart.argmax()), case["x"].shape[1])
            got, want = rows_apart(result["alike"][b, t], right[b, t])
            return (
                "With the weights and biases of q_proj and k_proj at 0 all scores are 0, and every token mixes what it "
                f"may see in equal parts. Token {t} should then come out as [{want}]; yours is [{got}]. So look beyond "
                "the scores: at the mask, the softmax, v_proj, the heads and how they are merged, and out_proj."
            )
        return None

    @holds("each head scores with its own slices, divided by sqrt(d / h), and shares among the keys")
    def scores_are_scaled(case, result):
        right, width = attended(case, 1.0), case["d"] // case["h"]
        beyond = not torch.allclose(result["alike"], attended(case, None), rtol=CLOSE, atol=CLOSE)
        if beyond or torch.allclose(result["output"], right, rtol=CLOSE, atol=CLOSE):
            return None  # where it is wrong without the scores, too, the property above has said so
        sizes = {"d": case["d"], "h": case["h"], "d / h": width, "T": case["x"].shape[1]}
        tried = {"1": 1.0} | sizes | {f"sqrt({name})": sqrt(size) for name, size in sizes.items()}
        tried |= {f"1 / {name}": 1 / size for name, size in tried.items()}
        for divisor in dict.fromkeys(tried.values()):
            if torch.allclose(result["output"], attended(case, sqrt(width) / divisor), rtol=1e-4, atol=1e-4):
                got, want = numbers_apart(divisor, sqrt(width))
                return f"Your output is that of scores divided by {got}; it should be sqrt(d / h) = {want}."
        at = int((result["output"] - right).abs().amax((0, 2)).nan_to_num(inf).argmax())
        return (
            f"The output of token {at} is wrong, and with q_proj and k_proj at 0 it would be right: so look at how the "
            "scores come about and are shared out: queries, keys, their heads, the scale, the axis of the softmax."
        )

    @holds("a call leaves nothing behind for the next")
    def nothing_is_kept(case, result):
        one = case["x"][:1, -1:]
        right = nn.functional.linear(values_of(case, one), case["out_weight"], case["out_bias"])
        apart = (result["later"] - right).abs().max()
        if not apart < CLOSE:
            got, want = rows_apart(result["later"][0, 0], right[0, 0])
            return (
                f"The last token, given alone and without a mask to the layer that was called before, becomes [{got}], "
                f"not [{want}]. It sees itself alone, so that is its value, passed through out_proj."
            )
        return None

    without_out_proj = slip(
        "The heads are merged but out_proj is never applied: what the heads found is laid side by side and not mixed. "
        "Which of the four layers has forward not used yet?",
        "return self.out_proj(",
        "return (",
    )

    one_wide_head = slip(
        "There is only one head, of the full width: q, k and v are never split. Which of your functions makes h "
        "narrower attentions of them?",
        ("self.h = h", "self.h = 1"),
        ("~mask", "~(mask[:, :1] if mask.dim() == 4 else mask)"),
    )

    @misconception(
        "q, k and v are never split: there is one attention of the full width, whatever h is, and a mask with axes for "
        "sentences and heads does not fit it. Which of your functions makes h narrower attentions of them?"
    )
    class never_split(MultiHeadAttention):
        def forward(self, x, mask=None):
            q, k, v = self.q_proj(x), self.k_proj(x), self.v_proj(x)  # (B, T, d)
            scores = q @ k.transpose(-2, -1) / sqrt(q.shape[-1])
            if mask is not None:
                scores = scores.masked_fill(~mask, float("-inf"))
            return self.out_proj(torch.softmax(scores, dim=-1) @ v)

    scaled_by_the_full_width = slip(
        "The scores are divided by sqrt(d), but each head's dot products run over d / h numbers only. How wide are a "
        "query and a key when they meet?",
        "sqrt(d // self.h)",
        "sqrt(d)",
    )

    without_the_scale = slip(
        "The scores of the heads are not divided at all, so the weights come out too sharp. By the square root of "
        "which width does each head divide?",
        " / sqrt(d // self.h)",
        "",
    )

    merged_without_transpose = slip(
        "The heads are put together by a reshape alone, which mixes up tokens and heads. Which two axes must change "
        "places first? (Your merge_heads does it.)",
        "output.transpose(1, 2)",
        "output",
    )

    split_without_transpose = slip(
        "The heads are cut by a reshape alone, (B, h, T, d / h) at once, so each head gets pieces of different tokens. "
        "Which axis must be cut first? (Your split_heads does it.)",
        "(B, T, self.h, d // self.h).transpose(1, 2)",
        "(B, self.h, T, d // self.h)",
    )

    split_and_merged_by_reshape = slip(
        "The heads are cut and put together by a reshape alone, so each head attends among pieces of different tokens. "
        "The second reshape undoes the first, and the shapes fit all the way. Which two axes must change places after "
        "the one and before the other?",
        ("(B, T, self.h, d // self.h).transpose(1, 2)", "(B, self.h, T, d // self.h)"),
        ("output.transpose(1, 2)", "output"),
    )

    dealt_out_like_cards = slip(
        "The numbers are dealt out to the heads in turn, like cards: head 0 gets numbers 0, h, 2h. Each head should "
        "get a block of neighbours. When the last axis is cut in two, which part comes first, h or d/h?",
        "self.h, d // self.h).transpose(1, 2)",
        "d // self.h, self.h).permute(0, 3, 1, 2)",
    )

    mask_ignored = slip(
        "The mask never reaches the attention: every token looks everywhere. Where does forward pass it on?",
        "mask is not None",
        "False",
    )

    mask_upside_down = slip(
        "The mask is turned round once too often: True means that looking is allowed, and your layer forbids exactly "
        "those keys. Your attention from 04.1 already knows what True means; who else applies ~?",
        ("~mask", "mask"),
        ("torch.softmax(scores, dim=-1)", "torch.softmax(scores, dim=-1).nan_to_num()"),
    )

    keys_from_q_proj = slip(
        "Keys are made with q_proj: queries and keys are then the same, and every token mostly asks for itself. Which "
        "layer should make the keys?",
        "(self.q_proj, self.k_proj",
        "(self.q_proj, self.q_proj",
    )

    queries_and_keys_swapped = slip(
        "Queries and keys have changed places: what a token asks for is taken for what it answers to. In which order "
        "does the attention take q and k, and in which order do you give them?",
        "q, k, v = (",
        "k, q, v = (",
    )

    without_projections = slip(
        "q, k and v are x itself, cut into heads; the three projections exist and are never used. What is it that lets "
        "a token ask for one thing and answer to another?",
        "layer(x).reshape",
        "x.reshape",
    )

    softmax_over_the_queries = slip(
        "Your softmax shares each key out among the queries: the columns of the weights sum to 1, and the rows should. "
        "Which axis of (B, h, T, T) are the keys on?",
        "torch.softmax(scores, dim=-1)",
        "torch.softmax(scores, dim=-2).nan_to_num()",
    )

    softmax_over_the_heads = slip(
        "Your softmax runs along axis 1, and that is the axis of the heads: (B, h, T, T). Which axis are the keys on, "
        "and what number names it however many axes there are?",
        "torch.softmax(scores, dim=-1)",
        "torch.softmax(scores, dim=1).nan_to_num()",
    )

    @alternative
    class with_the_library(nn.Module):
        def __init__(self, d, h):
            super().__init__()
            if d % h != 0:
                raise ValueError("d must be a multiple of h")
            self.heads, self.width = h, d // h
            self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(d, d) for _ in range(4))

        def forward(self, x, mask=None):
            q, k, v = (
                layer(x).unflatten(-1, (self.heads, self.width)).transpose(1, 2)
                for layer in (self.q_proj, self.k_proj, self.v_proj)
            )
            output = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
            return self.out_proj(output.transpose(1, 2).flatten(2))

    @alternative
    class head_by_head(nn.Module):
        def __init__(self, d, h):
            super().__init__()
            if h * (d // h) != d:
                raise ValueError("d must be a multiple of h")
            self.d, self.h = d, h
            for name in ("out_proj", "v_proj", "k_proj", "q_proj"):
                setattr(self, name, nn.Linear(d, d))

        def forward(self, x, mask=None):
            q, k, v = self.q_proj(x), self.k_proj(x), self.v_proj(x)
            width = self.d // self.h
            outputs = []
            for i in range(self.h):
                part = slice(i * width, (i + 1) * width)
                scores = torch.einsum("btw,bsw->bts", q[..., part], k[..., part]) * width**-0.5
                if mask is not None:
                    allowed = mask.expand(len(x), self.h, *scores.shape[1:])[:, i]
                    scores = torch.where(allowed, scores, -torch.inf)
                outputs.append(scores.softmax(-1) @ v[..., part])
            return self.out_proj(torch.cat(outputs, -1))
