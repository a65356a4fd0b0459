"""Answers to 03.1."""

from __future__ import annotations

import math

import torch
from torch.nn.functional import linear

from tests.checks.answers import right, wrong

MUTANTS = {
    "return torch.tanh(h @ w_h.T + b)": "hears_nothing",
    "return torch.tanh(x @ w_x.T + b)": "forgets_the_past",
    "return torch.tanh(x @ w_x.T + h + b)": "without_w_h",
    "return torch.tanh(x @ w_x.T + h @ w_h.T)": "without_bias",
    "return x @ w_x.T + h @ w_h.T + b": "without_tanh",
    "return torch.tanh(w_x.T @ x + h @ w_h.T + b)": "one_text_at_a_time",
    "return torch.tanh(x @ w_x.T + w_h.T @ h + b)": "one_text_at_a_time",
}
KEPT = {}


def total(x, h, w_x, w_h, b):
    return x @ w_x.T + h @ w_h.T + b


@right("03.1")
def torchs_own_cell(x, h, w_x, w_h, b):
    return torch.rnn_tanh_cell(x, h, w_x, w_h, b, torch.zeros_like(b))


@right("03.1")
def row_by_row(x, h, w_x, w_h, b):
    rows = []
    for before, old in zip(x, h, strict=True):
        rows.append(torch.stack([(w_x[i] * before).sum() + (w_h[i] * old).sum() + b[i] for i in range(len(b))]))
    return torch.stack(rows).tanh()


@right("03.1")
def tanh_in_two_halves(x, h, w_x, w_h, b):
    z = total(x, h, w_x, w_h, b)
    return torch.where(z > 0, 1 - 2 * torch.sigmoid(-2 * z), 2 * torch.sigmoid(2 * z) - 1)


@right("03.1")
def bias_shared_between_two_layers(x, h, w_x, w_h, b):
    return torch.tanh(linear(x, w_x, b / 2) + linear(h, w_h, b / 2))


@right("03.1")
def a_column_of_ones_for_the_bias(x, h, w_x, w_h, b):
    both = torch.cat([x, h, torch.ones_like(x[:, :1])], dim=1)
    return (both @ torch.cat([w_x, w_h, b[:, None]], dim=1).t()).tanh_()


@wrong("03.1", says="Sums as far from 0 as 100 must work")
def tanh_from_two_exponentials(x, h, w_x, w_h, b):
    z = total(x, h, w_x, w_h, b)
    return (z.exp() - (-z).exp()) / (z.exp() + (-z).exp())


@right("03.1")
def tanh_from_one_over(x, h, w_x, w_h, b):
    return 2 / (1 + torch.exp(-2 * total(x, h, w_x, w_h, b))) - 1


@wrong("03.1", says="Sums as far from 0 as 100 must work")
def tanh_from_one_exponential_below(x, h, w_x, w_h, b):
    down = (-2 * total(x, h, w_x, w_h, b)).exp()
    return (1 - down) / (1 + down)


@wrong("03.1", says="Sums as far from 0 as 100 must work")
def tanh_from_one_exponential(x, h, w_x, w_h, b):
    up = (2 * total(x, h, w_x, w_h, b)).exp()
    return (up - 1) / (up + 1)


@right("03.1")
def infinities_mended_at_the_end(x, h, w_x, w_h, b):
    z = total(x, h, w_x, w_h, b)
    up, down = z.exp(), (-z).exp()
    return torch.where(z.abs() > 40, z.sign(), (up - down) / (up + down))


@wrong("03.1", told="bias_twice", says="where each of the two products is given it")
def two_layers_with_the_bias(x, h, w_x, w_h, b):
    return torch.tanh(linear(x, w_x, b) + linear(h, w_h, b))


@wrong("03.1", told="cut_off", says="You cut the sum off at -1 and 1")
def hardtanh(x, h, w_x, w_h, b):
    return torch.nn.functional.hardtanh(total(x, h, w_x, w_h, b))


@wrong("03.1", says="which is tanh(row 0 of w_x times x[0]) + tanh(row 0 of w_h times h[0]) + tanh(b[0])")
def tanh_of_each(x, h, w_x, w_h, b):
    return torch.tanh(x @ w_x.T) + torch.tanh(h @ w_h.T) + torch.tanh(b)


@wrong("03.1", says="which is tanh(row 0 of w_x times x[0]) + tanh((row 0 of w_h times h[0]) + b[0])")
def squashed_apart_with_the_bias_on_the_other_side(x, h, w_x, w_h, b):
    return torch.tanh(x @ w_x.T) + torch.tanh(h @ w_h.T + b)


@wrong("03.1", says="which is tanh((row 0 of w_x times x[0]) + (row 0 of w_h times h[0]) - b[0])")
def bias_subtracted(x, h, w_x, w_h, b):
    return torch.tanh(x @ w_x.T + h @ w_h.T - b)


