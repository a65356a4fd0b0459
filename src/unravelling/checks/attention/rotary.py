"""04.5: position as a turn. Both pairings of the dimensions are right, so only properties are judged."""

from __future__ import annotations

import torch

from ..compare import number, numbers_apart, rows_apart
from ..declare import Case, alternative, exercise, holds, misconception, slip
from ..random_inputs import randn

FURTHER = 3  # how far on the probe looks again, to see whether only distances matter
CLOSE = 1e-3  # float32 angles of some hundred radians are good to about 1e-5
AS_HALVES = (
    "The numbers are taken as neighbours, (0, 1), and put back as halves: all first ones, then all second ones. So "
    "even position 0 changes a token. Which operation puts a and b back in turn?"
)
AS_NEIGHBOURS = (
    "The numbers are taken as halves, (0, d/2), and put back in turn, as neighbours. So even position 0 changes a "
    "token. Which operation puts the two halves back one behind the other?"
)
CLOCKWISE = "You turn the other way round, which is right as well. "
OTHER_WAY = (
    "[a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()]",
    "[a * angles.cos() + b * angles.sin(), b * angles.cos() - a * angles.sin()]",
)


def turns(case: Case, result: dict) -> tuple[torch.Tensor, list[int]]:
    """The turn at each probed position as a matrix, (P, d, d), row i the image of basis vector i; and the positions."""
    p = case["positions"].tolist()
    return result["turns"].double().transpose(0, 1), [0, 1, *p, *(each + FURTHER for each in p)]


def angles_asked(case: Case, p: int) -> torch.Tensor:
    """What the pairs should have turned by at position p: 0 to pi radians, either way round, largest first."""
    d = case["x"].shape[-1]
    turned = p * case.get("base", 10000.0) ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
    return torch.atan2(turned.sin(), turned.cos()).abs().sort(descending=True).values


