"""03.2: one step of an LSTM, whose cell is changed by gates alone."""

from __future__ import annotations

import torch

from ...compare import number
from ...declare import Case, alternative, exercise, holds, slip
from ...random_inputs import randn
from ..other_formulas import followed, near
from .diagnosis import blocks_of, cells, gates, shown, steps_from_other_blocks


def gate_case(name: str, i: float, f: float, g: float, o: float) -> Case:
    """Two numbers remembered, with the gates set by the bias: the text has no part in them."""
    return Case(
        name,
        x=torch.tensor([[1.0]]),
        h=torch.tensor([[0.5, -0.5]]),
        c=torch.tensor([[3.0, -0.6]]),
        w_x=torch.zeros(8, 1),
        w_h=torch.zeros(8, 2),
        b=torch.tensor([i, i, f, f, g, g, o, o]),
    )


@exercise("03.2", points=3, difficulty=2, minutes=30)
class LstmStep:
    """Carry two memories one character further: a cell state that only gates can change, and what of it is shown."""

    functions = ("lstm_step",)
    returns = ("h", "c")
    learns = ("x", "h", "c", "w_x", "w_h", "b")
    because = (
        "The old cell state is only multiplied by the forget gate and added to, so what a gate near 1 keeps can pass "
        "through many steps almost unharmed."
    )
    hints = (
        "One sum of four blocks, as in rnn_step but four times as wide. Cut it into four parts of width d. Three of "
        "them are gates, from 0 (shut) to 1 (open); which one is the new content, from -1 to 1?",
        "z = the sum of 03.1, (B, 4d), not squashed yet. z.chunk(4, dim=-1) gives i, f, g, o in this order. Sigmoid "
        "for i, f and o, tanh for g. The new cell state is f times the old cell state plus i times g; the new h is o "
        "times the tanh of the new cell state. All these products are number by number: *, not @.",
        "i, f, g, o = (x @ w_x.T + h @ w_h.T + b).chunk(4, dim=-1); c = f.sigmoid() * c + i.sigmoid() * g.tanh(); "
        "h = o.sigmoid() * c.tanh(); return h, c",
    )

    def cases(rng):
        yield Case(
            "one number in, one remembered",
            x=torch.tensor([[1.3]]),
            h=torch.tensor([[0.45]]),
            c=torch.tensor([[2.7]]),
            w_x=torch.tensor([[0.5], [-0.5], [-1.0], [0.3]]),
            w_h=torch.tensor([[1.0], [2.0], [-1.0], [4.0]]),
            b=torch.tensor([-1.6, 1.5, 0.2, -1.5]),
        )
        yield gate_case("forget gate open, input gate shut", -30.0, 30.0, 1.0, 0.5)
        yield gate_case("forget gate shut, input gate open", 30.0, -30.0, 0.4, 1.0)

        def case(name, B, e, d, dtype=torch.float32, **given):
            drawn = {
                "x": randn(rng, B, e, dtype=dtype),
                "h": torch.tanh(randn(rng, B, d, dtype=dtype)).mul(100).round().div(100),
                "c": 2 * randn(rng, B, d, dtype=dtype),
                "w_x": randn(rng, 4 * d, e, dtype=dtype),
                "w_h": randn(rng, 4 * d, d, dtype=dtype),
                "b": randn(rng, 4 * d, dtype=dtype),
            }
            return Case(name, **drawn | given)

        yield case("width 2, remembering 2 numbers", 1, 2, 2)
        some, none = torch.tensor([[0.9, -0.4, 0.2]]), torch.zeros(1, 3)
        yield case("2 texts, the second just begun", 2, 2, 3, h=torch.cat([some, none]), c=torch.cat([-2 * some, none]))
        yield case("4 texts side by side, width 3, remembering 5 numbers", 4, 3, 5)
        yield case("double precision", 2, 2, 3, torch.float64)
        rule = "Sums as far from 0 as 100 must work: a gate is 0 or 1 there, and the new content -1 or 1."
        far = torch.tensor([100.0, 100.0, 100.0, -100.0, 100.0, -100.0, 100.0, -100.0])
        case = gate_case("sums of 100 and -100", 0.0, 0.0, 0.0, 0.0)
        yield Case(case.name, rule, **case.inputs | {"b": far})

    def reference(x, h, c, w_x, w_h, b):
        """Carry the two memories of an LSTM one step further.

        x: (B, e) float tensor, what comes in. h: (B, d), what was shown last. c: (B, d), the cell state.
        w_x: (4d, e), w_h: (4d, d), b: (4d,), the parameters, laid out as in torch.nn.LSTMCell: four blocks of d rows,
        in the order i, f, g, o. Each block gives (its rows of w_x times x) + (its rows of w_h times h) + its part of b.
        i (let in), f (keep) and o (show) are gates: a sigmoid makes them numbers from 0 to 1. g is the new content, by
        tanh. Sums as large as 100 or -100 must work. Leaves its six inputs as they are, and keeps nothing between
        calls.
        Returns a tuple (or list) of two new tensors (h', c'), both (B, d), of the same float type: the new cell state
        c' = f * c + i * g, and h' = o * tanh(c'), what is shown of it. Gradients can be traced back from h' to all six
        inputs, and are numbers where the sums lie between -40 and 40: training an LSTM needs them.
        Example: with all parameters 0 every gate is 0.5 and g is 0, so c = [[3.]] gives c' = [[1.5]] and h' =
        [[0.5 * tanh(1.5)]] = [[0.4526]].
        Source: Hochreiter and Schmidhuber, 1997, "Long Short-Term Memory"; the forget gate: Gers, Schmidhuber and
        Cummins, 2000, "Learning to Forget".
        """
        i, f, g, o = (x @ w_x.T + h @ w_h.T + b).chunk(4, dim=-1)  # (B, d) each
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c

    def probe(solution, x, h, c, w_x, w_h, b):
        result = solution(x, h, c, w_x, w_h, b)
        if not x.requires_grad or b.abs().max() < 50:
            return result
        # Far from 0, where the curves are flat, only values are asked for: the gradient of 1 / (1 + exp(-z)) is NaN.
        return result[0].detach() + 0 * sum(each.sum() for each in (x, h, c, w_x, w_h, b)), result[1]

    @holds(
        "each block, i, f, g, o in this order, gives (its rows of w_x times x) + (its rows of w_h times h) + its part "
        "of b"
    )
    def the_sums(case, result):
        blocks = followed(torch.cat(list(result)), steps_from_other_blocks(**case.inputs))
        return f"Your h and c are those that other blocks would give: {blocks}." if blocks else None

    @holds("the new cell state is c' = f * c + i * g")
    def the_cell(case, result):
        (_, right), *others = cells(case["h"], case["c"], *gates(**case.inputs), *blocks_of(**case.inputs))
        text = "" if near(result[1], right) else followed(result[1], others)
        if not text:
            return None
        n, k = divmod(int((result[1] - right).abs().argmax()), right.shape[1])
        return f"c[{n}, {k}] is {number(float(result[1][n, k]))}, which is {text} there."

    @holds("what is shown is h' = o * tanh(c')")
    def what_is_shown(case, result):
        h, new = result
        (_, right), *others = shown(case["h"], case["c"], new, *gates(**case.inputs), blocks_of(**case.inputs)[3])
        text = "" if near(h, right) else followed(h, others)
        if not text:
            return None
        n, k = divmod(int((h - right).abs().argmax()), right.shape[1])
        return f"h[{n}, {k}] is {number(float(h[n, k]))}, which is {text} there, if c' is the cell state you return."

    @holds("with the forget gate at 1 and the input gate at 0 the cell state stays as it was")
    def keeps(case, result):
        i, f, _, _ = gates(**case.inputs)
        moved = (f > 0.9999) & (i < 0.0001) & ~((result[1] - case["c"]).abs() < 1e-3)
        if not moved.any():
            return None
        place = tuple(moved.nonzero()[0].tolist())
        was, now = number(float(case["c"][place])), number(float(result[1][place]))
        return f"The forget gate is 1 and the input gate 0, and yet the cell state goes from {was} to {now}."

    @holds("what is shown lies between -1 and 1")
    def shown_within_bounds(case, result):
        for place in (~(result[0].abs() <= 1)).nonzero()[:1].tolist():
            value = number(float(result[0][tuple(place)]))
            return (
                f"h[{', '.join(map(str, place))}] is {value}; a number from 0 to 1 times a tanh lies between -1 and 1."
            )
        return None

    never_forgets = slip(
        "The forget gate has no part in your cell state: it only ever adds, as in the LSTM of 1997. What should the "
        "old c be multiplied by?",
        ("torch.sigmoid(f) * c", "c"),
    )

    lets_everything_in = slip(
        "The input gate has no part in your cell state: everything new is let in, always. What should g be multiplied "
        "by?",
        ("torch.sigmoid(i) * ", ""),
    )

    added_the_gate = slip(
        "You add i and g where the gate should multiply: a shut gate then adds 0 to the new content instead of "
        "stopping it. What does a gate do to what comes through?",
        ("torch.sigmoid(i) * ", "torch.sigmoid(i) + "),
    )

    lets_in_what_it_forgets = slip(
        "You let in as much as you forget, 1 - f, and i is never used: that is a GRU's bargain. An LSTM may keep all "
        "and let in as well. Which of the four blocks decides how much comes in?",
        ("torch.sigmoid(i)", "(1 - torch.sigmoid(f))"),
    )

    forgets_when_it_should_keep = slip(
        "Your forget gate works the wrong way round: at 1 the cell state is wiped. In spite of its name, f says how "
        "much to keep. Does the formula have 1 - f, or f?",
        ("torch.sigmoid(f)", "(1 - torch.sigmoid(f))"),
    )

    squashes_the_cell = slip(
        "Your cell state is squashed by a tanh at every step, so it fades even with the forget gate at 1. The tanh "
        "belongs to what is shown. Which of the two results should it touch?",
        ("c = torch.sigmoid(f)", "c = torch.tanh(torch.sigmoid(f)"),
        ("torch.tanh(g)", "torch.tanh(g))"),
        ("torch.tanh(c)", "c"),
    )

    squashed_twice = slip(
        "What you carry on as the cell state has been squashed by a tanh, so it fades even with the forget gate at 1, "
        "and what you show is squashed once more. The formula has one tanh after the sum. Which of the two results "
        "should it touch?",
        ("c = torch.sigmoid(f)", "c = torch.tanh(torch.sigmoid(f)"),
        ("torch.tanh(g)", "torch.tanh(g))"),
    )

    shown_without_tanh = slip(
        "The cell state is right, but it is shown without a tanh, so h can leave the range from -1 to 1 that the next "
        "step expects. What comes between o and the new cell state?",
        ("torch.tanh(c)", "c"),
    )

    shows_the_old_cell = slip(
        "The new cell state is right, but you show the old one: h lags a step behind. Which c does h = o * tanh(c) "
        "mean?",
        ("c = torch.sigmoid(f)", "new = torch.sigmoid(f)"),
        ("torch.tanh(c), c", "torch.tanh(c), new"),
    )

    shows_everything = slip(
        "The cell state is right, but all of it is shown: the output gate has no part in your h. What should tanh(c') "
        "be multiplied by?",
        ("torch.sigmoid(o) * ", ""),
    )

    news_through_a_sigmoid = slip(
        "g goes through a sigmoid like the gates, so the new content can never be negative and the cell state can only "
        "be filled. Which of the four is no gate, and which curve is its own?",
        ("torch.tanh(g)", "torch.sigmoid(g)"),
    )

    squashed_before_cutting = slip(
        "g goes through a sigmoid and then a tanh, as it does where all four blocks are squashed before they part, so "
        "the new content lies between 0 and 0.76. Which one curve is g's own?",
        ("torch.tanh(g)", "torch.tanh(torch.sigmoid(g))"),
    )

    nothing_squashed = slip(
        "Nothing is squashed on the way into the cell state: the gates can be 5 or -3, and the new content too. Which "
        "curves turn the four blocks into three gates and the new content?",
        ("torch.sigmoid(i)", "i"),
        ("torch.sigmoid(f)", "f"),
        ("torch.tanh(g)", "g"),
        ("torch.sigmoid(o)", "o"),
    )

    news_not_squashed = slip(
        "g is not squashed: the new content should lie between -1 and 1. Which curve does it go through before the "
        "gate?",
        ("torch.tanh(g)", "g"),
    )

    gates_through_tanh = slip(
        "All four blocks go through a tanh, but a gate goes from 0, shut, to 1, open, and is never negative. Which "
        "curve runs from 0 to 1, and which three blocks need it?",
        ("torch.sigmoid(i)", "torch.tanh(i)"),
        ("torch.sigmoid(f)", "torch.tanh(f)"),
        ("torch.sigmoid(o)", "torch.tanh(o)"),
    )

    order_ifog = slip(
        "g and o have changed places. Either you take the four blocks in the order i, f, o, g, or you name them right "
        "and use the third as the gate and the last as the new content. What does each of your lines take for g?",
        ("i, f, g, o", "i, f, o, g"),
    )

    order_figo = slip(
        "i and f have changed places. Either you take the four blocks in the order f, i, g, o, as many a picture of "
        "the LSTM shows them, or you name them right and multiply the old cell state by i and the new content by f. "
        "What should f be multiplied by?",
        ("i, f, g, o", "f, i, g, o"),
    )

    dealt_out_like_cards = slip(
        "You deal the rows out like cards, every fourth to the same gate. They stand in four blocks: the first d rows "
        "are all of i. What does chunk(4, dim=-1) give?",
        (".chunk(4, dim=-1)", ".unflatten(-1, (-1, 4)).unbind(-1)"),
    )

    gates_without_h = slip(
        "The gates do not look at h: they decide by the character alone and know nothing of what came before. Which "
        "product is missing from the sum?",
        ("h @", "0 * h @"),
    )

    without_bias = slip(
        "The bias never comes in. It holds what the gates do when nothing speaks for or against: with it a forget gate "
        "can start open. What is missing from the sum?",
        ("+ b", "+ 0 * b"),
    )

    bias_twice = slip(
        "The bias counts twice, as it does where each of the two products is given it. How many times does b stand in "
        "the sum?",
        ("+ b", "+ 2 * b"),
    )

    gates_without_x = slip(
        "The character has no part in your sums: the gates and the new content look at h alone, and the memory never "
        "hears the text. Which product is missing?",
        ("x @", "0 * x @"),
    )

    keeps_nothing = slip(
        "The new cell state is nothing but new content: what the old one held is lost at every step. Which of the two "
        "parts of c' carries the old c on?",
        ("torch.sigmoid(f) * c + ", ""),
    )

    returned_in_the_other_order = slip(
        "You return the cell state first. What is shown comes first, then the cell state: (h', c'). In which order "
        "does your last line name them?",
        ("torch.sigmoid(o) * torch.tanh(c), c", "c, torch.sigmoid(o) * torch.tanh(c)"),
    )

    @alternative
    def gate_by_gate(x, h, c, w_x, w_h, b):
        d = h.shape[-1]
        z = [x @ w_x[k * d : (k + 1) * d].T + h @ w_h[k * d : (k + 1) * d].T + b[k * d : (k + 1) * d] for k in range(4)]
        i, f, o = (1 / (1 + torch.exp(-z[k])) for k in (0, 1, 3))
        new = c * f + torch.tanh(z[2]) * i
        return torch.tanh(new) * o, new

    @alternative
    def with_linear_and_a_list(x, h, c, w_x, w_h, b):
        z = torch.nn.functional.linear(torch.cat([x, h], 1), torch.cat([w_x, w_h], 1), b)
        i, f, g, o = torch.split(z, h.shape[1], dim=1)
        c = torch.addcmul(f.sigmoid() * c, i.sigmoid(), g.tanh())
        return [o.sigmoid() * c.tanh(), c]

    @alternative
    def with_torchs_own(x, h, c, w_x, w_h, b):
        return torch.lstm_cell(x, (h, c), w_x, w_h, b, torch.zeros_like(b))
