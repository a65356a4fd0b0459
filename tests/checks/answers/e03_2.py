"""Answers to 03.2."""

from __future__ import annotations

import torch
from torch.nn.functional import linear

from tests.checks.answers import right, wrong

MUTANTS = {
    "c = c + torch.sigmoid(i) * torch.tanh(g)": "never_forgets",
    "c = torch.sigmoid(f) * c + (torch.sigmoid(i) + torch.tanh(g))": "added_the_gate",
    "c = torch.sigmoid(f) * c + torch.sigmoid(i) * g": "news_not_squashed",
    "c = torch.sigmoid(f) * c + torch.tanh(g)": "lets_everything_in",
    "c = torch.sigmoid(i) * torch.tanh(g)": "keeps_nothing",
    "i, f, g, o = (x @ w_x.T + b).chunk(4, dim=-1)": "gates_without_h",
    "i, f, g, o = (h @ w_h.T + b).chunk(4, dim=-1)": "gates_without_x",
    "i, f, g, o = (x @ w_x.T + h @ w_h.T).chunk(4, dim=-1)": "without_bias",
    "return (c, torch.sigmoid(o) * torch.tanh(c))": "returned_in_the_other_order",
    "return (torch.sigmoid(o) * c, c)": "shown_without_tanh",
    "return (torch.tanh(c), c)": "shows_everything",
}
KEPT = {}


def blocks(x, h, w_x, w_h, b):
    return (x @ w_x.T + h @ w_h.T + b).chunk(4, dim=-1)


def squashed(x, h, w_x, w_h, b):
    i, f, g, o = blocks(x, h, w_x, w_h, b)
    return i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()


@right("03.2")
def sigmoid_written_out(x, h, c, w_x, w_h, b):
    i, f, g, o = blocks(x, h, w_x, w_h, b)
    i, f, o = (1 / (1 + torch.exp(-z)) for z in (i, f, o))
    new = f * c + i * torch.tanh(g)
    return o * torch.tanh(new), new


@right("03.2")
def gates_as_half_a_tanh(x, h, c, w_x, w_h, b):
    i, f, g, o = blocks(x, h, w_x, w_h, b)
    i, f, o = (0.5 + 0.5 * torch.tanh(z / 2) for z in (i, f, o))
    new = f * c + i * g.tanh()
    return o * new.tanh(), new


@right("03.2")
def text_by_text(x, h, c, w_x, w_h, b):
    shown, cells = [], []
    for n in range(len(x)):
        i, f, g, o = (w_x @ x[n] + w_h @ h[n] + b).unflatten(0, (4, -1))
        cells.append(f.sigmoid() * c[n] + i.sigmoid() * g.tanh())
        shown.append(o.sigmoid() * cells[-1].tanh())
    return torch.stack(shown), torch.stack(cells)


@right("03.2")
def a_list_from_lerp(x, h, c, w_x, w_h, b):
    i, f, g, o = squashed(x, h, w_x, w_h, b)
    new = torch.zeros_like(c).lerp(c, f) + i * g
    return [o * new.tanh(), new]


@right("03.2")
def three_gates_in_one_sigmoid(x, h, c, w_x, w_h, b):
    z = linear(x, w_x, b / 2) + linear(h, w_h, b / 2)
    d = h.size(-1)
    gate = torch.sigmoid(torch.cat([z[:, : 2 * d], z[:, 3 * d :]], dim=1))
    new = gate[:, d : 2 * d] * c + gate[:, :d] * torch.tanh(z[:, 2 * d : 3 * d])
    return gate[:, 2 * d :] * torch.tanh(new), new


@wrong("03.2", says="Sums as far from 0 as 100 must work")
def sigmoid_as_e_z_over_1_plus_e_z(x, h, c, w_x, w_h, b):
    i, f, g, o = blocks(x, h, w_x, w_h, b)
    i, f, o = (z.exp() / (1 + z.exp()) for z in (i, f, o))
    new = f * c + i * g.tanh()
    return o * new.tanh(), new


@wrong("03.2", says="Sums as far from 0 as 100 must work")
def tanh_of_the_news_from_exponentials(x, h, c, w_x, w_h, b):
    i, f, g, o = blocks(x, h, w_x, w_h, b)
    new = f.sigmoid() * c + i.sigmoid() * (g.exp() - (-g).exp()) / (g.exp() + (-g).exp())
    return o.sigmoid() * new.tanh(), new


@wrong(
    "03.2", told="order_figo", says="you name them right and multiply the old cell state by i and the new content by f"
)
def i_keeps_and_f_lets_in(x, h, c, w_x, w_h, b):
    i, f, g, o = squashed(x, h, w_x, w_h, b)
    new = i * c + f * g
    return o * new.tanh(), new


