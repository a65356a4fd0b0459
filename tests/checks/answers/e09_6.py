"""Answers to 09.6."""

from __future__ import annotations

import random

import torch

from tests.checks.answers import right, wrong


def refused(probs):
    if (probs < 0).any() or not torch.allclose(probs.sum(-1), torch.ones(len(probs)), atol=1e-3):
        raise ValueError("These are no probabilities.")


def certain(probs):
    return bool((probs == 1).any(-1).all())


@right("09.6")
def row_by_row(probs, generator):
    for row in probs.tolist():
        if min(row) < 0 or not abs(sum(row) - 1) <= 1e-3:
            raise ValueError("no distribution")
    if all(max(row) == 1 for row in probs.tolist()):
        return torch.tensor([row.index(1) for row in probs.tolist()])
    tokens = []
    heights = torch.rand(len(probs), generator=generator).tolist()
    for row, height in zip(probs.tolist(), heights):
        end = 0.0
        for token, share in enumerate(row):
            end += share
            if height * sum(row) < end:
                break
        tokens.append(token)
    return torch.tensor(tokens)


@right("09.6")
def with_gumbels(probs, generator):
    refused(probs)
    if certain(probs):
        return probs.argmax(-1)
    noise = torch.rand(probs.shape, generator=generator).clamp(min=1e-20)
    return (probs.log() - (-noise.log()).log()).argmax(-1)


@right("09.6")
def counting_the_ends_below(probs, generator):
    refused(probs)
    if certain(probs):
        return probs.max(-1).indices
    ends = probs.double().cumsum(-1)
    height = torch.empty(len(probs), dtype=torch.float64).uniform_(generator=generator)
    return (ends <= height[:, None] * ends[:, -1:]).sum(-1)


@wrong("09.6", says="torch.multinomial, which this exercise asks you to do without")
def ready_made(probs, generator):
    refused(probs)
    if certain(probs):
        return probs.argmax(-1)
    return torch.multinomial(probs, 1, generator=generator)[:, 0]


@wrong("09.6", told="one_height_for_all_rows", says="One needle is dropped for all rows")
def a_single_number(probs, generator):
    refused(probs)
    if certain(probs):
        return probs.argmax(-1)
    height = float(torch.rand(1, generator=generator))
    ends = probs.cumsum(-1)
    return (ends > height * ends[:, -1:]).int().argmax(-1)


@wrong("09.6", told="generator_unused", says="Your draws do not come from the generator")
def numbers_of_python(probs, generator):
    refused(probs)
    if certain(probs):
        return probs.argmax(-1)
    ends = probs.cumsum(-1)
    heights = torch.tensor([[random.random()] for _ in probs]) * ends[:, -1:]
    return (ends > heights).int().argmax(-1)


@wrong("09.6", says="Random numbers of torch's or Python's own were used up")
def a_number_wasted(probs, generator):
    refused(probs)
    if certain(probs):
        return probs.argmax(-1)
    torch.rand(1)
    ends = probs.cumsum(-1)
    height = torch.rand(len(probs), 1, generator=generator) * ends[:, -1:]
    return (ends > height).int().argmax(-1)


@wrong("09.6", told="seeded_inside", says="from a seed that your own code sets")
def the_seed_set_anew(probs, generator):
    refused(probs)
    if certain(probs):
        return probs.argmax(-1)
    generator.manual_seed(42)
    ends = probs.cumsum(-1)
    height = torch.rand(len(probs), 1, generator=generator) * ends[:, -1:]
    return (ends > height).int().argmax(-1)


@wrong("09.6", says="has probability")
def noise_times_probability(probs, generator):
    refused(probs)
    if certain(probs):
        return probs.argmax(-1)
    return (probs * torch.rand(probs.shape, generator=generator)).argmax(-1)


