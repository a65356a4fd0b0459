"""10.4: the bootstrap interval of an accuracy. Any right answer draws in its own way, so it is judged by properties."""

from __future__ import annotations

import torch

from ...compare import number
from ...declare import Case, LastCase, exercise, holds, slip
from ...random_inputs import randint
from . import probe as trial
from . import variants
from .diagnosis import bounds

WIDE = 200  # fingerprints are divided by it: 0.02 of an accuracy is then 1e-4, which counts as equal


@exercise("10.4", points=2, difficulty=2, minutes=12)
class BootstrapInterval:
    """Say between which two numbers an accuracy may well lie, by drawing the answers again."""

    functions = ("bootstrap_interval",)
    returns = ("interval",)
    compares = False  # two right answers draw different resamples
    shapes = False
    because = (
        "Each resample draws as many answers as there were, with replacement, so the spread of the means shows how "
        "far chance alone could have moved the accuracy."
    )
    hints = (
        "You have 40 answers and wonder what 40 others would have given. You cannot ask for others, but you can draw "
        "40 from those you have. If each could be drawn only once, what would the accuracy be every time?",
        "Draw numbers from 0 to N - 1, N of them for each resample, with the generator: torch.randint draws with "
        "replacement. Pick these answers, take the mean of each resample. Of all means, cut off (1 - level) / 2 at "
        "each end. Watch out: does your mean accept booleans?",
        "picks = torch.randint(N, (resamples, N), generator=generator); means = correct.float()[picks].mean(1); tail = "
        "(1 - level) / 2; return means.quantile(tail).item(), means.quantile(1 - tail).item(). Before it, the two "
        "ValueErrors.",
    )

    def cases(rng):
        # Inputs and seeds are the same for everybody where something is measured, so that no score is luck. Small
        # sets have levels for which the right ends, and those of the usual mistakes, are far from the next accuracy.
        def case(name, correct, level=0.95, resamples=2000, seeds=(1,), rule="", sure=5, kind=Case):
            row = torch.tensor([correct], dtype=torch.bool)
            return kind(name, rule, correct=row, level=level, resamples=resamples, seeds=list(seeds), sure=sure)

        one, no = [True], [False]
        yield case("4 answers, the last of them wrong", [*one * 3, *no])
        yield case("2 answers, the second wrong", [*one, *no])
        yield case("2 answers, the first wrong", [*no, *one])
        yield case("4 answers, the first right, level 0.8", [*one, *no * 3], 0.8)
        yield case("4 answers, the last wrong, level 0.8", [*one * 3, *no], 0.8)
        yield case("4 answers, 2 of them right, level 0.5", [*one, *no * 2, *one], 0.5)
        yield case("one answer, which is right", one)
        yield case("140 of 200 right, level 0.95", [*one * 140, *no * 60], resamples=1000)
        yield case("140 of 200 right, level 0.5", [*one * 140, *no * 60], 0.5, 4000)
        yield case("140 of 200 right, and nothing else given", [*one * 140, *no * 60], seeds=[None])
        yield case("140 of 200 right, a single resample", [*one * 140, *no * 60], resamples=1)
        first = randint(rng, 0, 9999)
        again = [first, first, *(first + each for each in range(1, 5))]
        yield case("666 of 999 right, one seed twice and four others", [*one * 666, *no * 333], 0.95, 50, again)
        n, right = randint(rng, 5, 20), randint(rng, 28, 32)
        yield case(f"all of {n} right", one * n)
        yield case(f"none of {n} right", no * n)
        # drawn for each grader: a table of intervals is not enough. Called wrong only if far off, whatever the seed
        yield case(f"{right} of 40 right, level 0.8", [*no * (40 - right), *one * right], 0.8, 1500, sure=9)
        yield case("no answers", [], rule="Where there are no answers, the docstring asks for a ValueError.")
        outside = "A level that is not above 0 and below 1 raises ValueError."
        yield case("a level of 95 instead of 0.95", [*one * 3, *no], 95, rule=outside)
        yield case("a level of 0", [*one * 3, *no], 0.0, rule=outside)
        yield case("a level of 1", [*one * 3, *no], 1.0, rule=outside)
        yield case("a level below 0", [*one * 3, *no], -0.5, rule=outside)
        yield case("10 answers, no generator", [*one * 5, *no * 5], seeds=[None], kind=LastCase)

    def reference(correct, level=0.95, resamples=2000, generator=None):
        """Say between which two numbers an accuracy may well lie, by drawing the answers again.

        correct: (N,) bool tensor, True where a question was answered right. level: how often such an interval should
        hold the true accuracy, above 0 and below 1. resamples: how many times to draw, 1 or more. generator: a
        torch.Generator from which everything that is drawn is drawn, so that torch's own numbers are left alone; None
        takes torch's own.
        Each resample is N answers drawn from the N, with replacement: the same answer may come several times, others
        not at all. Its mean is an accuracy. Returns low and high, two floats (or tensors of one number; both together
        in a tuple, a list or a tensor of two): a share of (1 - level) / 2 of all these accuracies lies below low, and
        as large a share above high. (Between two neighbouring accuracies either may be returned, or what lies between.)
        Generators with the same seed give the same interval, those with other seeds others. Leaves correct as it is.
        No answers, or a level that is not above 0 and below 1, raises ValueError.
        Example: if all answers are right, every resample is, and the interval is (1.0, 1.0).
        Source: Efron, 1979, "Bootstrap Methods: Another Look at the Jackknife", Annals of Statistics 7, 1-26.
        """
        if len(correct) == 0:
            raise ValueError("There are no answers to draw from.")
        if not 0 < level < 1:
            raise ValueError(f"The level is a share between 0 and 1, such as 0.95; you gave {level}.")
        picks = torch.randint(len(correct), (resamples, len(correct)), generator=generator)
        means = correct[picks].float().mean(1)  # (resamples,)
        tail = (1 - level) / 2
        low, high = means.quantile(torch.tensor([tail, 1 - tail])).tolist()
        return low, high

    probe, show = trial.probe, trial.show

    def fingerprint(case, result):
        intervals = result["interval"].double()
        p = case["correct"].double().mean()
        no_draw = bool(((intervals - p).abs() < 1e-5).all())
        marks = torch.cat([intervals.mean(0), torch.tensor([result["elsewhere"], no_draw])])
        if len(case["seeds"]) > 1:
            alike = torch.tensor([torch.equal(intervals[0], intervals[1]), bool((intervals == intervals[0]).all())])
            marks = torch.cat([marks, alike])
        return marks / WIDE  # so that what differs by chance alone counts as equal, by ALIKE of the judge

    @holds("low is at most high, and both are accuracies, from 0 to 1")
    def in_order(case, result):
        for low, high in result["interval"].tolist():
            if not low <= high:
                return f"Your interval runs from {number(low)} to {number(high)}: the first is not below the second."
            if low < 0 or high > 1:
                return f"Your interval runs from {number(low)} to {number(high)}; an accuracy lies between 0 and 1."
        return None

    @holds("each end has a share of (1 - level) / 2 of the resamples beyond it")
    def ends_are_quantiles(case, result):
        if len(case["seeds"]) > 1:
            return None
        right, items = int(case["correct"].sum()), case["correct"].shape[1]
        ends, tail = result["interval"][0].tolist(), (1 - case["level"]) / 2
        limits = [bounds(right, items, share, case["resamples"], case["sure"]) for share in (tail, 1 - tail)]

        def fits(low, high):
            return all(a - 1e-6 <= end <= b + 1e-6 for end, (a, b) in zip((low, high), limits, strict=True))

        for name, got, share, (least, most) in zip(("low", "high"), ends, (tail, 1 - tail), limits, strict=True):
            if not least - 1e-6 <= got <= most + 1e-6:
                where = f"at {number(least)}" if most - least < 1e-9 else f"between {number(least)} and {number(most)}"
                text = f"Your {name} is {number(got)}; the accuracy with {share:.3g} of all resamples below it lies"
                more = ""
                if fits(1 - ends[1], 1 - ends[0]):
                    more = " (Your numbers would fit the share of wrong answers.)"
                elif items < 10 and abs(got * items - round(got * items)) > 1e-3:
                    more = f" (No {items} answers have that accuracy: theirs are multiples of 1/{items}.)"
                return f"{text} {where}, whatever was drawn.{more}"
        return None

    @holds("as many resamples are drawn as are asked for")
    def resamples_are_counted(case, result):
        low, high = result["interval"][0].tolist()
        if case["resamples"] != 1 or low == high:
            return None
        return f"With resamples=1 there is one accuracy, so low is high; yours are {number(low)} and {number(high)}."

    @holds("the same seed gives the same interval, and another seed draws anew")
    def drawn_from_the_generator(case, result):
        if len(case["seeds"]) == 1:
            return None
        intervals = result["interval"]
        if not torch.equal(intervals[0], intervals[1]):
            return "Two generators with the same seed gave two different intervals."
        if (intervals == intervals[0]).all():
            return "Generators with five different seeds gave the same interval to the last digit."
        return None

    @holds("what is drawn comes from the generator that is given, and without one from torch's own numbers")
    def nothing_drawn_elsewhere(case, result):
        if result["silent"] and isinstance(case, LastCase):
            return "No generator was given, and nothing was drawn from torch's own random numbers."
        if result["elsewhere"]:
            return "A generator was given, and after the call torch's own random numbers are no longer where they were."
        return None

    without_replacement = slip(
        "Nothing varies: both ends are the accuracy itself, as they are where each resample has every answer once, "
        "only in another order. May the same answer be drawn twice?",
        "torch.randint(len(correct), (resamples, len(correct)), generator=generator)",
        "torch.rand(resamples, len(correct), generator=generator).argsort(1)",
    )

    both_tails_whole = slip(
        "You cut off 1 - level at each end, so that twice as much is missing as the level allows. How much is left "
        "for each end?",
        "(1 - level) / 2",
        "1 - level",
    )

    tails_of_half_the_level = slip(
        "You cut off half the level at each end, so that what is left between grows as the level falls. Which share is "
        "left outside an interval of this level, and how much of that belongs to each end?",
        "(1 - level) / 2",
        "level / 2",
    )

    level_unused = slip(
        "You cut off 2.5% at each end, which is right for a level of 0.95 and for no other. How large is each end for "
        "a level of 0.8?",
        "(1 - level) / 2",
        "0.025",
    )

    normal_curve = slip(
        "Your interval is that of a normal curve: so many standard deviations to each side of the accuracy, which "
        "leads past 1 where few answers were wrong. The docstring asks for quantiles. Which accuracy has a "
        "share of (1 - level) / 2 of them below it?",
        "means.quantile(torch.tensor([tail, 1 - tail])).tolist()",
        "(correct.float().mean() + torch.special.ndtri(torch.tensor([tail, 1 - tail]))"
        " * correct.float().std(correction=0) / len(correct) ** 0.5).tolist()",
    )

    ends_swapped = slip(
        "The upper end comes first. Which of your two quantiles is the smaller?",
        "return low, high",
        "return high, low",
    )

    lowest_and_highest = slip(
        "Your interval goes from the lowest to the highest accuracy that was drawn. It grows with every resample, and "
        "does not know the level. Which share of the accuracies should lie outside?",
        "means.quantile(torch.tensor([tail, 1 - tail])).tolist()",
        "means.min().item(), means.max().item()",
    )

    one_standard_deviation = slip(
        "You go one standard deviation of the resamples to each side. That holds the truth about two times in three, "
        "whatever the level. Where does the level come in?",
        "means.quantile(torch.tensor([tail, 1 - tail])).tolist()",
        "(correct.float().mean() + torch.tensor([-1, 1]) * means.std()).tolist()",
    )

    spread_of_single_answers = slip(
        "You measure how far single answers lie from their mean. That does not shrink when more questions are asked. "
        "What should be drawn many times: an answer, or a whole set of answers with its mean?",
        "means.quantile(torch.tensor([tail, 1 - tail])).tolist()",
        "(correct.float().mean() + torch.tensor([-1, 1]) * correct.float().std(correction=0)).tolist()",
    )

    one_answer_a_draw = slip(
        "Each of your draws is a single answer, which is right or wrong, so the interval runs from 0 to 1 however many "
        "questions there were. How many answers make one resample, before its mean is taken?",
        ("(resamples, len(correct))", "(resamples, 1)"),
        ("means.quantile(torch.tensor([tail, 1 - tail])).tolist()", "means.min().item(), means.max().item()"),
    )

    centre_and_distance = slip(
        "Your numbers are a centre and a distance; you need the two ends. What is centre minus distance, and what "
        "is centre plus distance?",
        "return low, high",
        "return correct.float().mean().item(), (high - low) / 2",
    )

    generator_left_aside = slip(
        "Right, but not from the generator: you draw from torch's own numbers, so the same seed gives another interval "
        "each time, and nobody can check it. Where does torch.randint take a generator?",
        "generator=generator",
        "generator=None",
    )

    seeded_inside = slip(
        "Whatever generator you are given, you begin with a seed of your own, so every interval rests on the same "
        "draws. Who should choose the seed?",
        "generator=generator",
        "generator=torch.Generator().manual_seed(0)",
    )

    seeds_torch_itself = slip(
        "You give torch's own numbers a seed and draw from them, so every interval rests on the same draws, and the "
        "caller's own random numbers start again from the beginning. Who should choose the seed, and where "
        "does torch.randint take the generator that was made with it?",
        ("picks = ", "torch.manual_seed(0)\n    picks = "),
        ("generator=generator", "generator=None"),
    )

    resamples_unused = slip(
        "You do not draw as many resamples as were asked for: where it is one, there is one accuracy, and both ends "
        "are that. Which argument says how many, and what do you do with it?",
        "(resamples, ",
        "(2000, ",
    )

    in_per_cent = slip(
        "These are percentages; an accuracy is a share from 0 to 1. By what did you multiply?",
        ".mean(1)",
        ".mean(1) * 100",
    )

    without_the_checks = slip(
        "Right, where there is something to draw from and the level is a share. An interval of no answers, or of level "
        "95, would be made of nothing. What should the caller be told?",
        ('raise ValueError("There are no answers to draw from.")', "return 0.0, 1.0"),
        ("not 0 < level < 1", "False"),
        ("(1 - level) / 2", "min(max((1 - level) / 2, 0.0), 0.5)"),
    )

    one_resample_at_a_time = variants.one_resample_at_a_time
    counts_of_right_answers = variants.counts_of_right_answers
    with_multinomial = variants.with_multinomial