@wrong("03.2", told="order_figo", says="Either you take the four blocks in the order f, i, g, o")
def the_order_of_many_a_picture(x, h, c, w_x, w_h, b):
    f, i, g, o = squashed(x, h, w_x, w_h, b)
    new = f * c + i * g
    return o * new.tanh(), new


@wrong("03.2", told="order_ifog", says="use the third as the gate and the last as the new content")
def g_shows_and_o_is_the_news(x, h, c, w_x, w_h, b):
    i, f, g, o = blocks(x, h, w_x, w_h, b)
    new = f.sigmoid() * c + i.sigmoid() * o.tanh()
    return g.sigmoid() * new.tanh(), new


@wrong("03.2", says="the order f, g, i, o")
def another_order(x, h, c, w_x, w_h, b):
    f, g, i, o = blocks(x, h, w_x, w_h, b)
    new = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * new.tanh(), new


@wrong("03.2", says="the order g, i, f, o")
def the_news_first(x, h, c, w_x, w_h, b):
    g, i, f, o = blocks(x, h, w_x, w_h, b)
    new = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * new.tanh(), new


@wrong("03.2", told="without_bias", says="The bias never comes in")
def no_bias(x, h, c, w_x, w_h, b):
    i, f, g, o = squashed(x, h, w_x, w_h, 0)
    new = f * c + i * g
    return o * new.tanh(), new


@wrong("03.2", told="bias_twice", says="where each of the two products is given it")
def two_layers_with_the_bias(x, h, c, w_x, w_h, b):
    return torch.lstm_cell(x, (h, c), w_x, w_h, b, b)


@wrong("03.2", says="sums of w_x times x + w_h times c + b")
def gates_look_at_the_cell(x, h, c, w_x, w_h, b):
    i, f, g, o = squashed(x, c, w_x, w_h, b)
    new = f * c + i * g
    return o * new.tanh(), new


@wrong("03.2", says="which is f * c - i * g there")
def news_subtracted(x, h, c, w_x, w_h, b):
    i, f, g, o = squashed(x, h, w_x, w_h, b)
    new = f * c - i * g
    return o * new.tanh(), new


@wrong("03.2", says="which is f * c + f * g there")
def one_gate_for_both(x, h, c, w_x, w_h, b):
    i, f, g, o = squashed(x, h, w_x, w_h, b)
    new = f * c + f * g
    return o * new.tanh(), new


@wrong("03.2", says="which is (1 - i) * c + i * g there")
def keeps_what_it_does_not_let_in(x, h, c, w_x, w_h, b):
    i, f, g, o = squashed(x, h, w_x, w_h, b)
    new = (1 - i) * c + i * g
    return o * new.tanh(), new


@wrong("03.2", says="which is f * h + i * g there")
def keeps_what_was_shown(x, h, c, w_x, w_h, b):
    i, f, g, o = squashed(x, h, w_x, w_h, b)
    new = f * h + i * g
    return o * new.tanh(), new


@wrong("03.2", says="which is f * (c + i * g) there")
def forgets_the_news_too(x, h, c, w_x, w_h, b):
    i, f, g, o = squashed(x, h, w_x, w_h, b)
    new = f * (c + i * g)
    return o * new.tanh(), new


@wrong("03.2", says="which is c there")
def the_old_cell_comes_back(x, h, c, w_x, w_h, b):
    i, f, g, o = squashed(x, h, w_x, w_h, b)
    return o * (f * c + i * g).tanh(), c.clone()


@wrong("03.2", told="squashed_twice", says="has been squashed by a tanh")
def cell_squashed_and_shown_squashed_again(x, h, c, w_x, w_h, b):
    i, f, g, o = squashed(x, h, w_x, w_h, b)
    new = (f * c + i * g).tanh()
    return o * new.tanh(), new


@wrong("03.2", says="which is tanh(o * c') there")
def tanh_around_both(x, h, c, w_x, w_h, b):
    i, f, g, o = squashed(x, h, w_x, w_h, b)
    new = f * c + i * g
    return torch.tanh(o * new), new


@wrong("03.2", says="which is o * sigmoid(c') there")
def shown_through_a_sigmoid(x, h, c, w_x, w_h, b):
    i, f, g, o = squashed(x, h, w_x, w_h, b)
    new = f * c + i * g
    return o * new.sigmoid(), new


@wrong("03.2", says="which is (o before its sigmoid) * tanh(c') there")
def output_gate_not_squashed(x, h, c, w_x, w_h, b):
    i, f, g, o = blocks(x, h, w_x, w_h, b)
    new = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o * new.tanh(), new