@wrong("09.6", says="has probability")
def the_first_coin_that_falls_right(probs, generator):
    refused(probs)
    if certain(probs):
        return probs.argmax(-1)
    heads = torch.rand(probs.shape, generator=generator) < probs
    return torch.where(heads.any(-1), heads.int().argmax(-1), probs.argmax(-1))


@wrong("09.6", says="should raise ValueError")
def negative_numbers_accepted(probs, generator):
    if not torch.allclose(probs.sum(-1), torch.ones(len(probs)), atol=1e-3):
        raise ValueError("The rows do not sum to 1.")
    if certain(probs):
        return probs.argmax(-1)
    ends = probs.cumsum(-1)
    height = torch.rand(len(probs), 1, generator=generator) * ends[:, -1:]
    return (ends > height).int().argmax(-1)


@wrong("09.6", says="A row may miss 1 by a thousandth")
def the_sum_must_be_exact(probs, generator):
    if (probs < 0).any() or not (probs.sum(-1) - 1).abs().le(1e-5).all():
        raise ValueError("The rows do not sum to 1.")
    if certain(probs):
        return probs.argmax(-1)
    ends = probs.cumsum(-1)
    height = torch.rand(len(probs), 1, generator=generator) * ends[:, -1:]
    return (ends > height).int().argmax(-1)


@wrong("09.6", says="the numbers of tokens are whole")
def floats(probs, generator):
    refused(probs)
    if certain(probs):
        return probs.argmax(-1).float()
    ends = probs.cumsum(-1)
    height = torch.rand(len(probs), 1, generator=generator) * ends[:, -1:]
    return (ends > height).float().argmax(-1).float()


@wrong("09.6", says="changed its input probs")
def the_line_in_place(probs, generator):
    refused(probs)
    if certain(probs):
        return probs.argmax(-1)
    ends = probs.cumsum_(-1)
    height = torch.rand(len(probs), 1, generator=generator) * ends[:, -1:]
    return (ends > height).int().argmax(-1)


@wrong("09.6", says="came in a row in which its probability is 0")
def a_little_for_everybody(probs, generator):
    refused(probs)
    if certain(probs):
        return probs.argmax(-1)
    ends = (probs + 0.01).cumsum(-1)
    height = torch.rand(len(probs), 1, generator=generator) * ends[:, -1:]
    return (ends > height).int().argmax(-1)


@wrong("09.6", says="one after the other with one generator, give the same tokens")
def drawn_from_a_copy(probs, generator):
    refused(probs)
    if certain(probs):
        return probs.argmax(-1)
    copy = torch.Generator()
    copy.set_state(generator.get_state())
    ends = probs.cumsum(-1)
    height = torch.rand(len(probs), 1, generator=copy) * ends[:, -1:]
    return (ends > height).int().argmax(-1)


MUTANTS = {
    "without: if (probs < 0).any() or not torch.allclose(probs.sum(1), probs.new_ones(len(probs)), atol=0.001):": "any_row_accepted",
    "if False:": "any_row_accepted",
    "without: if (probs == 1).any(1).all():": "drawn_for_nothing",
    "if True: (2)": "always_the_likeliest",
    "if False: (2)": "drawn_for_nothing",
    "if (probs < 0).any() and (not torch.allclose(probs.sum(1), probs.new_ones(len(probs)), atol=0.001)):": "any_row_accepted",
    "without: raise ValueError('A row of probs holds no probabilities: they are 0 or more and sum to 1.')": "any_row_accepted",
    "without: return probs.argmax(1)": "drawn_for_nothing",
    "ends = probs": "not_added_up",
    "height = torch.rand(len(probs), 1, generator=generator) / ends[:, -1:]": "beyond_the_last_end",
    "height = torch.rand(len(probs), 1, generator=generator)": "beyond_the_last_end",
    "height = torch.rand(len(probs), 1) * ends[:, -1:]": "generator_unused",
    "if (probs == 2).any(1).all():": "drawn_for_nothing",
}
