"""10.4: the bootstrap interval of an accuracy. Any right answer draws in its own way, so it is judged by properties."""

from __future__ import annotations

import math
from statistics import NormalDist

import torch

from ..compare import number
from ..declare import Case, alternative, exercise, holds, misconception
from ..draw import randint


def refuse(correct, level) -> None:
    """The two errors that the stub names."""
    if len(correct) == 0 or not 0 < level < 1:
        raise ValueError("no answers, or no level")


def accuracies(correct, resamples, generator) -> torch.Tensor:
    """The accuracy of each resample."""
    picks = torch.randint(len(correct), (resamples, len(correct)), generator=generator)
    return correct.float()[picks].mean(1)


def between(values, low: float, high: float) -> tuple[float, float]:
    """Two quantiles of the values."""
    return values.quantile(low).item(), values.quantile(high).item()


def quantile(right: int, items: int, share: float) -> float:
    """Below which accuracy a share of all resamples lies: exact, by the binomial distribution."""
    total, p = 0.0, right / items
    for k in range(items + 1):
        total += math.comb(items, k) * p**k * (1 - p) ** (items - k)
        if total >= share - 1e-12:
            return k / items
    return 1.0


def bounds(right: int, items: int, share: float, resamples: int) -> tuple[float, float]:
    """Between which numbers the quantile of so many resamples lies but for once in a million."""
    slack = 5 * math.sqrt(share * (1 - share) / resamples) + 1 / resamples
    return quantile(right, items, max(share - slack, 0)), quantile(right, items, min(share + slack, 1))


def rules(right: int, items: int, level: float) -> dict[str, tuple[float, float]]:
    """What each of the usual mistakes, and the right way, give for a set of answers."""
    p, tail = right / items, (1 - level) / 2
    error = math.sqrt(p * (1 - p) / items)

    def q(low, high):
        return quantile(right, items, low), quantile(right, items, high)

    return {
        "right": q(tail, 1 - tail),
        "both tails whole": q(1 - level, level),
        "reversed": q(1 - tail, tail),
        "nothing drawn": (p, p),
        "all of them": (p - 4 * error, p + 4 * error),
        "one error": (p - error, p + error),
        "spread of the answers": (p - math.sqrt(p * (1 - p)), p + math.sqrt(p * (1 - p))),
        "single answers": (0.0, 1.0),
        "half as wide": (p, error * NormalDist().inv_cdf(1 - tail)),
    }


