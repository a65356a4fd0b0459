"""04.6: a head that does one nameable job, with weights chosen by hand."""

from __future__ import annotations

from math import sqrt

import torch

from ..compare import number, numbers_apart
from ..declare import Case, alternative, exercise, holds, misconception


def scores_of(W_q: torch.Tensor, W_k: torch.Tensor) -> torch.Tensor:
    """Scores (T, T) of a head over one-hot positions, as the stub says, before the mask. W_q, W_k: (e, T) float32."""
    P = torch.eye(W_q.shape[1])
    return (P @ W_q.T) @ (P @ W_k.T).T / sqrt(W_k.shape[0])


def attention_of(W_q: torch.Tensor, W_k: torch.Tensor) -> torch.Tensor:
    """Weights (T, T) of that head under the causal mask."""
    scores = scores_of(W_q, W_k)
    return torch.softmax(scores.masked_fill(~torch.ones_like(scores, dtype=torch.bool).tril(), float("-inf")), dim=-1)


def fit(case: Case, W_q: torch.Tensor, W_k: torch.Tensor) -> bool:
    """Whether the head can be computed at all."""
    T, kinds = case["T"], {W_q.dtype, W_k.dtype}
    shapes_fit = W_q.dim() == 2 and W_q.shape == W_k.shape and W_q.shape[1] == T and len(W_q) > 0
    return shapes_fit and kinds == {torch.float32}


def _where_it_looks(weights: torch.Tensor, scores: torch.Tensor, e: int) -> str:
    """What the last of some positions looks at, where it should look at the one before. weights: (i + 1,), scores: (T,)
    with those that the mask hides."""
    i = len(weights) - 1
    best, hidden = int(weights.argmax()), int(scores.argmax())
    if best == i - 1 and not scores[: i + 1].max() - scores[: i + 1].min() < 1e-6:
        score = float(scores[best])
        others = number(float(torch.cat([scores[:best], scores[i : i + 1]]).max()))
        return (
            f"Their dot product of {number(score * sqrt(e))} is divided by sqrt(e) = {number(sqrt(e))}, which makes a "
            f"score of {number(score)}; the largest of its other scores is {others}."
        )
    if hidden > i and scores[hidden] > scores[: i + 1].max() + 1e-6:
        at = f"Its largest score, {number(float(scores[hidden]))}, is with position {hidden}, which the mask hides"
        return f"{at}; it looks at what is left."
    if weights.max() - weights.min() < 1e-6:
        return f"Its scores are all {number(float(scores[0]))}: it looks at all {i + 1} positions up to itself alike."
    return f"It looks most at position {best} ({number(float(weights[best]))})."


