"""05.2: waves that tell a transformer where a token is."""

from __future__ import annotations

import math

import torch

from ..compare import numbers_apart
from ..declare import Case, alternative, exercise, holds, misconception, slip


@exercise("05.2", points=2, difficulty=2, minutes=15)
class SinusoidalPositions:
    """Give each position its own row of waves, fast ones first, slow ones last."""

    functions = ("sinusoidal_positions",)
    returns = ("table",)
    tolerance = 2e-4  # float32 angles of some hundred radians are good to about 1e-5
    because = (
        "The quick waves tell neighbours apart and the slow ones tell distant places apart, so each position has a "
        "row of its own, however long the text."
    )
    hints = (
        "Look at one column of the table in the lesson: it is a wave that runs down the positions. What sets how "
        "fast it is, and which two columns are equally fast?",
        "Columns 2i and 2i + 1 share one angle: the position divided by 10000 ** (2i / d). So make the positions as a "
        "column (T, 1), the d/2 divisors as a row, and divide: the angles are (T, d/2). Their sines go to the columns "
        "0, 2, 4, ..., their cosines to 1, 3, 5, ...",
        "positions = torch.arange(T)[:, None]; angles = positions / 10000 ** (torch.arange(0, d, 2) / d); table = "
        "torch.zeros(T, d); table[:, 0::2] = torch.sin(angles); table[:, 1::2] = torch.cos(angles). And before all "
        "that: if d % 2, raise ValueError.",
    )

    def cases(rng):
        start = "Row p is about position p, and positions are counted from 0: in row 0 every angle is 0."
        yield Case("1 position, width 2", start, T=1, d=2)
        itself = "In columns 0 and 1 the angle is the position itself, in radians: p / 10000 ** 0."
        yield Case("3 positions, width 2", itself, T=3, d=2)
        pair = (
            "Columns 2i and 2i + 1 are the sine and the cosine of one angle, p / 10000 ** (2i / d), d being the width."
        )
        yield Case("2 positions, width 4", pair, T=2, d=4)
        yield Case("3 positions, width 6", pair, T=3, d=6)
        yield Case("5 positions, width 8", pair, T=5, d=8)
        T, pairs = (int(torch.randint(low, high, (), generator=rng)) for low, high in ((9, 30), (5, 12)))
        yield Case(f"{T} positions, width {2 * pairs}", pair, T=T, d=2 * pairs)
        far = "T may be any number of positions, and however large p is, its angles are p / 10000 ** (2i / d)."
        yield Case("200 positions, width 8", far, T=200, d=8)
        yield Case("6000 positions, width 2", far, T=6000, d=2)
        odd = "An odd width is answered with ValueError: a sine without its cosine is half a pair."
        yield Case("an odd width", odd, T=2, d=3)
        yield Case("width 1", odd, T=3, d=1)
        yield Case("no position at all", "T may be 0: then there are no rows, and the shape is (0, d).", T=0, d=4)

    def reference(T, d):
        """Make the table of sinusoidal positions: row p is added to the vector of the token at position p.

        T: number of positions, an int, 0 or more. d: the width, an int above 0; ValueError if it is odd.
        Returns a new (T, d) float32 tensor; positions are counted from 0. For i from 0 to d/2 - 1, row p has in column
        2i the sine, and in column 2i + 1 the cosine, of p / 10000 ** (2i / d) radians.
        Example: sinusoidal_positions(2, 2) is tensor([[0.0000, 1.0000], [0.8415, 0.5403]]): sin 0, cos 0; sin 1, cos 1.
        Source: Vaswani et al., 2017, "Attention Is All You Need", section 3.5.
        """
        if d % 2:
            raise ValueError(f"The columns come in pairs, so the width must be even; {d} is odd.")
        positions = torch.arange(T)[:, None]  # (T, 1)
        angles = positions / 10000 ** (torch.arange(0, d, 2) / d)  # (T, d / 2)
        table = torch.zeros(T, d)
        table[:, 0::2] = torch.sin(angles)
        table[:, 1::2] = torch.cos(angles)
        return table

    def probe(solution, T, d):
        import torch

        table, again = solution(T, d), solution(T, d)
        both = isinstance(table, torch.Tensor) and isinstance(again, torch.Tensor) and table.numel() > 0
        return {"table": table, "shared": both and table.data_ptr() == again.data_ptr()}

    def show(case):
        return (
            "table, again = sinusoidal_positions(T, d), sinusoidal_positions(T, d)\n"
            "shared = isinstance(table, torch.Tensor) and table.numel() > 0 and table.data_ptr() == again.data_ptr()\n"
            "result = table, shared"
        )

    @holds("row 0 is 0, 1, 0, 1, ...: sines and cosines of 0")
    def row_0(case, result):
        result = result["table"]
        if not case["T"]:
            return None
        want = torch.tensor([0.0, 1.0]).repeat(case["d"] // 2)
        wrong = (~torch.isclose(result[0], want, atol=1e-4)).nonzero().flatten().tolist()
        if not wrong:
            return None
        got, asked = numbers_apart(float(result[0, wrong[0]]), float(want[wrong[0]]))
        which = "even columns hold sines" if wrong[0] % 2 == 0 else "odd columns hold cosines"
        return (
            f"At position 0 every angle is 0, and {which}: column {wrong[0]} of row 0 should be {asked}; it is {got}."
        )

    @holds("each call makes a new table")
    def each_table_is_new(case, result):
        right = torch.allclose(result["table"], SinusoidalPositions.reference(**case.inputs), rtol=2e-4, atol=2e-4)
        if not (right and result["shared"]):
            return None
        return (
            "Two calls with the same T and d handed out the very same tensor: whoever changes one table changes the "
            "other. What is kept from one call to the next?"
        )

    in_two_halves = slip(
        "The sines fill the first half of each row and the cosines the second. (Some programs do it so, and a network "
        "does not mind; the formula asked for here does.) Which columns belong to the sines in [:, 0::2]?",
        ("0::2]", ": d // 2]"),
        ("1::2]", "d // 2 :]"),
    )

    cosine_first = slip(
        "Sine and cosine have changed places. What is the sine of 0, and in which column does it belong?",
        ("torch.sin(angles)", "angles.cos()"),
        ("torch.cos(angles)", "angles.sin()"),
    )

    a_speed_for_each_column = slip(
        "Every column has its own speed, 10000 ** (j / d) for column j. A sine and its cosine must share one, so that "
        "together they tell an angle. If column j belongs to pair i, how is i found from j? (Try j // 2.)",
        "torch.cos(angles)",
        "torch.cos(positions / 10000 ** (torch.arange(1, d, 2) / d))",
    )

    half_the_exponent = slip(
        "Your waves slow down too little: the exponent is i / d, where 2i / d is asked for. Does your i count pairs, "
        "or columns?",
        "torch.arange(0, d, 2)",
        "torch.arange(d // 2)",
    )

    twice_the_exponent = slip(
        "Your waves slow down too quickly: the exponent grows by 4 / d from pair to pair, where 2 / d is asked for. "
        "torch.arange(0, d, 2) already holds the numbers 2i; what happens to them after that?",
        "torch.arange(0, d, 2)",
        "2 * torch.arange(0, d, 2)",
    )

    quicker_and_quicker = slip(
        "Your later columns are faster, not slower: the position is multiplied by 10000 ** (2i / d). Which column "
        "should take longest to come round, and what does dividing do to its angle?",
        ("positions / 10000", "positions * 10000"),
        (
            "torch.arange(0, d, 2)",
            "torch.arange(0, d, 2, dtype=torch.float64)",
        ),  # angles of millions lose digits sooner
    )

    one_speed_for_all = slip(
        "All your columns have the same speed, so after 6 positions everything is nearly back where it was. What "
        "makes later columns slower?",
        "torch.arange(0, d, 2) / d",
        "torch.zeros(d // 2)",
    )

    counted_from_one = slip(
        "Your rows begin at position 1. Positions are counted from 0: what is sin(0), and what cos(0)?",
        "torch.arange(T)",
        "torch.arange(1, T + 1)",
    )

    on_its_side = slip(
        "The table lies on its side: each position should be a row, so that it can be added to the row of its token. "
        "Which of the two, positions or divisors, must be the column in positions / divisors?",
        "return table",
        "return table.T",
    )

    sines_only = slip(
        "There are sines only. A single sine cannot tell whether it is rising or falling, so it has the same value at "
        "two places of each turn. What goes into the odd columns?",
        "torch.cos",
        "torch.sin",
    )

    in_degrees = slip(
        "Your angles are taken for degrees. The sine and cosine of torch and math want radians: what happens to "
        "p / 10000 ** (2i / d) before its sine is taken?",
        "torch.arange(T)[:, None]",
        "torch.arange(T)[:, None].deg2rad()",
    )

    up_to_the_whole_exponent = slip(
        "Your slowest pair is as slow as 1 / 10000 already: the exponent runs up to 1, as with i / (d / 2 - 1). Asked "
        "for is 2i / d, which stays below 1. What is i divided by?",
        "torch.arange(0, d, 2) / d",
        "torch.linspace(0, 1, d // 2)",
    )

    @misconception(
        "An odd width goes through without a word (or stops with torch's words about shapes). A sine without its "
        "cosine is half a pair. What should the function raise, and how can d % 2 tell?"
    )
    def odd_widths_accepted(T, d):
        return SinusoidalPositions.reference(T, d + d % 2)[:, :d]

    @alternative
    def with_exp_and_log(T, d):
        if d % 2 != 0:
            raise ValueError("d must be even")
        positions = torch.arange(0, T, dtype=torch.float).unsqueeze(1)
        speed = torch.exp(torch.arange(0, d, 2).float() * (-math.log(10000.0) / d))
        table = torch.zeros(T, d)
        table[:, 0::2] = torch.sin(positions * speed)
        table[:, 1::2] = torch.cos(positions * speed)
        return table

    @alternative
    def stacked_in_pairs(T, d):
        if d & 1:
            raise ValueError("d must be even")
        angles = torch.outer(torch.arange(T).float(), 10000.0 ** (-2 * torch.arange(d // 2) / d))
        return torch.stack([angles.sin(), angles.cos()], dim=2).reshape(T, d)

    @alternative
    def number_by_number(T, d):
        if d % 2 == 1:
            raise ValueError("d must be even")
        rows = torch.zeros(T, d)
        for p in range(T):
            for j in range(d):
                angle = p / 10000 ** (2 * (j // 2) / d)
                rows[p, j] = math.cos(angle) if j % 2 else math.sin(angle)
        return rows