@exercise("10.4", points=2, difficulty=2, minutes=12)
class BootstrapInterval:
    """Say between which two numbers an accuracy may well lie, by drawing the answers again."""

    functions = ("bootstrap_interval",)
    returns = ("interval",)
    compares = False  # two right answers draw different resamples
    shapes = False
    hints = (
        "You have 40 answers and wonder what 40 others would have given. You cannot ask for others, but you can draw "
        "40 from those you have. If each could be drawn only once, what would the accuracy be every time?",
        "Draw numbers from 0 to N - 1, N of them for each resample, with the generator: torch.randint draws with "
        "replacement. Pick these answers, take the mean of each resample. Of all means, cut off (1 - level) / 2 at "
        "each end. Look out: does your mean take booleans?",
        "picks = torch.randint(N, (resamples, N), generator=generator); means = correct.float()[picks].mean(1); tail = "
        "(1 - level) / 2; return means.quantile(tail).item(), means.quantile(1 - tail).item(). Before it, the two "
        "ValueErrors.",
    )

    def cases(rng):
        def case(name, correct, level=0.95, resamples=2000, truth=None, seeds=None):
            seed = randint(rng, 0, 9999)
            seeds = [seed + number for number in range(len(correct))] if seeds is None else seeds
            return Case(name, correct=correct, level=level, resamples=resamples, seeds=seeds, truth=truth)

        def some(right, items):
            row = torch.zeros(1, items, dtype=torch.bool)
            row[0, torch.randperm(items, generator=rng)[:right]] = True
            return row

        yield case("4 answers, 3 of them right", some(3, 4))
        yield case("one answer, which is right", some(1, 1))
        yield case("all of 12 right", some(12, 12))
        yield case("none of 8 right", some(0, 8))
        right = randint(rng, 130, 150)
        yield case(f"{right} of 200 right, level 0.95", some(right, 200), resamples=1000)
        yield case(f"{right} of 200 right, level 0.5", some(right, 200), level=0.5, resamples=4000)
        yield case("30 of 40 right, level 0.8", some(30, 40), level=0.8, resamples=1500)
        yield case(f"{right} of 200 right, and nothing else given", some(right, 200), seeds=[None])
        yield case(f"{right} of 200 right, a single resample", some(right, 200), resamples=1)
        p = randint(rng, 60, 80) / 100
        sets = torch.rand(100, 40, generator=rng) < p
        yield case(f"100 sets of 40 answers, each right with probability {p:g}", sets, 0.9, 150, p)
        first = randint(rng, 0, 9999)
        again = [first, first, *(first + each for each in range(1, 5))]
        yield case("666 of 999 right, one seed twice and four others", some(666, 999), resamples=50, seeds=again)
        yield case("no answers", torch.zeros(1, 0, dtype=torch.bool))
        yield case("a level of 95 instead of 0.95", some(3, 4), level=95)
        yield case("a level of 0", some(3, 4), level=0.0)
        yield case("a level of 1", some(3, 4), level=1.0)

    def reference(correct, level=0.95, resamples=2000, generator=None):
        """Say between which two numbers an accuracy may well lie, by drawing the answers again.

        correct: (N,) bool tensor, True where a question was answered right. level: how often such an interval should
        hold the true accuracy, above 0 and below 1. resamples: how many times to draw. generator: a torch.Generator
        from which everything that is drawn is drawn; None takes torch's own.
        Each resample is N answers drawn from the N, with replacement: the same answer may come several times, others
        not at all. Its mean is an accuracy. Returns (low, high), two floats: a share of (1 - level) / 2 of all these
        accuracies lies below low, and as large a share above high. (Between two neighbouring accuracies either may be
        returned, or what lies between.)
        The same generator seed gives the same interval. No answers, or a level outside, raises ValueError.
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

    def probe(solution, correct, level, resamples, seeds, truth):
        import torch

        def asked(row, seed):
            given = row.clone()
            more = () if seed is None else (level, resamples, torch.Generator().manual_seed(seed))
            interval = solution(given, *more)
            assert torch.equal(given, row), "Your function changed its input correct; whoever called it still needs it."
            assert isinstance(interval, (tuple, list, torch.Tensor)) and len(interval) == 2, (
                f"Two things were asked for, low and high; your function returned {interval!r}."
            )
            for name, each in zip(("low", "high"), interval, strict=True):
                single = isinstance(each, (int, float)) or getattr(each, "shape", None) == ()
                assert single, f"Your {name} is no single number: {each!r}."
            return [float(each) for each in interval]

        rows = correct.expand(len(seeds), -1)
        return torch.tensor([asked(row, seed) for row, seed in zip(rows, seeds, strict=True)])

    def show(case):
        if case["seeds"] == [None]:
            return "result = bootstrap_interval(correct[0])"
        return """
