"""Answers to 04.6."""

from __future__ import annotations

import math

import torch
from torch import nn

from tests.checks.answers import right, wrong

DIVIDED = "is divided by sqrt(e) ="


@right("04.6")
def shifted_round(T):
    return 50 * torch.eye(T), 50 * torch.eye(T).roll(-1, 1)


@right("04.6")
def with_learnable_parameters(T):
    W_q = nn.Parameter(20 * T**0.5 * torch.eye(T))
    return W_q, nn.Parameter(torch.eye(T).roll(1, 0))


@right("04.6")
def column_by_column(T):
    W_q, W_k = torch.zeros(T, T), torch.zeros(T, T)
    for i in range(1, T):
        W_q[i, i] = 100.0
        W_k[i, i - 1] = 1.0
    return [W_q, W_k]


@right("04.6")
def on_a_circle(T):
    angles = torch.arange(T) * 2 * math.pi / 64
    W_k = torch.stack([angles.cos(), angles.sin()])
    W_q = torch.stack([(angles - 2 * math.pi / 64).cos(), (angles - 2 * math.pi / 64).sin()])
    return 2000 * W_q, W_k


@right("04.6")
def sixty_four_wide(T):
    W_q = torch.zeros(64, T)
    W_k = torch.zeros(64, T)
    W_q[torch.arange(1, T), torch.arange(1, T)] = 80.0
    W_k[torch.arange(1, T), torch.arange(T - 1)] = 1.0
    return W_q, W_k


@wrong("04.6", told="nothing_meets", says="one of the matrices is 0 everywhere")
def keys_of_zeros(T):
    return 10 * T**0.5 * torch.eye(T), torch.zeros(T, T)


@wrong("04.6", told="nothing_meets", says="no query meets a key")
def keys_beside_the_queries(T):
    W_q, W_k = torch.zeros(2 * T, T), torch.zeros(2 * T, T)
    W_q[:T], W_k[T:] = 50 * torch.eye(T), 50 * torch.eye(T)
    return W_q, W_k


@wrong("04.6", says="looks at all 2 positions up to itself alike")
def everything_alike(T):
    return torch.ones(T, T), torch.ones(T, T)


@wrong("04.6", told="looks_at_the_next", says="every position asks for the next one")
def shifted_the_wrong_way(T):
    return 30 * T**0.5 * torch.eye(T), torch.diag(torch.ones(T - 1), 1)


@wrong("04.6", told="looks_at_the_next", says="W_q and W_k have changed places")
def results_in_the_other_order(T):
    return torch.diag(torch.ones(T - 1), -1), 25 * T**0.5 * torch.eye(T)


@wrong("04.6", told="looks_at_itself", says="Every position looks at itself")
def the_same_directions(T):
    return 100 * torch.eye(T), torch.eye(T)


@wrong("04.6", told="looks_at_itself", says="Every position looks at itself")
def both_shifted(T):
    W = torch.eye(T)
    return W, 15 * T**0.5 * W


@wrong("04.6", told="looks_at_the_first", says="only key 0 answers")
def the_first_key_is_loud(T):
    W_k = torch.zeros(T, T)
    W_k[:, 0] = 1.0
    return 100 * torch.eye(T), W_k


@wrong("04.6", told="two_back", says="one too far back")
def shifted_on_both_sides(T):
    W_q = 20 * T**0.5 * torch.eye(T)[:, : T - 1]
    W_q = torch.cat([torch.zeros(T, 1), W_q], 1)
    return W_q, torch.diag(torch.ones(T - 1), -1)


@wrong("04.6", told="looks_away", says="the sign is not")
def sign_turned_round(T):
    return 20 * T**0.5 * torch.eye(T), -torch.diag(torch.ones(T - 1), -1)


@wrong("04.6", told="forgot_the_scale", says="too weak for long texts")
def ten_without_the_root(T):
    return torch.eye(T), 10 * torch.diag(torch.ones(T - 1), -1)