@exercise("04.5", points=3, difficulty=2, minutes=15)
class Rotary:
    """Turn queries and keys by an angle that grows with their position, so that dot products feel distance alone."""

    functions = ("rotary",)
    returns = ("result",)
    compares = False
    because = (
        "Queries and keys turn by angles that grow with their positions, so a dot product feels only the difference "
        "between two angles: the distance."
    )
    hints = (
        "Take d = 2 first: a token is an arrow in the plane, and position p turns it by p radians. Which two lines of "
        "school trigonometry turn an arrow (a, b) by an angle?",
        "With more numbers, put them in pairs; pair i turns by positions * base ** (-2 * i / d) radians. So: "
        "frequencies (d/2,), angles (T, d/2), their cos and sin, and then every pair (a, b) becomes "
        "(a cos - b sin, a sin + b cos). Put the pairs back where they came from.",
        "i = torch.arange(0, d, 2); angles = positions[:, None] * base ** (-i / d); a, b = x[..., 0::2], x[..., 1::2]; "
        "then stack a * cos - b * sin and a * sin + b * cos along a new last axis and flatten the last two.",
    )

    def cases(rng):
        yield Case("1 token of width 2, at position 1", x=torch.tensor([[1.0, 0.0]]), positions=torch.tensor([1]))
        yield Case("3 tokens of width 2", x=randn(rng, 3, 2), positions=torch.arange(3))
        yield Case("3 tokens of width 4", x=randn(rng, 3, 4), positions=torch.arange(3))
        places = "Positions come in any order, may start anywhere and be large."
        yield Case("positions 5, 2 and 9", places, x=randn(rng, 3, 4), positions=torch.tensor([5, 2, 9]))
        yield Case("2 tokens of width 6", x=randn(rng, 2, 6), positions=torch.tensor([0, 3]))
        bases = "`base` may be any number above 1: 10000 is what it is where none is given."
        yield Case(
            "2 tokens of width 8, base 100", bases, x=randn(rng, 2, 8), positions=torch.tensor([1, 4]), base=100.0
        )
        yield Case(
            "2 sentences with 3 heads",
            "There may be any number of axes before (T, d).",
            x=randn(rng, 2, 3, 5, 4),
            positions=torch.arange(5) + int(40 * torch.rand((), generator=rng)),
        )
        yield Case("width 8, far into a text", places, x=randn(rng, 3, 8), positions=torch.tensor([100, 101, 3000]))
        yield Case("double precision", x=randn(rng, 2, 4, dtype=torch.float64), positions=torch.arange(2) + 1)

    def reference(x, positions, base=10000.0):
        """Turn every token by angles that grow with its position (rotary position embedding).

        x: (..., T, d) float tensor, d even. positions: (T,) int tensor, in any order. base: a number above 1; sets how
        slow the slowest pair is.
        Returns a tensor of the shape and type of x. Its d numbers are taken in d/2 pairs; pair i (0 to d/2 - 1) of the
        token at position p is turned by p * base ** (-2 * i / d) radians, either way round, and stays in its places.
        Which numbers make pair i is yours to choose: neighbours (0 and 1, 2 and 3, ...), halves (0 and d/2, 1 and
        d/2 + 1, ...) or any others. Leaves x and positions as they are.
        Example: [1., 0.] at position 1 becomes [cos 1, sin 1] = [0.5403, 0.8415] (or, turned the other way,
        [0.5403, -0.8415]).
        Source: Su et al., 2021, "RoFormer", section 3.2.
        """
        d = x.shape[-1]
        speed = base ** (-torch.arange(0, d, 2, dtype=x.dtype) / d)  # (d / 2,) radians per position
        angles = positions[:, None] * speed  # (T, d / 2)
        a, b = x[..., 0::2], x[..., 1::2]
        turned = torch.stack([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()], dim=-1)
        return turned.flatten(-2)

    def probe(solution, x, positions, **base):
        import torch

        d = x.shape[-1]
        places = torch.cat([torch.tensor([0, 1]), positions, positions + 3])
        basis = torch.eye(d, dtype=x.dtype)[:, None, :].repeat(1, len(places), 1)  # (d, P, d): each axis at each place
        return {
            "result": solution(x, positions, *base.values()),
            "turns": solution(basis, places, *base.values()),
        }

    def show(case):
        base = ", base" if "base" in case.inputs else ""
        return (
            "places = torch.cat([torch.tensor([0, 1]), positions, positions + 3])\n"
            "axes = torch.eye(x.shape[-1], dtype=x.dtype)[:, None].repeat(1, len(places), 1)  # each at each place\n"
            f"result = rotary(x, positions{base}), rotary(axes, places{base})"
        )

    def fingerprint(case, result):
        # what is the same for every pairing and direction: traces and lengths of the turn at each position
        M, _ = turns(case, result)
        traces = torch.stack(
            [M.diagonal(dim1=1, dim2=2).sum(-1), (M @ M).diagonal(dim1=1, dim2=2).sum(-1), M.pow(2).sum((1, 2))]
        )
        # where numbers only change places at position 0, which ones do: neighbours put back as halves and halves put
        # back as neighbours have the same traces, if one of them turns the other way round
        swapped = torch.isin(M[0], M.new_tensor([0.0, 1.0])).all() and (M[0].sum(0) == 1).all()
        return traces, M[0] if swapped else torch.zeros_like(M[0])

    @holds("turning keeps every token's length")
    def lengths_are_kept(case, result):
        before, after = case["x"].norm(dim=-1), result["result"].norm(dim=-1)
        for place in (~((before - after).abs() < CLOSE)).nonzero()[:1].tolist():
            old, new = numbers_apart(float(before[tuple(place)]), float(after[tuple(place)]))
            at = int(case["positions"][place[-1]])
            return f"A token of length {old} has length {new} after the turn at position {at}."
        return None

    @holds("position 0 changes nothing")
    def zero_is_the_identity(case, result):
        M, _ = turns(case, result)
        apart = (M[0] - torch.eye(M.shape[1], dtype=M.dtype)).abs()
        if not apart.max() < CLOSE:
            i = int(apart.max(dim=1).values.argmax())
            got, want = rows_apart(M[0, i], torch.eye(M.shape[1])[i])
            return f"At position 0 the vector [{want}] becomes [{got}]: nothing should move there."
        return None

    @holds("dot products depend on the distance of two positions only")
    def only_distance_matters(case, result):
        M, places = turns(case, result)
        T = len(case["positions"])
        near, far = M[2 : 2 + T], M[2 + T :]
        here, there = (torch.einsum("mid,njd->mnij", each, each) for each in (near, far))
        for m, n, i, j in (~((here - there).abs() < CLOSE)).nonzero()[:1].tolist():
            p, q = places[2 + m], places[2 + n]
            at, further = numbers_apart(float(here[m, n, i, j]), float(there[m, n, i, j]))
            return (
                f"The dot product of number {i} turned at position {p} with number {j} turned at position {q} is {at}; "
                f"at positions {p + FURTHER} and {q + FURTHER}, the same distance apart, it is {further}."
            )
        return None

    @holds("the turn depends on the position, not on the token: it is linear, the same in every sentence and head")
    def turning_is_linear(case, result):
        M, _ = turns(case, result)
        T = len(case["positions"])
        want = torch.einsum("...ti,tij->...tj", case["x"].double(), M[2 : 2 + T])
        for place in (~((want - result["result"].double()).abs() < CLOSE)).nonzero()[:1].tolist():
            row = tuple(place[:-1])
            token = ", ".join(number(float(each)) for each in case["x"][row])
            got, parts = rows_apart(result["result"][row], want[row])
            return (
                f"At position {int(case['positions'][place[-2]])} the token [{token}] becomes [{got}]; its "
                f"numbers, turned there one at a time in a longer text, add up to [{parts}]."
            )
        return None

    @holds("at position p pair i has turned by p * base ** (-2 i / d) radians since position 0")
    def pairs_have_their_speeds(case, result):
        M, places = turns(case, result)
        if not torch.isfinite(M).all():
            return "The turned vectors have numbers that are not finite."
        for turn, p in zip(M[1:], places[1:], strict=True):
            # a turn by angle t has the eigenvalues exp(it) and exp(-it), whatever numbers make the pair
            since = torch.linalg.eigvals(turn @ M[0].T)
            angles, want = since.angle().abs().sort(descending=True).values[::2], angles_asked(case, p)
            far = (angles - want).abs() > (1e-3 * want + 1e-6 if p == 1 else CLOSE)
            if far.any():
                got, wanted = rows_apart(angles, want)
                over = "" if p == 1 else " (full turns left out)"
                return f"From position 0 to position {p} your pairs turn by {got} radians, not by {wanted}{over}."
        return None

    one_speed_for_all = slip(
        "All your pairs turn at the same speed, 1 radian for each position: after 6 positions everything is nearly "
        "back where it was, and far looks like near. What makes later pairs slower?",
        "[:, None] * speed",
        "[:, None].to(x.dtype)",
    )

    adds_instead_of_turning = slip(
        "You add cosines and sines to the token (as the sinusoidal embedding does) instead of turning it, so its "
        "length changes, and even position 0 changes it. What multiplies a and b when (a, b) turns?",
        ("[a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()]", "[angles.sin(), angles.cos()]"),
        ("return turned", "return x + turned"),
    )

    counts_for_itself = slip(
        "`positions` is never used: you count the tokens 0, 1, 2, ... as they come. That is wrong as soon as a text is "
        "read on from its middle. Which line should use `positions`?",
        "positions[:",
        "torch.arange(x.shape[-2])[:",
    )

    base_written_out = slip(
        "`base` is never used: 10000 stands in its place. What should happen for base=100?",
        "speed = base",
        "speed = 10000.0",
    )

    without_the_minus = slip(
        "Both numbers of a pair are put together with the same sign before the sine, so lengths change. Turn (1, 0) "
        "and (0, 1) by a quarter circle on paper: in which one of the two does a minus sign appear?",
        "cos() - b",
        "cos() + b",
    )

    sine_and_cosine_swapped = slip(
        "Sine and cosine have changed places: at position 0 the angle is 0, and nothing should move, but cos(0) is 1. "
        "Which of the two keeps a where it is when the angle is 0?",
        "[a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()]",
        "[a * angles.sin() - b * angles.cos(), a * angles.cos() + b * angles.sin()]",
    )

    overwritten_too_soon = slip(
        "The first number of a pair is overwritten before the second is computed from it, so the second line sees a "
        "turned a where it needs the old one. Where can the old a be kept?",
        "a * angles.sin()",
        "(a * angles.cos() - b * angles.sin()) * angles.sin()",
    )

    half_the_exponent = slip(
        "Your speeds fall off too slowly: pair i turns by base ** (-i / d), not base ** (-2 i / d). Does your i count "
        "pairs, or numbers?",
        "torch.arange(0, d, 2,",
        "torch.arange(d // 2,",
    )

    faster_and_faster = slip(
        "Your later pairs turn faster, not slower: the exponent of base is positive. What is base ** (2 * i / d) for "
        "the last pair, and what does a minus sign make of it?",
        "-torch",
        "torch",
    )

    @misconception(
        "Two ways of pairing are mixed: the numbers are paired as halves, (0, d/2), while the angles are repeated as "
        "for neighbours, (0, 1). Two numbers of one pair must turn by the same angle; which do in your code?"
    )
    def two_pairings_mixed(x, positions, base=10000.0):
        d = x.shape[-1]
        angles = positions[:, None] * base ** (-torch.arange(0, d, 2, dtype=x.dtype) / d)
        angles = angles.repeat_interleave(2, dim=-1)
        a, b = x.chunk(2, dim=-1)
        return x * angles.cos() + torch.cat([-b, a], dim=-1) * angles.sin()

    twice_the_exponent = slip(
        "Your speeds fall off too fast: pair i turns by base ** (-4 i / d), not base ** (-2 i / d). Either a number is "
        "doubled that counts by two already, or it is divided by d / 2. What should be divided by what?",
        "-torch",
        "-2 * torch",
    )

    put_back_as_halves = slip(AS_HALVES, "dim=-1)", "dim=-2)")

    put_back_as_halves_turned_clockwise = slip(CLOCKWISE + AS_HALVES, ("dim=-1)", "dim=-2)"), OTHER_WAY)

    put_back_as_neighbours = slip(AS_NEIGHBOURS, "x[..., 0::2], x[..., 1::2]", "x.chunk(2, dim=-1)")

    put_back_as_neighbours_turned_clockwise = slip(
        CLOCKWISE + AS_NEIGHBOURS, ("x[..., 0::2], x[..., 1::2]", "x.chunk(2, dim=-1)"), OTHER_WAY
    )

    @alternative
    def paired_as_halves(x, positions, base=10000.0):
        half = x.shape[-1] // 2
        angles = positions[:, None] * base ** (-torch.arange(half, dtype=x.dtype) / half)
        angles = torch.cat([angles, angles], dim=-1)
        a, b = x[..., :half], x[..., half:]
        return x * angles.cos() + torch.cat([-b, a], dim=-1) * angles.sin()

    @alternative
    def with_complex_numbers(x, positions, base=10000.0):
        d = x.shape[-1]
        speed = 1.0 / base ** (torch.arange(0, d, 2).to(x.dtype) / d)
        turn = torch.polar(torch.ones(len(positions), d // 2, dtype=x.dtype), torch.outer(positions.to(x.dtype), speed))
        z = torch.view_as_complex(x.reshape(*x.shape[:-1], d // 2, 2))
        return torch.view_as_real(z * turn).reshape(x.shape)

    @alternative
    def the_other_way_round(x, positions, base=10000.0):
        y = torch.empty_like(x)
        for i in range(0, x.shape[-1], 2):
            angle = positions.to(x.dtype) * base ** (-i / x.shape[-1])
            y[..., i] = x[..., i] * torch.cos(angle) + x[..., i + 1] * torch.sin(angle)
            y[..., i + 1] = x[..., i + 1] * torch.cos(angle) - x[..., i] * torch.sin(angle)
        return y
