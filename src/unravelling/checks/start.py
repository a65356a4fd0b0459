"""The exercise of module 00."""

from __future__ import annotations

import torch

from .compare import number
from .declare import Case, alternative, exercise, holds, misconception
from .draw import randn


@exercise("00.1", points=1, difficulty=1, minutes=5)
class Softmax:
    """Turn any numbers into shares that sum to one, along one axis."""

    functions = ("softmax",)
    tolerance = 2e-3  # float32 near 10,000 has steps of a thousandth: right ways of writing it differ by as much
    forbids = (  # parts of names; logsumexp is a softmax but for one subtraction, and has it for its gradient
        *("softmax", "softmin", "logsumexp", "logcumsumexp", "cross_entropy"),
        *("scaled_dot_product", "multi_head_attention", "flash_attention", "efficient_attention"),
        "transformer_encoder_layer",
    )
    hints = (
        "Every share must be positive, and larger for a larger number. Which function makes any number positive and "
        "keeps the order?",
        "Two steps: the exponential of every number, then divide by the sum along `dim`. The sum must keep its axis "
        "(keepdim=True) so that the division lines up. And exp(10000) is infinite: adding the same number to all "
        "entries changes no share, so which number would you subtract first?",
        "x = x - x.amax(dim, keepdim=True); e = torch.exp(x); the answer is e divided by its sum over the same `dim`, "
        "again with keepdim=True.",
    )

    def cases(rng):
        yield Case("three numbers", x=randn(rng, 3))
        yield Case("2 rows of 3", x=randn(rng, 2, 3))
        yield Case("2 rows of 3, shares down each column", x=randn(rng, 2, 3), dim=0)
        yield Case("one number", x=randn(rng, 1))
        yield Case("numbers near 10,000", x=randn(rng, 2, 3) + 1e4)
        yield Case("numbers near -10,000", x=randn(rng, 2, 3) - 1e4)
        yield Case("a row near 0 and a row near 10,000", x=randn(rng, 2, 2) + torch.tensor([[0.0], [1e4]]))
        yield Case("numbers far apart", x=randn(rng, 3) + torch.tensor([-200.0, 0.0, 200.0]))
        yield Case("three axes, the middle one", x=randn(rng, 2, 4, 3), dim=1)
        yield Case("three axes, the middle one counted from the end", x=randn(rng, 2, 3, 2), dim=-2)
        yield Case("double precision", x=randn(rng, 2, 3, dtype=torch.float64))

    def reference(x, dim=-1):
        """Turn any numbers into shares that sum to one.

        x: float tensor of any shape. dim: the axis along which the shares sum to one.
        Returns a tensor of the same shape and type: exp(x) divided by its sum along `dim`. Adding the same number to
        every entry changes nothing, and entries near 10,000 must not overflow.
        Do it without torch.softmax and its relatives.
        Example: softmax(torch.tensor([0., 0.])) is tensor([0.5000, 0.5000]).
        Source: Bridle, 1990, "Probabilistic interpretation of feedforward classification network outputs".
        """
        x = x - x.amax(dim, keepdim=True)
        e = torch.exp(x)
        return e / e.sum(dim, keepdim=True)

    @holds("the shares along `dim` sum to 1")
    def sums_to_one(case, result):
        sums = result.sum(case.get("dim", -1)).flatten()
        far = (sums - 1).abs().nan_to_num(9).argmax()
        if not torch.isclose(sums[far], torch.ones_like(sums[far]), atol=2e-3):
            return f"The shares along dim={case.get('dim', -1)} sum to {number(float(sums[far]))}, not 1."
        return None

    @holds("no share is below 0 or above 1")
    def are_shares(case, result):
        worst = result.flatten()[(result - 0.5).abs().argmax()]
        return None if 0 <= worst <= 1.002 else f"One of the shares is {number(float(worst))}."

    @misconception(
        "exp overflows: for numbers near 10,000 it is infinite, and near -10,000 it is 0 everywhere, so you divide "
        "inf by inf or 0 by 0. Which number could you subtract from every entry first, without changing any share?"
    )
    def without_subtracting_the_largest(x, dim=-1):
        e = torch.exp(x)
        return e / e.sum(dim, keepdim=True)

    @misconception(
        "The largest number of the whole tensor is subtracted. A row far below it then has exp of 0 everywhere, and "
        "you divide 0 by 0. Along which axis should the largest number be looked for?"
    )
    def largest_of_everything(x, dim=-1):
        e = torch.exp(x - x.max())
        return e / e.sum(dim, keepdim=True)

    @misconception(
        "The sum runs over all the entries instead of along one axis: all rows together share the 1. Which argument "
        "of sum says along which axis?"
    )
    def one_sum_for_everything(x, dim=-1):
        e = torch.exp(x - x.max())
        return e / e.sum()

    @misconception("The shares always run along the last axis; `dim` is never used. What should happen for dim=0?")
    def always_the_last_axis(x, dim=-1):
        e = torch.exp(x - x.amax(-1, keepdim=True))
        return e / e.sum(-1, keepdim=True)

    @misconception(
        "You divide the numbers themselves by their sum: negative numbers give negative shares. Which function makes "
        "every number positive before you divide?"
    )
    def without_the_exponential(x, dim=-1):
        return x / x.sum(dim, keepdim=True)

    @alternative
    def through_logsumexp(x, dim=-1):
        return (x - x.logsumexp(dim, keepdim=True)).exp()

    @alternative
    def last_axis_and_back(x, dim=-1):
        moved = x.movedim(dim, -1)
        rows = torch.stack([torch.exp(row - row.max()) for row in moved.reshape(-1, moved.shape[-1])])
        rows = rows / rows.sum(1)[:, None]
        return rows.reshape(moved.shape).movedim(-1, dim)
