"""Answers to 04.5."""

from __future__ import annotations

import math

import torch

from tests.checks.answers import right, wrong

PLACES = "Positions come in any order, may start anywhere and be large."
BASES = "`base` may be any number above 1"
AXES = "There may be any number of axes before (T, d)."
SPEEDS = "your pairs turn by"


def angles_of(x, positions, base):
    d = x.shape[-1]
    return torch.outer(positions.to(x.dtype), base ** (-torch.arange(0, d, 2, dtype=x.dtype) / d))


def neighbours(x, angles):
    a, b, c, s = x[..., 0::2], x[..., 1::2], angles.cos(), angles.sin()
    return torch.stack([a * c - b * s, a * s + b * c], -1).flatten(-2)


def halves(x, angles):
    a, b = x.chunk(2, -1)
    return torch.cat([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()], -1)


@right("04.5")
def in_halves(x, positions, base=10000.0):
    return halves(x, angles_of(x, positions, base))


@right("04.5")
def with_matrices(x, positions, base=10000.0):
    angles = angles_of(x, positions, base)
    c, s = angles.cos(), angles.sin()
    turn = torch.stack([torch.stack([c, -s], -1), torch.stack([s, c], -1)], -2)
    return (turn @ x.unflatten(-1, (-1, 2)).unsqueeze(-1)).squeeze(-1).flatten(-2)


@right("04.5")
def in_numpy(x, positions, base=10000.0):
    import numpy as np

    v, d = x.detach().numpy(), x.shape[-1]
    angles = positions.numpy()[:, None] * np.power(float(base), -np.arange(0, d, 2) / d)
    z = (v[..., 0::2] + 1j * v[..., 1::2]) * np.exp(1j * angles)
    return torch.from_numpy(np.stack([z.real, z.imag], -1).reshape(v.shape)).to(x.dtype)


@right("04.5")
def pairs_from_both_ends(x, positions, base=10000.0):
    half = x.shape[-1] // 2
    y = torch.cat([x[..., :half], x[..., half:].flip(-1)], -1)
    y = halves(y, angles_of(x, positions, base))
    return torch.cat([y[..., :half], y[..., half:].flip(-1)], -1)


@right("04.5")
def last_pair_first(x, positions, base=10000.0):
    return neighbours(x, angles_of(x, positions, base).flip(-1))


@right("04.5")
def through_the_logarithm(x, positions, base=10000.0):
    d = x.shape[-1]
    speed = torch.exp(torch.arange(0, d, 2) * (-math.log(base) / d))
    angles = (positions.unsqueeze(1) * speed).to(x.dtype)
    return neighbours(x, -angles)


