"""04.1: attention itself."""

from __future__ import annotations

from math import sqrt

import torch

from ..compare import number, numbers_apart
from ..declare import Case, alternative, exercise, holds, slip
from ..random_inputs import randn


def large(rng: torch.Generator, rows: int, size: int) -> torch.Tensor:
    """Rows (size, size, small, small) of whole numbers: scores near 10,000 that are exact in float32 in any order."""
    small = torch.randint(-2, 3, (rows, 2), generator=rng).float()
    return torch.cat([torch.full((rows, 2), float(size)), small], dim=1)


@exercise("04.1", points=3, difficulty=2, minutes=15)
class ScaledDotProductAttention:
    """Mix the values by how well each query matches each key."""

    functions = ("scaled_dot_product_attention",)
    returns = ("output", "weights")
    learns = ("q", "k", "v")
    because = (
        "Each row of attention weights is a softmax over the keys, so the output is an average of the values; a "
        "score of minus infinity before the softmax leaves a key no share at all."
    )
    hints = (
        "Each query asks every key. What single operation gives all those dot products at once, and what shape does "
        "the table of answers have?",
        "Three steps. Scores: queries times keys turned on their side, (..., T, S), divided by the square root of the "
        "width d. Weights: a softmax, so that the scores of each query become shares; which of the two axes must sum "
        "to 1? Output: weights times values. Where the mask says no, the score must become something that the softmax "
        "turns into exactly 0; do it before the softmax.",
        'scores = q @ k.transpose(-2, -1) / sqrt(d); scores = scores.masked_fill(~mask, float("-inf")) if there is a '
        "mask; weights = torch.softmax(scores, dim=-1). A row in which everything is forbidden comes out as NaN: make "
        "it zeros with weights.masked_fill(~mask, 0.0). Then return weights @ v, weights.",
    )

    def cases(rng):
        broadcast = (
            "The mask may have any shape that broadcasts to (..., T, S): one row, or one for all heads of a sentence."
        )
        nowhere = "Where nothing may be looked at, the row of weights is all zeros, and so is that row of the output."
        huge = "Scores near 10,000, forbidden ones too, may not overflow, nor drown those that are allowed."
        yield Case("1 query, 3 keys", q=randn(rng, 1, 2), k=randn(rng, 3, 2), v=randn(rng, 3, 1))
        yield Case("2 queries, 3 keys", q=randn(rng, 2, 4), k=randn(rng, 3, 4), v=randn(rng, 3, 5))
        yield Case("3 tokens", q=randn(rng, 3, 2), k=randn(rng, 3, 2), v=randn(rng, 3, 2))
        yield Case(
            "3 tokens with a causal mask",
            q=randn(rng, 3, 2),
            k=randn(rng, 3, 2),
            v=randn(rng, 3, 2),
            mask=torch.ones(3, 3, dtype=torch.bool).tril(),
        )
        yield Case(
            "2 queries, 3 keys, and the first query may look nowhere",
            nowhere,
            q=randn(rng, 2, 2),
            k=randn(rng, 3, 2),
            v=randn(rng, 3, 2),
            mask=torch.tensor([[False, False, False], [True, False, True]]),
        )
        yield Case(
            "a mask of one row, the same for every query",
            broadcast,
            q=randn(rng, 2, 2),
            k=randn(rng, 3, 2),
            v=randn(rng, 3, 2),
            mask=torch.tensor([[True, True, False]]),
        )
        yield Case("2 sentences of 3 tokens", q=randn(rng, 2, 3, 4), k=randn(rng, 2, 3, 4), v=randn(rng, 2, 3, 1))
        yield Case(
            "2 sentences, 3 heads, each sentence with its own padding",
            broadcast,
            q=randn(rng, 2, 3, 6, 5),
            k=randn(rng, 2, 3, 4, 5),
            v=randn(rng, 2, 3, 4, 7),
            mask=torch.tensor([[True, True, True, False], [True, True, False, False]])[:, None, None, :],
        )
        yield Case("2 sentences, 3 heads", q=randn(rng, 2, 3, 6, 5), k=randn(rng, 2, 3, 4, 5), v=randn(rng, 2, 3, 4, 7))
        yield Case("width 64", q=randn(rng, 2, 64), k=randn(rng, 3, 64), v=randn(rng, 3, 2))
        yield Case("scores near 10,000, no mask", huge, q=large(rng, 2, 100), k=large(rng, 3, 100), v=randn(rng, 3, 2))
        yield Case(
            "scores near 10,000",
            huge,
            q=large(rng, 2, 100),
            k=large(rng, 3, 100),
            v=randn(rng, 3, 2),
            mask=torch.tensor([[True, True, False], [True, True, True]]),
        )
        yield Case(
            "scores near -10,000, with a mask",
            huge,
            q=large(rng, 2, 100),
            k=large(rng, 3, -100),
            v=randn(rng, 3, 2),
            mask=torch.tensor([[False, True, True], [True, True, False]]),
        )
        yield Case(
            "a forbidden key with a score near 10,000",
            huge,
            q=large(rng, 2, 100),
            k=torch.cat([large(rng, 1, 100), randn(rng, 2, 4).round()]),
            v=randn(rng, 3, 2),
            mask=torch.tensor([[False, True, True], [False, True, False]]),
        )
        yield Case(
            "double precision",
            q=randn(rng, 2, 2, dtype=torch.float64),
            k=randn(rng, 2, 2, dtype=torch.float64),
            v=randn(rng, 2, 2, dtype=torch.float64),
        )

    def reference(q, k, v, mask=None):
        """Mix the values by how well each query matches each key.

        q: (..., T, d) float tensor. k: (..., S, d). v: (..., S, e).
        mask: (..., T, S) bool, True where looking is allowed; None allows all. Any shape that broadcasts to it will do.
        Returns (output (..., T, e), weights (..., T, S)), of the same type as q. Each row of weights sums to 1, or is
        all zeros where nothing may be looked at (and so is that row of the output). A forbidden weight is exactly 0.
        Scores near 10,000 may occur, and must not overflow. Leaves its inputs as they are. Gradients can be traced back
        from the output to q, k and v (so numpy will not do), and are numbers, never NaN, whatever the mask forbids.
        Example: q = [[0., 0.]] asks both of two keys alike, so v = [[1.], [3.]] gives ([[2.]], [[0.5, 0.5]]).
        Source: Vaswani et al., 2017, "Attention Is All You Need", section 3.2.1.
        """
        scores = q @ k.transpose(-2, -1) / sqrt(q.shape[-1])  # (..., T, S)
        if mask is None:
            weights = torch.softmax(scores, dim=-1)
        else:
            scores = scores.masked_fill(~mask, float("-inf"))
            weights = torch.softmax(scores, dim=-1).masked_fill(~mask, 0.0)  # no key allowed: zeros, not NaN
        return weights @ v, weights

    @holds("each row of the weights sums to 1, or to 0 where nothing may be looked at")
    def rows_sum_to_one(case, result):
        sums = result[1].sum(-1)
        wanted = torch.ones_like(sums)
        if case.get("mask") is not None:
            wanted = case["mask"].any(-1).expand(sums.shape).to(sums.dtype)
        for place in (~torch.isclose(sums, wanted, atol=1e-4)).nonzero()[:1].tolist():
            row = ", ".join(map(str, place))
            total, right = numbers_apart(float(sums[tuple(place)]), float(wanted[tuple(place)]))
            return f"Row {row} of the weights sums to {total}, not {right}."
        return None

    @holds("a key that may not be looked at has weight exactly 0")
    def masked_weights_are_zero(case, result):
        if case.get("mask") is None:
            return None
        leak = result[1] * ~case["mask"].expand(result[1].shape)
        for place in leak.nonzero()[:1].tolist():
            query, key = place[-2:]
            weight = float(leak[tuple(place)])
            return f"Query {query} gives key {key} a weight of {number(weight)}, though the mask forbids it."
        return None

    @holds("the weights of two keys are in the ratio exp of the difference of their scores")
    def ratios_follow_the_scores(case, result):
        q, k = case["q"].double(), case["k"].double()
        products, weights = q @ k.transpose(-2, -1), result[1].double()
        root = sqrt(q.shape[-1])
        best = weights.argmax(-1, keepdim=True)  # each query's heaviest key beside the others
        apart = products - products.gather(-1, best)
        ratios = weights / weights.gather(-1, best)
        wanted = (apart / root).exp()
        telling = (apart != 0) & (wanted < 1e9)
        if case.get("mask") is not None:
            telling &= case["mask"]
        wrong = telling & ((ratios - wanted).abs() > 1e-2 * wanted) & (wanted > 1e-9)
        for place in wrong.nonzero()[:1].tolist():
            divided = apart[telling] / ratios[telling].log()
            one = len(divided) > 1 and divided.isfinite().all() and torch.allclose(divided, divided[:1], rtol=1e-2)
            if one and abs(float(divided[0])) > 0.05:  # weights of 0 fit a division by nearly 0, and say nothing of it
                got, right = numbers_apart(float(divided[0]), root)
                return f"Your weights are those of dot products divided by {got}; it should be sqrt(d) = {right}."
            (*_, query, key), heaviest = place, int(best[tuple(place[:-1])])
            got, right = numbers_apart(float(ratios[tuple(place)]), float(wanted[tuple(place)]))
            by = float(apart[tuple(place)] / root)
            than = f"{'above' if by > 0 else 'below'} that of key {heaviest}"
            return (
                f"For query {query} the score of key {key} should be {number(abs(by))} {than}, so their weights should "
                f"be in the ratio exp({number(by)}) = {right}; yours are in the ratio {got}."
            )
        return None

    @holds("the output is the weights times the values")
    def output_is_the_mix(case, result):
        output, weights = (each.double() for each in result)
        mixed = weights @ case["v"].double()
        close = 1e-4 * (1 + mixed.abs())
        for place in ((output - mixed).abs() > close).nonzero()[:1].tolist():
            got, right = numbers_apart(float(output[tuple(place)]), float(mixed[tuple(place)]))
            at = ", ".join(map(str, place))
            return f"output[{at}] is {got}; your own weights times v give {right} there."
        return None

    softmax_over_the_queries = slip(
        "Your columns sum to 1: the softmax runs over the queries. Which axis are the keys on?",
        ("dim=-1)\n", "dim=-2)\n"),
        ("dim=-1).", "dim=-2)."),
    )

    softmax_over_axis_1 = slip(
        "The softmax runs along axis 1. That is the axis of the keys only as long as there is one sentence; with more "
        "axes in front it is another one. Which number names the last axis, however many there are?",
        ("dim=-1)\n", "dim=1)\n"),
        ("dim=-1).", "dim=1)."),
    )

    no_scaling = slip(
        "The scores are not divided by the square root of d: the wider the head, the more one key takes everything. "
        "How does the size of a dot product grow with the width?",
        " / sqrt(q.shape[-1])",
        "",
    )

    divided_by_the_width = slip(
        "The scores are divided by d, not by its square root, so the weights are flatter than they should be. If the "
        "numbers in q and k have variance 1, what is the variance of a sum of d products, and what its spread?",
        "sqrt(q.shape[-1])",
        "q.shape[-1]",
    )

    multiplied_by_the_root = slip(
        "The scores are multiplied by the square root of d, not divided by it, so one key takes nearly everything. "
        "Does a dot product grow or shrink with the width, and what undoes that?",
        "/ sqrt",
        "* sqrt",
    )

    root_of_the_number_of_keys = slip(
        "The scores are divided by the square root of the number of keys, S. It should be the root of the width d of a "
        "query and a key: which axis has that length?",
        "q.shape[-1]",
        "k.shape[-2]",
    )

    mask_after_softmax = slip(
        "The mask is applied after the softmax: forbidden keys have already taken their share, so the rows no longer "
        "sum to 1. What could a score be so that the softmax itself gives it nothing?",
        'scores.masked_fill(~mask, float("-inf"))',
        "scores",
    )

    mask_upside_down = slip(
        "The mask is read the wrong way round: True means that looking is allowed, and you forbid exactly those keys. "
        "Where does ~mask belong?",
        ("scores.masked_fill(~mask", "scores.masked_fill(mask"),
        ("(~mask, 0.0)", "(mask, 0.0)"),
    )

    forbidden_scores_set_to_zero = slip(
        "A forbidden score is set to 0, and a score of 0 is an ordinary score: exp(0) is 1. Which score gives exp of "
        "exactly 0?",
        (".masked_fill(~mask, 0.0)", ""),
        ('float("-inf")', "0.0"),
    )

    mask_ignored = slip(
        "The mask is never used: every query looks at every key. At which of the three steps can a key still be left "
        "out without changing the other shares?",
        "mask is None",
        "True",
    )

    nan_where_nothing_is_allowed = slip(
        "Where a query may look nowhere, the shares of such a row are 0 divided by 0, which is NaN. What should the "
        "weights of that row be, and how can the mask itself tell you which rows they are?",
        ".masked_fill(~mask, 0.0)",
        "",
    )

    large_negative_number = slip(
        "A row in which all is forbidden spreads its weight evenly over keys it may not see. That happens where a "
        "forbidden score is a large negative number, since all scores of that row are then equal, or where its NaN "
        "becomes an even share. What should that row be?",
        ('float("-inf")', "-1e9"),
        (".masked_fill(~mask, 0.0)", ""),
    )

    large_negative_number_added = slip(
        "A large negative number is added to the forbidden scores. Where all of a row is forbidden, all its scores "
        "move alike and the shares stay as they were; and a score of 10,000 is still large after -10,000. What could "
        "a forbidden score be set to, so that its size before does not matter?",
        ('scores.masked_fill(~mask, float("-inf"))', "scores + (1.0 - mask.float()) * -10000.0"),
        (".masked_fill(~mask, 0.0)", ""),
    )

    mask_times_infinity = slip(
        "The mask is multiplied by minus infinity, and 0 times infinity is not 0 but NaN: the allowed keys become NaN "
        "too. Which function writes a number only where the mask says so, without multiplying?",
        ('scores.masked_fill(~mask, float("-inf"))', 'scores + ~mask * float("-inf")'),
        (".masked_fill(~mask, 0.0)", ""),
    )

    weights_before_the_output = slip(
        "The two results come back in the other order: weights first, then the output. In which order does the "
        "docstring name them?",
        "weights @ v, weights",
        "weights, weights @ v",
    )

    @alternative
    def with_einsum(q, k, v, mask=None):
        scores = torch.einsum("...td,...sd->...ts", q, k) * q.shape[-1] ** -0.5
        if mask is not None:
            scores = torch.where(mask, scores, torch.full_like(scores, -torch.inf))
        weights = scores.softmax(-1).nan_to_num(0.0)
        return torch.einsum("...ts,...se->...te", weights, v), weights

    @alternative
    def with_an_additive_mask(q, k, v, mask=None):
        scores = (q / sqrt(q.size(-1))) @ k.mT
        if mask is None:
            mask = torch.ones((), dtype=torch.bool)
        scores = scores + torch.zeros_like(scores).masked_fill(~mask, float("-inf"))
        top = scores.amax(-1, keepdim=True).clamp(min=-3e38)  # finite even where all is forbidden
        shares = torch.exp(scores - top)
        total = shares.sum(-1, keepdim=True)
        weights = shares / torch.where(total > 0, total, torch.ones_like(total))
        return weights @ v, weights

    @alternative
    def with_the_library(q, k, v, mask=None):
        import torch.nn.functional as F

        T, S = q.shape[-2], k.shape[-2]
        allowed = torch.ones(T, S, dtype=torch.bool) if mask is None else mask.expand(*q.shape[:-2], T, S)
        attend = F.scaled_dot_product_attention
        eye = torch.eye(S, dtype=v.dtype).expand(*k.shape[:-2], S, S)  # as values, the identity gives the weights
        nothing = ~allowed.any(-1, keepdim=True)
        weights = attend(q, k, eye, attn_mask=allowed).masked_fill(nothing, 0.0)
        return attend(q, k, v, attn_mask=allowed).masked_fill(nothing, 0.0), weights
