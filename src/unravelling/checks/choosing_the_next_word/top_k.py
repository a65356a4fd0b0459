"""09.2: keep the k likeliest tokens."""

from __future__ import annotations

import torch

from ..compare import number, numbers_apart
from ..declare import Case, alternative, exercise, holds, misconception, slip
from .drawn_rows import draw_rows


@exercise("09.2", points=2, difficulty=2, minutes=10)
class TopK:
    """Keep the k likeliest tokens, and share the 1 among them."""

    functions = ("top_k",)
    returns = ("probabilities",)
    because = (
        "The k likeliest keep their places and their ratios, everything else is 0, and each row was divided by what "
        "was left in it, so it sums to 1 again."
    )
    hints = (
        "Which k tokens stay is a question of order; at which place each stands must not change. And once the others "
        "are 0, what does a row sum to?",
        "argsort along the last axis, descending, gives the numbers of the tokens from the likeliest down; with "
        "stable=True equal ones stay in their order. The first k of each row are the ones to keep: copy their "
        "probabilities into a tensor of zeros (scatter), then divide each row by its sum.",
        "kept = probs.argsort(dim=-1, descending=True, stable=True)[..., :k]; rest = torch.zeros_like(probs)"
        ".scatter(-1, kept, probs.gather(-1, kept)); then divide by rest.sum(-1, keepdim=True).",
    )

    def cases(rng):
        ties = "Exactly k are kept: of equal probabilities the token with the lower number comes first."
        more = "If there are fewer than k tokens, all are kept."
        none = "At least one token must be kept: a k below 1 raises ValueError."
        tied = torch.tensor([0.125, 0.25, 0.25, 0.125, 0.25])
        yield Case("4 tokens, k = 2", probs=torch.tensor([0.125, 0.5, 0.125, 0.25]), k=2)
        yield Case("5 tokens, k = 1", probs=torch.tensor([0.1875, 0.125, 0.375, 0.0625, 0.25]), k=1)
        yield Case("6 tokens, k = 3", probs=torch.tensor([0.0625, 0.125, 0.03125, 0.5, 0.03125, 0.25]), k=3)
        yield Case("three equal, two places", ties, probs=tied, k=2)
        yield Case("two equal below, one place", ties, probs=tied, k=4)
        yield Case("8 tokens, all equal, k = 3", ties, probs=torch.full((8,), 0.125), k=3)
        yield Case(
            "2 rows of 4, k = 3", probs=torch.tensor([[0.5, 0.125, 0.0625, 0.3125], [0.0625, 0.25, 0.1875, 0.5]]), k=3
        )
        yield Case("5 rows of 7 drawn, k = 2", probs=draw_rows(rng, 5, 7), k=2)
        yield Case("2 texts, 3 places, 6 tokens, k = 4", probs=draw_rows(rng, 2, 3, 6), k=4)
        yield Case("40 tokens drawn, k = 5", probs=draw_rows(rng, 2, 40), k=5)
        yield Case("3 tokens, k = 3", probs=torch.tensor([0.25, 0.625, 0.125]), k=3)
        yield Case("3 tokens, k = 50", more, probs=torch.tensor([0.25, 0.125, 0.625]), k=50)
        yield Case("one token alone, k = 2", more, probs=torch.ones(1), k=2)
        yield Case("k = 0", none, probs=torch.tensor([0.25, 0.75]), k=0)
        yield Case("k = -1", none, probs=torch.tensor([0.25, 0.125, 0.625]), k=-1)

    def reference(probs, k):
        """Keep the k likeliest tokens, and share the 1 among them.

        probs: (..., V) float tensor, the probabilities of V tokens in each row; each row sums to 1. k: an int.
        Returns a tensor of the same shape and type. In each row the k likeliest tokens keep their places, all others
        are 0, and the row is divided by its sum, so that it sums to 1 again. Of equal probabilities the token with the
        lower number comes first, so that exactly k are kept. If V is smaller than k, all are kept. A k below 1 raises
        ValueError. Leaves probs as it is.
        Example: top_k(torch.tensor([0.125, 0.5, 0.125, 0.25]), 2) is tensor([0., 0.6667, 0., 0.3333]).
        Source: Fan, Lewis and Dauphin, 2018, "Hierarchical Neural Story Generation", arXiv:1805.04833.
        """
        if k < 1:
            raise ValueError(f"k is {k}; at least one token must be kept.")
        order = probs.argsort(descending=True, stable=True)  # (..., V), the likeliest first
        kept = order[..., :k]
        filtered = torch.zeros_like(probs).scatter(-1, kept, probs.gather(-1, kept))
        return filtered / filtered.sum(-1, keepdim=True)

    @holds("at most k tokens of each row are kept")
    def at_most_k(case, result):
        V = case["probs"].shape[-1]
        for row in result.reshape(-1, V):
            if (count := int((row != 0).sum())) > case["k"]:
                return f"In one row {count} tokens are left, where k is {case['k']}."
        return None

    @holds("each row sums to 1")
    def sums_to_one(case, result):
        for total in result.sum(-1).flatten().tolist():
            if not abs(total - 1) < 1e-4:
                return "A row of what you return sums to {}, not {}.".format(*numbers_apart(total, 1.0))
        return None

    @holds("what is kept keeps its ratios")
    def ratios_stay(case, result):
        V = case["probs"].shape[-1]
        for row, given in zip(result.reshape(-1, V), case["probs"].reshape(-1, V), strict=True):
            left = row.nonzero().flatten().tolist()
            factors = [float(row[i] / given[i]) for i in left]
            for i, factor in zip(left, factors, strict=True):
                if not abs(factor - factors[0]) < 1e-3 * abs(factors[0]):
                    a, b = left[0], i
                    before, after = (f"{number(float(of[a]))} and {number(float(of[b]))}" for of in (given, row))
                    return f"Tokens {a} and {b} had {before}, and have {after}: another ratio."
        return None

    not_divided = slip(
        "The others are 0, and nothing was shared out: your rows sum to less than 1. Whoever filters or draws next "
        "takes them for probabilities. By what should each row be divided?",
        "return filtered / filtered.sum(-1, keepdim=True)",
        "return filtered",
    )

    softmax_to_share_out = slip(
        "A softmax over the filtered probabilities brings the 0s back: exp(0) is 1, and so every token has a chance "
        "again. Which division makes the row sum to 1 and leaves a 0 a 0?",
        "filtered / filtered.sum(-1, keepdim=True)",
        "filtered.softmax(-1)",
    )

    softmax_of_what_is_kept = slip(
        "You take a softmax over the probabilities that are kept. They were a softmax's result already, and a second "
        "one draws them together: 0.5 and 0.25 come out 1.3 to 1, not 2 to 1. What else makes a row sum to 1 and "
        "leaves every ratio as it was?",
        "filtered / filtered.sum(-1, keepdim=True)",
        "filtered.masked_fill(filtered == 0, -torch.inf).softmax(-1)",
    )

    all_that_tie = slip(
        "You compare with the k-th largest probability, so all that are equal to it stay: more than k. Of equal ones, "
        "which come first by the docstring, and what besides the value do you need for that?",
        "torch.zeros_like(probs).scatter(-1, kept, probs.gather(-1, kept))",
        "torch.where(probs >= probs.gather(-1, kept[..., -1:]), probs, 0.0)",
    )

    without_the_last = slip(
        "Only those above the k-th largest probability stay, and the k-th itself is lost; with k = 1 nothing is left, "
        "and 0 divided by 0 is NaN. How many should stay?",
        "torch.zeros_like(probs).scatter(-1, kept, probs.gather(-1, kept))",
        "torch.where(probs > probs.gather(-1, kept[..., -1:]), probs, 0.0)",
    )

    the_later_of_equals = slip(
        "Of equal probabilities the one with the higher number is kept: so a row comes out that was sorted upwards and "
        "turned round. Which argument of argsort sorts downwards, and which keeps equals in their order?",
        "probs.argsort(descending=True, stable=True)",
        "probs.argsort(stable=True).flip(-1)",
    )

    with_topk = slip(
        "Right, but for ties: torch.topk promises nothing about the order of equals, and here it keeps others than the "
        "docstring says. Which sort has a promise for equals, and which word asks for it?",
        "order[..., :k]",
        "probs.topk(min(k, probs.shape[-1]), dim=-1).indices",
    )

    the_unlikeliest = slip(
        "The k least likely are left: your order begins at the small end. Which argument of argsort turns it round?",
        "descending=True, ",
        "",
    )

    in_the_order_of_size = slip(
        "What you return stands in the order of size: the first number is always the largest, and nobody can tell any "
        "more which token it belongs to. How do probabilities get back to the places of their tokens?",
        "scatter(-1, kept, probs.gather(-1, kept))",
        "scatter(-1, kept.argsort(-1), probs.gather(-1, kept)).sort(-1, descending=True).values",
    )

    all_alike = slip(
        "The k that stay all get 1 / k: the model's opinion of them is lost. Which ratios should they have?",
        "probs.gather(-1, kept))",
        "torch.ones_like(probs))",
    )

    @misconception(
        "Every row keeps the k tokens that are likeliest in the first row. Other rows have other favourites: along "
        "which axis should each row look for its own?"
    )
    def those_of_the_first_row(probs, k):
        if k < 1:
            raise ValueError("k is below 1.")
        first = probs.reshape(-1, probs.shape[-1])[0]
        filtered = torch.zeros_like(probs)
        kept = first.argsort(descending=True, stable=True)[:k]
        filtered[..., kept] = probs[..., kept]
        return filtered / filtered.sum(-1, keepdim=True)

    no_limit_below = slip(
        "A k below 1 is accepted. Nothing is left then, and 0 / 0 is NaN; or Python counts -1 from the end. What "
        "should be raised, before anything else?",
        "k < 1",
        "False",
    )

    @alternative
    def by_rank(probs, k):
        if not k >= 1:
            raise ValueError("k must be 1 or more.")
        rank = probs.argsort(dim=-1, descending=True, stable=True).argsort(dim=-1)
        kept = probs * (rank < k)
        return kept / kept.sum(-1, keepdim=True)

    @alternative
    def with_lists(probs, k):
        if k < 1:
            raise ValueError("nothing left")
        rows = []
        for row in probs.reshape(-1, probs.shape[-1]).tolist():
            kept = sorted(range(len(row)), key=lambda i: -row[i])[:k]
            rows.append([row[i] / sum(row[j] for j in kept) if i in kept else 0.0 for i in range(len(row))])
        return torch.tensor(rows).reshape(probs.shape).to(probs.dtype)