result = [
    bootstrap_interval(row, level, resamples, torch.Generator().manual_seed(seed))
    for row, seed in zip(correct.expand(len(seeds), -1), seeds)
]
"""

    def fingerprint(case, result):
        correct, (low, high) = case["correct"], result[0].tolist()
        if len(case["seeds"]) > 1:
            return "" if len(correct) > 1 else f"{torch.equal(result[0], result[1])}{bool((result == result[0]).all())}"
        right, items = int(correct.sum()), correct.shape[1]
        if items < 100:
            return f"{low == high}{low > 1 or high > 1}"
        if case["resamples"] == 1:
            return str(low == high)
        found = rules(right, items, case["level"])
        apart = {name: abs(a - low) + abs(b - high) for name, (a, b) in found.items()}
        best = min(apart, key=apart.get)
        return best if apart[best] < 0.035 else "other"

    @holds("low is at most high, and both are accuracies, from 0 to 1")
    def in_order(case, result):
        for low, high in result.tolist():
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
        tail = (1 - case["level"]) / 2
        for name, got, share in zip(("low", "high"), result[0].tolist(), (tail, 1 - tail), strict=True):
            least, most = bounds(right, items, share, case["resamples"])
            if not least - 1e-6 <= got <= most + 1e-6:
                where = f"at {number(least)}" if most - least < 1e-9 else f"between {number(least)} and {number(most)}"
                text = f"Your {name} is {number(got)}; the accuracy with {share:.3g} of all resamples below it lies"
                return f"{text} {where}, whatever was drawn."
        return None

    @holds("as many resamples are drawn as are asked for")
    def resamples_are_counted(case, result):
        low, high = result[0].tolist()
        if case["resamples"] != 1 or low == high:
            return None
        return f"With resamples=1 there is one accuracy, so low is high; yours are {number(low)} and {number(high)}."

    @holds("as many of the intervals as `level` says hold the true accuracy")
    def covers(case, result):
        if case["truth"] is None:
            return None
        low, high = result.T
        share = ((low <= case["truth"] + 1e-6) & (case["truth"] - 1e-6 <= high)).float().mean().item()
        if 0.73 <= share <= 0.985:  # 0.9 asked for; less with 40 answers, and measured on 100 sets
            return None
        text = f"{share:.0%} of your intervals hold the true accuracy {case['truth']:.2f}"
        return f"{text}; with a level of {case['level']:.0%} it should be about {case['level']:.0%}."

    @holds("the same seed gives the same interval, and another seed draws anew")
    def drawn_from_the_generator(case, result):
        if len(case["correct"]) > 1 or len(case["seeds"]) == 1:
            return None
        if not torch.equal(result[0], result[1]):
            return "Two generators with the same seed gave two different intervals."
        if (result == result[0]).all():
            return "Generators with five different seeds gave the same interval to the last digit."
        return None

    @misconception(
        "Nothing varies: each of your resamples has every answer once, only in another order, and its mean is always "
        "the same. May the same answer be drawn twice?"
    )
    def without_replacement(correct, level=0.95, resamples=2000, generator=None):
        refuse(correct, level)
        for _ in range(3):
            torch.randperm(len(correct), generator=generator)
        return correct.float().mean().item(), correct.float().mean().item()

    @misconception(
        "You cut off 1 - level at each end, so that twice as much is missing as the level allows. How much is left "
        "for each end?"
    )
    def both_tails_whole(correct, level=0.95, resamples=2000, generator=None):
        refuse(correct, level)
        low, high = between(accuracies(correct, resamples, generator), 1 - level, level)
        return min(low, high), max(low, high)

    @misconception("The upper end comes first. Which of your two quantiles is the smaller?")
    def ends_swapped(correct, level=0.95, resamples=2000, generator=None):
        refuse(correct, level)
        tail = (1 - level) / 2
        return between(accuracies(correct, resamples, generator), 1 - tail, tail)

    @misconception(
        "Your interval goes from the lowest to the highest accuracy that was drawn. It grows with every resample, and "
        "does not know the level. Which share of the accuracies should lie outside?"
    )
    def lowest_and_highest(correct, level=0.95, resamples=2000, generator=None):
        refuse(correct, level)
        means = accuracies(correct, resamples, generator)
        return means.min().item(), means.max().item()

    @misconception(
        "You go one standard deviation of the resamples to each side. That holds the truth about two times in three, "
        "whatever the level. Where does the level come in?"
    )
    def one_standard_deviation(correct, level=0.95, resamples=2000, generator=None):
        refuse(correct, level)
        means, centre = accuracies(correct, resamples, generator), correct.float().mean().item()
        return centre - means.std().item(), centre + means.std().item()

    @misconception(
        "You measure how far single answers lie from their mean. That does not shrink when more questions are asked. "
        "What should be drawn many times: an answer, or a whole set of answers with its mean?"
    )
    def spread_of_single_answers(correct, level=0.95, resamples=2000, generator=None):
        refuse(correct, level)
        accuracies(correct, resamples, generator)
        spread = correct.float().std(unbiased=False).item()
        return correct.float().mean().item() - spread, correct.float().mean().item() + spread

    @misconception(
        "Each of your draws is a single answer, which is right or wrong, so the interval runs from 0 to 1 however many "
        "questions there were. How many answers make one resample, before its mean is taken?"
    )
    def one_answer_a_draw(correct, level=0.95, resamples=2000, generator=None):
        refuse(correct, level)
        picks = torch.randint(len(correct), (resamples,), generator=generator)
        right = correct.float()[picks]
        return right.min().item(), right.max().item()

    @misconception(
        "Your numbers are a centre and a distance; asked for are the two ends. What is centre minus distance, and what "
        "is centre plus distance?"
    )
    def centre_and_distance(correct, level=0.95, resamples=2000, generator=None):
        refuse(correct, level)
        tail = (1 - level) / 2
        low, high = between(accuracies(correct, resamples, generator), tail, 1 - tail)
        return correct.float().mean().item(), (high - low) / 2

    @misconception(
        "Right, but not from the generator: you draw from torch's own numbers, so the same seed gives another interval "
        "each time, and nobody can check it. Where does torch.randint take a generator?"
    )
    def generator_left_aside(correct, level=0.95, resamples=2000, generator=None):
        refuse(correct, level)
        tail = (1 - level) / 2
        return between(accuracies(correct, resamples, None), tail, 1 - tail)

    @misconception(
        "Whatever generator you are given, you begin with a seed of your own, so every interval rests on the same "
        "draws. Who should choose the seed?"
    )
    def seeded_inside(correct, level=0.95, resamples=2000, generator=None):
        refuse(correct, level)
        tail = (1 - level) / 2
        return between(accuracies(correct, resamples, torch.Generator().manual_seed(0)), tail, 1 - tail)

    @misconception("You draw 2,000 resamples however many were asked for. Which argument have you not used?")
    def resamples_unused(correct, level=0.95, resamples=2000, generator=None):
        refuse(correct, level)
        tail = (1 - level) / 2
        return between(accuracies(correct, 2000, generator), tail, 1 - tail)

    @misconception("These are percentages; an accuracy is a share from 0 to 1. By what did you multiply?")
    def in_per_cent(correct, level=0.95, resamples=2000, generator=None):
        refuse(correct, level)
        tail = (1 - level) / 2
        return between(100 * accuracies(correct, resamples, generator), tail, 1 - tail)

    @misconception(
        "Right, where there is something to draw from and the level is a share. An interval of no answers, or of level "
        "95, would be made of nothing. What should whoever calls the function hear?"
    )
    def without_the_checks(correct, level=0.95, resamples=2000, generator=None):
        if len(correct) == 0:
            return 0.0, 1.0
        tail = min(max((1 - level) / 2, 0.0), 0.5)
        return between(accuracies(correct, resamples, generator), tail, 1 - tail)

    @alternative
    def one_resample_at_a_time(correct, level=0.95, resamples=2000, generator=None):
        N = correct.shape[0]
        if N < 1 or level <= 0 or level >= 1:
            raise ValueError("cannot")
        drawn = torch.randint(0, N, (resamples * N,), generator=generator).tolist()
        answers = correct.tolist()
        means = []
        for r in range(resamples):
            means.append(sum(answers[i] for i in drawn[r * N : (r + 1) * N]) / N)
        means.sort()
        cut = int((1 - level) / 2 * resamples)
        return means[cut], means[-cut - 1]

    @alternative
    def counts_of_right_answers(correct, level=0.95, resamples=2000, generator=None):
        if not len(correct) or not 0 < level < 1:
            raise ValueError("cannot")
        p = correct.double().mean()
        right = (torch.rand(resamples, len(correct), generator=generator) < p).sum(1).double() / len(correct)
        return tuple(torch.quantile(right, torch.tensor([0.5 - level / 2, 0.5 + level / 2], dtype=torch.float64)))

    @alternative
    def with_multinomial(correct, level=0.95, resamples=2000, generator=None):
        if len(correct) == 0 or not 0.0 < level < 1.0:
            raise ValueError("cannot")
        picks = torch.ones(resamples, len(correct)).multinomial(len(correct), replacement=True, generator=generator)
        means, _ = correct[picks].float().mean(-1).sort()
        low = means[round((1 - level) / 2 * (resamples - 1))]
        return float(low), float(means[round((1 + level) / 2 * (resamples - 1))])
