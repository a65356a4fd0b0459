"""The cases of 09.6, and its probe: a learner's function draws again and again, from generators that are watched."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from ...declare import Case
from ...random_inputs import randint
from ..drawn_rows import draw_rows


def cases(rng: torch.Generator) -> Iterator[Case]:
    """The cases of 09.6. probs: rows that are handed in `copies` times, one below the other, in each of `calls`
    calls."""

    def case(name, rule="", probs=None, copies=1, calls=2):
        probs = torch.tensor(probs) if isinstance(probs, list) else probs
        return Case(name, rule, probs=probs, copies=copies, calls=calls, seed=randint(rng, 0, 9999))

    certain = "Where each row has a token of probability 1 nothing is drawn: the generator stays as it is."
    refused = "A row that does not sum to 1, or has a number below 0 or NaN in it, raises ValueError."
    rounded = "A row may miss 1 by a thousandth, as in 16 bits: still, a token must be drawn from it."
    yield case("3 tokens, 10,000 draws in 2 calls", probs=[[0.5, 0.125, 0.375]], copies=5000)
    yield case("16 rows of 40 tokens, all alike", probs=torch.full((1, 40), 1 / 40), copies=16, calls=3)
    some = [[0.0625, 0.5, 0.0, 0.3125, 0.125], [0.25, 0.0, 0.0625, 0.0625, 0.625]]
    yield case("2 rows of 5 tokens, 150 times in each of 2 calls", probs=some, copies=150)
    yield case(
        "3 rows of 7 tokens drawn, 400 times in each of 4 calls", probs=draw_rows(rng, 3, 7), copies=400, calls=4
    )
    yield case("one row of 4 tokens, 25 calls", probs=[[0.1875, 0.4375, 0.25, 0.125]], calls=25)
    yield case("each row certain", certain, probs=[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], calls=3)
    open_row = [[0.0, 0.0, 1.0], [0.5, 0.25, 0.25], [1.0, 0.0, 0.0]]
    yield case("two of three certain", probs=open_row, copies=300, calls=2)
    yield case("one token alone", certain, probs=[[1.0]], copies=4, calls=3)
    yield case("a row that sums to 0.9991", rounded, probs=[[0.0, 0.3125, 0.6866]], copies=5000, calls=2)
    yield case("a row that sums to 0.75", refused, probs=[[0.5, 0.5, 0.0, 0.0], [0.25, 0.25, 0.0, 0.25]])
    yield case("a row that sums to 1.5", refused, probs=[[0.5, 0.5, 0.5]])
    yield case("a number below 0", refused, probs=[[0.75, -0.25, 0.25, 0.25]])
    yield case("NaN in a row", refused, probs=[[0.5, float("nan"), 0.5]])


def probe(solution, probs, copies, calls, seed):
    import random

    import torch

    given = probs.repeat(copies, 1)

    def drawn(seed):
        generator = torch.Generator().manual_seed(seed)
        before, found = generator.get_state(), []
        for _ in range(calls):
            mine = given.clone()
            tokens = solution(mine, generator)
            if copies == 1 and not torch.equal(mine.nan_to_num(), given.nan_to_num()):
                probs.copy_(mine)  # the engine looks at the inputs
            what = "nothing (None)" if tokens is None else f"a value of type {type(tokens).__name__}"
            assert isinstance(tokens, torch.Tensor), f"sample returned {what}; a tensor of B tokens was asked for."
            shape = tuple(tokens.shape)
            assert shape == (len(given),), (
                f"sample returned a tensor of shape {shape}; it should be (B,) = {len(given)},."
            )
            whole = not (tokens.is_floating_point() or tokens.is_complex() or tokens.dtype == torch.bool)
            assert whole, f"sample returned {tokens.dtype}; the numbers of tokens are whole, torch.int64."
            found.append(tokens.long())
        return torch.stack(found), not torch.equal(before, generator.get_state())

    outside = torch.default_generator.get_state(), random.getstate()
    tokens, moved = drawn(seed)
    same = torch.equal(outside[0], torch.default_generator.get_state()) and outside[1] == random.getstate()
    few = len(given) * calls <= 100  # then the same seed once more, and another
    return {
        "tokens": tokens,
        "moved": moved,
        "outside": not same,
        "repeats": not few or torch.equal(drawn(seed)[0], tokens),
        "moves": not few or not torch.equal(drawn(seed + 1)[0], tokens),
    }


def show(case: Case) -> str:
    """The lines that show a failure of 09.6."""
    given = "probs" if case["copies"] == 1 else "probs.repeat(copies, 1)"
    return f"""
generator = torch.Generator().manual_seed(seed)
before, own = generator.get_state(), torch.get_rng_state()
result = {{
    "tokens": torch.stack([sample({given}, generator) for _ in range(calls)]),
    "the generator has moved": not torch.equal(before, generator.get_state()),
    "torch's own random numbers were used": not torch.equal(own, torch.get_rng_state()),
}}
"""
