"""The exercise of module 00."""

from __future__ import annotations

import torch

from ..compare import numbers_apart
from ..declare import Case, alternative, exercise, holds, misconception, slip
from ..random_inputs import randn


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
    because = (
        "Every exponential is positive and grows with its number, and dividing by their sum makes shares of them; "
        "taking off the largest number first changes no share and keeps the exponentials finite."
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
        near = "Adding the same number to every entry changes nothing, and entries near 10,000 must not overflow."
        apart = "Entries of one row may lie hundreds apart: none of their exponentials may overflow."
        axes = "`dim` may be any axis of x, counted from the front or from the end."
        yield Case("three numbers", x=randn(rng, 3))
        yield Case("2 rows of 3", x=randn(rng, 2, 3))
        yield Case("2 rows of 3, shares down each column", x=randn(rng, 2, 3), dim=0)
        yield Case("one number", x=randn(rng, 1))
        yield Case("numbers near 10,000", near, x=randn(rng, 2, 3) + 1e4)
        yield Case("numbers near -10,000", near, x=randn(rng, 2, 3) - 1e4)
        yield Case("a row near 0 and a row near 10,000", near, x=randn(rng, 2, 2) + torch.tensor([[0.0], [1e4]]))
        yield Case("numbers far apart", apart, x=randn(rng, 5) + torch.tensor([0.0, 0.0, 0.0, 200.0, -200.0]))
        yield Case("two rows, 100 apart", apart, x=randn(rng, 2, 2) + torch.tensor([[0.0, 100.0], [100.0, 0.0]]))
        yield Case("three axes, the middle one", axes, x=randn(rng, 2, 4, 3), dim=1)
        yield Case("three axes, the middle one counted from the end", axes, x=randn(rng, 2, 3, 2), dim=-2)
        yield Case("double precision", x=randn(rng, 2, 3, dtype=torch.float64))

    def reference(x, dim=-1):
        """Turn any numbers into shares that sum to one.

        x: float tensor of any shape. dim: the axis along which the shares sum to one, counted from the front or, below
        0, from the end.
        Returns a tensor of the same shape and type: exp(x) divided by its sum along `dim`. Adding the same number to
        every entry changes nothing, and entries near 10,000, or hundreds apart, must not overflow. Leaves x as it is.
        Do it without torch.softmax and its relatives, such as log_softmax, softmin, logsumexp, cross_entropy and
        torch's attention.
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
            got, _ = numbers_apart(float(sums[far]), 1.0)
            return f"The shares along dim={case.get('dim', -1)} sum to {got}, not 1."
        return None

    @holds("no share is below 0 or above 1")
    def are_shares(case, result):
        worst = result.flatten()[(result - 0.5).abs().argmax()]
        return None if 0 <= worst <= 1.002 else f"One of the shares is {numbers_apart(float(worst), 1.0)[0]}."

    @holds("numbers that differ by d get shares in the ratio exp(d)")
    def ratios_are_exponentials(case, result):
        numbers, shares = (each.double().movedim(case.get("dim", -1), 0) for each in (case["x"], result))
        numbers, shares = (each.reshape(len(each), -1) for each in (numbers, shares))
        for place in shares.argmax(0).unique().tolist():  # each row's largest share beside the others
            apart = numbers - numbers[place]
            got = shares / shares[place]
            wrong = ((got - apart.exp()).abs() > 1e-2 * apart.exp()) & (apart.abs() < 10) & (shares[place] > 0)
            for i, row in wrong.nonzero()[:1].tolist():
                ratio, wanted = numbers_apart(float(got[i, row]), float(apart[i, row].exp()))
                a, b = (f"{float(each[row]):.7g}" for each in (numbers[i], numbers[place]))
                return (
                    f"{a} and {b} stand side by side along dim={case.get('dim', -1)}; their shares should be in the "
                    f"ratio exp({float(apart[i, row]):.3g}) = {wanted}, and yours are in the ratio {ratio}."
                )
        return None

    without_subtracting_the_largest = slip(
        "exp overflows: for numbers near 10,000 it is infinite, and near -10,000 it is 0 everywhere, so you divide "
        "inf by inf or 0 by 0. Which number could you subtract from every entry first, without changing any share?",
        "x - x.amax(dim, keepdim=True)",
        "x",
    )

    largest_of_everything = slip(
        "The largest number of the whole tensor is subtracted. A row far below it then has exp of 0 everywhere, and "
        "you divide 0 by 0. Along which axis should the largest number be looked for?",
        "x.amax(dim, keepdim=True)",
        "x.max()",
    )

    one_sum_for_everything = slip(
        "The sum runs over all the entries instead of along one axis: all rows together share the 1. Which argument "
        "of sum says along which axis?",
        ("x.amax(dim, keepdim=True)", "x.max()"),
        ("e.sum(dim, keepdim=True)", "e.sum()"),
    )

    always_the_last_axis = slip(
        "The shares always run along the last axis; `dim` is never used. What should happen for dim=0?",
        ("amax(dim", "amax(-1"),
        ("sum(dim", "sum(-1"),
    )

    @misconception(
        "You divide the numbers themselves by their sum: negative numbers give negative shares. Which function makes "
        "every number positive before you divide?"
    )
    def without_the_exponential(x, dim=-1):
        return x / x.sum(dim, keepdim=True)

    @misconception(
        "You divide the numbers without their signs by the sum of these: -2 gets the same share as 2, and more than 1. "
        "Which function makes every number positive, and keeps their order?"
    )
    def without_their_signs(x, dim=-1):
        return x.abs() / x.abs().sum(dim, keepdim=True)

    a_number_for_all = slip(
        "You take 100 off, whatever the numbers are. Near 0 that leaves exp(-100), so small that float32 keeps hardly "
        "a digit of it; near 10,000 exp overflows all the same. Which number of each row, taken off it, leaves 0 as "
        "its largest?",
        "x.amax(dim, keepdim=True)",
        "100",
    )

    something_else_subtracted = slip(
        "exp still overflows: where numbers lie far apart, the largest of a row is hundreds above what you subtract "
        "(the mean of the row, or its middle?). Its exponential is infinite, and infinity divided by infinity is NaN. "
        "Which number of the row leaves nothing above 0?",
        "amax",
        "mean",
    )

    median_subtracted = slip(
        "exp still overflows: the median of each row is subtracted, and where numbers lie far apart the largest is "
        "hundreds above it. Its exponential is infinite, and infinity divided by infinity is NaN. Which number of the "
        "row leaves nothing above 0?",
        "x.amax(dim, keepdim=True)",
        "x.median(dim, keepdim=True).values",
    )

    mean_of_everything = slip(
        "The mean of the whole tensor is subtracted. In a row far above it exp still overflows, and infinity divided "
        "by infinity is NaN; in a row far below it exp is 0 everywhere, and 0 divided by 0 is NaN, too. Which number "
        "of each row leaves nothing above 0?",
        "x.amax(dim, keepdim=True)",
        "x.mean()",
    )

    smallest_subtracted = slip(
        "exp still overflows: the smallest number of each row is subtracted, so the others stay above 0, and where "
        "they lie far apart, hundreds above it. Which number of the row leaves nothing above 0?",
        "amax",
        "amin",
    )

    one_sum_for_shifted_rows = slip(
        "Each row has its own largest number subtracted, and then the sum runs over the whole tensor: all rows "
        "together share the 1. Which argument of sum says along which axis?",
        "e.sum(dim, keepdim=True)",
        "e.sum()",
    )

    base_two = slip(
        "Your shares go by powers of 2: a number that is larger by 1 gets twice the share. Powers of which number does "
        "the docstring ask for?",
        "torch.exp(",
        "torch.exp2(",
    )

    smaller_for_larger = slip(
        "The sign is turned round: the larger a number, the smaller its share. Where does it change, or get lost, "
        "before the exponential: in -x, in a difference, in an absolute value?",
        "x - x.amax(dim, keepdim=True)",
        "x.amin(dim, keepdim=True) - x",
    )

    @alternative
    def through_logarithms(x, dim=-1):
        x = x - x.amax(dim, keepdim=True)
        return (x - x.exp().sum(dim, keepdim=True).log()).exp()

    @alternative
    def last_axis_and_back(x, dim=-1):
        moved = x.movedim(dim, -1)
        rows = torch.stack([torch.exp(row - row.max()) for row in moved.reshape(-1, moved.shape[-1])])
        rows = rows / rows.sum(1)[:, None]
        return rows.reshape(moved.shape).movedim(-1, dim)
