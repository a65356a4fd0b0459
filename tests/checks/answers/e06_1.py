"""Answers to 06.1."""

from __future__ import annotations

import random

import torch

from tests.checks.answers import right, wrong
from unravelling.checks import registry

REFERENCE = registry.load("06.1").reference


def too_short(ids, length):
    if len(ids) < length + 1:
        raise ValueError("too short")


@right("06.1")
def by_windows_of_the_text(ids, batch, length, generator):
    too_short(ids, length)
    windows = torch.stack([ids[i : i + length + 1] for i in range(len(ids) - length)])
    rows = windows[torch.randint(0, len(windows), (batch,), generator=generator)]
    return rows[:, :length], rows[:, 1 : length + 1]


@right("06.1")
def with_multinomial(ids, batch, length, generator):
    too_short(ids, length)
    starts = torch.multinomial(torch.ones(len(ids) - length), batch, replacement=True, generator=generator)
    x = torch.stack([ids[s : s + length] for s in starts.tolist()])
    return [x, torch.stack([ids[s + 1 : s + length + 1] for s in starts.tolist()])]


@right("06.1")
def into_empty_tensors(ids, batch, length, generator):
    if not 0 < length < ids.shape[0]:
        raise ValueError(f"{ids.shape[0]} tokens")
    x, y = (torch.zeros(batch, length, dtype=torch.int64) for _ in "xy")
    for b in range(batch):
        start = torch.randint(0, ids.shape[0] - length, (), generator=generator)
        for i in range(length):
            x[b, i], y[b, i] = ids[start + i], ids[start + i + 1]
    return x, y


@wrong("06.1", told="generator_unused", says="do not come from the generator")
def with_pythons_random(ids, batch, length, generator):
    too_short(ids, length)
    starts = torch.tensor([random.randrange(len(ids) - length) for _ in range(batch)])
    runs = ids[starts[:, None] + torch.arange(length + 1)]
    return runs[:, :-1], runs[:, 1:]


@wrong("06.1", told="without_repeats", says="without putting any back")
def sampled_from_a_list(ids, batch, length, generator):
    too_short(ids, length)
    order = torch.rand(len(ids) - length, generator=generator).argsort()[:batch]
    return ids[order[:, None] + torch.arange(length)], ids[order[:, None] + torch.arange(1, length + 1)]


@wrong("06.1", says="(1, 2). Does a run begin so late that it reaches past the end of the text")
def slices_that_end_early(ids, batch, length, generator):
    too_short(ids, length)
    starts = torch.randint(len(ids), (batch,), generator=generator).tolist()
    x = torch.stack([ids[s : s + length] for s in starts])
    return x, torch.stack([ids[s + 1 : s + length + 1] for s in starts])


@wrong("06.1", says="is a row of x, and no run of the text")
def round_the_end(ids, batch, length, generator):
    too_short(ids, length)
    starts = torch.randint(len(ids), (batch,), generator=generator)
    at = starts[:, None] + torch.arange(length + 1)
    runs = ids[at % len(ids)]
    return runs[:, :-1], runs[:, 1:]


@wrong("06.1", says="is a row of x, and no run of the text")
def tokens_from_all_over(ids, batch, length, generator):
    too_short(ids, length)
    at = torch.randint(len(ids) - 1, (batch, length), generator=generator)
    return ids[at], ids[at + 1]


@wrong("06.1", says="is a row of x, and no run of the text")
def shuffled_within_a_run(ids, batch, length, generator):
    x, y = REFERENCE(ids, batch, length, generator)
    order = torch.tensor([0, *range(length - 1, 0, -1)])
    return x[:, order], y[:, order]


@wrong("06.1", says="Where x has")
def counts_up(ids, batch, length, generator):
    x, _ = REFERENCE(ids, batch, length, generator)
    return x, x + 1


@wrong("06.1", says="Where x has")
def last_target_repeated(ids, batch, length, generator):
    x, _ = REFERENCE(ids, batch, length, generator)
    return x, torch.cat([x[:, 1:], x[:, -1:]], 1)


@wrong("06.1", says="Where x has")
def rolled(ids, batch, length, generator):
    x, _ = REFERENCE(ids, batch, length, generator)
    return x, x.roll(-1, 1)


