"""The cases of 06.1, and its probe: batch after batch is drawn with one generator."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from ...declare import Case
from ...random_inputs import randint


def cases(rng: torch.Generator) -> Iterator[Case]:
    """The cases of 06.1. Each token is in a text once, so that it tells its place."""

    def case(name, n, batch, length, calls, rule=""):
        ids = torch.randperm(n, generator=rng) + 10 * randint(rng, 2, 9)
        return Case(name, rule, ids=ids, batch=batch, length=length, calls=calls, seed=randint(rng, 0, 9999))

    one = "A text of length + 1 tokens has exactly one run, which begins at place 0."
    yield case("one row of 2, from a text of 3 tokens, 40 calls", 3, 1, 2, 40, one)
    yield case("3 rows of 4, from a text of 5 tokens, 30 calls", 5, 3, 4, 30, one)
    yield case("2 rows of 3, from a text of 8 tokens, 60 calls", 8, 2, 3, 60)
    yield case("20 rows of 3, from a text of 9 tokens, 100 calls", 9, 20, 3, 100)
    yield case("5 rows of 1, from a text of 7 tokens, 400 calls", 7, 5, 1, 400)
    short = "A text of fewer than length + 1 tokens holds no run with its targets: ValueError."
    yield case("a text one token too short", 4, 2, 4, 1, short)
    yield case("a text far too short", 2, 3, 6, 1, short)


def probe(solution, ids, batch, length, calls, seed):
    import random

    import torch

    def checked(pair):
        what = "nothing (None)" if pair is None else f"a value of type {type(pair).__name__}"
        text = f"Your function returned {what}, not two tensors: x and y."
        assert isinstance(pair, (tuple, list)) and len(pair) == 2, text
        for name, each in zip("xy", pair, strict=True):
            kind = type(each).__name__
            assert isinstance(each, torch.Tensor), f"{name} is a value of type {kind}, not a tensor."
            shape, asked = tuple(each.shape), f"(batch, length) = ({batch}, {length})"
            short = len(shape) == 2 and shape[0] == batch and 0 < shape[1] < length
            late = " Does a run begin so late that it reaches past the end of the text, or is a slice too short?"
            assert shape == (batch, length), f"{name} has shape {shape}, not {asked}.{late if short else ''}"
            text = f"{name} is made of {each.dtype}; the numbers of tokens are whole, torch.int64."
            assert each.dtype == torch.int64, text
        return tuple(each.detach().clone() for each in pair)

    def several(seed):
        generator, pairs = torch.Generator().manual_seed(seed), []
        for _ in range(calls):
            given = ids.clone()
            pairs.append(checked(solution(given, batch, length, generator)))
            assert torch.equal(given, ids), "Your function changed ids; whoever called it still needs them."
        return tuple(torch.stack([pair[part] for pair in pairs]) for part in (0, 1))

    before = random.getstate(), torch.get_rng_state()
    x, y = several(seed)
    outside = random.getstate() != before[0] or not torch.equal(torch.get_rng_state(), before[1])
    much = batch * calls > 500  # so much that no two draws are alike by chance
    again, other = (several(each)[0] if much else x for each in (seed, seed + 1))
    return {
        "x": x,
        "y": y,
        "repeats": torch.equal(again, x),
        "moves": not much or not torch.equal(other, x),
        "outside": outside,
    }


def show(case: Case) -> str:
    """The lines that show a failure of 06.1."""
    return (
        "generator = torch.Generator().manual_seed(seed)\n"
        "pairs = [get_batch(ids, batch, length, generator) for _ in range(calls)]\n"
        "for x, y in pairs[:3]:\n"
        '    print("x", x[:3].tolist(), "y", y[:3].tolist())\n'
        "seen = torch.stack([x for x, _ in pairs])\n"
        "result = ids, pairs[:8], [(int(each), int((seen[..., 0] == each).sum())) for each in ids]  # first tokens, "
        "counted"
    )
