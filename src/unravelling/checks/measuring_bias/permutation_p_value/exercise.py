"""11.4: how often would chance alone divide the values as unequally as this?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import torch

from ...compare import number, numbers_apart
from ...declare import Case, exercise, holds, misconception, slip
from ...random_inputs import randint
from . import probe as trial
from . import variants
from .diagnosis import (
    all_differences,
    chances,
    likely,
    reaching,
    share_drawn,
    splits_of,
    truth,
)

# Two groups each, in eighths, for which other ways of drawing splits, or of counting them, lead to shares that 1,000
# draws tell from the right one (diagnosis.SHARES).
MODERATELY_APART = (
    ([5, 7, 8, 7, 8, 10, 8], [-1, 13, -33, -22, 33, 12, -28]),
    ([8] * 22 + [0] * 24, [0, 0]),
    ([8, 8, 0], [0] * 16 + [8] * 14 + [16, 24]),
)


def moderately_apart(rng: torch.Generator) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The groups of MODERATELY_APART in another order, unit and place: none of these changes a p."""
    for groups in MODERATELY_APART:
        scale, shift = (0.5, 1.0, 2.0)[randint(rng, 0, 2)], randint(rng, -8, 8) / 8
        x, y = (torch.tensor(each)[torch.randperm(len(each), generator=rng)] / 8 * scale + shift for each in groups)
        yield x, y


