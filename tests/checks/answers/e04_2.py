"""Answers to 04.2."""

from __future__ import annotations

import torch

from tests.checks.answers import right, wrong

NO_TOKEN = "There may be no token at all"


@right("04.2")
def upper_triangle_turned(T):
    return torch.ones(T, T).triu().T.bool()


@right("04.2")
def with_numpy(T):
    import numpy as np

    return torch.from_numpy(np.tri(T, dtype=bool))


@right("04.2")
def the_added_mask_compared(T):
    return torch.full((T, T), float("-inf")).triu(1) == 0


@right("04.2")
def by_indices(T):
    mask = torch.zeros((T, T), dtype=torch.bool)
    rows, columns = torch.tril_indices(T, T)
    mask[rows, columns] = True
    return mask


@right("04.2")
def out_of_lists(T):
    return torch.tensor([[j <= i for j in range(T)] for i in range(T)], dtype=torch.bool).reshape(T, T)


@wrong("04.2", told="to_be_added", says="large negative number")
def large_negative_numbers(T):
    return torch.triu(torch.full((T, T), -1e9), diagonal=1)


@wrong("04.2", told="to_be_added", says="minus infinity")
def to_be_added_in_double_precision(T):
    return torch.zeros(T, T, dtype=torch.float64).masked_fill(torch.ones(T, T).triu(1) == 1, -torch.inf)


@wrong("04.2", says="Your mask is torch.float32, not torch.bool")
def to_be_added_the_wrong_way_round(T):
    return torch.full((T, T), float("-inf")).tril(-1)


@wrong("04.2", told="whole_numbers", says="or 254 in uint8")
def bytes_of_one_and_zero(T):
    return torch.tril(torch.ones(T, T, dtype=torch.uint8))


@wrong("04.2", told="ones_and_zeros", says="the numbers 1.0 and 0.0")
def double_ones_and_zeros(T):
    return torch.tril(torch.ones(T, T, dtype=torch.float64))


@wrong("04.2", says="Your mask is torch.float32, not torch.bool")
def floats_above_the_diagonal(T):
    return torch.triu(torch.ones(T, T))


@wrong("04.2", says="which came before it")
def itself_alone(T):
    return torch.eye(T, dtype=torch.bool)


@wrong("04.2", says="which came before it")
def itself_and_the_one_before(T):
    return torch.ones(T, T, dtype=torch.bool).tril().triu(-1)


@wrong("04.2", says="which came before it")
def a_window_of_sixteen(T):
    return torch.ones(T, T, dtype=torch.bool).tril().triu(-15)


@wrong("04.2", told="all_true", says="Your mask is True everywhere: nothing is hidden")
def everything(T):
    return torch.full((T, T), True)


@wrong("04.2", told="looks_ahead", says="True above the diagonal")
def columns_compared_the_wrong_way(T):
    return torch.arange(T)[None, :] >= torch.arange(T)[:, None]


@wrong("04.2", told="without_the_diagonal", says="No token may look at itself")
def strictly_before(T):
    return torch.arange(T)[None, :] < torch.arange(T)[:, None]


@wrong("04.2", says="may not look at itself")
def the_first_may_look(T):
    mask = torch.ones(T, T, dtype=torch.bool).tril(-1)
    mask[:1, :1] = True
    return mask


@wrong("04.2", says="moves the output at position")
def turned_at_the_other_diagonal(T):
    return torch.ones(T, T, dtype=torch.bool).tril().flip(0)


@wrong("04.2", says="moves the output at position")
def everybody_sees_the_first_row(T):
    mask = torch.ones(T, T, dtype=torch.bool).tril()
    mask[0] = True
    return mask


@wrong("04.2", says=NO_TOKEN)
def stacked_rows(T):
    return torch.stack([torch.arange(T) <= i for i in range(T)])


@wrong("04.2", told="from_nested_lists", says="so torch.tensor([]) has the shape (0,)")
def lists_of_lists_in_a_tensor(T):
    return torch.tensor([[j <= i for j in range(T)] for i in range(T)], dtype=torch.bool)


@wrong("04.2", says="not a torch tensor")
def lists_of_lists(T):
    return [[j <= i for j in range(T)] for i in range(T)]


@wrong("04.2", says="Your mask has shape (1, 2, 2), not (2, 2)")
def with_an_axis_for_the_batch(T):
    return torch.ones(T, T, dtype=torch.bool).tril()[None]


@wrong("04.2", says="Your mask has shape (3, 3), not (2, 2)")
def one_too_large(T):
    return torch.ones(T + 1, T + 1, dtype=torch.bool).tril()


@wrong("04.2", says="100 tokens")
def a_table_of_sixty_four(T):
    return torch.ones(64, 64, dtype=torch.bool).tril()[:T, :T]


@wrong("04.2", says="not a torch tensor")
def a_numpy_array(T):
    import numpy as np

    return np.tri(T, dtype=bool)


MUTANTS = {
    "return torch.ones(T, T, dtype=torch.bool)": "all_true",
    "return torch.ones(T, T).tril()": "ones_and_zeros",
    "return torch.ones(T, T, dtype=torch.bool).triu()": "looks_ahead",
}
