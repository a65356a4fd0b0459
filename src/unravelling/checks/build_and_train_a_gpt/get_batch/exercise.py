"""06.1: cut a batch of runs and their targets out of a text."""

from __future__ import annotations

import torch

from ...declare import alternative, exercise, holds, misconception, slip
from . import diagnosis
from .probe import cases, probe, show


@exercise("06.1", points=2, difficulty=1, minutes=15)
class GetBatch:
    """Cut a batch of runs out of a text, and for each token the one that comes after it."""

    functions = ("get_batch",)
    returns = ("x", "y")
    compares = False  # the properties compare, in better words
    shapes = False
    because = (
        "Every target is the token after its input, and every run that fits into the text can be drawn, all of them "
        "alike: also the last, without which the text's last token would never be asked for."
    )
    hints = (
        "Take the text a, b, c, d and length 3. Which run can x be, and which y belongs to it? How many runs of "
        "length + 1 tokens are there in a text of N?",
        "Draw batch starting places at once. A run with its targets is length + 1 tokens, so the last place where one "
        "may begin is N - length - 1. torch.randint(high, ...) never gives high itself. Cut runs of length + 1: x is "
        "all but the last of each, y all but the first.",
        "starts = torch.randint(len(ids) - length, (batch,), generator=generator); runs = ids[starts[:, None] + "
        "torch.arange(length + 1)]; return runs[:, :-1], runs[:, 1:]. And before: a ValueError if len(ids) < length + "
        "1.",
    )

    cases = cases

    def reference(ids, batch, length, generator):
        """Cut runs out of a text at random, each with the tokens that a model should name.

        ids: (N,) int64 tensor, the text as numbers of tokens. batch: how many runs, 1 or more. length: tokens in a run,
        1 or more. generator: a torch.Generator, from which all that is random is drawn: the same seed gives the same
        batches, another seed others.
        Each row begins at a place drawn for itself, whatever the other rows are: any place that leaves room for length
        + 1 tokens, all equally likely.
        Returns (x, y), two int64 tensors of shape (batch, length). A row of x is a run of neighbouring tokens of the
        text; y has, for each of them, the token that comes right after it in the text.
        Leaves ids as it is. A text of fewer than length + 1 tokens raises ValueError.
        Example: with ids [8, 3, 5, 7], batch 1 and length 3, x is [[8, 3, 5]] and y is [[3, 5, 7]]: there is room for
        this one run only.
        Source: Radford et al., 2018, "Improving Language Understanding by Generative Pre-Training", section 3.1.
        """
        if len(ids) < length + 1:
            raise ValueError("The text is shorter than one run and its last target.")
        starts = torch.randint(len(ids) - length, (batch,), generator=generator)
        runs = ids[starts[:, None] + torch.arange(length + 1)]  # (batch, length + 1)
        return runs[:, :-1], runs[:, 1:]

    probe = probe
    show = show

    fingerprint = diagnosis.marks

    @holds("each row of x is a run of neighbouring tokens of the text")
    def rows_are_runs(case, result):
        found = diagnosis.no_run(case, result)
        return f"{found} is a row of x, and no run of the text {case['ids'].tolist()}." if found else None

    @holds("y has the token that comes right after each token of x")
    def targets_are_next(case, result):
        return diagnosis.target_kind(case, result)[1] or None

    @holds("each row begins at a place drawn for itself with the generator, all places alike")
    def draws_are_right(case, result):
        return diagnosis.said(case, result)

    not_shifted = slip(
        "x and y are the same tokens: the model would be asked for what it has just been given, and copying is the "
        "whole lesson. By how many places should y be ahead?",
        "runs[:, 1:]",
        "runs[:, :-1]",
    )

    shifted_twice = slip(
        "Your targets are two places on. The model sees a and is asked for c, so it learns to leave out every other "
        "token. It trains well, and what it writes is rubbish. Is something shifted that was shifted already?",
        ("- length,", "- length - 1,"),
        ("length + 1)]", "length + 2)]"),
        ("runs[:, :-1], runs[:, 1:]", "runs[:, :-2], runs[:, 2:]"),
    )

    asks_for_the_one_before = slip(
        "x and y have changed places: your model would learn to name the token before. Which of them is ahead?",
        "runs[:, :-1], runs[:, 1:]",
        "runs[:, 1:], runs[:, :-1]",
    )

    targets_from_another_place = slip(
        "The rows of y begin at places of their own, drawn anew, so they have nothing to do with x. How many draws "
        "does a row need for both together?",
        "runs[:, 1:]",
        "ids[torch.randint(len(ids) - length, (batch,), generator=generator)[:, None] + torch.arange(1, length + 1)]",
    )

    last_place_never_drawn = slip(
        "The last place that has room for a run is never drawn, so the last token of the text is never asked for. "
        "torch.randint leaves out its upper end by itself. In a text of length + 1 tokens there is one place; what is "
        "the upper end for it?",
        "len(ids) - length,",
        "len(ids) - length - 1,",
    )

    drawn_beyond_the_end = slip(
        "Some of your runs reach past the end of the text. A run and its last target need length + 1 tokens. At which "
        "place does the last of them begin, in a text of N?",
        "len(ids) - length,",
        "len(ids) - length + 1,",
    )

    one_place_for_all_rows = slip(
        "All rows of a batch begin at the same place, so a batch holds one run many times and teaches no more than "
        "one. How many numbers should be drawn?",
        "(batch,), generator=generator)",
        "(1,), generator=generator).expand(batch)",
    )

    rows_in_a_row = slip(
        "You draw one place, and each row begins one token after the row above it: nearly the same run, batch times. "
        "How many numbers should be drawn?",
        ("(batch,)", "(1,)"),
        ("starts[:, None]", "(starts + torch.arange(batch))[:, None] % (len(ids) - length)"),
    )

    without_repeats = slip(
        "Your places are drawn without putting any back, so no run can come twice in a batch, and a batch cannot be "
        "larger than the text has places. What does randint do that randperm does not?",
        "torch.randint(len(ids) - length, (batch,), generator=generator)",
        "torch.randperm(len(ids) - length, generator=generator)[:batch]",
    )

    generator_unused = slip(
        "Your places do not come from the generator, so nobody can repeat your training. Which keyword hands it to "
        "torch.randint?",
        ", generator=generator",
        "",
    )

    seeded_each_time = slip(
        "You give the generator a seed yourself, in every call, and so every batch is the same. Who decides about the "
        "seed, and how often?",
        "generator=generator)",
        "generator=generator.manual_seed(0))",
    )

    places_returned = slip(
        "You return the places, not the tokens that stand there. On a text in which token i stands at place i nobody "
        "would notice. What is still to be looked up in ids?",
        "ids[starts[:, None] + torch.arange(length + 1)]",
        "starts[:, None] + torch.arange(length + 1)",
    )

    refuses_what_just_fits = slip(
        "A text of exactly length + 1 tokens is refused, and it holds one run. How many tokens are too few?",
        "< length + 1",
        "< length + 2",
    )

    without_the_check = slip(
        "Your batches are right, but a text that is too short for a single run stops you with somebody else's error, "
        "or not at all. Which texts are too short, and what should be raised before anything is drawn?",
        'raise ValueError("The text is shorter than one run and its last target.")',
        "pass",
    )

    @misconception(
        "You give one target to each row, the token after its last. A GPT names a token at every place, and every "
        "place has an answer in the text. Which shape should y have?"
    )
    def one_target_a_row(ids, batch, length, generator):
        if len(ids) < length + 1:
            raise ValueError("too short")
        starts = torch.randint(len(ids) - length, (batch,), generator=generator)
        x = ids[starts[:, None] + torch.arange(length)]
        return x, ids[starts + length]

    @alternative
    def row_by_row(ids, batch, length, generator):
        if ids.numel() <= length:
            raise ValueError("too short")
        starts = [int(torch.randint(0, len(ids) - length, (1,), generator=generator)) for _ in range(batch)]
        x = torch.stack([ids[start : start + length] for start in starts])
        y = torch.stack([ids[start + 1 : start + 1 + length] for start in starts])
        return x, y

    @alternative
    def out_of_all_windows(ids, batch, length, generator):
        if len(ids) - length < 1:
            raise ValueError("too short")
        windows = ids.unfold(0, length + 1, 1)
        chosen = (torch.rand(batch, generator=generator) * len(windows)).long()
        return windows[chosen, :length], windows[chosen, 1:]