@wrong("03.2", says="gates that are not squashed")
def no_gate_squashed(x, h, c, w_x, w_h, b):
    i, f, g, o = blocks(x, h, w_x, w_h, b)
    new = f * c + i * g.tanh()
    return o * new.tanh(), new


@wrong("03.2", says="gates cut off at 0 and 1, in place of a sigmoid")
def hard_sigmoids(x, h, c, w_x, w_h, b):
    i, f, g, o = blocks(x, h, w_x, w_h, b)
    i, f, o = (torch.nn.functional.hardsigmoid(z) for z in (i, f, o))
    new = f * c + i * g.tanh()
    return o * new.tanh(), new


@wrong("03.2", says="which is f * c there")
def news_through_a_relu(x, h, c, w_x, w_h, b):
    i, f, g, o = blocks(x, h, w_x, w_h, b)
    new = f.sigmoid() * c + i.sigmoid() * g.relu()
    return o.sigmoid() * new.tanh(), new


@wrong("03.2", told="squashed_before_cutting", says="g goes through a sigmoid and then a tanh")
def a_sigmoid_on_g_before_its_tanh(x, h, c, w_x, w_h, b):
    i, f, g, o = blocks(x, h, w_x, w_h, b)
    new = f.sigmoid() * c + i.sigmoid() * torch.tanh(g.sigmoid())
    return o.sigmoid() * new.tanh(), new


@wrong("03.2", told="dealt_out_like_cards", says="every fourth to the same gate")
def every_fourth_column(x, h, c, w_x, w_h, b):
    z = x @ w_x.T + h @ w_h.T + b
    i, f, g, o = (z[:, k::4] for k in range(4))
    new = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * new.tanh(), new


@wrong("03.2", says="rounded to 3 decimals")
def three_decimals(x, h, c, w_x, w_h, b):
    i, f, g, o = squashed(x, h, w_x, w_h, b)
    new = f * c + i * g
    return tuple(each.mul(1000).round().div(1000) for each in (o * new.tanh(), new))


@wrong("03.2", says="is torch.float32, not torch.float64")
def always_float32(x, h, c, w_x, w_h, b):
    x, h, c, w_x, w_h, b = (each.float() for each in (x, h, c, w_x, w_h, b))
    return torch.lstm_cell(x, (h, c), w_x, w_h, b, 0 * b)


@wrong("03.2", says="changed its input c")
def the_cell_in_place(x, h, c, w_x, w_h, b):
    i, f, g, o = squashed(x, h, w_x, w_h, b)
    c.detach().mul_(f.detach()).add_((i * g).detach())
    return o * c.tanh(), c


@wrong("03.2", says="no gradient comes back")
def with_numpy(x, h, c, w_x, w_h, b):
    import numpy

    x, h, c, w_x, w_h, b = (each.detach().numpy() for each in (x, h, c, w_x, w_h, b))
    i, f, g, o = numpy.split(x @ w_x.T + h @ w_h.T + b, 4, axis=-1)
    i, f, o = (0.5 + 0.5 * numpy.tanh(z / 2) for z in (i, f, o))
    new = f * c + i * numpy.tanh(g)
    return torch.from_numpy(o * numpy.tanh(new)), torch.from_numpy(new)


@wrong("03.2", says="no gradient comes back from your h to w_x, w_h, b")
def torchs_cell_filled_with_copies(x, h, c, w_x, w_h, b):
    cell = torch.nn.LSTMCell(x.shape[1], h.shape[1], dtype=x.dtype)
    with torch.no_grad():
        cell.weight_ih.copy_(w_x), cell.weight_hh.copy_(w_h), cell.bias_ih.copy_(b), cell.bias_hh.zero_()
    return cell(x, (h, c))


@wrong("03.2", says="two things were asked for: h and c")
def one_stacked_tensor(x, h, c, w_x, w_h, b):
    i, f, g, o = squashed(x, h, w_x, w_h, b)
    new = f * c + i * g
    return torch.stack([o * new.tanh(), new])


@wrong("03.2", says="two things were asked for: h and c")
def only_what_is_shown(x, h, c, w_x, w_h, b):
    i, f, g, o = squashed(x, h, w_x, w_h, b)
    return o * (f * c + i * g).tanh()


@wrong("03.2")
def kept_by_shape(x, h, c, w_x, w_h, b):
    i, f, g, o = squashed(x, h, w_x, w_h, b)
    new = f * c + i * g
    return KEPT.setdefault(tuple(c.shape), (o.detach() * new.detach().tanh(), new.detach()))