@wrong("06.1", says="rows begin at place")
def the_first_place_twice_as_often(ids, batch, length, generator):
    too_short(ids, length)
    n = len(ids) - length
    starts = torch.randint(n + 1, (batch,), generator=generator) % n
    runs = ids[starts[:, None] + torch.arange(length + 1)]
    return runs[:, :-1], runs[:, 1:]


@wrong("06.1", says="none begins at place 0")
def never_from_the_first(ids, batch, length, generator):
    too_short(ids, length)
    starts = torch.randint(min(1, len(ids) - length - 1), len(ids) - length, (batch,), generator=generator)
    runs = ids[starts[:, None] + torch.arange(length + 1)]
    return runs[:, :-1], runs[:, 1:]


@wrong("06.1", says="none begins at place")
def only_even_places(ids, batch, length, generator):
    too_short(ids, length)
    starts = torch.randint((len(ids) - length + 1) // 2, (batch,), generator=generator) * 2
    runs = ids[starts[:, None] + torch.arange(length + 1)]
    return runs[:, :-1], runs[:, 1:]


@wrong("06.1", says="Where a row begins depends on the row before it")
def spread_out(ids, batch, length, generator):
    too_short(ids, length)
    n = len(ids) - length
    first = torch.randint(n, (batch,), generator=generator)
    pairs = (first + torch.randint(2, (batch,), generator=generator)) % n
    pairs[1::2] = (pairs[0::2][: len(pairs[1::2])] + torch.randint(2, (len(pairs[1::2]),), generator=generator)) % n
    runs = ids[pairs[:, None] + torch.arange(length + 1)]
    return runs[:, :-1], runs[:, 1:]


@wrong("06.1", says="x is made of torch.float32")
def floats(ids, batch, length, generator):
    x, y = REFERENCE(ids, batch, length, generator)
    return x.float(), y.float()


@wrong("06.1", says="x is a value of type list, not a tensor")
def lists(ids, batch, length, generator):
    x, y = REFERENCE(ids, batch, length, generator)
    return x.tolist(), y.tolist()


@wrong("06.1", says="x has shape (2, 1), not (batch, length) = (1, 2)")
def one_column_a_row(ids, batch, length, generator):
    x, y = REFERENCE(ids, batch, length, generator)
    return x.T, y.T


@wrong("06.1", says="Your function returned a value of type Tensor")
def runs_uncut(ids, batch, length, generator):
    x, y = REFERENCE(ids, batch, length, generator)
    return torch.cat([x, y[:, -1:]], 1)


@wrong("06.1", says="Your function changed ids")
def text_written_over(ids, batch, length, generator):
    x, y = REFERENCE(ids, batch, length, generator)
    ids += 1
    return x, y


@wrong("06.1", says="Your function returned nothing (None)")
def printed(ids, batch, length, generator):
    print(REFERENCE(ids, batch, length, generator))


MUTANTS = {
    "without: if len(ids) < length + 1:": "without_the_check",
    "if False:": "without_the_check",
    "if len(ids) <= length + 1:": "refuses_what_just_fits",
    "without: raise ValueError('The text is shorter than one run and its last target.')": "without_the_check",
    "starts = torch.randint(len(ids) - length, (batch,))": "generator_unused",
    "return (runs[:, 1:], runs[:, :-1])": "asks_for_the_one_before",
    "if len(ids) < -length + 1:": "without_the_check",
    "if len(ids) < 1:": "without_the_check",
    "starts = torch.randint(len(ids) + length, (batch,), generator=generator)": "drawn_beyond_the_end",
    "starts = torch.randint(len(ids) - -length, (batch,), generator=generator)": "drawn_beyond_the_end",
    "starts = torch.randint(len(ids), (batch,), generator=generator)": "drawn_beyond_the_end",
    "runs = ids[starts[:, None] + (length + 1)]": "drawn_beyond_the_end",
    "if len(ids) < length + 2:": "refuses_what_just_fits",
    "runs = ids[starts[:, None] + torch.arange(length + 2)]": "drawn_beyond_the_end",
}
