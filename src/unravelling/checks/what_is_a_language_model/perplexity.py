"""01.3: how surprised a model is by a text, as one number."""

from __future__ import annotations

import math

import torch

from ..compare import numbers_apart
from ..declare import Case, alternative, exercise, holds, slip
from ..random_inputs import randint


@exercise("01.3", points=2, difficulty=1, minutes=10)
class Perplexity:
    """Say how surprised a model was by a text: among how many equally likely tokens it seemed to choose."""

    functions = ("perplexity",)
    returns = ("perplexity",)
    tolerance = 1e-4  # a long sum in float32
    because = (
        "The mean of the logarithms is the surprise per token, and e to that power makes it a number of equally "
        "likely choices; no long product could shrink to 0 on the way."
    )
    hints = (
        "Multiplying the probabilities of thousands of tokens gives a number too small for the computer. Their "
        "logarithms add up instead. Which average do you take of them, and how do you get back from a logarithm?",
        "Three steps: the mean of log_probs (a negative number), its sign turned, and e to that power. Check with one "
        "token of probability 1/4: log(1/4) is -1.386, and e to the power of 1.386 is 4. Before all that, refuse an "
        "empty text; len works for lists and tensors.",
        "math.exp(-sum(log_probs) / len(log_probs)), after raising ValueError if len(log_probs) == 0. With "
        "import math in the cell.",
    )

    def cases(rng):
        def logs(*probabilities, times=1):
            return [math.log(each) if each else -math.inf for each in probabilities] * times

        yield Case("one token of probability 1/4", log_probs=logs(0.25))
        yield Case("two tokens", log_probs=logs(0.5, 0.125))
        both = "log_probs may be a list of floats or a float tensor, and both must work."
        yield Case("three tokens, in a tensor", both, log_probs=torch.tensor([0.5, 0.1, 0.9]).log())
        V = randint(rng, 5, 60)
        yield Case(f"4 tokens of probability 1/{V}", log_probs=logs(1 / V, times=4))
        yield Case("a model that was certain", log_probs=logs(1, 1))
        yield Case("9 tokens", log_probs=logs(*(randint(rng, 1, 99) / 100 for _ in range(9))))
        long = "Texts of 100,000 tokens must work."
        yield Case("a text of 20,000 tokens", long, log_probs=logs(0.5, 0.02, times=10_000))
        yield Case("300 tokens, in a tensor", long, log_probs=torch.tensor([0.3, 0.002]).log().repeat(150))
        never = "If the model called one token impossible, the perplexity is infinite."
        yield Case("three tokens, one of them impossible", never, log_probs=logs(0.5, 0, 0.5))
        none = "No token at all raises ValueError, in a list and in a tensor."
        yield Case("no token at all", none, log_probs=[])
        yield Case("no token at all, in a tensor", none, log_probs=torch.tensor([]))

    def reference(log_probs):
        """Say how surprised a model was by a text: among how many equally likely tokens it seemed to choose.

        log_probs: the natural logarithm of the probability that the model gave to each token of the text; a list of
        floats, or a float tensor of shape (T,).
        Returns a float (or a tensor of one number): e to the power of the mean of -log_probs, right to four digits. It
        is 1 if the model was certain of every token, and infinite if it called one impossible. Texts of 100,000 tokens
        must work. No token at all raises ValueError. Leaves log_probs as it is, and keeps nothing for the next call.
        Example: perplexity([math.log(1 / 2), math.log(1 / 8)]) is 4.0: the mean of 1 bit and 3 bits is 2 bits, and 2 **
        2 is 4.
        Source: Jelinek, Mercer, Bahl and Baker, 1977, "Perplexity: a measure of the difficulty of speech recognition
        tasks", Journal of the Acoustical Society of America 62, S63.
        """
        if len(log_probs) == 0:
            raise ValueError("Perplexity needs at least one token.")
        return math.exp(-sum(log_probs) / len(log_probs))

    def fingerprint(case, result):
        return float(result)  # of a tensor, Python's arithmetic gives a tensor

    @holds("perplexity is at least 1")
    def at_least_one(case, result):
        if result < 0.9999:
            yours = numbers_apart(result, 1)[0]
            return f"Your perplexity is {yours}, but it cannot be below 1: 1 means certain of every token."
        return None

    @holds("tokens that all have probability 1/V give V")
    def equally_likely_gives_their_number(case, result):
        probabilities = {math.exp(float(each)) for each in case["log_probs"]}
        want = 1 / max(probabilities)
        if len(probabilities) == 1 and not abs(result - want) <= 1e-4 * want:
            yours, asked = numbers_apart(result, want)
            return f"Every token had probability 1/{asked}, so the perplexity should be {asked}; yours is {yours}."
        return None

    power_of_two = slip(
        "You take 2 to the power of the mean, but these are natural logarithms, to the base e. Which power undoes "
        "math.log?",
        "math.exp(",
        "2 ** (",
    )

    without_the_minus = slip(
        "The sign is missing: logarithms of probabilities are negative, and your result is a typical probability "
        "instead of a number of choices. If a token has probability 1/4, among how many equal ones is it?",
        "-sum",
        "sum",
    )

    sum_not_mean = slip(
        "You add up the surprise of all tokens instead of taking its mean, so a longer text looks harder, and soon "
        "overflows. By what should the sum be divided?",
        " / len(log_probs)",
        "",
    )

    probability_of_the_text = slip(
        "Your number is the probability of the whole text: the probabilities multiplied, and nothing after. It shrinks "
        "with every token. Which mean do you take, and among how many equal choices is a probability of 1/4?",
        "-sum(log_probs) / len(log_probs)",
        "sum(log_probs)",
    )

    power_of_ten = slip(
        "You take 10 to the power of the mean, but these are natural logarithms, to the base e. Which power undoes "
        "math.log?",
        "math.exp(",
        "10 ** (",
    )

    stops_at_the_loss = slip(
        "You stop at the mean of -log_probs. That is the loss (in nats for each token), and perplexity is one step "
        "further. Which function turns a logarithm back into a number of choices?",
        "math.exp(",
        "(",
    )

    stops_at_the_bits = slip(
        "You stop at the bits for each token. Perplexity is the number of equal choices that so many bits tell apart: "
        "with 2 bits, how many?",
        "math.exp(-sum(log_probs) / len(log_probs))",
        "-sum(log_probs) / len(log_probs) / math.log(2)",
    )

    mean_of_the_inverse = slip(
        "You go back from the logarithms before you take the mean, so a single unlikely token outweighs all others. "
        "Which comes first, the mean or the exponential?",
        "math.exp(-sum(log_probs) / len(log_probs))",
        "torch.exp(-torch.as_tensor(log_probs, dtype=torch.float64)).mean()",
    )

    one_over_the_mean_probability = slip(
        "You take the mean of the probabilities, so a single unlikely token hardly counts, however surprising it was. "
        "What do you take the mean of instead, before you go back from logarithms?",
        "math.exp(-sum(log_probs) / len(log_probs))",
        "1 / torch.exp(torch.as_tensor(log_probs, dtype=torch.float64)).mean()",
    )

    product_of_probabilities = slip(
        "You multiply probabilities. After some hundred tokens the product is smaller than the smallest number that "
        "Python knows: it underflows to 0, and 0 has no negative power. What can you do with logarithms instead of "
        "multiplying?",
        "math.exp(-sum(log_probs) / len(log_probs))",
        "math.prod(math.exp(each) for each in log_probs) ** (-1 / len(log_probs))",
    )

    one_over_the_product = slip(
        "You multiply probabilities. After some hundred tokens the product is smaller than the smallest number that "
        "Python knows: it underflows to 0, and you divide by it. What can you do with logarithms instead of "
        "multiplying?",
        "math.exp(-sum(log_probs) / len(log_probs))",
        "(1 / math.prod(math.exp(each) for each in log_probs)) ** (1 / len(log_probs))",
    )

    product_becomes_infinite = slip(
        "Right for short texts. It looks as if you multiplied probabilities: after some hundred tokens the product is "
        "smaller than the smallest number that the computer knows and underflows to 0, so the perplexity comes out "
        "infinite. What can you do with logarithms instead of multiplying?",
        "math.exp(-sum(log_probs) / len(log_probs))",
        "(torch.as_tensor(log_probs, dtype=torch.float64).exp().prod() ** (-1 / len(log_probs))).item()",
    )

    logarithm_of_the_product = slip(
        "You multiply probabilities. After some hundred tokens the product is smaller than the smallest number that "
        "Python knows: it underflows to 0, and 0 has neither a logarithm nor a negative power. What can you do with "
        "logarithms instead of multiplying?",
        "math.exp(-sum(log_probs) / len(log_probs))",
        "math.exp(-math.log(math.prod(math.exp(each) for each in log_probs)) / len(log_probs))",
    )

    root_of_the_whole = slip(
        "Right for short texts. But you take the exponential of the whole sum, which no longer fits into a number when "
        "the text is long, and divide in the exponent only then. Which of the two steps should come first?",
        "math.exp(-sum(log_probs) / len(log_probs))",
        "math.exp(-sum(log_probs)) ** (1 / len(log_probs))",
    )

    one_over_the_exponential = slip(
        "Right while everything is possible. With an impossible token the mean is minus infinity, its exponential 0, "
        "and you divide by that. What if you turn the sign before you take the exponential?",
        "math.exp(-sum(log_probs) / len(log_probs))",
        "1 / math.exp(sum(log_probs) / len(log_probs))",
    )

    leaves_out_the_impossible = slip(
        "You leave out the tokens that the model called impossible, and so forgive it where it was most wrong. How "
        "surprised is it when one of them comes after all?",
        "return math",
        "log_probs = [each for each in log_probs if each > -math.inf]\n    return math",
    )

    expects_a_tensor = slip(
        "Your code takes log_probs for a tensor; it may be a list as well, which has no .mean and knows no arithmetic. "
        "Which functions of Python work on both, or what could you turn the list into?",
        "math.exp(-sum(log_probs) / len(log_probs))",
        "torch.exp(-log_probs.mean())",
    )

    truth_of_a_tensor = slip(
        "You ask whether log_probs itself is true, as `not log_probs` does, or a comparison in an `if`. That works for "
        "a list; of a tensor Python cannot say whether it is true. Which function gives the number of tokens for both?",
        "len(log_probs) == 0",
        "not log_probs",
    )

    logarithms_of_logarithms = slip(
        "log_probs are logarithms already, and you take the logarithm of them; of a negative number there is none. "
        "What is left to do with them?",
        "sum(log_probs)",
        "sum(math.log(each) for each in log_probs)",
    )

    without_the_check = slip(
        "The perplexity is right, but a text without tokens divides by 0. What should be checked first, so that "
        "whoever calls the function learns what is wrong?",
        "len(log_probs) == 0",
        "False",
    )

    @alternative
    def with_torch(log_probs):
        log_probs = torch.as_tensor(log_probs)
        if log_probs.numel() == 0:
            raise ValueError("no tokens")
        return torch.exp(-log_probs.mean())

    @alternative
    def with_numpy(log_probs):
        import numpy as np

        if not len(log_probs):
            raise ValueError("no tokens")
        return np.exp(-np.mean([float(each) for each in log_probs]))

    @alternative
    def through_bits(log_probs):
        bits = [float(-each) / math.log(2) for each in log_probs]
        if not bits:
            raise ValueError("no tokens")
        return 2.0 ** (sum(bits) / len(bits))
