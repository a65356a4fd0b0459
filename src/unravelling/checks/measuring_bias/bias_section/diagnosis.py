"""Whether an interval that was drawn is the one asked for, or which other: the judge of 11.5."""

from __future__ import annotations

from functools import lru_cache

import torch

from ...compare import number
from ...declare import Case

CLOSE = 1e-4
TIMES = 20_000
KINDS = ("90 per cent", "two deviations", "single gaps", "templates", "one bag", "one group")
# 4,000 draws put a quantile at most this many standard errors from where 20,000 put it, by five standard deviations
# of chance; the interval that holds 90% instead of 95% lies 0.3 of them off.
SLACK = 0.22
# From seed to seed the ends of 4,000 draws move by 0.04 standard errors, those of 100 draws by 0.27: of four seeds the
# extremes are 0.1 and 0.5 apart.
MOVES, NEAR = 0.27, 0.5
FAR = 0.001  # of 4,000 estimates four lie below this quantile: whoever goes beyond it on both sides leaves none out


def _drawn(values: torch.Tensor, seed: int) -> torch.Tensor:
    """(TIMES,): means of as many values, drawn from them with replacement."""
    generator = torch.Generator().manual_seed(seed)
    return values[torch.randint(len(values), (TIMES, len(values)), generator=generator)].mean(1)


def _estimates(case: Case, kind: str) -> torch.Tensor:
    """(TIMES,): what one way of drawing makes of a case."""
    x, y = case["x"].double(), case["y"].double()
    a, b = x.mean(1), y.mean(1)
    if kind == "single gaps":
        return _drawn(x.flatten(), 4) - _drawn(y.flatten(), 5)
    if kind == "templates":
        return _drawn(x.mean(0) - y.mean(0), 6)
    if kind == "one bag":
        both = torch.cat([a, b])
        rows = torch.randint(len(both), (TIMES, len(both)), generator=torch.Generator().manual_seed(3))
        return both[rows[:, : len(a)]].mean(1) - both[rows[:, len(a) :]].mean(1)
    return _drawn(a, 1) - (b.mean() if kind == "one group" else _drawn(b, 2))


@lru_cache(maxsize=512)
def _interval(case: Case, kind: str) -> torch.Tensor:
    """The interval, (2,), that one way of drawing leads to."""
    outside = 0.05 if kind == "90 per cent" else 0.025
    if kind == "two deviations":
        drawn = _estimates(case, "right")
        middle = case["x"].double().mean() - case["y"].double().mean()
        return middle + 1.96 * drawn.std() * torch.tensor([-1.0, 1.0], dtype=torch.float64)
    return _estimates(case, kind).quantile(torch.tensor([outside, 1 - outside], dtype=torch.float64))


def _apart(case: Case, got: torch.Tensor, kind: str) -> float:
    """How far an interval lies from that of one way of drawing, in units of what chance may do."""
    return float((got - _interval(case, kind)).abs().max()) / (SLACK * standard_error(case) + CLOSE)


def standard_error(case: Case) -> float:
    """Of the estimate, over the items."""
    variances = (case[name].double().mean(1).var(correction=0) / len(case[name]) for name in "xy")
    return float(sum(variances)) ** 0.5


def drawn_too_seldom(case: Case, intervals: torch.Tensor) -> str | None:
    """A sentence where intervals of several seeds, (S, 2), lie about the right one, but further apart than chance
    moves those of 4,000 draws; else None."""
    error = standard_error(case)
    if not float((intervals.mean(0) - _interval(case, "right")).abs().max()) <= NEAR * error:
        return None
    apart, end = (intervals.amax(0) - intervals.amin(0)).max(0)
    if float(apart) <= MOVES * error:
        return None
    name, ends = ("low", "high")[int(end)], ", ".join(number(each) for each in intervals[:, end].tolist())
    return (
        f"With {len(intervals)} seeds your {name} is {ends}; the {name}s of 4,000 draws would hardly move. How many "
        "estimates do you draw?"
    )


def kind_of_interval(case: Case, got: torch.Tensor) -> str:
    """The way of drawing that an interval comes from, as far as it can be told."""
    if not bool(torch.isfinite(got).all()) or case["x"].shape[1] != case["y"].shape[1]:
        return "none"
    if _apart(case, got, "right") <= 1:
        return "right"
    nearest = min(KINDS, key=lambda kind: _apart(case, got, kind))
    if _apart(case, got, nearest) <= 1:
        return nearest
    far = _estimates(case, "right").quantile(torch.tensor([FAR, 1 - FAR], dtype=torch.float64))
    if got[0] <= far[0] and got[1] >= far[1]:
        return "the whole range"
    return f"from {got[0]:.4f} to {got[1]:.4f}"  # of no known kind: like none but itself


def interval_is_right(case: Case, got: torch.Tensor) -> str | None:
    """None if an interval (2,) is the one asked for but for chance, else a sentence that says how it is not."""
    low, high = got.tolist()
    if not low <= high:
        return f"Your interval runs from {number(low)} to {number(high)}; the lower end comes first."
    if kind_of_interval(case, got) == "right":
        return None
    right = _interval(case, "right").tolist()
    return (
        f"Your interval is {number(low)} to {number(high)}; drawing items 20,000 times gives {number(right[0])} to "
        f"{number(right[1])}."
    )
