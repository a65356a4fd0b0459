"""Numbers and lists as the X-ray writes them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import SupportsFloat

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def num(value: SupportsFloat) -> str:
    """A number in few signs: 0.43, −12.1, 0.0021, 20,593, 3.1 × 10⁻⁷, −∞."""
    value = float(value)
    size = abs(value)
    if not math.isfinite(size):
        return "not a number" if math.isnan(value) else "−∞" if value < 0 else "∞"
    if size == 0:
        text = "0"
    elif size < 0.001 or size >= 1e6:
        digits, power = f"{value:.1e}".split("e")
        text = f"{digits} × 10{str(int(power)).translate(_RAISED)}"
    else:
        places = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 0.1 else 3 if size >= 0.01 else 4
        text = f"{value:,.{places}f}"
    return text.replace("-", "−")


def factor(value: SupportsFloat) -> str:
    """The same, in brackets if a sign stands before it."""
    text = num(value)
    return f"({text})" if text.startswith("−") or " × " in text else text


def listed(things: Sequence[str]) -> str:
    """a, b and c."""
    return things[0] if len(things) == 1 else f"{', '.join(things[:-1])} and {things[-1]}"