@exercise("04.6", points=3, difficulty=3, minutes=10)
class PreviousTokenWeights:
    """Choose query and key weights by hand so that every position looks at the one before it."""

    functions = ("previous_token_weights",)
    returns = ("W_q", "W_k")
    compares = False
    shapes = False
    because = (
        "The query of each position points the way of one key alone, that of the position before it, and loudly "
        "enough that the softmax leaves the others next to nothing."
    )
    hints = (
        "The input of position i is one-hot, so its query is column i of W_q, and the key of position j is column j of "
        "W_k. Which pairs of columns should have a large dot product, and which none?",
        "Give every position a direction of its own as its query. Then the key of position j should point the way of "
        "the query of position j + 1, because j is what j + 1 looks for. That makes one matrix a diagonal, and the "
        "other a diagonal that is shifted by one. Then ask how large the number on it must be: with 63 other keys at "
        "score 0, and every score divided by the square root of e.",
        "e = T; W_q = c * torch.eye(T); W_k = torch.diag(torch.ones(T - 1), -1), which puts a 1 in row j + 1 of column "
        "j. The score is c / sqrt(T) at the previous token and 0 elsewhere; its weight is exp(s) / (exp(s) + others), "
        "and s = 9 is enough for 63 others. So what is c?",
    )

    def cases(rng):
        for T in (2, 3, 5, 16, 64, 4, 7, 11, 33, 48):
            yield Case(f"{T} positions", T=T)

    def reference(T):
        """Weights of a head that looks at the previous token.

        T: number of positions, an int, 2 to 64. Position i comes in as the one-hot vector P[i], with P = torch.eye(T).
        Returns (W_q, W_k), float32 tensors of shape (e, T), with a width e that you choose. The head computes
        queries = P @ W_q.T and keys = P @ W_k.T, both (T, e); then scaled_dot_product_attention(queries, keys, P,
        causal_mask(T)), which divides the scores by sqrt(e). Every position i >= 1 must give position i - 1 a weight
        of at least 0.99. (Position 0 can only look at itself.)
        Example: for T = 2 the weights of the head are close to [[1, 0], [1, 0]].
        Source: such heads are found in trained models; Clark et al., 2019, "What Does BERT Look At?", section 3.1.
        """
        W_q = 9 * sqrt(T) * torch.eye(T)  # position i asks along axis i, loudly enough to survive the scale
        W_k = torch.diag(torch.ones(T - 1), -1)  # position j answers along axis j + 1
        return W_q, W_k

    def show(case):
        return (
            "W_q, W_k = previous_token_weights(T)\n"
            "P = torch.eye(T)\n"
            "scores = (P @ W_q.T) @ (P @ W_k.T).T / W_k.shape[0] ** 0.5\n"
            "hidden = ~torch.ones(T, T, dtype=torch.bool).tril()\n"
            'result = torch.softmax(scores.masked_fill(hidden, float("-inf")), dim=-1)'
        )

    def fingerprint(case, result):
        if not fit(case, *result):
            return result
        scores, weights = scores_of(*result), attention_of(*result)
        if bool((weights[1:].argmax(-1) == torch.arange(case["T"] - 1)).all()) and weights.diagonal(-1).min() > 0.5:
            return weights  # the right direction: how strong it is tells mistakes apart
        return scores / scores.abs().max().clamp(min=1e-9)  # another one, however strong

    @holds("W_q and W_k have shape (e, T), with the same e")
    def same_width(case, result):
        T, shapes = case["T"], tuple(tuple(each.shape) for each in result)
        if len(shapes[0]) != 2 or shapes[0] != shapes[1] or shapes[0][1] != T:
            return f"W_q has shape {shapes[0]} and W_k has shape {shapes[1]}; both should be (e, {T})."
        if shapes[0][0] == 0:
            return "W_q and W_k have no rows: choose a width e of at least 1."
        return None

    @holds("W_q and W_k are float32, as the positions torch.eye(T) are")
    def float32(case, result):
        for name, each in zip(("W_q", "W_k"), result, strict=True):
            if each.dtype != torch.float32:
                return (
                    f"{name} is {each.dtype}. The positions torch.eye(T) are torch.float32, and torch multiplies only "
                    f"matrices of one type; {name}.float() is of theirs."
                )
        return None

    @holds("every position i >= 1 gives position i - 1 a weight of at least 0.99")
    def looks_at_the_previous(case, result):
        if not fit(case, *result):
            return None  # the properties above have said why
        weights = attention_of(*result)
        for i in range(1, case["T"]):
            share = float(weights[i, i - 1])
            if share != share:
                why = "one of its scores is too large for float32, which ends at 3.4e38; a score of 10 is enough."
                if not all(torch.isfinite(each).all() for each in result):
                    why = "W_q or W_k holds numbers that are not finite; a score of 10 is enough."
                return f"The weights of position {i} are NaN: {why}"
            if not share >= 0.99:
                got, _ = numbers_apart(share, 0.99)
                text = f"Position {i} gives position {i - 1}, the one before it, a weight of {got}."
                return f"{text} {_where_it_looks(weights[i, : i + 1], scores_of(*result)[i], len(result[0]))}"
        return None

    @misconception(
        "Every position looks at itself: query i and key i point the same way. Whose query should key i answer to?"
    )
    def looks_at_itself(T):
        return 10 * sqrt(T) * torch.eye(T), torch.eye(T)

    @misconception(
        "Key j answers to the query of position j - 1, so every position asks for the next one; the mask forbids it, "
        "and what is left is spread evenly. The shift goes the wrong way, or W_q and W_k have changed places. In which "
        "row of column j of W_k should the 1 stand?"
    )
    def looks_at_the_next(T):
        return 10 * sqrt(T) * torch.eye(T), torch.diag(torch.ones(T - 1), 1)

    @misconception(
        "Right direction, too weak for long texts: the scores are divided by the square root of e, which grows with T "
        "here. By what must you multiply to undo that?"
    )
    def forgot_the_scale(T):
        return 10 * torch.eye(T), torch.diag(torch.ones(T - 1), -1)

    @misconception(
        "Right direction, but a score of at most 1 hardly tells the softmax anything: exp(1) is only 2.7 times exp(0). "
        "How large must a score be to outweigh 63 zeros with 0.99?"
    )
    def ones_only(T):
        return torch.eye(T), torch.diag(torch.ones(T - 1), -1)

    @misconception(
        "Every position looks at the first: only key 0 answers, and it answers to everybody. How does key j tell the "
        "query of position j + 1 from all others?"
    )
    def looks_at_the_first(T):
        W_k = torch.zeros(T, T)
        W_k[:, 0] = 1.0
        return 10 * sqrt(T) * torch.eye(T), W_k

    @misconception(
        "Every position looks one too far back, at the one before the previous. Your shift is by two, or both matrices "
        "are shifted by one in opposite directions. By how much do query and key differ in all?"
    )
    def two_back(T):
        return 10 * sqrt(T) * torch.eye(T), torch.diag(torch.ones(T), -2)[:T, :T]

    @misconception(
        "The scores are all 0, so every position looks at everything alike: no query meets a key that points its way, "
        "or one of the matrices is 0 everywhere. Which column of W_k should meet column i of W_q?"
    )
    def nothing_meets(T):
        return torch.zeros(T, T), torch.eye(T)

    @misconception(
        "The direction is right and the sign is not: the previous position gets the lowest score, and all others share "
        "the weight. What sign must a score have to be large?"
    )
    def looks_away(T):
        return -10 * sqrt(T) * torch.eye(T), torch.diag(torch.ones(T - 1), -1)

    @alternative
    def shift_the_queries(T):
        W_k = torch.eye(T)
        W_q = torch.zeros(T, T)
        for i in range(1, T):
            W_q[i - 1, i] = 100.0
        return W_q, W_k

    @alternative
    def two_numbers_are_enough(T):
        # a parabola with its top at j = i - 1: the score is 2 j (i - 1) - j * j, up to a constant of the row
        p = torch.arange(T, dtype=torch.float32)
        W_q = 20 * torch.stack([2 * (p - 1), -torch.ones(T)])
        W_k = torch.stack([p, p * p])
        return W_q, W_k

    @alternative
    def a_new_random_direction_each(T):
        directions, _ = torch.linalg.qr(torch.randn(T, T))  # other numbers at every call
        W_q = torch.zeros(T, T)
        W_q[:, 1:] = 12 * sqrt(T) * directions[:, :-1]
        return W_q, directions

    @alternative
    def one_more_direction_than_needed(T):
        W_q = torch.zeros(T + 3, T)
        W_k = torch.zeros(T + 3, T)
        places = torch.arange(T)
        W_q[places, places] = 15.0 * (T + 3) ** 0.25
        W_k[places[1:], places[:-1]] = 15.0 * (T + 3) ** 0.25
        return W_q, W_k
