"""05.1: what keeps the numbers of a token at one size."""

from __future__ import annotations

import torch
from torch import nn

from ..compare import number
from ..declare import Case, alternative, exercise, holds, misconception
from ..draw import randn


def normed(x, weight, bias, eps=1e-5, *, over=-1, centre=True, variance=None, root=None):
    """A right layer norm as long as no keyword is given; each wrong answer below changes one.

    over: the axes of mean and variance. centre: whether the mean is taken away. variance, root: how the variance is
    found from x, and what x - mean is divided by from variance and eps.
    """
    mean = x.mean(over, keepdim=True)
    found = x.var(over, keepdim=True, correction=0) if variance is None else variance(x)
    below = torch.sqrt(found + eps) if root is None else root(found, eps)
    return (x - mean if centre else x) / below * weight + bias


@exercise("05.1", points=1, difficulty=1, minutes=8)
class LayerNorm:
    """Bring the numbers of every token to mean 0 and variance 1, then let two learned vectors have their say."""

    functions = ("layer_norm",)
    returns = ("output",)
    learns = ("x", "weight", "bias")
    tolerance = 5e-5
    forbids = ("layer_norm",)  # and native_layer_norm, which has it in its name
    hints = (
        "Every token is normed by itself, whatever stands beside it. So along which axis do you take the mean, and "
        "what shape must the mean have so that x - mean lines up again?",
        "Four steps: the mean over the last axis; the variance, which is the mean of (x - mean) squared over the same "
        "axis; x - mean, divided by the square root of (variance + eps); and that times weight plus bias. Keep the "
        "axis in both means (keepdim=True).",
        "mean = x.mean(-1, keepdim=True); variance = ((x - mean) ** 2).mean(-1, keepdim=True); "
        "return (x - mean) / torch.sqrt(variance + eps) * weight + bias",
    )

    def cases(rng):
        def case(name, *shape, dtype=torch.float32, times=1.0, plus=0.0, **more):
            d = shape[-1]
            x = randn(rng, *shape, dtype=dtype) * times + plus
            return Case(name, x=x, weight=randn(rng, d, dtype=dtype), bias=randn(rng, d, dtype=dtype), **more)

        plain = torch.ones(3), torch.zeros(3)
        yield Case("one token, weight 1, bias 0", x=torch.tensor([[1.0, 2.0, 6.0]]), weight=plain[0], bias=plain[1])
        yield case("one token of width 4", 1, 4)
        yield Case("all numbers alike", x=torch.full((2, 3), 7.0), weight=randn(rng, 3), bias=randn(rng, 3))
        yield case("one token without a batch", 4)
        yield case("3 tokens of width 3", 3, 3)
        yield case("2 tokens of width 5", 2, 5)
        yield case("2 sentences of 3 tokens", 2, 3, 4)
        yield case("2 sentences, 2 heads, 3 tokens", 2, 2, 3, 4)
        yield case("2 tokens, numbers near 100", 2, 4, plus=100.0)
        yield case("2 tokens, numbers near 0.01", 2, 4, times=0.01)
        yield case("eps = 0.5", 2, 3, eps=0.5)
        yield case("double precision", 2, 4, dtype=torch.float64)

    def reference(x, weight, bias, eps=1e-5):
        """Bring the numbers of every token to mean 0 and variance 1, then scale and shift them.

        x: (..., d) float tensor. weight, bias: (d,) float tensors, learned. eps: a small number above 0.
        Returns a tensor of the shape and type of x. For each token, by itself: (x - mean) / sqrt(variance + eps), times
        weight, plus bias. Mean and variance are taken over its d numbers, and the variance is the mean of the squared
        distances from the mean: their sum divided by d, not by d - 1.
        Do it without torch's own layer_norm.
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
        mean, variance = float(result.mean()), float(result.var(correction=0))
        if abs(mean) < 1e-3 and abs(variance - 1) < 1e-3:
            return None
        mean, variance = (number(round(each, 4)) for each in (mean, variance))
        return f"The numbers of the token come out with mean {mean} and variance {variance}, not 0 and 1."

    @misconception(
        "The variance is divided by d - 1, as is usual when a sample stands for something larger, and torch.var and "
        "torch.std do so unless they are told not to. Here the d numbers are all there is. Which argument tells them?"
    )
    def divided_by_one_less(x, weight, bias, eps=1e-5):
        return normed(x, weight, bias, eps, variance=lambda x: x.var(-1, keepdim=True))

    @misconception(
        "eps is added to the standard deviation, after the root; it belongs under the root, beside the variance. For "
        "numbers near 0.01 the variance is about as small as 0.0001: how large is 0.00001 beside it, and how large "
        "would it be beside its root?"
    )
    def eps_after_the_root(x, weight, bias, eps=1e-5):
        return normed(x, weight, bias, eps, root=lambda variance, eps: variance.sqrt() + eps)

    @misconception(
        "`eps` is never used. Where all numbers of a token are alike you divide 0 by 0, which is NaN, and one NaN is "
        "enough to spoil a training run. What keeps the number under the root above 0?"
    )
    def without_eps(x, weight, bias, eps=1e-5):
        return normed(x, weight, bias, 0.0)

    @misconception("The value of eps is written out in place of `eps`. What should happen for eps=0.5?")
    def eps_written_out(x, weight, bias, eps=1e-5):
        return normed(x, weight, bias)

    @misconception(
        "Mean and variance run over all numbers at once, so what a token becomes depends on the tokens beside it, and "
        "on the other sentences of the batch. Along which axis do the numbers of one token lie?"
    )
    def over_everything(x, weight, bias, eps=1e-5):
        return normed(x, weight, bias, eps, over=tuple(range(x.dim())), variance=lambda x: x.var(correction=0))

    @misconception(
        "Mean and variance run over the first axis: you norm each number over the tokens or sentences (that is batch "
        "normalisation). A text of one token would become all zeros. Which axis is the width?"
    )
    def over_the_first_axis(x, weight, bias, eps=1e-5):
        return normed(x, weight, bias, eps, over=0, variance=lambda x: x.var(0, keepdim=True, correction=0))

    @misconception(
        "You norm over axis 1. That is the width only as long as there is no batch; with more axes in front it is "
        "another one. Which number names the last axis, however many there are?"
    )
    def over_axis_1(x, weight, bias, eps=1e-5):
        return normed(x, weight, bias, eps, over=1, variance=lambda x: x.var(1, keepdim=True, correction=0))

    @misconception(
        "Without keepdim=True the means of T tokens are a row of T numbers, and torch lines that row up with the "
        "width: an error in most cases, and no error at all, but nonsense, where T and d are equal. What shape "
        "should the mean have to stand beside its token?"
    )
    def without_keepdim(x, weight, bias, eps=1e-5):
        mean, variance = x.mean(-1), x.var(-1, correction=0)
        return (x - mean) / torch.sqrt(variance + eps) * weight + bias

    @misconception(
        "`weight` and `bias` are never used, so every layer would have to live with mean 0 and variance 1. At which "
        "step can the network choose other ones?"
    )
    def without_weight_and_bias(x, weight, bias, eps=1e-5):
        return normed(x, torch.ones_like(weight), torch.zeros_like(bias), eps)

    @misconception(
        "The bias is added before the multiplication, so it is scaled too. In which order does the docstring name them?"
    )
    def bias_before_weight(x, weight, bias, eps=1e-5):
        return (normed(x, torch.ones_like(weight), torch.zeros_like(bias), eps) + bias) * weight

    @misconception(
        "You divide by the variance itself. If all numbers of a token were ten times as large, its variance would be "
        "a hundred times as large: would your output stay the same? Which number grows tenfold?"
    )
    def divided_by_the_variance(x, weight, bias, eps=1e-5):
        return normed(x, weight, bias, eps, root=lambda variance, eps: variance + eps)

    @misconception(
        "You divide by the length of x - mean, the root of the SUM of its squares; asked for is the root of their "
        "mean. With width 400 your numbers would be 20 times too small. What is the sum still to be divided by?"
    )
    def divided_by_the_length(x, weight, bias, eps=1e-5):
        centred = x - x.mean(-1, keepdim=True)
        return nn.functional.normalize(centred, dim=-1) * weight + bias

    @misconception(
        "You divide by the right number, but the mean is still in: numbers near 100 stay far from 0. What has to be "
        "taken away first?"
    )
    def not_centred(x, weight, bias, eps=1e-5):
        return normed(x, weight, bias, eps, centre=False)

    @misconception(
        "You divide by the root of the mean square, and the mean stays in. That is RMSNorm (Zhang and Sennrich, "
        "2019), which the course's decoder uses; LayerNorm takes the mean away. What are the squares measured from?"
    )
    def root_mean_square(x, weight, bias, eps=1e-5):
        return normed(x, weight, bias, eps, centre=False, variance=lambda x: (x**2).mean(-1, keepdim=True))

    @misconception(
        "The mean is taken away and nothing is divided: a token with large numbers stays large. Which line should "
        "bring every token to the same spread?"
    )
    def centred_only(x, weight, bias, eps=1e-5):
        return normed(x, weight, bias, eps, root=lambda variance, eps: torch.ones_like(variance))

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