@wrong("03.1", says="(row 0 of w_x times x[0]) - (row 0 of w_h times h[0]) + b[0])")
def the_past_subtracted(x, h, w_x, w_h, b):
    return torch.tanh(x @ w_x.T - h @ w_h.T + b)


@wrong("03.1", says="which is tanh(tanh(")
def tanh_twice(x, h, w_x, w_h, b):
    return total(x, h, w_x, w_h, b).tanh().tanh()


@wrong("03.1", says="which is tanh((column ")
def only_w_x_not_turned(x, h, w_x, w_h, b):
    return torch.tanh((x @ w_x if len(set(w_x.shape)) == 1 else x @ w_x.T) + h @ w_h.T + b)


@wrong("03.1", says="which is tanh((row 0 of w_x times x[0]))")
def no_past_and_no_bias(x, h, w_x, w_h, b):
    return torch.tanh(x @ w_x.T)


@wrong("03.1", says="the sigmoid of (")
def sigmoid_without_the_bias(x, h, w_x, w_h, b):
    return torch.sigmoid(x @ w_x.T + h @ w_h.T)


@wrong("03.1", says="which is (row 0 of w_x times x[0]) + (row 0 of w_h times h[0]) (case")
def neither_bias_nor_tanh(x, h, w_x, w_h, b):
    return x @ w_x.T + h @ w_h.T


@wrong("03.1", says="which is z / (1 + |z|) of the right sum")
def softsign(x, h, w_x, w_h, b):
    return torch.nn.functional.softsign(total(x, h, w_x, w_h, b))


@wrong("03.1", says="which is the sine of the right sum")
def sine(x, h, w_x, w_h, b):
    return torch.sin(total(x, h, w_x, w_h, b))


@wrong("03.1", says="which is (row ")
def leaky(x, h, w_x, w_h, b):
    return torch.nn.functional.leaky_relu(total(x, h, w_x, w_h, b))


@wrong("03.1", says="rounded to 3 decimals")
def three_decimals(x, h, w_x, w_h, b):
    return total(x, h, w_x, w_h, b).tanh().mul(1000).round().div(1000)


@wrong("03.1", says="which is (h[0, 0] + tanh(")
def halfway_to_the_new(x, h, w_x, w_h, b):
    return (h + total(x, h, w_x, w_h, b).tanh()) / 2


@wrong("03.1", says="which is the mean of column")
def averaged_over_the_batch(x, h, w_x, w_h, b):
    return total(x, h, w_x, w_h, b).tanh().mean(0, keepdim=True).expand_as(h)


@wrong("03.1", says=" of w_h times h[0])")
def the_first_memory_for_all(x, h, w_x, w_h, b):
    return torch.tanh(x @ w_x.T + h[:1] @ w_h.T + b)


@wrong("03.1", says="float32")
def always_float32(x, h, w_x, w_h, b):
    return total(*(each.float() for each in (x, h, w_x, w_h, b))).tanh()


@wrong("03.1", says="changed its input h")
def written_into_the_old_memory(x, h, w_x, w_h, b):
    new = total(x, h, w_x, w_h, b).tanh()
    h.copy_(new.detach())
    return new


@wrong("03.1", says="no gradient comes back")
def with_numpy(x, h, w_x, w_h, b):
    import numpy

    x, h, w_x, w_h, b = (each.detach().numpy() for each in (x, h, w_x, w_h, b))
    return torch.from_numpy(numpy.tanh(x @ w_x.T + h @ w_h.T + b))


@wrong("03.1", says="no gradient comes back from your h to w_x, w_h, b")
def torchs_cell_filled_with_copies(x, h, w_x, w_h, b):
    cell = torch.nn.RNNCell(x.shape[1], h.shape[1], dtype=x.dtype)
    with torch.no_grad():
        cell.weight_ih.copy_(w_x), cell.weight_hh.copy_(w_h), cell.bias_ih.copy_(b), cell.bias_hh.zero_()
    return cell(x, h)


@wrong("03.1", says="no gradient comes back from your h to h")
def the_past_detached(x, h, w_x, w_h, b):
    return total(x, h.detach(), w_x, w_h, b).tanh()


@wrong("03.1")
def kept_by_shape(x, h, w_x, w_h, b):
    if h.shape[1] not in KEPT:
        KEPT[h.shape[1]] = total(x, h, w_x, w_h, b).tanh().detach()
    return KEPT[h.shape[1]]


@wrong("03.1", says="Your h is a tuple of 2")
def a_pair_comes_back(x, h, w_x, w_h, b):
    new = total(x, h, w_x, w_h, b).tanh()
    return new, new


@wrong("03.1", says="not a torch tensor")
def a_list_of_rows(x, h, w_x, w_h, b):
    return [[math.tanh(each) for each in row] for row in total(x, h, w_x, w_h, b).tolist()]


@wrong("03.1", told="one_text_at_a_time", says="do not fit each other")
def only_w_h_stands_on_the_left(x, h, w_x, w_h, b):
    return torch.tanh(x @ w_x.T + w_h @ h + b)
