"""04.2: who may look where when the future is hidden."""

from __future__ import annotations

import torch

from ..compare import number
from ..declare import Case, alternative, exercise, holds, misconception
from ..random_inputs import randint


@exercise("04.2", points=1, difficulty=1, minutes=5)
class CausalMask:
    """Let every position look at itself and at what came before, never at what comes after."""

    functions = ("causal_mask",)
    returns = ("mask",)
    because = "Row i is open up to and including column i, so no position sees the token that it has to predict."
    hints = (
        "Write the mask for 3 tokens on paper, one row for each query: where may the first token look? The second? "
        "What shape do the allowed places make?",
        "Row i may look at columns 0 to i. That is the lower triangle with its diagonal. torch has a function that "
        "keeps the lower triangle of a matrix; or compare the numbers of the rows with the numbers of the columns.",
        "torch.ones(T, T, dtype=torch.bool).tril(); or positions = torch.arange(T), and then "
        "positions[None, :] <= positions[:, None].",
    )

    def cases(rng):
        yield Case("2 tokens", T=2)
        yield Case("3 tokens", T=3)
        yield Case("1 token", "There may be 1 token alone: it may look at itself, and the mask is (1, 1).", T=1)
        yield Case("no token", "There may be no token at all: the mask is then a bool tensor of shape (0, 0).", T=0)
        T = randint(rng, 4, 33)
        yield Case(f"{T} tokens", T=T)
        yield Case("100 tokens", T=100)

    def reference(T):
        """Which positions may look where, when no position may look ahead.

        T: number of tokens, an int, 0 or more.
        Returns a (T, T) bool tensor: row i is the query at position i, column j the key at position j, and True means
        that i may look at j. That is the case for j up to and including i.
        Example: causal_mask(2) is tensor([[True, False], [True, True]]).
        Source: Vaswani et al., 2017, "Attention Is All You Need", section 3.2.3.
        """
        return torch.ones(T, T, dtype=torch.bool).tril()

    def fingerprint(case, result):
        if not result.numel():
            return tuple(result.shape)  # of nothing, the kind of number says nothing
        # any width of number is the same mistake, and what is added may be any number that is negative enough
        if result.is_floating_point():
            return result.double().masked_fill(result < -1000, float("-inf"))
        return result if result.dtype == torch.bool else result.long()

    @holds("a change in a later token changes no earlier output")
    def future_is_hidden(case, result):
        T = case["T"]
        tokens = torch.arange(T, dtype=torch.float64)[:, None]

        def mix(values):  # attention with equal scores: the mean of what may be looked at
            shares = result.double() / result.sum(-1, keepdim=True).clamp(min=1)
            return (shares @ values)[:, 0]

        for later in range(1, T):
            changed = tokens.clone()
            changed[later] += 10
            moved = (mix(changed) - mix(tokens))[:later]
            if moved.any():
                at = int(moved.nonzero()[0])
                return (
                    f"A change of 10 in token {later} moves the output at position {at}, which is earlier, "
                    f"by {number(float(moved[at]))}."
                )
        return None

    @holds("every token may look at itself")
    def sees_itself(case, result):
        blind = (~result.diagonal()).nonzero()
        return f"Position {int(blind[0])} may not look at itself." if len(blind) else None

    @holds("every token may look at all that came before it")
    def sees_the_past(case, result):
        T = case["T"]
        missing = ~result & torch.ones(T, T, dtype=torch.bool).tril(-1)
        for i, j in missing.nonzero()[-1:].tolist():
            return f"Position {i} may not look at position {j}, which came before it."
        return None

    @misconception(
        "Your mask is True above the diagonal: everybody looks ahead. Rows are the queries and columns the keys; which "
        "keys come before the query of row i?"
    )
    def looks_ahead(T):
        return torch.ones(T, T, dtype=torch.bool).triu()

    @misconception(
        "Your mask marks what is forbidden. Here True means that looking is allowed. Which operator turns one into the "
        "other?"
    )
    def marks_the_forbidden(T):
        return torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)

    @misconception(
        "No token may look at itself, so the first may look nowhere at all. Does the diagonal belong to the past or to "
        "the future?"
    )
    def without_the_diagonal(T):
        return torch.ones(T, T, dtype=torch.bool).tril(diagonal=-1)

    @misconception(
        "Every position also sees the one after it: the triangle is one diagonal too large. What does the number given "
        "to tril count from?"
    )
    def one_too_many(T):
        return torch.ones(T, T, dtype=torch.bool).tril(diagonal=1)

    @misconception(
        "This is the other kind of mask, which is added to the scores: 0 where looking is allowed, minus infinity (or "
        "a large negative number) elsewhere. Here the mask answers a question with True or False. Which comparison "
        "turns the one into the other?"
    )
    def to_be_added(T):
        return torch.full((T, T), float("-inf")).triu(diagonal=1)

    @misconception(
        "The triangle is right, but it is made of the whole numbers 1 and 0. For whole numbers ~mask does not "
        "mean `not`: ~1 is -2, or 254 in uint8. Which dtype should the ones have?"
    )
    def whole_numbers(T):
        return torch.ones(T, T).tril().int()

    @misconception(
        "The triangle is right, but it is made of the numbers 1.0 and 0.0, and ~mask needs True and False. Which dtype "
        "should the ones have?"
    )
    def ones_and_zeros(T):
        return torch.tril(torch.ones(T, T))

    @misconception(
        "Your mask is True everywhere: nothing is hidden, and every token sees the one that it has to predict. Which "
        "columns should be False in row 0?"
    )
    def all_true(T):
        return torch.ones(T, T, dtype=torch.bool)

    @misconception(
        "A nested list with no rows cannot say how many columns they would have, so torch.tensor([]) has the shape "
        "(0,). With 1 token or more your line is right. Which function of torch makes a (T, T) tensor, whatever T is?"
    )
    def from_nested_lists(T):
        return torch.tensor([[j <= i for j in range(T)] for i in range(T)])

    @alternative
    def by_comparing_positions(T):
        positions = torch.arange(T)
        return positions[None, :] <= positions[:, None]

    @alternative
    def not_the_future(T):
        return ~torch.ones(T, T).triu(1).bool()

    @alternative
    def row_by_row(T):
        mask = torch.zeros(T, T, dtype=torch.bool)
        for i in range(T):
            mask[i, : i + 1] = True
        return mask
