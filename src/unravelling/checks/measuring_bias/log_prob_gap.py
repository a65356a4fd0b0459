"""11.2: by how many bits a model prefers one group of words to another."""

from __future__ import annotations

import math

import torch

from ..compare import number, numbers_apart
from ..declare import Case, alternative, exercise, holds, misconception, slip
from ..random_inputs import randint, randn


def distributions(rng: torch.Generator, K: int, V: int) -> torch.Tensor:
    """(K, V) natural logarithms of probabilities, each row summing to 1 but for rounding to four decimals."""
    return torch.log_softmax(2 * randn(rng, K, V).double(), -1).mul(1e4).round().div(1e4).float()


@exercise("11.2", points=2, difficulty=2, minutes=10)
class LogProbGap:
    """Say by how many bits a model prefers one group of words to another, over several templates."""

    functions = ("log_prob_gap",)
    returns = ("gap",)
    tolerance = 1e-4  # float32 under a logarithm
    because = (
        "The probabilities stay logarithms until the end, so even the smallest count, and the mean over templates "
        "keeps one odd sentence from deciding."
    )
    hints = (
        "One template first. What is the probability that the next token is one of the first group, whichever of them? "
        "And how do you compare two probabilities so that 'twice as likely' is the same step everywhere?",
        "In each row: the probability of a group is the sum of its tokens' probabilities, and its logarithm comes from "
        "torch.logsumexp, which never leaves the logarithms and so survives the smallest. Subtract the two groups' "
        "logarithms, take the mean over the rows, and divide by the natural logarithm of 2 to get bits.",
        "a = log_probs[:, first].logsumexp(1); b = log_probs[:, second].logsumexp(1); "
        "return float((a - b).mean()) / math.log(2), after raising ValueError if a group is empty or if "
        "set(first.tolist()) & set(second.tolist()).",
    )

    def cases(rng):
        def tokens(*numbers):
            return torch.tensor(numbers, dtype=torch.int64)

        halves = torch.tensor([[0.5, 0.25, 0.25]]).log()
        yield Case("one template, one word each", log_probs=halves, first=tokens(0), second=tokens(1))
        yield Case("the same the other way round", log_probs=halves, first=tokens(1), second=tokens(0))
        yield Case("as likely as each other", log_probs=halves, first=tokens(1), second=tokens(2))
        yield Case("one word against two", log_probs=halves, first=tokens(0), second=tokens(1, 2))
        two = torch.tensor([[0.8, 0.1, 0.1], [0.1, 0.2, 0.7]]).log()
        yield Case("two templates that disagree", log_probs=two, first=tokens(0), second=tokens(1))
        yield Case(
            "two templates, two words each", log_probs=distributions(rng, 2, 5), first=tokens(1, 3), second=tokens(4, 0)
        )
        yield Case(
            "words that are hardly ever said",
            "Probabilities as small as e ** -150 must work.",
            log_probs=distributions(rng, 2, 4) - 150,
            first=tokens(0, 2),
            second=tokens(1),
        )
        order = torch.randperm(30, generator=rng)
        split = randint(rng, 2, 4)
        yield Case(
            "5 templates, 30 tokens", log_probs=distributions(rng, 5, 30), first=order[:split], second=order[5:8]
        )
        empty = "A group without a token raises ValueError."
        yield Case("an empty first group", empty, log_probs=halves, first=tokens(), second=tokens(1))
        yield Case("an empty second group", empty, log_probs=halves, first=tokens(1), second=tokens())
        both = "A token that stands in both groups raises ValueError."
        yield Case("a word in both groups", both, log_probs=halves, first=tokens(0, 2), second=tokens(2, 1))

    def reference(log_probs, first, second):
        """Say by how many bits a model prefers one group of words to another, on average over templates.

        log_probs: (K, V) float tensor, one row for each of K templates: the natural logarithms of the probabilities of
        the V tokens that may come next. first, second: int tensors, the numbers of the tokens of each group, each once.
        Leaves the three as they are.
        Returns a float (or a tensor of one number): the mean over the templates of log2 P(first) - log2 P(second),
        where P of a group is the probability that the next token is one of its tokens, whichever. It is 0 if the model
        has no preference, 1 if the first group is twice as likely, -1 if the second is. Probabilities as small as
        e ** -150 must work.
        Raises ValueError if a group is empty, or if a token stands in both.
        Example: with log_probs = torch.tensor([[0.5, 0.25, 0.25]]).log(), first token 0 and second token 1 give 1.0;
        first token 0, second tokens 1 and 2 give 0.0.
        Source: Kurita et al., 2019, "Measuring Bias in Contextualized Word Representations", arXiv:1906.07337, compare
        logarithms of probabilities in templates in this way.
        """
        if not len(first) or not len(second):
            raise ValueError("Each group needs at least one token.")
        if set(first.tolist()) & set(second.tolist()):
            raise ValueError("A token stands in both groups.")
        gaps = torch.logsumexp(log_probs[:, first], 1) - torch.logsumexp(log_probs[:, second], 1)  # (K,)
        return float(gaps.mean()) / math.log(2)

    def probe(solution, log_probs, first, second):
        import torch

        gap = solution(log_probs, first, second)
        fit = len(first) and len(second) and not set(first.tolist()) & set(second.tolist())
        swapped = solution(log_probs, second, first) if fit else gap
        single = [isinstance(each, torch.Tensor) and each.numel() == 1 for each in (gap, swapped)]
        gap, swapped = (each.item() if alone else each for each, alone in zip((gap, swapped), single, strict=True))
        return {"gap": gap, "swapped": swapped}

    def show(case):
        first, second = (set(case[name].tolist()) for name in ("first", "second"))
        if not first or not second or first & second:
            return "result = log_prob_gap(log_probs, first, second)"
        return "result = log_prob_gap(log_probs, first, second), log_prob_gap(log_probs, second, first)"

    @holds("a number, also where probabilities are tiny")
    def finite(case, result):
        if math.isfinite(result["gap"]):
            return None
        least = float(case["log_probs"].min())
        return f"Your gap is {number(result['gap'])}. The smallest probability here is e to the power of {least:.0f}."

    @holds("exchanging the two groups changes the sign, and nothing else")
    def antisymmetric(case, result):
        a, b = result["gap"], result["swapped"]
        if abs(a + b) <= 1e-4 * (1 + abs(a)):
            return None
        other, asked = numbers_apart(b, -a)
        return f"Your gap is {number(a)}; with the two groups exchanged it is {other}, and should be {asked}."

    @misconception("Your gap is in natural units: twice as likely gives you 0.69. How many of those make one bit?")
    def natural_units(log_probs, first, second):
        return LogProbGap.reference(log_probs, first, second) * math.log(2)

    @misconception(
        "You multiply by the natural logarithm of 2 where you should divide. A gap of 0.69 in natural units is one "
        "bit; which of the two makes 1 of it?"
    )
    def the_wrong_way_to_bits(log_probs, first, second):
        return LogProbGap.reference(log_probs, first, second) * math.log(2) ** 2

    @misconception("The sign is the other way round: a positive gap means that which group is preferred?")
    def sign_reversed(log_probs, first, second):
        return LogProbGap.reference(log_probs, second, first)

    @misconception(
        "You lose the sign: the size of a preference without its direction. Which two things can no longer be told "
        "apart?"
    )
    def without_a_sign(log_probs, first, second):
        return abs(LogProbGap.reference(log_probs, first, second))

    averaged_too_early = slip(
        "You put the templates' probabilities together (as a mean or a sum) and then take one logarithm, so a template "
        "in which the words are frequent drowns the others. What should be averaged: probabilities, or the gaps of the "
        "templates?",
        ("first], 1)", "first], (0, 1))"),
        ("second], 1)", "second], (0, 1))"),
    )

    @misconception(
        "The gaps of the templates are added up, so that the result grows with their number. What makes 'a bit' mean "
        "the same with two templates as with ten?"
    )
    def summed_over_templates(log_probs, first, second):
        return LogProbGap.reference(log_probs, first, second) * len(log_probs)

    @misconception("Only the first template counts in your gap. In how many rows do you look?")
    def first_template_only(log_probs, first, second):
        return LogProbGap.reference(log_probs[:1], first, second)

    mean_of_logarithms = slip(
        "Within a group you take the mean of the logarithms. A word more that is hardly ever said would then lower the "
        "group, although it can only make it likelier. Which probabilities have to be added before the logarithm?",
        ("torch.logsumexp(log_probs[:, first]", "torch.mean(log_probs[:, first]"),
        ("torch.logsumexp(log_probs[:, second]", "torch.mean(log_probs[:, second]"),
    )

    sum_of_logarithms = slip(
        "Within a group you add up logarithms, which multiplies probabilities, as if all its words had to come. What "
        "is the probability that one of them comes?",
        ("torch.logsumexp(log_probs[:, first]", "torch.sum(log_probs[:, first]"),
        ("torch.logsumexp(log_probs[:, second]", "torch.sum(log_probs[:, second]"),
    )

    one_word_of_each = slip(
        "Only one word of each group counts in your gap. How do the others come in?",
        ("first], 1)", "first[:1]], 1)"),
        ("second], 1)", "second[:1]], 1)"),
    )

    likeliest_word_alone = slip(
        "Within a group you take its likeliest word alone. The others can come, too, and each makes the group likelier "
        "as a whole. Which operation puts the probabilities of a group together?",
        ("torch.logsumexp(log_probs[:, first], 1)", "log_probs[:, first].amax(1)"),
        ("torch.logsumexp(log_probs[:, second], 1)", "log_probs[:, second].amax(1)"),
    )

    mean_of_probabilities = slip(
        "Within a group you take the mean of the probabilities, so a group of two words needs twice the probability to "
        "count as much. P of a group is that any of its words comes: sum, or mean?",
        "second], 1)",
        "second], 1) - math.log(len(first) / len(second))",
    )

    difference_of_probabilities = slip(
        "You subtract probabilities. From 0.02 to 0.01 and from 0.50 to 0.49 would then be the same step, though one "
        "halves and the other hardly changes. What do you take before you subtract?",
        "torch.logsumexp(log_probs[:, first], 1) - torch.logsumexp(log_probs[:, second], 1)",
        "(log_probs[:, first].exp().sum(1) - log_probs[:, second].exp().sum(1)) * math.log(2)",
    )

    quotient_of_logarithms = slip(
        "You divide one logarithm by the other. A quotient of probabilities becomes what, when you take logarithms?",
        "1) - torch",
        "1) * math.log(2) / torch",
    )

    through_probabilities = slip(
        "You leave the logarithms on the way: e to the power of -150 is 0 in float32, and 0 has no logarithm. Which "
        "function adds up probabilities and never leaves the logarithms?",
        ("torch.logsumexp(log_probs[:, first], 1)", "log_probs[:, first].exp().sum(1).log()"),
        ("torch.logsumexp(log_probs[:, second], 1)", "log_probs[:, second].exp().sum(1).log()"),
    )

    without_the_checks = slip(
        "The gap is right, but a group without words, or a word in both groups, goes through. What would the number "
        "then say? Which two questions come first?",
        ("not len(first) or not len(second)", "False"),
        ("set(first.tolist()) & set(second.tolist())", "False"),
    )

    the_same_word_twice = slip(
        "Empty groups are refused, but a word in both groups goes through: it counts for both sides, and its share "
        "hides what the others say. How do you find a number that stands in two tensors?",
        "set(first.tolist()) & set(second.tolist())",
        "False",
    )

    @alternative
    def template_by_template(log_probs, first, second):
        ours, theirs = first.tolist(), second.tolist()
        if not ours or not theirs or any(token in theirs for token in ours):
            raise ValueError("unfit groups")
        total = 0.0
        for row in log_probs.tolist():
            highest = max(row)  # dividing both by the same probability changes no gap
            a = sum(math.exp(row[token] - highest) for token in ours)
            b = sum(math.exp(row[token] - highest) for token in theirs)
            total += math.log2(a) - math.log2(b)
        return total / len(log_probs)

    @alternative
    def in_double_precision(log_probs, first, second):
        if len(first) == 0 or len(second) == 0 or set(first.tolist()) & set(second.tolist()):
            raise ValueError("unfit groups")
        probs = log_probs.double().exp()
        return (probs[:, first].sum(1) / probs[:, second].sum(1)).log2().mean()
