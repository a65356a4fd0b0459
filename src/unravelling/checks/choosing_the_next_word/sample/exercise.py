"""09.6: draw one token for each row, from a generator."""

from __future__ import annotations

import torch

from ...declare import alternative, exercise, holds, misconception, slip
from .diagnosis import findings, marks
from .probe import cases, probe, show


@exercise("09.6", points=3, difficulty=2, minutes=15)
class Sample:
    """Draw one token for each row, by its probabilities, from a generator."""

    functions = ("sample",)
    returns = ("tokens",)
    compares = False  # other draws are just as right
    forbids = ("multinomial",)
    because = (
        "Each token comes as often as its probability says, every row is drawn by itself, and everything comes from "
        "the generator, so that a run can be repeated."
    )
    hints = (
        "Lay the probabilities end to end on a line from 0 to 1, and drop a needle on it. How often does it fall into "
        "the stretch of a token? And how many needles does a batch need?",
        "cumsum gives where each stretch ends. Draw one height, where the needle falls, for each row, (B, 1), with "
        "torch.rand and the generator. The token is the first whose end lies above the height. Before that: refuse "
        "rows that do not sum to 1, and return argmax where each row has a token of probability 1.",
        "ends = probs.cumsum(-1); height = torch.rand(len(probs), 1, generator=generator) * ends[:, -1:] (the last end "
        "may miss 1 by a little); (ends > height) is True from the token on: its first True is .int().argmax(-1).",
    )

    cases = cases

    def reference(probs, generator):
        """Draw one token for each row, by its probabilities, from a generator.

        probs: (B, V) float tensor, the probabilities of V tokens in each row. generator: a torch.Generator.
        Returns a (B,) int64 tensor: for each row, by itself, the number of a token, which is token i with probability
        probs[b, i]. A token of probability 0 never comes. Every draw is made with the generator; all other random
        numbers are left alone. Where each row has a token of probability 1, as at temperature 0, these are returned
        and nothing is drawn: the generator stays as it is. A row may miss the sum 1 by up to 0.001; one that misses it
        by more, or has a number below 0 or NaN in it, raises ValueError.
        Do it without torch.multinomial, and without what calls it, such as torch.distributions.Categorical. Leaves
        probs as it is (the generator moves on with each draw).
        Example: sample(torch.tensor([[0., 1.], [1., 0.]]), generator) is tensor([1, 0]).
        Source: Devroye, 1986, "Non-Uniform Random Variate Generation", chapter III, section 2 (inversion).
        """
        if (probs < 0).any() or not torch.allclose(probs.sum(1), probs.new_ones(len(probs)), atol=1e-3):
            raise ValueError("A row of probs holds no probabilities: they are 0 or more and sum to 1.")
        if (probs == 1).any(1).all():
            return probs.argmax(1)
        ends = probs.cumsum(1)  # where each token's stretch of the line ends
        height = torch.rand(len(probs), 1, generator=generator) * ends[:, -1:]
        return (ends > height).int().argmax(1)  # the first whose end lies above

    probe = probe
    show = show
    fingerprint = marks

    @holds("the numbers are those of tokens, and none of probability 0 comes")
    def possible(case, result):
        return findings.said(case, result, "out of range", "never")

    @holds("each token comes as often as its probability says")
    def as_often_as_it_should(case, result):
        return findings.said(case, result, "greedy", "counts")

    @holds("each row, and each call, is drawn by itself")
    def drawn_by_itself(case, result):
        return findings.said(case, result, "rows alike", "calls alike")

    @holds("everything is drawn from the generator, and nothing from elsewhere")
    def from_the_generator(case, result):
        return findings.said(case, result, "not repeated", "whatever the seed", "outside")

    @holds("where nothing is open, nothing is drawn")
    def nothing_for_nothing(case, result):
        return findings.said(case, result, "for nothing")

    always_the_likeliest = slip(
        "You take the likeliest token: nothing is drawn, and the probabilities might as well have been scores. How can "
        "a token of 10% come once in ten times?",
        "(probs == 1).any(1).all()",
        "True",
    )

    one_height_for_all_rows = slip(
        "One needle is dropped for all rows, so a batch writes the same text over and over. How many "
        "needles does a batch need, and in which shape do they stand beside the rows?",
        "torch.rand(len(probs), 1, generator=generator)",
        "torch.rand(1, 1, generator=generator)",
    )

    generator_unused = slip(
        "Your draws do not come from the generator, so nobody can repeat them, and they use up numbers that somebody "
        "else may count on. Which keyword hands it to the function that draws?",
        "1, generator=generator",
        "1",
    )

    seeded_inside = slip(
        "Each call begins from a seed that your own code sets, so each call gives the same. Who decides about the "
        "seed, and how often?",
        "torch.rand(len(probs), 1, generator=generator)",
        "torch.rand(len(probs), 1, generator=torch.Generator().manual_seed(0))",
    )

    not_added_up = slip(
        "You compare each probability by itself with the height, not the sum up to it: no token has a stretch of its "
        "own on the line. Which function lays the probabilities end to end?",
        "probs.cumsum(1)",
        "probs + 0",
    )

    softmax_over_probabilities = slip(
        "A softmax goes over numbers that are probabilities already: everything comes out nearly as likely as "
        "everything else, and what had been cut off to 0 comes back. Which step is one too many?",
        "probs.cumsum(1)",
        "probs.softmax(1).cumsum(1)",
    )

    all_equally_likely = slip(
        "Every token comes equally often, whatever its probability. Where do probs enter into your draw?",
        "probs.cumsum(1)",
        "torch.ones_like(probs).cumsum(1)",
    )

    place_in_the_order = slip(
        "You sort the probabilities and return the place in that order, not the token: 0 for the likeliest, whichever "
        "it is. What did sort return besides the sorted numbers?",
        "probs.cumsum(1)",
        "probs.sort(1, descending=True).values.cumsum(1)",
    )

    one_too_far = slip(
        "Your numbers are one too high: the last is that of no token. Tokens are counted from 0; of how many tokens "
        "does the stretch end below the height, if the first is meant?",
        ".int().argmax(1)",
        ".int().argmax(1) + 1",
    )

    one_too_low = slip(
        "Your numbers are one too low: -1 is that of no token. Of how many tokens does the stretch end below the "
        "height, if the first is meant?",
        ".int().argmax(1)",
        ".int().argmax(1) - 1",
    )

    beyond_the_last_end = slip(
        "A row may miss 1 by a little, and a needle beyond its last end falls on no token: the first True of nothing "
        "but False is place 0, so token 0 comes though its probability may be 0. How long is the line, and how can "
        "every needle fall on it?",
        " * ends[:, -1:]",
        "",
    )

    drawn_for_nothing = slip(
        "Where every row has a token of probability 1 there is nothing to draw, and you draw: greedy writing then uses "
        "up random numbers, and whatever is drawn after it comes out otherwise. How can you tell before the draw?",
        "(probs == 1).any(1).all()",
        "False",
    )

    any_row_accepted = slip(
        "Rows that are no probabilities are accepted: scores, shares that nobody divided, NaN from a model that broke. "
        "Something is drawn from them, and nobody notices. What should be raised, before anything else?",
        "(probs < 0).any() or not torch.allclose(probs.sum(1), probs.new_ones(len(probs)), atol=1e-3)",
        "False",
    )

    @misconception(
        "A column of numbers comes back, (B, 1). Asked for is one number for each row, (B,). Which axis is left over, "
        "and what takes it away?"
    )
    def a_column(probs, generator):
        if (probs < 0).any() or not torch.allclose(probs.sum(-1), probs.new_ones(len(probs)), atol=1e-3):
            raise ValueError("no probabilities")
        if (probs == 1).any(-1).all():
            return probs.argmax(-1, keepdim=True)
        ends = probs.cumsum(-1)
        height = torch.rand(len(probs), 1, generator=generator) * ends[:, -1:]
        return (ends > height).int().argmax(-1, keepdim=True)

    @alternative
    def with_searchsorted(probs, generator):
        if not (probs >= 0).all() or ((probs.sum(-1) - 1).abs() > 1e-3).any():
            raise ValueError("no probabilities")
        if bool((probs.amax(-1) == 1).all()):
            return probs.argmax(-1)
        ends = probs.double().cumsum(-1)
        heights = torch.rand(len(probs), 1, generator=generator, dtype=torch.float64) * ends[:, -1:]
        return torch.searchsorted(ends, heights, right=True)[:, 0]

    @alternative
    def exponential_race(probs, generator):
        total = probs.sum(-1)
        if not bool(((probs >= 0).all(-1) & ((total - 1).abs() <= 1e-3)).all()):
            raise ValueError("no probabilities")
        if (probs.max(-1).values == 1).all():
            return probs.max(-1).indices
        arrival = torch.empty_like(probs).exponential_(generator=generator)
        return (probs / arrival).argmax(-1)
