"""Answers to 05.2."""

from __future__ import annotations

MUTANTS = {
    "angles = positions": "one_speed_for_all",
    "angles = positions / 10000 ** (0 / d)": "one_speed_for_all",
    "angles = positions / 10000 ** (torch.arange(0, 2, d) / d)": "one_speed_for_all",
    "table[:, 1::2] = torch.sin(angles)": "sines_only",
}
