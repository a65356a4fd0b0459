"""11.3: do two groups of words lie nearer to one pole or to the other?"""

from __future__ import annotations

import math

import torch

from ..compare import number
from ..declare import Case, alternative, exercise, holds, slip
from ..random_inputs import randint, randn

ALIKE = 1e-6  # associations that differ by less than this differ by rounding


def cosines(words, others):
    """(n, m): the cosine of every word with every other; 0 where one of them is a vector of zeros."""
    return torch.cosine_similarity(words[:, None], others[None], dim=-1)


@exercise("11.3", points=3, difficulty=2, minutes=12)
class WeatEffectSize:
    """Measure whether two sets of words lie nearer to one set of attributes or to another."""

    functions = ("weat_effect_size",)
    returns = ("effect",)
    tolerance = 1e-4
    because = (
        "A cosine compares directions alone, and dividing by the spread of all associations makes the effects of "
        "different word lists comparable."
    )
    hints = (
        "Begin with a single word: a number that says whether it lies nearer to A or to B. When every word of X and Y "
        "has its number, you compare two lists of numbers, and vectors no longer matter.",
        "Bring all vectors to length 1; then words @ A.T holds every cosine, and its .mean(1) a word's mean cosine "
        "with A. Its association is that minus the same with B. The effect: mean over X minus mean over Y, divided by "
        "the standard deviation of all associations together. Two places want care: a length of 0, and a standard "
        "deviation of 0.",
        "unit = lambda v: v / v.norm(dim=1, keepdim=True).clamp(min=1e-12); s = lambda W: (unit(W) @ unit(A).T).mean(1)"
        " - (unit(W) @ unit(B).T).mean(1); x, y = s(X), s(Y); spread = torch.cat([x, y]).std(); "
        "return 0.0 if spread < 1e-6 else float((x.mean() - y.mean()) / spread). Before that, refuse an empty set.",
    )

    def cases(rng):
        east, north = [1.0, 0.0], [0.0, 1.0]

        def case(name, X, Y, A, B):
            return Case(name, X=torch.tensor(X), Y=torch.tensor(Y), A=torch.tensor(A), B=torch.tensor(B))

        yield case("one word in each set", [[3.0, 4.0]], [[4.0, 3.0]], [east], [north])
        yield case("three words against one", [[2.0, 0.0], [3.0, 4.0], [4.0, 3.0]], [[0.0, 2.0]], [east], [north])
        yield case(
            "lengths that differ", [[3.0, 4.0], [1.0, 0.0]], [[8.0, 6.0], [0.0, 9.0]], [[0.5, 0.0]], [[0.0, 7.0]]
        )
        yield case(
            "two words and one for A and B", [[1.0, 0.0], [3.0, 4.0]], [[4.0, 3.0], north], [east, [3.0, 4.0]], [north]
        )
        twice = "A word counts as often as it stands in its set, also if two words have the same vector."
        yield Case(
            "two words with the same vector",
            twice,
            X=torch.tensor([[3.0, 4.0], [3.0, 4.0], [1.0, 0.0]]),
            Y=torch.tensor([[4.0, 3.0]]),
            A=torch.tensor([east]),
            B=torch.tensor([north]),
        )
        beyond = "Where one set is larger than the other, the effect may lie beyond 2."
        nine = torch.tensor([north] * 9)
        yield Case("one word against nine", beyond, X=torch.tensor([east]), Y=nine, A=nine[:1] * 0 + 1, B=nine[:1])
        tiny = "A vector has a direction however short it is; only one of zeros has none."
        short = 1e-4 * torch.tensor([[0.6, 0.8], [1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
        yield Case("vectors of length 0.0001", tiny, X=short[:2], Y=short[2:3], A=short[1:2], B=short[3:])
        yield case("X and Y the same", [east, [3.0, 4.0]], [east, [3.0, 4.0]], [east], [north])
        yield case("A and B the same", [east, [3.0, 4.0]], [north, [4.0, 3.0]], [east, north], [east, north])
        A = randn(rng, 3, 5)
        X, Y = randn(rng, 4, 5), randn(rng, 4, 5)
        yield Case("A and B the same, in another order", X=X, Y=Y, A=A, B=A[[2, 0, 1]])
        yield case("a word of zeros", [[0.0, 0.0], [3.0, 4.0]], [[4.0, 3.0], [5.0, 12.0]], [east], [north])
        yield case("an attribute of zeros", [[1.0, 0.0]], [[3.0, 4.0]], [east, [0.0, 0.0]], [north])
        yield case("vectors of zeros only", [[0.0, 0.0]], [[0.0, 0.0]], [east], [north])
        yield Case("4 words against 4, width 5", X=X, Y=Y, A=A, B=randn(rng, 3, 5))
        n, m, p, q = (randint(rng, 2, 7) for _ in range(4))
        X, Y, A, B = (randn(rng, size, 8) for size in (n, m + 7, p, q + 7))
        yield Case(f"{n} words against {m + 7}, width 8", X=X, Y=Y, A=A, B=B)
        few = torch.tensor([[1.0, 0.0], [3.0, 4.0]])
        for empty in "XYAB":
            yield Case(f"no words in {empty}", **dict.fromkeys("XYAB", few) | {empty: torch.zeros(0, 2)})

    def reference(X, Y, A, B):
        """Measure whether the words of X lie nearer to A rather than B than the words of Y do.

        X, Y: (n, d) and (m, d) float tensors, the vectors of two sets of words, one row each: the targets. A, B: (p, d)
        and (q, d), the vectors of two sets of attributes. An empty set raises ValueError. Leaves the four as they are.
        The association of a word is its mean cosine with the vectors of A minus its mean cosine with those of B. The
        cosine of two vectors is their dot product divided by both their lengths; it is 0 if one of them is all zeros.
        Returns a float (or a tensor of one number) without a unit: the mean association over X minus that over Y,
        divided by the standard deviation of the associations of all words of X and Y together, the one with n + m - 1
        below the sum (torch's .std()).
        Where that is below 1e-6, all words are associated alike but for rounding, and the effect is 0.0.
        Example: A = [[1., 0.]] and B = [[0., 1.]], X = [[3., 4.]] and Y = [[4., 3.]]: the associations are -0.2 and
        0.2, their standard deviation is 0.2828, and the effect is -1.4142.
        Source: Caliskan, Bryson and Narayanan, 2017, "Semantics derived automatically from language corpora contain
        human-like biases", Science 356, 183.
        """
        if not (len(X) and len(Y) and len(A) and len(B)):
            raise ValueError("Each of the four sets needs at least one word.")

        def unit(vectors):
            return vectors / vectors.norm(dim=1, keepdim=True).clamp(min=1e-12)

        def association(words):
            return (unit(words) @ unit(A).T).mean(1) - (unit(words) @ unit(B).T).mean(1)

        x, y = association(X), association(Y)  # (n,), (m,)
        spread = torch.cat([x, y]).std()
        return 0.0 if spread < 1e-6 else float((x.mean() - y.mean()) / spread)

    def probe(solution, X, Y, A, B):
        import torch

        def plain(value):
            return value.item() if isinstance(value, torch.Tensor) and value.numel() == 1 else value

        effect = plain(solution(X, Y, A, B))
        whole = 0 not in (len(X), len(Y), len(A), len(B))
        swapped = [plain(solution(Y, X, A, B)), plain(solution(X, Y, B, A))] if whole else [effect, effect]
        return {"effect": effect, "targets swapped": swapped[0], "attributes swapped": swapped[1]}

    def show(case):
        return "result = weat_effect_size(X, Y, A, B), weat_effect_size(Y, X, A, B), weat_effect_size(X, Y, B, A)"

    @holds("a finite number, also for vectors of zeros and for sets that are alike")
    def finite(case, result):
        if math.isfinite(result["effect"]):
            return None
        zeros = any(bool((case[name] == 0).all(1).any()) for name in "XYAB")
        x, y = (cosines(case[name], case["A"]).mean(1) - cosines(case[name], case["B"]).mean(1) for name in "XY")
        spread = float(torch.cat([x, y]).std())
        why = "All words have the same association here, and the effect is 0."
        if zeros:
            why = "One of the vectors is all zeros; its cosines are 0."
        elif spread >= ALIKE:
            why = f"The associations of all words together have a standard deviation of {number(spread)} here."
            why += " A single word has none by itself." if 1 in (len(x), len(y)) else ""
        return f"Your effect is {number(result['effect'])}. {why}"

    @holds("0 where X and Y, or A and B, hold the same words")
    def nothing_for_equal_sets(case, result):
        for pair in ("XY", "AB"):
            one, other = (sorted(case[name].tolist()) for name in pair)
            if one == other and abs(result["effect"]) > 1e-4:
                return (
                    f"{pair[0]} and {pair[1]} hold the same words, so there is nothing to tell apart; your effect is "
                    f"{number(result['effect'])}."
                )
        return None

    @holds("the sign flips when X and Y change places, and when A and B do")
    def sign_flips(case, result):
        for who in ("targets", "attributes"):
            a, b = result["effect"], result[f"{who} swapped"]
            if not abs(a + b) <= 1e-4 * (1 + abs(a)):
                return f"Your effect is {number(a)}; with the {who} swapped it is {number(b)} and not {number(-a)}."
        return None

    dot_products = slip(
        "You use dot products as they are, so long vectors count for more. (Frequent words often have other lengths "
        "than rare ones.) What do you divide by to be left with the direction?",
        " / vectors.norm(dim=1, keepdim=True).clamp(min=1e-12)",
        "",
    )

    not_divided = slip(
        "The difference of the means is right, and it is not divided by anything. How could you compare it with that "
        "of other vectors, which may all lie closer together?",
        "torch.cat([x, y]).std()",
        "1.0",
    )

    population_spread = slip(
        "Your standard deviation divides by the number of words, n + m. The docstring asks for the one with 1 less. "
        "Which of the two does torch's .std() give?",
        ".std()",
        ".std(correction=0)",
    )

    divided_by_the_variance = slip(
        "You divide by the variance. The effect would then change with the unit in which you measure. Which root is "
        "missing?",
        "/ spread",
        "/ spread**2",
    )

    spread_within_the_sets = slip(
        "You pool the standard deviations inside X and inside Y (Cohen's d does that). This test takes one standard "
        "deviation, of all words of X and Y together. What would yours be with one word in each set?",
        "torch.cat([x, y]).std()",
        "(((x - x.mean()).square().sum() + (y - y.mean()).square().sum()) / max(len(x) + len(y) - 2, 1)).sqrt()",
    )

    standard_error = slip(
        "You divide by the standard error, the standard deviation over the root of the number of words, so the effect "
        "grows with every word that you add. Should more words make it larger?",
        ".std()",
        ".std() / (len(x) + len(y)) ** 0.5",
    )

    sums_for_means = slip(
        "You add the associations up instead of taking means, so the larger set weighs more whatever its words are. "
        "What changes if one set is given twice as many words?",
        "x.mean() - y.mean()",
        "x.sum() - y.sum()",
    )

    sums_of_cosines = slip(
        "You add up a word's cosines with A and with B; the one with more words in it wins. What should be compared?",
        ("unit(A).T).mean(1)", "unit(A).T).sum(1)"),
        ("unit(B).T).mean(1)", "unit(B).T).sum(1)"),
    )

    one_cosine_with_the_mean = slip(
        "You take the mean of the attributes' vectors first and one cosine with that; the docstring takes the mean of "
        "the cosines. Where does a long vector count for more: before the cosine, or after?",
        ("unit(A)", "unit(A.mean(0, keepdim=True))"),
        ("unit(B)", "unit(B.mean(0, keepdim=True))"),
    )

    one_point_for_each_set = slip(
        "You take the mean of the words' vectors first, and compare two points. With the single words their standard "
        "deviation is gone; over which numbers did you take yours?",
        ("association(X)", "association(X.mean(0, keepdim=True))"),
        ("association(Y)", "association(Y.mean(0, keepdim=True))"),
    )

    sign_reversed = slip(
        "The sign is the other way round: a positive effect means that X lies nearer to A. Did two sets change places, "
        "or do you take distances, which grow where a cosine falls?",
        "x.mean() - y.mean()",
        "y.mean() - x.mean()",
    )

    without_a_sign = slip(
        "You lose the sign. An association in one direction and one in the other would look the same; which line takes "
        "the absolute value?",
        "(x.mean() - y.mean())",
        "abs(x.mean() - y.mean())",
    )

    only_one_pole = slip(
        "B plays no part: you compare nearness to A alone. A word can lie near to everything. Nearer to A than to "
        "what?",
        " - (unit(words) @ unit(B).T).mean(1)",
        "",
    )

    zeros_divided = slip(
        "A vector of zeros has no length to divide by, and 0 / 0 is NaN: one such word spoils the whole measurement. "
        "What should its cosine be, and which smallest length makes it so?",
        ".clamp(min=1e-12)",
        "",
    )

    rounding_magnified = slip(
        "Where all words are associated alike you divide by a standard deviation of 0, or by what rounding leaves. "
        "What should the effect be, and below which size is a standard deviation nothing but rounding?",
        "0.0 if spread < 1e-6 else ",
        "",
    )

    without_the_check = slip(
        "The effect is right, but a set without words goes through, although there is no mean of nothing: your "
        "function gives NaN, and nobody hears why. Which question comes first?",
        "not (len(X) and len(Y) and len(A) and len(B))",
        "False",
    )

    nothing_for_an_empty_set = slip(
        "The effect is right, but a set without words gets an effect of its own, 0, as if there had been words and "
        "no difference between them. What should happen where nothing can be measured?",
        'raise ValueError("Each of the four sets needs at least one word.")',
        "return 0.0",
    )

    @alternative
    def with_torchs_own_cosines(X, Y, A, B):
        if min(len(X), len(Y), len(A), len(B)) == 0:
            raise ValueError("an empty set")
        s = torch.stack([cosines(w[None], A).mean() - cosines(w[None], B).mean() for w in torch.cat([X, Y])])
        if s.std() < 1e-6:
            return 0.0
        return (s[: len(X)].mean() - s[len(X) :].mean()) / s.std()

    @alternative
    def number_by_number(X, Y, A, B):
        from statistics import mean, stdev

        if not all(map(len, (X, Y, A, B))):
            raise ValueError("an empty set")

        def cosine(a, b):
            both = math.hypot(*a) * math.hypot(*b)
            return sum(i * j for i, j in zip(a, b, strict=True)) / both if both else 0.0

        def association(word):
            return mean(cosine(word, a) for a in A.tolist()) - mean(cosine(word, b) for b in B.tolist())

        x, y = ([association(word) for word in each.tolist()] for each in (X, Y))
        spread = stdev(x + y)
        return (mean(x) - mean(y)) / spread if spread >= 1e-6 else 0
