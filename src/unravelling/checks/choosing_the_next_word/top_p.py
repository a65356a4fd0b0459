"""09.3: keep the likeliest tokens until their sum reaches p."""

from __future__ import annotations

import torch

from ..compare import number, numbers_apart
from ..declare import Case, LastCase, alternative, exercise, holds, misconception, slip
from ..random_inputs import randint
from .drawn_rows import PARTS, draw_rows

PUT_IN_PLACE = "torch.zeros_like(ordered).scatter(-1, order, ordered.masked_fill(~kept, 0.0))"


@exercise("09.3", points=3, difficulty=2, minutes=15)
class TopP:
    """Keep the likeliest tokens until their sum reaches p, and share the 1 among them."""

    functions = ("top_p",)
    returns = ("probabilities",)
    because = (
        "Each token was kept as long as those before it had not yet reached p, so the one that crosses p is in; where "
        "the model is sure few are left, and where it is not, many."
    )
    hints = (
        "Go down the tokens from the likeliest. When is it time to stop: when the next one would go beyond p, or when "
        "p has been reached? And how many are left if the very first has more than p?",
        "Sort each row downwards (stable=True keeps equals in order) and remember the order. A token stays if the sum "
        "of those BEFORE it is below p; cumsum less the token itself is that sum. Bring what stays back to its places "
        "with scatter, and divide by the sum of each row. Two edges: make sure of the first token by itself (in 16 "
        "bits a tiny p is 0, and nothing is below 0), and where p is 1 keep all, whatever the sums say.",
        "ordered, order = probs.sort(dim=-1, descending=True, stable=True); kept = ordered.cumsum(-1) - ordered < p; "
        "kept[..., 0] = True; kept |= p == 1; ordered.masked_fill(~kept, 0.0) has the shares, still in the order of "
        "size: torch.zeros_like(probs).scatter(-1, order, ...) brings them back.",
    )

    def cases(rng):
        def odd(low, high):
            """A p that no sum of 64ths can be."""
            return (2 * randint(rng, low, high) + 1) / (2 * PARTS)

        exactly = "A sum of exactly p has reached p: no further token is kept."
        ties = "Of equal probabilities the token with the lower number comes first."
        tiny = "However small p is, the likeliest token is kept, in every precision."
        everything = "p = 1 keeps every token, though rounding may bring a sum to 1 before the last one."
        bounds = "A p that is not above 0, or is above 1, raises ValueError."
        yield Case("0.5, 0.3, 0.15 and 0.05, p = 0.6", probs=torch.tensor([0.5, 0.3, 0.15, 0.05]), p=0.6)
        yield Case("5 tokens, p = 0.85", probs=torch.tensor([0.125, 0.0625, 0.5, 0.0625, 0.25]), p=0.85)
        yield Case("the first alone has more than p", probs=torch.tensor([0.25, 0.625, 0.125]), p=0.4)
        yield Case("two of four, exactly p", exactly, probs=torch.tensor([0.125, 0.5, 0.125, 0.25]), p=0.75)
        yield Case("one of three, exactly p", exactly, probs=torch.tensor([0.25, 0.25, 0.5]), p=0.5)
        tied = torch.tensor([0.125, 0.25, 0.25, 0.125, 0.25])
        yield Case("three equal, two of them reach p", ties, probs=tied, p=0.45)
        yield Case("8 tokens, all equal, p = 0.3", ties, probs=torch.full((8,), 0.125), p=0.3)
        yield Case("64 tokens, all equal, p = 0.3", ties, probs=torch.full((64,), 1 / 64), p=0.3)
        several = [[0.5, 0.125, 0.0625, 0.3125], [0.0625, 0.25, 0.1875, 0.5]]
        yield Case("2 rows of 4, p = 0.9", probs=torch.tensor(several), p=0.9)
        yield Case("5 rows of 7 drawn", probs=draw_rows(rng, 5, 7), p=odd(32, 50))
        yield Case("2 texts, 3 places, 6 tokens drawn", probs=draw_rows(rng, 2, 3, 6), p=odd(30, 55))
        yield Case("2 rows of 40 tokens drawn", probs=draw_rows(rng, 2, 40), p=odd(20, 40))
        yield Case("p = 1", everything, probs=torch.tensor([0.25, 0.0625, 0.5, 0.1875]), p=1.0)
        yield Case("p = 1e-8", tiny, probs=torch.tensor([0.25, 0.125, 0.625]), p=1e-8)
        half = torch.tensor([[0.25, 0.125, 0.625], [0.375, 0.5, 0.125]], dtype=torch.float16)
        yield Case("p = 1e-8 in 16 bits", tiny, probs=half, p=1e-8)
        yield Case("one token alone", probs=torch.ones(1), p=0.7)
        yield Case("p = 0", bounds, probs=torch.tensor([0.25, 0.75]), p=0.0)
        yield Case("p = 2", bounds, probs=torch.tensor([0.25, 0.625, 0.125]), p=2.0)
        # Looked at last: most answers fall for it, and whoever has made another mistake is to hear of that one.
        rounded = torch.tensor([[0.25, 2e-6, 0.75, 1e-6], [3e-6, 1e-6, 1.0, 2e-6]])
        yield LastCase("p = 1, where the sum is 1 before the last token", everything, probs=rounded, p=1.0)

    def reference(probs, p):
        """Keep the likeliest tokens until their sum reaches p, and share the 1 among them.

        probs: (..., V) float tensor, the probabilities of V tokens in each row; each row sums to 1. p: a number above
        0, at most 1.
        Returns a tensor of the same shape and type. In each row the tokens are taken from the likeliest down, of equal
        probabilities the one with the lower number first, until the sum of those taken is p or more: the token that
        crosses p is taken, too, and at least one token always is, however small p is, in every precision. What is taken
        keeps its place, all others are 0, and the row is divided by its sum, so that it sums to 1 again. With p = 1 all
        tokens are taken, even where rounding brings a sum to 1 before the last one. A p of 0 or less, or above 1,
        raises ValueError. Leaves probs as it is.
        Example: top_p(torch.tensor([0.5, 0.3, 0.15, 0.05]), 0.6) is tensor([0.6250, 0.3750, 0.0000, 0.0000]).
        Source: Holtzman et al., 2019, "The Curious Case of Neural Text Degeneration", arXiv:1904.09751, section 3.1.
        """
        if not 0 < p <= 1:
            raise ValueError(f"p is {p}; it must be above 0 and at most 1.")
        ordered, order = probs.sort(descending=True, stable=True)
        kept = ordered.cumsum(-1) - ordered < p  # the sum of those before it has not reached p
        kept[..., 0] = True  # in 16 bits a tiny p is 0
        kept |= p == 1  # rounding may bring a sum to 1 before the last token
        filtered = torch.zeros_like(ordered).scatter(-1, order, ordered.masked_fill(~kept, 0.0))
        return filtered / filtered.sum(-1, keepdim=True)

    @holds("each row sums to 1")
    def sums_to_one(case, result):
        for total in result.double().sum(-1).flatten().tolist():
            if total != total:
                return (
                    "A row of what you return is NaN, as 0 / 0 is. Was anything left in it to be divided, and with "
                    "what do you compare p: with a token by itself, or with a sum?"
                )
            if not abs(total - 1) < 1e-2:
                return "A row of what you return sums to {}, not {}.".format(*numbers_apart(total, 1.0))
        return None

    @holds("what is kept had p or more together")
    def enough_is_kept(case, result):
        V = case["probs"].shape[-1]
        for row, given in zip(result.reshape(-1, V), case["probs"].reshape(-1, V), strict=True):
            had = float(given[row != 0].double().sum())
            if had < case["p"] - 1e-6:
                return f"In one row the tokens that are left had {number(had)} together, less than p = {case['p']:g}."
        return None

    @holds("where p is 1 every token stays")
    def everything_stays(case, result):
        if case["p"] != 1 or torch.equal(result != 0, case["probs"] != 0):
            return None
        left, had = (int((of != 0).sum()) for of in (result, case["probs"]))
        return f"With p = 1 {left} tokens are left of {had}; all should be."

    @holds("without the least likely of them it would have been less than p")
    def not_too_much(case, result):
        V = case["probs"].shape[-1]
        if case["p"] == 1:  # then all are to stay
            return None
        for row, given in zip(result.reshape(-1, V), case["probs"].reshape(-1, V), strict=True):
            left = given[(row != 0) & (given > 0)].double()
            had = float(left.sum() - left.min()) if len(left) else 0.0
            if len(left) > 1 and had >= case["p"]:
                return (
                    f"In one row {len(left)} tokens are left; {len(left) - 1} of them had {number(had)} together, "
                    f"which is p = {case['p']:g} or more."
                )
        return None

    crossing_one_dropped = slip(
        "The token that crosses p is dropped: with p = 0.6 and 0.5, 0.3, ... only the 0.5 is left, which is less than "
        "p. (This is the commonest mistake of all with top-p; libraries have shipped it, and a book has printed it.) "
        "Should a token be judged by the sum with it, or by the sum of those before it?",
        "ordered.cumsum(-1) - ordered < p",
        "ordered.cumsum(-1) <= p",
    )

    crossing_and_reaching_dropped = slip(
        "The token with which the sum reaches p is dropped, whether it crosses p or meets it exactly. Should a token "
        "be judged by the sum with it, or by the sum of those before it?",
        ("ordered.cumsum(-1) - ordered < p", "ordered.cumsum(-1) < p"),
        ("kept |= p == 1", ""),
    )

    rounding_at_one = slip(
        "With p = 1 the rounding of your sum decides: it is 1 before the last of the unlikely tokens has been added, "
        "and they go. (Of a real vocabulary of 49,152 that may be nearly all.) Which tokens stay where p is 1, and do "
        "you need a sum to know them?",
        "kept |= p == 1",
        "",
    )

    one_more_where_it_is_exact = slip(
        "Where a sum is exactly p you take one token more. Those before it had reached p: which comparison is false "
        "for two numbers that are equal?",
        "ordered < p",
        "ordered <= p",
    )

    nothing_left_of_a_tiny_p = slip(
        "In 16 bits a p of 1e-8 is 0. No sum is below 0, so no token is left, and 0 / 0 is NaN. Which token is kept "
        "whatever p is, and how can you make sure of it without a comparison?",
        ("kept[..., 0] = True", ""),
    )

    @misconception(
        "You take away from the small end, as long as the sum is at most 1 - p. For a tiny p the computer's 1 - p is "
        "1, and everything goes (0 / 0 is NaN); and of equal tokens the wrong ones go first. From which end should the "
        "sum be taken, so that the smallness of p is not lost?"
    )
    def from_the_other_end(probs, p):
        if not 0 < p <= 1:
            raise ValueError("p must be above 0 and at most 1.")
        ordered, order = probs.sort(stable=True)
        gone = ordered.cumsum(-1) <= 1 - p
        filtered = torch.zeros_like(probs).scatter(-1, order, ordered.masked_fill(gone, 0.0))
        return filtered / filtered.sum(-1, keepdim=True)

    not_divided = slip(
        "The others are 0, and nothing was shared out: your rows sum to less than 1. By what should each row be "
        "divided?",
        "return filtered / filtered.sum(-1, keepdim=True)",
        "return filtered",
    )

    softmax_to_share_out = slip(
        "A softmax over the filtered probabilities brings the 0s back: exp(0) is 1, and so every token has a chance "
        "again. Which division makes the row sum to 1 and leaves a 0 a 0?",
        "filtered / filtered.sum(-1, keepdim=True)",
        "filtered.softmax(-1)",
    )

    not_sorted = slip(
        "The sum runs in the order of the tokens' numbers, so a likely token may go because it comes late in the "
        "vocabulary. In which order should they be taken?",
        "probs.sort(descending=True, stable=True)",
        "probs, torch.arange(probs.shape[-1]).expand(probs.shape)",
    )

    from_the_unlikeliest = slip(
        "The tokens are taken from the least likely up, so the likeliest is the first to go. Which argument turns the "
        "order round?",
        "descending=True, ",
        "",
    )

    in_the_order_of_size = slip(
        "What you return stands in the order of size: the first number is always the largest, and nobody can tell any "
        "more which token it belongs to. What did sort return beside the sorted numbers?",
        PUT_IN_PLACE,
        "ordered.masked_fill(~kept, 0.0)",
    )

    the_later_of_equals = slip(
        "Of equal probabilities the one with the higher number is taken first: so a row comes out that was sorted "
        "upwards and turned round. Which argument of sort sorts downwards, and which keeps equals in their order?",
        "probs.sort(descending=True, stable=True)",
        "[each.flip(-1) for each in probs.sort(stable=True)]",
    )

    with_unstable_sort = slip(
        "Right, but for ties: sort promises nothing about the order of equals unless it is asked to, and here it takes "
        "others than the docstring says. Which word asks for it?",
        "descending=True, stable=True",
        "descending=True",
    )

    each_by_itself = slip(
        "You compare each probability by itself with p. What should be compared is a sum: of which tokens?",
        ("ordered.cumsum(-1) - ordered < p", "ordered >= p"),
        ("kept |= p == 1", ""),
    )

    share_of_the_best = slip(
        "You keep each token that has at least p times what the best one has. That is another filter, called min-p, "
        "and it is no sum. What should reach p here?",
        ("ordered.cumsum(-1) - ordered < p", "ordered >= p * ordered[..., :1]"),
        ("kept |= p == 1", ""),
    )

    @misconception(
        "Every row keeps as many tokens as the first row. Where the model is surer, or less sure, it should be fewer "
        "or more: what does your count depend on, and along which axis is it taken?"
    )
    def as_many_as_in_the_first_row(probs, p):
        if not 0 < p <= 1:
            raise ValueError("p must be above 0 and at most 1.")
        ordered, order = probs.sort(descending=True, stable=True)
        first = ordered.reshape(-1, ordered.shape[-1])[0]
        kept = first.cumsum(-1) - first < p
        kept[0] = True
        filtered = torch.zeros_like(probs).scatter(-1, order, ordered * kept)
        return filtered / filtered.sum(-1, keepdim=True)

    any_p_accepted = slip(
        "Any p is accepted. With 0 nothing could be kept, and a sum of 2 is never reached: somebody wrote a "
        "percentage, or the wrong name. What should be raised for them, before anything else?",
        "not 0 < p <= 1",
        "False",
    )

    one_refused = slip(
        "p = 1 is refused. It means: keep everything, and is what most people write who do not want top-p. Which of "
        "the two bounds is allowed itself?",
        "p <= 1",
        "p < 1",
    )

    @alternative
    def counted(probs, p):
        if p <= 0 or p > 1:
            raise ValueError("p out of range")
        ordered, order = torch.sort(probs.double(), dim=-1, descending=True, stable=True)
        many = (ordered.cumsum(-1) < p).sum(
            -1, keepdim=True
        ) + 1  # the tokens before the crossing, and the crossing one
        rank = order.argsort(-1)
        kept = torch.where((rank < many) | (p == 1), probs, torch.zeros_like(probs))
        return kept / kept.sum(-1, keepdim=True)

    @alternative
    def with_lists(probs, p):
        if not (p > 0 and p <= 1):
            raise ValueError("no such p")
        rows = []
        for row in probs.reshape(-1, probs.shape[-1]).tolist():
            taken, total = [], 0.0
            for token in sorted(range(len(row)), key=lambda i: (-row[i], i)):
                taken.append(token)
                total += row[token]
                if p <= total and p != 1:
                    break
            rows.append([row[i] / total if i in taken else 0.0 for i in range(len(row))])
        return torch.tensor(rows, dtype=probs.dtype).reshape(probs.shape)

    @alternative
    def shifted_as_libraries_do(probs, p):
        if p > 1 or p <= 0:
            raise ValueError("p must lie in (0, 1]")
        ordered, order = torch.sort(probs, descending=True, stable=True, dim=-1)
        if p == 1:
            return probs.clone()
        gone = torch.cumsum(ordered, dim=-1) >= p
        gone[..., 1:] = gone[..., :-1].clone()
        gone[..., 0] = False
        result = probs.masked_fill(gone.scatter(-1, order, gone), 0)
        return result / result.sum(dim=-1, keepdim=True)