@wrong("04.6", says=DIVIDED)
def thirty_without_the_root(T):
    return 30 * torch.eye(T), torch.diag(torch.ones(T - 1), -1)


@wrong("04.6", says=DIVIDED)
def eight_instead_of_nine(T):
    return 8 * T**0.5 * torch.eye(T), torch.diag(torch.ones(T - 1), -1)


@wrong("04.6", says=DIVIDED)
def five_with_the_root(T):
    return 5 * T**0.5 * torch.eye(T), torch.diag(torch.ones(T - 1), -1)


@wrong("04.6", says=DIVIDED)
def divided_by_the_root_once_more(T):
    return 10 / T**0.5 * torch.eye(T), torch.diag(torch.ones(T - 1), -1)


@wrong("04.6", told="ones_only", says="a score of at most 1")
def nothing_but_ones(T):
    return torch.eye(T), torch.eye(T).roll(-1, 1) * (torch.arange(T) < T - 1)


@wrong("04.6", says=DIVIDED)
def a_parabola_too_flat(T):
    p = torch.arange(T, dtype=torch.float32)
    return torch.stack([2 * (p - 1), -torch.ones(T)]), torch.stack([p, p * p])


@wrong("04.6", says="Its scores are all 0: it looks at all 2 positions up to itself alike")
def one_number_is_not_enough(T):
    p = torch.arange(T, dtype=torch.float32)
    return 20 * (p[None] - 1), p[None]


@wrong("04.6", says="Position")
def random_weights(T):
    return torch.randn(T, T, generator=torch.Generator().manual_seed(0)), torch.eye(T)


@wrong("04.6", says="both should be (e,")
def transposed_and_wide(T):
    W_q, W_k = torch.zeros(T, T + 2), torch.zeros(T, T + 2)
    W_q[:, :T] = 90 * torch.eye(T)
    W_k[:-1, 1:T] = torch.eye(T - 1)
    return W_q, W_k


@wrong("04.6", says="both should be (e,")
def always_sixty_four(T):
    return 90 * torch.eye(64), torch.eye(64).roll(-1, 1)


@wrong("04.6", says="is torch.float64. The positions torch.eye(T) are torch.float32")
def double_precision(T):
    return 90 * torch.eye(T, dtype=torch.float64), torch.eye(T).roll(-1, 1)


@wrong("04.6", says="W_q is torch.int64")
def whole_numbers(T):
    return 90 * torch.eye(T, dtype=torch.int64), torch.eye(T).roll(-1, 1)


@wrong("04.6", says="not finite")
def infinitely_loud(T):
    return torch.eye(T).masked_fill(torch.eye(T) == 1, math.inf), torch.eye(T).roll(-1, 1)


@wrong("04.6", says="too large for float32")
def far_too_loud(T):
    return 1e30 * torch.eye(T), 1e30 * torch.eye(T).roll(-1, 1)


@wrong("04.6", says="two things were asked for: W_q and W_k")
def the_weights_themselves(T):
    return torch.eye(T).roll(-1, 1)


@wrong("04.6", says="Your W_q is a torch.nn.modules.linear.Linear, not a torch tensor")
def two_layers(T):
    return nn.Linear(T, T, bias=False), nn.Linear(T, T, bias=False)


MUTANTS = {
    "W_q = -(9 * sqrt(T)) * torch.eye(T)": "looks_away",
    "W_q = 9 * sqrt(T) * -torch.eye(T)": "looks_away",
    "W_q = torch.eye(T)": "ones_only",
    "return (W_k, W_q)": "looks_at_the_next",
    "W_q = -9 * sqrt(T) * torch.eye(T)": "looks_away",
    "W_q = 9 * -sqrt(T) * torch.eye(T)": "looks_away",
    "W_k = torch.diag(torch.ones(T - 1), 1)": "looks_at_the_next",
    "W_k = torch.diag(torch.zeros(T - 1), -1)": "nothing_meets",
}
