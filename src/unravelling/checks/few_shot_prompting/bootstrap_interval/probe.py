"""How a learner's interval is asked for, with which seeds, and the text of the cell that shows a failure."""

from __future__ import annotations


def probe(solution, correct, level, resamples, seeds, sure):
    import torch

    drew = []

    def asked(row, seed):
        given = row.clone()
        more = () if seed is None else (level, resamples, torch.Generator().manual_seed(seed))
        before = torch.get_rng_state()
        interval = solution(given, *more)
        drew.append((seed is None, not torch.equal(before, torch.get_rng_state())))
        assert torch.equal(given, row), "Your function changed its input correct; the caller still needs it."
        together = isinstance(interval, (tuple, list)) or getattr(interval, "ndim", 0) == 1
        assert together and len(interval) == 2, (
            f"Two things were asked for, low and high; your function returned {interval!r}."
        )
        for name, each in zip(("low", "high"), interval, strict=True):
            single = isinstance(each, (int, float)) or getattr(each, "shape", None) == ()
            single = single or (isinstance(each, torch.Tensor) and each.numel() == 1)
            assert single, f"Your {name} is no single number: {each!r}."
        return [float(each) for each in interval]

    rows = correct.expand(len(seeds), -1)
    intervals = [asked(row, seed) for row, seed in zip(rows, seeds, strict=True)]
    elsewhere, silent = (False, True) in drew, (True, False) in drew
    return {"interval": torch.tensor(intervals), "elsewhere": elsewhere, "silent": silent}


def show(case):
    if case["seeds"] == [None]:
        return """before = torch.get_rng_state()
result = bootstrap_interval(correct[0])
result = result, bool((before != torch.get_rng_state()).any())  # whether torch's own numbers have gone on
"""
    return """
torch.manual_seed(0)
before = torch.get_rng_state()
result = [
    bootstrap_interval(row, level, resamples, torch.Generator().manual_seed(seed))
    for row, seed in zip(correct.expand(len(seeds), -1), seeds)
]
untouched = bool((before == torch.get_rng_state()).all())  # torch's own numbers
result = [result, untouched, correct]
"""
