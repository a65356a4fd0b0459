"""How a p-value is asked for, with which seeds, and the text of the cell that shows a failure."""

from __future__ import annotations


def probe(solution, x, y, most, seed):
    import math
    from numbers import Number

    import torch

    untouched = x.clone(), y.clone()

    def ask(seed, x=None, y=None):
        x, y = (each.clone() for each in untouched) if x is None else (x, y)
        p = solution(x, y, most, torch.Generator().manual_seed(seed))
        if isinstance(p, torch.Tensor) and p.numel() == 1:
            p = p.item()
        what = "nothing (None)" if p is None else f"a {type(p).__name__}"
        assert isinstance(p, Number) and not isinstance(p, bool), f"Your p is {what}, not a number."
        return float(p)

    # where two seeds hardly ever give one p by chance
    drawn = len(x) and len(y) and math.comb(len(x) + len(y), len(x)) > most >= 1000
    return {
        "p": ask(seed, x, y),
        "same seed": [ask(seed) for _ in range(2)] if drawn else [],
        "other seeds": [ask(seed + i) for i in range(1, 6)] if drawn else [],
    }


def show(case):
    return (
        "seeds = [seed, seed, seed + 1, seed + 2]\n"
        "result = [permutation_p_value(x, y, most, torch.Generator().manual_seed(each)) for each in seeds]"
    )
