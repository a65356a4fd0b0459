"""05.1: what keeps the numbers of a token at one size."""

from __future__ import annotations

import torch

from ..compare import numbers_apart
from ..declare import Case, alternative, exercise, holds, slip
from ..random_inputs import randn


@exercise("05.1", points=1, difficulty=1, minutes=15)
class LayerNorm:
    """Bring the numbers of every token to mean 0 and variance 1, then let two learned vectors have their say."""

    functions = ("layer_norm",)
    returns = ("output",)
    tolerance = 5e-5
    forbids = ("layer_norm",)  # and native_layer_norm, which has it in its name
    because = (
        "Each token is normed by its own mean and variance, so no other token can change it; weight and bias then "
        "set the scale that the next layer wants."
    )
    hints = (
        "Every token is normed by itself, whatever is beside it. So along which axis do you take the mean, and "
        "what shape must the mean have so that x - mean lines up again?",
        "Four steps: the mean over the last axis; the variance, which is the mean of (x - mean) squared over the same "
        "axis; x - mean, divided by the square root of (variance + eps); and that times weight plus bias. Keep the "
        "axis in both means (keepdim=True).",
        "mean = x.mean(-1, keepdim=True); variance = ((x - mean) ** 2).mean(-1, keepdim=True); "
        "return (x - mean) / torch.sqrt(variance + eps) * weight + bias",
    )

    def cases(rng):
        def case(name, rule, *shape, dtype=torch.float32, times=1.0, plus=0.0, **more):
            d = shape[-1]
            x = randn(rng, *shape, dtype=dtype) * times + plus
            weight, bias = randn(rng, d, dtype=dtype), randn(rng, d, dtype=dtype)
            return Case(name, rule, **{"x": x, "weight": weight, "bias": bias} | more)

        yield Case(
            "one token, weight 1, bias 0",
            "Before weight and bias, the numbers of a token are (x - mean) / sqrt(variance + eps).",
            x=torch.tensor([[1.0, 2.0, 6.0]]),
            weight=torch.ones(3),
            bias=torch.zeros(3),
        )
        plain = {"weight": torch.ones(4), "bias": torch.zeros(4)}
        under = "eps, as the caller gives it, goes under the root, beside the variance; 1e-5 only where none is given."
        yield case("eps = 0.5, weight 1, bias 0", under, 1, 4, **plain, eps=0.5)
        yield case("numbers near 0.01, weight 1, bias 0", under, 1, 4, times=0.01, **plain)
        weighed = "What is normed is multiplied by weight: each of the d numbers by the one in its own place."
        yield case("one token, bias 0", weighed, 1, 3, bias=torch.zeros(3))
        shifted = "bias is added at the end: to each of the d numbers the one in its own place."
        yield case("one token, weight 1", shifted, 1, 3, weight=torch.ones(3))
        yield case("one token of width 4", "First comes the product with weight, then bias is added to it.", 1, 4)
        alike = "Where all numbers of a token are alike, its variance is 0; eps keeps the root above 0: bias is left."
        yield case("all numbers alike", alike, 2, 3, x=torch.full((2, 3), 0.5))
        alone = "Every token is normed by itself: mean and variance are taken over its own d numbers, the last axis."
        yield case("3 tokens of width 3", alone, 3, 3)
        yield case("2 tokens of width 5", alone, 2, 5)
        yield case("2 sentences of 3 tokens", alone, 2, 3, 4)
        axes = "x may be a single token, (d,), or have any number of axes before the last."
        yield case("one token without a batch", axes, 4)
        yield case("2 sentences, 5 heads, 4 tokens", axes, 2, 5, 4, 3)
        far = (
            "Numbers far from 0 are normed as well as others; mean(x²) - mean(x)² is the variance on paper, and loses "
            "its digits there."
        )
        yield case("2 tokens, numbers near 100", far, 2, 4, plus=100.0)
        double = (
            "The result has the type of x, and its precision: float64 stays float64 from the first line to the last."
        )
        yield case("double precision", double, 2, 4, plus=100.0, dtype=torch.float64)

    def reference(x, weight, bias, eps=1e-5):
        """Bring the numbers of every token to mean 0 and variance 1, then scale and shift them.

        x: (..., d) float tensor with any number of axes before the last, or none. weight, bias: (d,) float tensors,
        learned, of the type of x. eps: a small number above 0.
        Returns a tensor of the shape and type of x. For each token, by itself: (x - mean) / sqrt(variance + eps), times
        weight, plus bias. Mean and variance are taken over its d numbers, and the variance is the mean of the squared
        distances from the mean: their sum divided by d, not by d - 1. Numbers far from 0 are normed as well as others.
        Leaves its inputs as they are. Do it without torch's own layer_norm.
        Example: layer_norm(torch.tensor([1., 3.]), torch.ones(2), torch.zeros(2)) is tensor([-1., 1.]), but for eps.
        Source: Ba, Kiros and Hinton, 2016, "Layer Normalization", section 3.
        """
        mean = x.mean(-1, keepdim=True)
        variance = ((x - mean) ** 2).mean(-1, keepdim=True)
        return (x - mean) / torch.sqrt(variance + eps) * weight + bias

    @holds("with weight 1 and bias 0 the numbers of every token have mean 0 and variance 1")
    def mean_0_and_variance_1(case, result):
        if not (torch.equal(case["weight"], torch.ones(3)) and torch.equal(case["bias"], torch.zeros(3))):
            return None
        found = {"mean": (float(result.mean()), 0.0), "variance": (float(result.var(correction=0)), 1.0)}
        wrong = {name: pair for name, pair in found.items() if not abs(pair[0] - pair[1]) < 1e-3}
        if not wrong:
            return None
        got, want = zip(*(numbers_apart(*pair) for pair in wrong.values()), strict=True)
        names = " and ".join(f"{name} {value}" for name, value in zip(wrong, got, strict=True))
        return f"The numbers of the token come out with {names}, not {' and '.join(want)}."

    divided_by_one_less = slip(
        "The variance is divided by d - 1, as is usual for a sample of something larger, and torch.var and "
        "torch.std do so unless they are told not to. Here the d numbers are all there is. Which argument tells them?",
        "((x - mean) ** 2).mean(-1, keepdim=True)",
        "x.var(-1, keepdim=True)",
    )

    eps_after_the_root = slip(
        "eps is added to the standard deviation, after the root; it belongs under the root, beside the variance. For "
        "numbers near 0.01 the variance is about as small as 0.0001: how large is 0.00001 beside it, and how large "
        "would it be beside its root?",
        "torch.sqrt(variance + eps)",
        "(torch.sqrt(variance) + eps)",
    )

    std_of_torch_and_eps = slip(
        "You divide by torch's standard deviation plus eps, and two things differ: std divides the sum of the squares "
        "by d - 1 unless it is told not to, and eps belongs under the root, beside the variance. What should the root "
        "be taken of?",
        ("((x - mean) ** 2).mean(-1, keepdim=True)", "x.std(-1, keepdim=True)"),
        ("torch.sqrt(variance + eps)", "(variance + eps)"),
    )

    without_eps = slip(
        "`eps` is never used. Where all numbers of a token are alike you divide 0 by 0, which is NaN, and one NaN is "
        "enough to spoil a training run. What keeps the number under the root above 0?",
        "variance + eps",
        "variance",
    )

    eps_written_out = slip(
        "The value of eps is written out in place of `eps`. What should happen for eps=0.5?",
        "variance + eps",
        "variance + 1e-5",
    )

    over_everything = slip(
        "Mean and variance run over all numbers at once, so what a token becomes depends on the tokens beside it, and "
        "on the other sentences of the batch. Along which axis do the numbers of one token lie?",
        ("x.mean(-1, keepdim=True)", "x.mean()"),
        ("2).mean(-1, keepdim=True)", "2).mean()"),
    )

    over_the_first_axis = slip(
        "Mean and variance run over the first axis: you norm each number over the tokens or sentences (that is batch "
        "normalisation). A text of one token would become all zeros. Which axis is the width?",
        ("x.mean(-1,", "x.mean(0,"),
        ("2).mean(-1,", "2).mean(0,"),
    )

    over_axis_1 = slip(
        "You norm over axis 1. That is the width only as long as there is no batch; with more axes in front it is "
        "another one. Which number names the last axis, however many there are?",
        ("x.mean(-1,", "x.mean(1,"),
        ("2).mean(-1,", "2).mean(1,"),
    )

    without_keepdim = slip(
        "Without keepdim=True the means of T tokens are a row of T numbers, and torch lines that row up with the "
        "width: an error in most cases, and no error at all, but nonsense, where T and d are equal. What shape "
        "should the mean have to line up with its token?",
        ("x.mean(-1, keepdim=True)", "x.mean(-1)"),
        ("((x - mean) ** 2).mean(-1, keepdim=True)", "x.var(-1, correction=0)"),
    )

    mean_without_keepdim = slip(
        "Your mean has lost its axis, and your variance has kept it: the means of T tokens are a row of T numbers, "
        "which do not line up with x. What does keepdim=True do to the shape of the mean?",
        "x.mean(-1, keepdim=True)",
        "x.mean(-1)",
    )

    variance_without_keepdim = slip(
        "Your mean has kept its axis, and your variance has lost it: the variances of T tokens are a row of T numbers, "
        "which do not line up with x. What does keepdim=True do to the shape of the variance?",
        "((x - mean) ** 2).mean(-1, keepdim=True)",
        "((x - mean) ** 2).mean(-1)",
    )

    both_means_without_keepdim = slip(
        "Your mean has lost its axis, and so has your variance: the means of T tokens are a row of T numbers, which do "
        "not line up with x. What does keepdim=True do to their shapes?",
        ("x.mean(-1, keepdim=True)", "x.mean(-1)"),
        ("((x - mean) ** 2).mean(-1, keepdim=True)", "((x - mean) ** 2).mean(-1)"),
    )

    without_weight_and_bias = slip(
        "`weight` and `bias` are never used, so every layer would have to live with mean 0 and variance 1. At which "
        "step can the network choose other ones?",
        " * weight + bias",
        "",
    )

    without_weight = slip(
        "`weight` makes no difference: what is normed stays at its size before bias is added. By what is each of the d "
        "numbers multiplied?",
        " * weight",
        "",
    )

    without_bias = slip(
        "`bias` makes no difference: every token keeps its mean. What is added last?",
        " + bias",
        "",
    )

    only_the_mean_divided = slip(
        "Only the mean is divided by the root, not x: in x - mean / root the division comes first. Where do the "
        "parentheses belong?",
        "(x - mean) /",
        "x - mean /",
    )

    bias_before_weight = slip(
        "The bias is added before the multiplication, so it is scaled too. In which order does the docstring name "
        "them?",
        "(x - mean) / torch.sqrt(variance + eps) * weight + bias",
        "((x - mean) / torch.sqrt(variance + eps) + bias) * weight",
    )

    divided_by_the_variance = slip(
        "You divide by the variance itself. If all numbers of a token were ten times as large, its variance would be "
        "a hundred times as large: would your output stay the same? Which number grows tenfold?",
        "torch.sqrt(variance + eps)",
        "(variance + eps)",
    )

    divided_by_the_length = slip(
        "You divide by the length of x - mean, the root of the SUM of its squares; it should be the root of their "
        "mean. With width 400 your numbers would be 20 times too small. What is the sum still to be divided by?",
        "(x - mean) / torch.sqrt(variance + eps)",
        "torch.nn.functional.normalize(x - mean, dim=-1)",
    )

    not_centred = slip(
        "You divide by the right number, but the mean is still in: numbers near 100 stay far from 0. What has to be "
        "taken away first?",
        "(x - mean) /",
        "x /",
    )

    root_mean_square = slip(
        "You divide by the root of the mean square, and the mean stays in. That is RMSNorm (Zhang and Sennrich, "
        "2019), which the course's decoder uses; LayerNorm takes the mean away. What are the squares measured from?",
        ("(x - mean) ** 2", "x**2"),
        ("(x - mean) /", "x /"),
    )

    centred_only = slip(
        "The mean is taken away and nothing is divided: a token with large numbers stays large. Which line should "
        "bring every token to the same spread?",
        " / torch.sqrt(variance + eps)",
        "",
    )

    @alternative
    def with_torch_var(x, weight, bias, eps=1e-5):
        variance, mean = torch.var_mean(x, dim=-1, keepdim=True, unbiased=False)
        return weight * (x - mean) * torch.rsqrt(variance + eps) + bias

    @alternative
    def with_std(x, weight, bias, eps=1e-5):
        centred = x - x.sum(dim=-1, keepdim=True) / x.shape[-1]
        std = (centred.std(-1, correction=0, keepdim=True) ** 2 + eps) ** 0.5
        return centred / std * weight + bias

    @alternative
    def token_by_token(x, weight, bias, eps=1e-5):
        rows = []
        for row in x.reshape(-1, x.shape[-1]):
            centred = row - row.mean()
            rows.append(centred / (centred.square().mean() + eps).sqrt() * weight + bias)
        return torch.stack(rows).reshape(x.shape)