@right("04.5")
def token_by_token(x, positions, base=10000.0):
    y, d = x.clone(), x.shape[-1]
    for t, p in enumerate(positions.tolist()):
        for i in range(d // 2):
            c, s = math.cos(p / base ** (2 * i / d)), math.sin(p / base ** (2 * i / d))
            y[..., t, i] = c * x[..., t, i] - s * x[..., t, i + d // 2]
            y[..., t, i + d // 2] = s * x[..., t, i] + c * x[..., t, i + d // 2]
    return y


@wrong("04.5", says="on the position, not on the token")
def angle_grows_with_the_length(x, positions, base=10000.0):
    return neighbours(x, angles_of(x, positions, base) * x.norm(dim=-1, keepdim=True))


@wrong("04.5", says=BASES)
def base_of_the_first_pair_only(x, positions, base=10000.0):
    angles = angles_of(x, positions, 10000.0)
    angles[:, 1:2] = angles_of(x, positions, base)[:, 1:2]
    return neighbours(x, angles)


@wrong("04.5", told="base_written_out", says="`base` is never used")
def ten_thousand(x, positions, base=10000.0):
    return halves(x, angles_of(x, positions, 10000.0))


@wrong("04.5", says=SPEEDS)
def base_of_a_thousand(x, positions, base=10000.0):
    return neighbours(x, angles_of(x, positions, 1000.0))


@wrong("04.5", says="At position 0 the vector")
def counted_from_one(x, positions, base=10000.0):
    return neighbours(x, angles_of(x, positions + 1, base))


@wrong("04.5", says=SPEEDS)
def position_as_a_share_of_the_text(x, positions, base=10000.0):
    return neighbours(x, angles_of(x, positions, base) / 10)


@wrong("04.5", told="half_the_exponent", says="fall off too slowly")
def pairs_counted_over_d(x, positions, base=10000.0):
    d = x.shape[-1]
    return halves(x, positions[:, None] / base ** (torch.arange(d // 2, dtype=x.dtype) / d))


@wrong("04.5", told="twice_the_exponent", says="doubled that counts by two already")
def doubled_though_counted_by_two(x, positions, base=10000.0):
    d = x.shape[-1]
    return neighbours(x, positions[:, None] / base ** (2 * torch.arange(0, d, 2, dtype=x.dtype) / d))


@wrong("04.5", told="twice_the_exponent", says="or it is divided by d / 2")
def over_half_of_d(x, positions, base=10000.0):
    half = x.shape[-1] // 2
    return halves(x, positions[:, None] / base ** (torch.arange(0, 2 * half, 2, dtype=x.dtype) / half))


@wrong("04.5", told="faster_and_faster", says="Your later pairs turn faster")
def minus_forgotten(x, positions, base=10000.0):
    d = x.shape[-1]
    return halves(x, positions[:, None] * base ** (torch.arange(0, d, 2, dtype=x.dtype) / d))


@wrong("04.5", says=SPEEDS)
def pairs_counted_from_one(x, positions, base=10000.0):
    d = x.shape[-1]
    return neighbours(x, positions[:, None] * base ** (-torch.arange(2, d + 2, 2, dtype=x.dtype) / d))


@wrong("04.5", says=SPEEDS)
def speeds_on_a_straight_line(x, positions, base=10000.0):
    d = x.shape[-1]
    return neighbours(x, positions[:, None] * (1 - torch.arange(0, d, 2, dtype=x.dtype) / d))


@wrong("04.5", told="one_speed_for_all", says="same speed")
def same_speed(x, positions, base=10000.0):
    return halves(x, positions[:, None].to(x.dtype).expand(-1, x.shape[-1] // 2))


@wrong("04.5", says=SPEEDS)
def in_degrees(x, positions, base=10000.0):
    return neighbours(x, torch.deg2rad(angles_of(x, positions, base)))


@wrong("04.5", told="put_back_as_halves", says="put back as halves")
def taken_in_turn_laid_end_to_end(x, positions, base=10000.0):
    angles = angles_of(x, positions, base)
    a, b = x[..., ::2], x[..., 1::2]
    return torch.cat([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()], -1)


@wrong("04.5", told="put_back_as_neighbours", says="put back in turn")
def taken_as_halves_laid_in_turn(x, positions, base=10000.0):
    angles = angles_of(x, positions, base)
    a, b = x.chunk(2, -1)
    return torch.stack([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()], -1).flatten(-2)


@wrong("04.5", told="put_back_as_halves_turned_clockwise", says="put back as halves")
def taken_in_turn_laid_end_to_end_clockwise(x, positions, base=10000.0):
    return taken_in_turn_laid_end_to_end(x, -positions, base)


@wrong("04.5", told="put_back_as_neighbours_turned_clockwise", says="put back in turn")
def taken_as_halves_laid_in_turn_clockwise(x, positions, base=10000.0):
    return taken_as_halves_laid_in_turn(x, -positions, base)


@wrong("04.5", told="without_the_minus", says="the same sign before the sine")
def two_pluses_in_halves(x, positions, base=10000.0):
    angles = angles_of(x, positions, base)
    a, b = x.chunk(2, -1)
    return torch.cat([a * angles.cos() + b * angles.sin(), a * angles.sin() + b * angles.cos()], -1)


@wrong("04.5", says="At position 0 the vector [0, 1] becomes [0, -1]")
def two_minuses(x, positions, base=10000.0):
    angles = angles_of(x, positions, base)
    a, b = x[..., ::2], x[..., 1::2]
    return torch.stack([a * angles.cos() - b * angles.sin(), a * angles.sin() - b * angles.cos()], -1).flatten(-2)


@wrong("04.5", says="has length")
def cosine_alone(x, positions, base=10000.0):
    return x * angles_of(x, positions, base).cos().repeat_interleave(2, -1)


@wrong("04.5", says="has length")
def each_number_by_itself(x, positions, base=10000.0):
    angles = angles_of(x, positions, base).repeat_interleave(2, -1)
    return x * angles.cos() + x * angles.sin()


@wrong("04.5", told="adds_instead_of_turning", says="add cosines and sines")
def sinusoids_added(x, positions, base=10000.0):
    angles = angles_of(x, positions, base)
    return x + torch.stack([angles.sin(), angles.cos()], -1).flatten(-2)


@wrong("04.5", says="has length")
def sinusoids_added_as_halves(x, positions, base=10000.0):
    angles = angles_of(x, positions, base)
    return x * torch.cat([angles.cos(), angles.sin()], -1)


@wrong("04.5", says="your pairs turn by")
def first_pair_left_out(x, positions, base=10000.0):
    y = neighbours(x, angles_of(x, positions, base))
    return torch.cat([x[..., :2], y[..., 2:]], -1)


@wrong("04.5", says="your pairs turn by")
def half_of_the_width(x, positions, base=10000.0):
    half = max(2, x.shape[-1] // 4 * 2)
    return torch.cat([neighbours(x[..., :half], angles_of(x[..., :half], positions, base)), x[..., half:]], -1)


@wrong("04.5", told="counts_for_itself", says="you count the tokens 0, 1, 2")
def as_they_come(x, positions, base=10000.0):
    return halves(x, angles_of(x, torch.arange(x.size(-2)), base))


@wrong("04.5", says="at position")
def positions_sorted(x, positions, base=10000.0):
    return neighbours(x, angles_of(x, positions.sort().values, base))


@wrong("04.5", says="at position")
def positions_since_the_first(x, positions, base=10000.0):
    return neighbours(x, angles_of(x, positions - positions[0], base))


@wrong("04.5", says=PLACES)
def a_table_of_a_thousand(x, positions, base=10000.0):
    table = angles_of(x, torch.arange(1000), base)
    return neighbours(x, table[positions])


@wrong("04.5", says=PLACES)
def places_modulo_two_thousand(x, positions, base=10000.0):
    return neighbours(x, angles_of(x, positions % 2048, base))


@wrong("04.5", says=AXES)
def tokens_on_axis_one(x, positions, base=10000.0):
    if x.dim() < 4:
        return neighbours(x, angles_of(x, positions, base))
    return neighbours(x.transpose(1, 2), angles_of(x, positions, base)[:2, None]).transpose(1, 2)


@wrong("04.5", says="stopped")
def one_text_only(x, positions, base=10000.0):
    T, d = x.shape
    return neighbours(x, angles_of(x, positions, base))


@wrong("04.5", told="two_pairings_mixed", says="Two ways of pairing are mixed")
def halves_with_angles_of_neighbours(x, positions, base=10000.0):
    angles = angles_of(x, positions, base).repeat_interleave(2, -1)
    a, b = x.chunk(2, -1)
    return x * angles.cos() + torch.cat([-b, a], -1) * angles.sin()


@wrong("04.5", says="has length")
def neighbours_with_angles_of_halves(x, positions, base=10000.0):
    angles = angles_of(x, positions, base)
    angles = torch.cat([angles, angles], -1)
    other = torch.stack([-x[..., 1::2], x[..., 0::2]], -1).flatten(-2)
    return x * angles.cos() + other * angles.sin()


@wrong("04.5", told="overwritten_too_soon", says="overwritten before the second")
def overwritten(x, positions, base=10000.0):
    angles = angles_of(x, positions, base)
    a, b = x[..., 0::2], x[..., 1::2]
    a = a * angles.cos() - b * angles.sin()
    b = a * angles.sin() + b * angles.cos()
    return torch.stack([a, b], -1).flatten(-2)


@wrong("04.5", says="has length")
def made_unit_length(x, positions, base=10000.0):
    y = neighbours(x, angles_of(x, positions, base))
    return y / y.norm(dim=-1, keepdim=True)


@wrong("04.5", says="torch.float32, not torch.float64")
def in_single_precision(x, positions, base=10000.0):
    x = x.float()
    return neighbours(x, angles_of(x, positions, base))


@wrong("04.5", says="changed its input x")
def writes_into_x(x, positions, base=10000.0):
    x.copy_(neighbours(x, angles_of(x, positions, base)))
    return x


@wrong("04.5", says="Your result is")
def a_tuple_of_halves(x, positions, base=10000.0):
    return neighbours(x, angles_of(x, positions, base)).chunk(2, -1)


MUTANTS = {
    "speed = base ** (-(-torch.arange(0, d, 2, dtype=x.dtype) / d))": "faster_and_faster",
    "angles = positions[:, None]": "one_speed_for_all",
    "speed = base ** (--torch.arange(0, d, 2, dtype=x.dtype) / d)": "faster_and_faster",
    "speed = base ** (-torch.arange(0, d, 2, dtype=x.dtype) / -d)": "faster_and_faster",
    "speed = base ** (torch.arange(0, d, 2, dtype=x.dtype) / d)": "faster_and_faster",
    "turned = torch.stack([a * angles.cos() + b * angles.sin(), a * angles.sin() + b * angles.cos()], dim=-1)": "without_the_minus",
    "turned = torch.stack([a * angles.cos() - -(b * angles.sin()), a * angles.sin() + b * angles.cos()], dim=-1)": "without_the_minus",
    "turned = torch.stack([a * angles.cos() - b * angles.sin(), -(a * angles.sin()) + b * angles.cos()], dim=-1)": "without_the_minus",
    "speed = base ** (-torch.arange(0, 2, d, dtype=x.dtype) / d)": "one_speed_for_all",
    "speed = base ** (-0 / d)": "one_speed_for_all",
    "turned = torch.stack([a * angles.cos() - -b * angles.sin(), a * angles.sin() + b * angles.cos()], dim=-1)": "without_the_minus",
    "turned = torch.stack([a * angles.cos() - b * -angles.sin(), a * angles.sin() + b * angles.cos()], dim=-1)": "without_the_minus",
    "turned = torch.stack([a * angles.cos() - b * angles.sin(), -a * angles.sin() + b * angles.cos()], dim=-1)": "without_the_minus",
    "turned = torch.stack([a * angles.cos() - b * angles.sin(), a * -angles.sin() + b * angles.cos()], dim=-1)": "without_the_minus",
    "turned = torch.stack([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()], dim=-2)": "put_back_as_halves",
}
