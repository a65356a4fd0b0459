"""03.1: one step of a plain recurrent network."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.nn import functional

from ..compare import number
from ..declare import Case, alternative, exercise, holds, misconception
from ..random_inputs import randn
from .other_formulas import CHANGES, followed, near, sums, times

CURVES = {
    "z / (1 + |z|)": functional.softsign,
    "the sine": torch.sin,
    "the arctangent": torch.atan,
    "the error function": torch.erf,
    "the GELU": functional.gelu,
    "the ELU": functional.elu,
    "the leaky ReLU": functional.leaky_relu,
    "the softmax": lambda z: z.softmax(-1),
    "the sign": torch.sign,
}


def of_a_memory(
    x: torch.Tensor, h: torch.Tensor, w_x: torch.Tensor, w_h: torch.Tensor, b: torch.Tensor
) -> Iterator[tuple[str, torch.Tensor]]:
    """Formulas for the number [n, i] of the memory, and what they give. The right one comes first; {n} and {i}
    stand for the place."""
    first, second, bias = "(row {i} of w_x times x[{n}])", "(row {i} of w_h times h[{n}])", "b[{i}]"
    heard, remembered = {first: x @ w_x.T}, {second: h @ w_h.T}
    remembered |= {"h[{n}, {i}]": h, "(column {i} of w_h times h[{n}])": h @ w_h}
    if x.shape[1] == h.shape[1]:
        heard |= {
            "x[{n}, {i}]": x,
            "(column {i} of w_x times x[{n}])": x @ w_x,
            "(row {i} of w_h times x[{n}])": x @ w_h.T,
        }
        remembered |= {"(row {i} of w_x times h[{n}])": h @ w_x.T}
    for changes, text, value in sums(times(heard), times(remembered), times({bias: b})):
        z = value.expand_as(h)
        yield f"tanh({text})", torch.tanh(z)
        if changes < CHANGES:
            yield text, z
            yield f"the sigmoid of ({text})", torch.sigmoid(z)
    tanh, A, H = torch.tanh, heard[first], remembered[second]
    yield from {
        f"tanh{first} + tanh{second} + {bias}": tanh(A) + tanh(H) + b,
        f"tanh{first} + tanh{second} + tanh({bias})": tanh(A) + tanh(H) + tanh(b),
        f"tanh{first} + tanh({second} + {bias})": tanh(A) + tanh(H + b),
        f"tanh({first} + {bias}) + tanh({second} + {bias})": tanh(A + b) + tanh(H + b),
        f"tanh(tanh{first} + tanh{second} + {bias})": tanh(tanh(A) + tanh(H) + b),
        f"tanh(tanh{first} + tanh({second} + {bias}))": tanh(tanh(A) + tanh(H + b)),
        f"tanh(tanh({first} + {bias}) + tanh{second})": tanh(tanh(A + b) + tanh(H)),
        f"tanh({first} + tanh({second} + {bias}))": tanh(A + tanh(H + b)),
        f"tanh(tanh({first} + {bias}) + {second})": tanh(tanh(A + b) + H),
        f"tanh({first} + {bias}) + {second}": tanh(A + b) + H,
        f"{first} + tanh({second} + {bias})": A + tanh(H + b),
        f"tanh(tanh({first} + {second} + {bias}))": tanh(tanh(A + H + b)),
        f"h[{{n}}, {{i}}] * tanh({first} + {second} + {bias})": h * tanh(A + H + b),
        f"(h[{{n}}, {{i}}] + tanh({first} + {second} + {bias})) / 2": (h + tanh(A + H + b)) / 2,
        f"tanh({first} * {second} * {bias})": tanh(A * H * b),
        f"tanh({first} * ({second} + {bias}))": tanh(A * (H + b)),
        f"tanh(({first} + {second}) * {bias})": tanh((A + H) * b),
        f"tanh(({first} + {second} + {bias}) / 2)": tanh((A + H + b) / 2),
        f"tanh(({first} + {second}) / 2 + {bias})": tanh((A + H) / 2 + b),
        **{f"{name} of the right sum": curve(A + H + b) for name, curve in CURVES.items()},
    }.items()
    if len(x) > 1:
        yield from {
            f"tanh({first} + (row {{i}} of w_h times h[0]) + {bias})": tanh(A + H[:1] + b),
            f"tanh((row {{i}} of w_x times x[0]) + {second} + {bias})": tanh(A[:1] + H + b),
            f"tanh({first} + (row {{i}} of w_h times the mean of h over the texts) + {bias})": tanh(A + H.mean(0) + b),
            "the mean of column {i} of the right memory, over the texts": tanh(A + H + b).mean(0).expand_as(h),
            "column {i} of the right memory, added up over the texts": tanh(A + H + b).sum(0).expand_as(h),
        }.items()


@exercise("03.1", points=1, difficulty=1, minutes=10)
class RnnStep:
    """Carry a memory one character further: mix what comes in with what is remembered, and squash."""

    functions = ("rnn_step",)
    returns = ("h",)
    learns = ("x", "h", "w_x", "w_h", "b")
    because = (
        "The same two matrices serve every position, and tanh keeps each number between -1 and 1, so the state can "
        "be handed on as often as you like."
    )
    hints = (
        "Three things are added up, and one function is applied to the sum. Which two of the three are a matrix times "
        "a vector?",
        "Both tables of parameters have one row for each number that comes out, as in torch.nn.Linear. The tokens of a "
        "batch are rows too, so each matrix has to be turned before it is multiplied from the right. Check on shapes: "
        "(B, e) times (e, d) is (B, d).",
        "torch.tanh(x @ w_x.T + h @ w_h.T + b)",
    )

    def cases(rng):
        yield Case(
            "one number in, one number remembered",
            x=torch.tensor([[1.3]]),
            h=torch.tensor([[0.45]]),
            w_x=torch.tensor([[0.37]]),
            w_h=torch.tensor([[1.9]]),
            b=torch.tensor([-0.23]),
        )

        def case(name, B, e, d, dtype=torch.float32, **given):
            drawn = {
                "x": randn(rng, B, e, dtype=dtype),
                "h": torch.tanh(randn(rng, B, d, dtype=dtype)).mul(100).round().div(100),
                "w_x": randn(rng, d, e, dtype=dtype),
                "w_h": randn(rng, d, d, dtype=dtype),
                "b": randn(rng, d, dtype=dtype),
            }
            return Case(name, **drawn | given)

        yield case("width 2, remembering 2 numbers", 1, 2, 2)
        yield case(
            "2 texts, the second with an empty memory", 2, 2, 3, h=torch.tensor([[0.9, -0.4, 0.2], [0.0, 0.0, 0.0]])
        )
        yield case("3 texts side by side, width 2, remembering 4 numbers", 3, 2, 4)
        yield case("width 5, remembering 3 numbers", 2, 5, 3)
        yield case("double precision", 2, 3, 3, torch.float64)
        yield Case(
            "sums of 100 and -100",
            "Sums as far from 0 as 100 must work: their tanh is 1 or -1.",
            x=torch.tensor([[1.0]]),
            h=torch.tensor([[0.5, -0.5]]),
            w_x=torch.tensor([[98.0], [-99.0]]),
            w_h=torch.tensor([[2.0, -2.0], [1.0, 1.0]]),
            b=torch.tensor([0.0, -1.0]),
        )

    def reference(x, h, w_x, w_h, b):
        """Carry a memory one step further.

        x: (B, e) float tensor, what comes in: one token of width e for each of B texts. h: (B, d), what is remembered.
        w_x: (d, e), w_h: (d, d) and b: (d,), the parameters, laid out as in torch.nn.Linear: one row for each number
        that comes out. Leaves all five as they are, and keeps nothing between calls.
        Returns the new memory, a new tensor (B, d) of the same float type, every number between -1 and 1: number i is
        the tanh of (row i of w_x times x) + (row i of w_h times h) + b[i]. Sums as large as 100 or -100 must work. With
        b = bias_ih + bias_hh it is what torch.nn.RNNCell gives. Gradients can be traced back from the result to x, h,
        w_x, w_h and b, and are numbers where the sums lie between -20 and 20: a later cell needs them.
        Example: x = [[1.]], h = [[0.5]], w_x = [[0.3]], w_h = [[2.]], b = [-0.2] give [[tanh(1.1)]] = [[0.8005]].
        Source: Elman, 1990, "Finding structure in time".
        """
        return torch.tanh(x @ w_x.T + h @ w_h.T + b)  # (B, d)

    def probe(solution, x, h, w_x, w_h, b):
        result = solution(x, h, w_x, w_h, b)
        if not x.requires_grad or w_x.abs().max() < 50:
            return result
        # Far from 0, where tanh is flat, only values are asked for: the gradient of 1 / (1 + exp(-z)) is NaN there.
        return result.detach() + 0 * sum(each.sum() for each in (x, h, w_x, w_h, b))

    @holds("number i is the tanh of (row i of w_x times x) + (row i of w_h times h) + b[i]")
    def the_formula(case, result):
        (_, right), *others = of_a_memory(**case.inputs)
        text = "" if near(result, right) else followed(result, others)
        if not text:
            return None
        n, i = divmod(int((result - right).abs().argmax()), result.shape[1])
        return f"h[{n}, {i}] is {number(float(result[n, i]))}, which is {text.format(n=n, i=i)}."

    @holds("every number of the memory lies between -1 and 1")
    def stays_within_bounds(case, result):
        for place in (~(result.abs() <= 1)).nonzero()[:1].tolist():
            value = number(float(result[tuple(place)]))
            return f"h[{', '.join(map(str, place))}] is {value}; after a tanh every number lies between -1 and 1."
        return None

    @misconception(
        "The sum is right, but nothing bends it: without the tanh a memory can grow without end, and many steps are no "
        "more than one big matrix. Through which function must the sum go?"
    )
    def without_tanh(x, h, w_x, w_h, b):
        return x @ w_x.T + h @ w_h.T + b

    @misconception(
        "You squash with a sigmoid, so your memory knows only numbers from 0 to 1 and can say nothing negative. Which "
        "curve runs from -1 to 1?"
    )
    def sigmoid_for_tanh(x, h, w_x, w_h, b):
        return torch.sigmoid(x @ w_x.T + h @ w_h.T + b)

    @misconception(
        "You bend the sum with a ReLU: nothing negative can be remembered, and nothing bounds the memory from above. "
        "Which curve keeps it between -1 and 1?"
    )
    def relu_for_tanh(x, h, w_x, w_h, b):
        return torch.relu(x @ w_x.T + h @ w_h.T + b)

    @misconception(
        "What was remembered has no part in your result: two texts that differ only in their past get the same memory. "
        "Where should h come in, and through which matrix?"
    )
    def forgets_the_past(x, h, w_x, w_h, b):
        return torch.tanh(x @ w_x.T + b)

    @misconception(
        "What comes in has no part in your result: the memory goes on turning and never hears the text. Where should x "
        "come in, and through which matrix?"
    )
    def hears_nothing(x, h, w_x, w_h, b):
        return torch.tanh(h @ w_h.T + b)

    @misconception(
        "h enters as it is, without its matrix, so each number can only remember itself. Which of the inputs lets one "
        "number of the memory act on another?"
    )
    def without_w_h(x, h, w_x, w_h, b):
        return torch.tanh(x @ w_x.T + h + b)

    @misconception("The bias never comes in. Does an empty memory with an empty input have to stay at 0?")
    def without_bias(x, h, w_x, w_h, b):
        return torch.tanh(x @ w_x.T + h @ w_h.T)

    @misconception(
        "The bias counts twice, as it does where each of the two products is given it. How many times does b stand in "
        "the formula?"
    )
    def bias_twice(x, h, w_x, w_h, b):
        return torch.tanh(x @ w_x.T + b + h @ w_h.T + b)

    @misconception(
        "You cut the sum off at -1 and 1, and nothing bends it between the two: beyond them no gradient comes back at "
        "all. Which smooth curve runs from -1 to 1?"
    )
    def cut_off(x, h, w_x, w_h, b):
        return (x @ w_x.T + h @ w_h.T + b).clamp(-1, 1)

    @misconception(
        "w_x is turned and w_h is not. w_h is square, so torch does not complain, but column i is used where row i "
        "should be. Which of the two axes of w_h belongs to what comes out?"
    )
    def w_h_not_turned(x, h, w_x, w_h, b):
        return torch.tanh(x @ w_x.T + h @ w_h + b)

    @misconception(
        "Neither matrix is turned, which runs only where e and d are equal. Each row of w_x belongs to one number that "
        "comes out; which axis of it must meet the last axis of x?"
    )
    def neither_turned(x, h, w_x, w_h, b):
        return torch.tanh(x @ w_x + h @ w_h + b)

    @misconception(
        "A table and what it multiplies do not fit each other. The lesson's w_x @ x is for one text; here every text "
        "is a row of x and of h, so these stand on the left of @, and the tables on its right, turned with .T. What "
        "are the shapes of x, w_x and w_x.T?"
    )
    def one_text_at_a_time(x, h, w_x, w_h, b):
        return torch.tanh(w_x @ x + w_h @ h + b)

    @misconception(
        "The two matrices have changed places: w_x is multiplied by the memory and w_h by what comes in. Which letter "
        "stands beside the w of each?"
    )
    def matrices_swapped(x, h, w_x, w_h, b):
        return torch.tanh(x @ w_h.T + h @ w_x.T + b)

    @misconception(
        "What comes in and what is remembered are squashed apart and then added, so the sum can reach 2. How many "
        "times does tanh stand in the formula?"
    )
    def squashed_apart(x, h, w_x, w_h, b):
        return torch.tanh(x @ w_x.T + b) + torch.tanh(h @ w_h.T)

    @misconception(
        "What comes in and what is remembered are squashed apart, and the bias is added after that, so the sum can go "
        "far beyond 1. Which three things does the one tanh of the formula see together?"
    )
    def squashed_apart_without_the_bias(x, h, w_x, w_h, b):
        return torch.tanh(x @ w_x.T) + torch.tanh(h @ w_h.T) + b

    @misconception(
        "The bias is added after the tanh and carries the memory beyond its bounds. What should the tanh be the last "
        "thing to see?"
    )
    def bias_outside(x, h, w_x, w_h, b):
        return torch.tanh(x @ w_x.T + h @ w_h.T) + b

    @misconception(
        "You add the old memory to the new one. That is a road for gradients, and a good idea of later networks; here "
        "the new memory takes the place of the old. What does h go through before it comes back?"
    )
    def added_to_the_old(x, h, w_x, w_h, b):
        return h + torch.tanh(x @ w_x.T + h @ w_h.T + b)

    @misconception(
        "You multiply what comes in by what is remembered, so an empty memory (h = 0) hears nothing, ever. With which "
        "sign do the two meet in the formula?"
    )
    def multiplied(x, h, w_x, w_h, b):
        return torch.tanh((x @ w_x.T) * (h @ w_h.T) + b)

    @alternative
    def with_linear(x, h, w_x, w_h, b):
        return torch.nn.functional.linear(x, w_x, b).add(torch.nn.functional.linear(h, w_h)).tanh()

    @alternative
    def side_by_side(x, h, w_x, w_h, b):
        both, weights = torch.cat([x, h], dim=-1), torch.cat([w_x, w_h], dim=-1)
        z = (weights @ both.transpose(-2, -1)).transpose(-2, -1) + b
        return 2 * torch.sigmoid(2 * z) - 1

    @alternative
    def with_exponentials(x, h, w_x, w_h, b):
        z = torch.einsum("be,de->bd", x, w_x) + torch.einsum("bc,dc->bd", h, w_h) + b
        small = (-2 * z.abs()).exp()  # exponentials of numbers above 0 could overflow
        return z.sign() * (1 - small) / (1 + small)