@exercise("11.4", points=3, difficulty=3, minutes=14)
class PermutationPValue:
    """Say how often chance alone would divide the values as unequally as they are divided."""

    functions = ("permutation_p_value",)
    returns = ("p",)
    compares = False  # where splits are drawn, each right answer draws others
    because = (
        "If chance alone had made the groups, every split would be as likely as the observed one, so the share of "
        "splits that reach its difference says how surprising it is."
    )
    hints = (
        "Put all values into one bag. If it makes no difference which group a value is in, any other n of them could "
        "have been the first group. In how many ways can n be chosen, and in how many of these is the difference of "
        "means at least the observed one?",
        "math.comb(n + m, n) says how many splits there are. If that is at most `most`, itertools.combinations(range(n "
        "+ m), n) gives the places of the first group in each; p is the share that reach the observed difference (less "
        "1e-6). Else draw: torch.randperm(n + m, generator=generator)[:n] is one random split. Do that `most` times, "
        "and add 1 to the number that reach it and 1 to the number drawn.",
        "values = torch.cat([x, y]).double(); observed = x.double().mean() - y.double().mean(); rows = "
        "torch.tensor(list(itertools.combinations(range(n + m), n))) if math.comb(n + m, n) <= most else "
        "torch.stack([torch.randperm(n + m, generator=generator)[:n] for _ in range(most)]); first = "
        "values[rows].sum(1); differences = first / n - (values.sum() - first) / m; reached = int((differences >= "
        "observed - 1e-6).sum()); then reached / len(rows) if these are all, else (reached + 1) / (most + 1).",
    )

    def cases(rng):
        def case(name, x, y, most=100):
            return Case(name, x=torch.tensor(x), y=torch.tensor(y), most=most, seed=randint(rng, 0, 9999))

        yield case("one value in each group", [3.0], [1.0])
        yield case("the same the other way round", [1.0], [3.0])
        yield case("2 values in each group", [4.0, 3.0], [2.0, 1.0])
        yield case("splits that are equal", [3.0, 1.0], [2.0, 2.0])
        yield case("all values alike", [2.0, 2.0], [2.0, 2.0, 2.0])
        yield case("1 value and 4", [5.0], [1.0, 2.0, 3.0, 6.0])
        yield case("3 values and 2", [2.0, 5.0, 6.0], [1.0, 4.0])
        yield Case(
            "values equal but for rounding",
            "Two splits that are equal on paper may differ in the last digit, so a difference counts from the observed "
            "one less 1e-6 on.",
            x=torch.tensor([0.7, 0.1, 0.6]),
            y=torch.tensor([0.5, 0.2, 0.3, 0.4]),
            most=100,
            seed=randint(rng, 0, 9999),
        )

        def some(n, step):  # the means of these have no rounding in them
            return [step * randint(rng, -20, 20) for _ in range(n)]

        yield case("20 splits, and most = 20", some(3, 0.375), some(3, 0.375), most=20)
        yield case("35 splits", some(3, 1.5), some(4, 1.5))
        yield case("20 splits, and most = 17", [6.0, 5.0, 2.0], [4.0, 3.0, 1.0], most=17)
        by_hand = "Where splits are drawn, `most` of them are, and p is (1 + those that reach it) / (1 + most). "
        alike = torch.ones(8)
        yield Case(
            "all values alike, and 9 splits drawn",
            by_hand + "If all reach it, that is 1.",
            x=alike,
            y=alike,
            most=9,
            seed=randint(rng, 0, 9999),
        )
        apart = torch.arange(1, 11) / 8
        none = by_hand + "If none of them does, that is 1 / (1 + most)."
        yield Case("20 values, wholly apart", none, x=apart + 2, y=apart, most=5, seed=randint(rng, 0, 9999))
        for x, y in moderately_apart(rng):
            name = f"{len(x)} values and {len(y)}, 1000 splits drawn"
            yield Case(name, x=x, y=y, most=1000, seed=randint(rng, 0, 9999))
        yield case("no values in x", [], [1.0, 2.0])
        yield case("no values in y", [1.0, 2.0], [])

    def reference(x, y, most, generator):
        """Say how often chance alone would divide these values as unequally: a one-sided permutation test.

        x: (n,) and y: (m,) float tensors, the values of two groups (such as the associations of 11.3); both stay as
        they are. ValueError if one of them is empty. most: int, 1 or more, the number of splits to try at most.
        generator: a torch.Generator; everything random comes from it: the same seed gives the same result, another
        seed other draws.
        A split divides the n + m values into a first group of n and a second group of m; what is observed is one of
        them. It reaches the observed difference if (mean of its first group - mean of its second) is at least mean(x) -
        mean(y), less 1e-6 for rounding. The test is one-sided: that x is the higher group was said beforehand.
        Returns p, a float (or a tensor of one number) above 0 and at most 1. If there are no more than `most` splits,
        all are tried, each once, and p is the share of them that reach the observed difference. (One always does: the
        observed one.) If there are more, `most` splits are drawn at random, each of all splits as likely every time,
        and p is (1 + those that reach it) / (1 + most): the observed one is counted in by hand.
        Example: permutation_p_value(torch.tensor([4., 3.]), torch.tensor([2., 1.]), 100, torch.Generator()) is 1 / 6:
        of the 6 splits only the observed one has a difference of 2.
        Source: Caliskan, Bryson and Narayanan, 2017, Science 356, 183, for the test; Phipson and Smyth, 2010,
        "Permutation P-values should never be zero", for the 1.
        """
        n, m = len(x), len(y)
        if not (n and m):
            raise ValueError("Each group needs at least one value.")
        values = torch.cat([x, y]).double()
        observed = values[:n].mean() - values[n:].mean()
        splits = math.comb(n + m, n)
        if splits <= most:
            rows = torch.tensor(list(itertools.combinations(range(n + m), n)))  # (splits, n)
        else:
            rows = torch.stack([torch.randperm(n + m, generator=generator)[:n] for _ in range(most)])
        first = values[rows].sum(1)
        reached = int((first / n - (values.sum() - first) / m >= observed - 1e-6).sum())
        return reached / splits if splits <= most else (1 + reached) / (1 + most)

    probe, show = trial.probe, trial.show

    def fingerprint(case, result):
        if splits_of(case) <= case["most"]:
            return result["p"]
        steady, varied = (len({result["p"], *result[of]}) > 1 for of in ("same seed", "other seeds"))
        whole = chances(case, result["p"]) is not None
        certain = truth(case) in (1 / splits_of(case), 1.0)  # so rare, or so sure, that chance changes nothing
        return (steady, varied, whole, result["p"] if certain else share_drawn(case, result["p"]))

    @holds("above 0 and at most 1")
    def between_0_and_1(case, result):
        p = result["p"]
        if 0 < p <= 1:
            return None
        why = "The observed split always reaches itself." if p == 0 else "It is a share of the splits."
        return f"Your p is {number(p)}; it should be above 0 and at most 1. {why}"

    @holds("the same seed gives the same p, and other seeds draw other splits")
    def seeded(case, result):
        for p in result["same seed"]:
            if p != result["p"]:
                return "Two generators with the same seed gave {} and {}.".format(*numbers_apart(result["p"], p))
        if result["other seeds"] and {result["p"]} == set(result["other seeds"]):
            return f"Six generators with different seeds all gave {result['p']:.6g}: they drew the same splits."
        return None

    @holds("where all splits are tried, the share that reaches the observed difference")
    def exact(case, result):
        splits = splits_of(case)
        if splits > case["most"]:
            return None
        differences = all_differences(case["x"], case["y"])
        reached = reaching(differences, differences[0])
        if abs(result["p"] - reached / splits) <= 1e-6:
            return None
        right, yours = numbers_apart(reached / splits, result["p"])
        return (
            f"The observed difference is {number(float(differences[0]))}, and {reached} of the {splits} splits "
            f"reach{'es' if reached == 1 else ''} it: p is {right}; yours is {yours}."
        )

    @holds("where splits are drawn, a whole number of them, 1 or more, out of 1 + most")
    def counted(case, result):
        if splits_of(case) <= case["most"] or chances(case, result["p"]) is not None:
            return None
        most = case["most"]
        return (
            f"There are {splits_of(case)} splits, so {most} are drawn: p is one of 1/{most + 1}, 2/{most + 1}, ...; "
            f"yours is {result['p']:.6g}."
        )

    @holds("where splits are drawn, p lies where the share among all splits puts it")
    def close_to_the_truth(case, result):
        if splits_of(case) <= case["most"] or likely(case, result["p"]):
            return None
        share, yours = numbers_apart(truth(case), result["p"])
        return (
            f"Of all {splits_of(case)} splits a share of {share} reach the observed difference. {case['most']} draws "
            f"gave you {yours}, further off than chance allows."
        )

    above_only = slip(
        "Only splits above the observed difference count in your p; those that equal it do not, not even the observed "
        "one itself. What does 'at least as unequal' say?",
        ">= observed - 1e-6",
        "> observed + 1e-6",
    )

    rounding_decides = slip(
        "You compare without an allowance for rounding: two splits that are equal on paper can differ in the last "
        "digit, and then chance decides whether one counts. By how much less than observed may a difference be here?",
        ">= observed - 1e-6",
        ">= observed",
    )

    both_directions = slip(
        "You count differences in both directions. The docstring asks for a one-sided test: which direction was named "
        "beforehand?",
        "first / n - (values.sum() - first) / m >= observed",
        "(first / n - (values.sum() - first) / m).abs() >= abs(observed)",
    )

    the_other_tail = slip(
        "You count the splits whose difference is at most the observed one: your comparison points the other way, or "
        "all your differences are y minus x. A small p means that few reach what is observed. Which of the two is it?",
        ">= observed - 1e-6",
        "<= observed + 1e-6",
    )

    nothing_added = slip(
        "Where splits are drawn, your p is the plain share of those that reach the observed difference, which can be "
        "0, as if it were impossible. One split certainly reaches it; which one, and did you count it?",
        "(1 + reached) / (1 + most)",
        "reached / most",
    )

    added_above_only = slip(
        "You add 1 to those that reach the observed difference, but not to the number of all, so p can pass 1. "
        "If the observed split is one more that reaches it, how many splits are there?",
        "(1 + most)",
        "most",
    )

    added_to_all = slip(
        "You add the 1 where all splits are tried, too. The observed one is among them there: how often does it count "
        "now?",
        "reached / splits",
        "(1 + reached) / (1 + splits)",
    )

    always_drawn = slip(
        "You draw splits even where all could be tried: with so few of them there is no need for chance. What does "
        "math.comb tell you?",
        "math.comb(n + m, n)",
        "math.inf",
    )

    one_minus = slip(
        "Your p is 1 minus what is asked for. Is a p near 0 a difference that chance hardly ever makes, or one that it "
        "nearly always makes?",
        "return reached / splits if splits <= most else (1 + reached) / (1 + most)",
        "return 1 - (reached / splits if splits <= most else (1 + reached) / (1 + most))",
    )

    with_replacement = slip(
        "Your random groups are drawn with replacement, so one value may come twice and another not at all. (That is a "
        "bootstrap, and answers another question.) What keeps every value in exactly one of the two groups?",
        "torch.stack([torch.randperm(n + m, generator=generator)[:n] for _ in range(most)])",
        "torch.randint(n + m, (most, n), generator=generator)",
    )

    bootstrap = slip(
        "Both of your random groups are drawn with replacement, from all values: one may come twice, another never. "
        "(That is a bootstrap, and answers another question.) How could one random order serve for both groups?",
        (
            "torch.stack([torch.randperm(n + m, generator=generator)[:n] for _ in range(most)])",
            "torch.randint(n + m, (most, n), generator=generator)",
        ),
        (
            "values.sum() - first",
            "values.sum() - first if splits <= most else "
            "values[torch.randint(n + m, (most, m), generator=generator)].sum(1)",
        ),
    )

    counted_once = slip(
        "Your first group is drawn with replacement, and a value that comes twice counts once in it: so it holds fewer "
        "values than x, and the other more than y. What keeps every value in exactly one group, and n in the first?",
        "rows = torch.stack([torch.randperm(n + m, generator=generator)[:n] for _ in range(most)])",
        "drawn = torch.randint(n + m, (most, n), generator=generator)\n"
        "        heads = torch.zeros(most, n + m).scatter(1, drawn, 1).bool()\n"
        "        apart = (heads * values).sum(1) / heads.sum(1) - (~heads * values).sum(1) / (~heads).sum(1)\n"
        "        return (1 + int((apart >= observed - 1e-6).sum())) / (1 + most)",
    )

    the_first_ones = slip(
        "Where there are too many splits you take the first `most` of a list instead of drawing. Neighbours in such a "
        "list are much alike (in the first ones the same values stay together), so they are no fair sample. Which of "
        "all splits should have a chance, and who decides: the list, or `generator`?",
        "torch.stack([torch.randperm(n + m, generator=generator)[:n] for _ in range(most)])",
        "torch.tensor(list(itertools.islice(itertools.combinations(range(n + m), n), most)))",
    )

    a_coin_for_each = slip(
        "Where you draw, your first group holds about half of all values, as it does when a coin is thrown for each of "
        "them. How many values does the first group of a split have?",
        "rows = torch.stack([torch.randperm(n + m, generator=generator)[:n] for _ in range(most)])",
        "heads = torch.rand(most, n + m, generator=generator) < 0.5\n"
        "        apart = (heads * values).sum(1) / heads.sum(1) - (~heads * values).sum(1) / (~heads).sum(1)\n"
        "        return (1 + int((apart >= observed - 1e-6).sum())) / (1 + most)",
    )

    observed_left_out = slip(
        "Where all splits are tried, your count is one too small: the observed split is one of them, and reaches "
        "itself. Which line leaves it out?",
        "reached / splits",
        "(reached - 1) / splits",
    )

    @misconception(
        "You try all splits, however many there are: with 20 values in each group that would be 137 billion. Up to how "
        "many should be tried, and what happens beyond that?"
    )
    def never_drawn(x, y, most, generator):
        if not len(x) or not len(y):
            raise ValueError("an empty group")
        if x.min() > y.max():  # the observed split alone; nobody need wait for the count
            return 1 / math.comb(len(x) + len(y), len(x))
        differences = all_differences(x, y)
        return reaching(differences, differences[0]) / len(differences)

    unseeded = slip(
        "Your random splits do not come from `generator`, so the same seed gives another p each time and nobody can "
        "repeat your measurement. Which argument does torch.randperm take?",
        "generator=generator",
        "generator=None",
    )

    own_seed = slip(
        "You make a generator of your own inside, so every call draws the same splits and the one that was handed over "
        "is not used. Who should decide about the seed?",
        "n, m = len(x), len(y)",
        "n, m, generator = len(x), len(y), torch.Generator().manual_seed(0)",
    )

    always_halves = slip(
        "You divide the values into halves, whatever the sizes of x and y. How many values does the first group of a "
        "split have?",
        ("splits = math.comb(n + m, n)", "splits, n, m = math.comb(n + m, n), (n + m) // 2, (n + m + 1) // 2"),
        ("reached / splits", "reached / len(rows)"),
    )

    without_the_check = slip(
        "The p-values are right, but a group without values goes through, or stops with another error. Which question "
        "comes first?",
        'raise ValueError("Each group needs at least one value.")',
        "return 1.0",
    )

    shuffling_lists = variants.shuffling_lists
    by_sums_of_the_first_group = variants.by_sums_of_the_first_group
    every_order = variants.every_order
