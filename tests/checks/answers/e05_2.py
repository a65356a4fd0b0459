"""Answers to 05.2."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch

from tests.checks.answers import right, wrong

MUTANTS = {
    "angles = positions": "one_speed_for_all",
    "angles = positions / 10000 ** (0 / d)": "one_speed_for_all",
    "angles = positions / 10000 ** (torch.arange(0, 2, d) / d)": "one_speed_for_all",
    "table[:, 1::2] = torch.sin(angles)": "sines_only",
}
ITSELF = "In columns 0 and 1 the angle is the position itself, in radians"
PAIR = "are the sine and the cosine of one angle, p / 10000 ** (2i / d)"
FAR = "T may be any number of positions"


def waves(T, d, exponents=None, base=10000.0):
    """What the wrong answers change: (T, d), right as long as nothing else is given."""
    if d % 2:
        raise ValueError(f"{d} is odd")
    exponents = torch.arange(0, d, 2) / d if exponents is None else exponents
    angles = torch.arange(T)[:, None] / base**exponents
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)


@right("05.2")
def in_numpy(T, d):
    if d % 2:
        raise ValueError("odd")
    angles = np.arange(T)[:, None] / np.power(10000.0, np.arange(0, d, 2) / d)
    table = np.empty((T, d), dtype=np.float32)
    table[:, ::2], table[:, 1::2] = np.sin(angles), np.cos(angles)
    return torch.tensor(table)


@right("05.2")
def as_a_parameter(T, d):
    return torch.nn.Parameter(waves(T, d), requires_grad=True)


@right("05.2")
def by_repeated_speeds(T, d):
    if d % 2 != 0:
        raise ValueError(f"d = {d}")
    speed = 10000 ** -(torch.arange(0, d, 2) / d).repeat_interleave(2)
    angles = torch.arange(T).unsqueeze(1) * speed
    return torch.where(torch.arange(d) % 2 == 1, angles.cos(), angles.sin())


@right("05.2")
def by_list(T, d):
    if d % 2:
        raise ValueError
    rows = []
    for p in range(T):
        row = []
        for i in range(d // 2):
            angle = p / (10000 ** (2 * i / d))
            row += [math.sin(angle), math.cos(angle)]
        rows.append(row)
    return torch.tensor(rows, dtype=torch.float32).reshape(T, d)


@right("05.2")
def of_complex_numbers(T, d):
    if d % 2:
        raise ValueError("pairs")
    turns = torch.polar(torch.ones(T, d // 2), torch.arange(T)[:, None] * torch.pow(10000, -torch.arange(0, d, 2) / d))
    return torch.stack((turns.imag, turns.real), dim=-1).view(T, d)


@right("05.2")
def strict_about_widths_and_positions(T, d):
    if d % 2 or d < 1 or T < 0:
        raise ValueError("no such table")
    return waves(T, d)


@wrong("05.2", told="in_degrees", says="Your angles are taken for degrees")
def in_degrees(T, d):
    if d % 2:
        raise ValueError("odd")
    angles = torch.deg2rad(torch.arange(T)[:, None] / 10000 ** (torch.arange(0, d, 2) / d))
    table = torch.zeros(T, d)
    table[:, 0::2], table[:, 1::2] = angles.sin(), angles.cos()
    return table


@wrong("05.2", told="up_to_the_whole_exponent", says="the exponent runs up to 1")
def as_in_tensor2tensor_but_in_pairs(T, d):
    half = d // 2
    return waves(T, d, torch.arange(half) / max(half - 1, 1))


@wrong("05.2", told="one_speed_for_all", says="All your columns have the same speed")
def whole_division_of_the_exponent(T, d):
    return waves(T, d, torch.arange(0, d, 2) // d)


@wrong("05.2", told="quicker_and_quicker", says="Your later columns are faster")
def times_the_power(T, d):
    if d % 2:
        raise ValueError("odd")
    angles = torch.arange(T, dtype=torch.float64)[:, None] * 10000.0 ** (torch.arange(0, d, 2, dtype=torch.float64) / d)
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(1).float()


@wrong("05.2", told="on_its_side", says="The table lies on its side")
def on_its_side(T, d):
    return waves(T, d).transpose(0, 1).contiguous()


@wrong("05.2", told="cosine_first", says="Sine and cosine have changed places")
def cosine_first(T, d):
    if d % 2:
        raise ValueError("odd")
    table = waves(T, d)
    return table.view(T, d // 2, 2).flip(-1).reshape(T, d)


@wrong("05.2", says=PAIR)
def another_base(T, d):
    return waves(T, d, base=1000.0)


@wrong("05.2", says=PAIR)
def base_11000(T, d):
    return waves(T, d, base=11000.0)


@wrong("05.2", says=PAIR)
def counted_in_pairs_from_1(T, d):
    exponents = torch.arange(0, d, 2) / d
    return waves(T, d, torch.where(exponents > 0, (torch.arange(0, d, 2) + 2) / d, exponents))


@wrong("05.2", says=ITSELF)
def first_pair_slowed(T, d):
    return waves(T, d, torch.arange(2, d + 2, 2) / d)


@wrong("05.2", says="Only the odd columns (1, 3, ...) are wrong")
def speeds_of_odd_columns_by_column(T, d):
    table = waves(T, d)
    j = torch.arange(1, d, 2)
    if d > 2:
        table[:, 1::2] = torch.cos(torch.arange(T)[:, None] / 10000 ** ((j + 1) / d))
    return table


@wrong("05.2", says="column 1 of row 0 should be 1; it is 0")
def cosines_forgotten(T, d):
    table = waves(T, d)
    table[:, 1::2] = 0
    return table


@wrong("05.2", says="column 0 of row 0 should be 0; it is 1")
def cosines_only(T, d):
    table = waves(T, d)
    table[:, 0::2] = table[:, 1::2]
    return table


@wrong("05.2", says="rounded to 2 decimals")
def rounded(T, d):
    return (waves(T, d) * 100).round() / 100


@wrong("05.2", says="rounded to 3 decimals")
def rounded_finer(T, d):
    return waves(T, d).round(decimals=3)


@wrong("05.2", says=FAR)
def of_at_most_5000_positions(T, d):
    return waves(5000, d)[:T]


@wrong("05.2", says=FAR)
def positions_begin_again_after_512(T, d):
    return waves(512, d)[torch.arange(T) % 512]


@wrong("05.2", says="(0, d)")
def no_positions_refused(T, d):
    if T == 0:
        raise ValueError("no positions")
    return waves(T, d)


@wrong("05.2", says="is torch.float64, not torch.float32")
def double_precision(T, d):
    if d % 2:
        raise ValueError("odd")
    return torch.from_numpy(np.asarray(waves(T, d).double()))


@wrong("05.2", says="not a torch tensor")
def a_numpy_array(T, d):
    return waves(T, d).numpy()


@wrong("05.2", says="here it should raise ValueError")
def odd_widths_get_a_word(T, d):
    if d % 2:
        return "d must be even"
    return waves(T, d)


@wrong("05.2", says="it should raise ValueError")
def odd_widths_fail_an_assertion(T, d):
    assert d % 2 == 0, "d must be even"
    return waves(T, d)


@wrong("05.2", says="An odd width is answered with ValueError")
def odd_widths_are_made_even(T, d):
    return waves(T, d - d % 2)


@wrong("05.2", says="An odd width is answered with ValueError")
def only_width_3_refused(T, d):
    if d == 3:
        raise ValueError("odd")
    return waves(T, d + d % 2)[:, :d]


@wrong("05.2", says="The first digits agree")
def half_precision_inside(T, d):
    return waves(T, d).bfloat16().float()


@wrong("05.2", says="has shape (1, 3, 2), not (3, 2)")
def with_an_axis_for_the_batch(T, d):
    return waves(T, d)[None] if T > 1 else waves(T, d)


@wrong("05.2", says="handed out the very same tensor")
def kept_by_width(T, d):
    return kept_by_width.made.setdefault(d, waves(T, d))


kept_by_width.made = {}


@lru_cache
def kept_for_ever(T, d):
    return waves(T, d)


@wrong("05.2", says="handed out the very same tensor")
def the_same_table_each_time(T, d):
    if d % 2:
        raise ValueError("odd")
    return kept_for_ever(T, d)


@right("05.2")
def a_copy_of_what_is_kept(T, d):
    if d % 2:
        raise ValueError("odd")
    return kept_for_ever(T, d).clone()


@wrong("05.2", says="What is kept from one call to the next?")
def one_for_all(T, d):
    return one_for_all_rows(waves(T, d))


@lru_cache
def first_of_all():
    return []


def one_for_all_rows(table):
    first_of_all().append(table)
    return first_of_all()[0] if table.numel() else table
