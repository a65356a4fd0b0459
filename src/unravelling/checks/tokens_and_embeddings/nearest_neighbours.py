"""02.6: the rows of an embedding table that point where a given row points."""

from __future__ import annotations

import torch

from ..declare import Case, alternative, exercise, holds, misconception, slip
from ..random_inputs import randn


@exercise("02.6", points=2, difficulty=2, minutes=15)
class NearestNeighbours:
    """Find the tokens whose vectors point most nearly where a token's own vector points."""

    functions = ("nearest_neighbours",)
    returns = ("neighbours",)
    because = (
        "The cosine compares directions, whatever the lengths; the token itself is left out, vectors of zeros count as "
        "0, and where two are as near the one with the lower number comes first."
    )
    hints = (
        "Two vectors that point the same way, one of them ten times as long: should they be neighbours? By what do you "
        "divide a dot product so that lengths no longer matter?",
        "One line gives all cosines: E @ E[i], divided by the lengths of all rows and by that of row i. A row of "
        "zeros has length 0: see to it that you do not divide by it. Then make the token's own cosine too small to be "
        "chosen, sort from large to small, and keep the first k. Among equals sorting must keep the order.",
        "cosines = E @ E[i] / (norms * norms[i]).clamp(min=1e-12), with norms = E.norm(dim=1); cosines[i] = "
        'float("-inf"); cosines.argsort(descending=True, stable=True)[:k]',
    )

    def cases(rng):
        def case(name, rows, i, k, rule=""):
            return Case(name, rule, E=torch.tensor(rows, dtype=torch.float32), i=i, k=k)

        yield case("3 vectors", [[0, 2], [3, 1], [5, 2]], 1, 1)
        yield case("a long vector and a near one", [[9, 9], [1, 0.2], [1, 0], [0, 1]], 2, 1)
        yield case("a long vector that points the same way", [[1, 0.5], [2, 3], [0, 1], [40, 50], [1, 1]], 1, 2)
        yield case("opposite directions", [[-2, -2.1], [1, 1], [1, -1], [0.1, 0.3]], 1, 3)
        yield case("a long vector that leans away", [[4, 8], [1, 0], [3, 0.5], [0, 1]], 1, 1)
        yield case("an exactly opposite row", [[0, 1], [2, 0], [0, -2], [-3, 0]], 1, 3)
        tie = "Of rows that are equally near, the one with the lower number comes first."
        axes = torch.eye(3)
        yield Case(
            "equally near", tie, E=torch.stack([3 * axes[1], axes[0], 5 * axes[1], 2 * axes[1], 7 * axes[2]]), i=2, k=3
        )
        copies = torch.stack([3 * axes[0], axes[2], axes[0], 2 * axes[1]])
        yield Case("a copy of the vector before it", "The token itself is left out, and no other.", E=copies, i=2, k=1)
        places = torch.randint(4, (60,), generator=rng)
        many = torch.eye(4)[places] * torch.randint(1, 5, (60, 1), generator=rng)
        yield Case("60 vectors, many of them equally near", tie, E=many, i=7, k=5)
        zeros = "A row of zeros points nowhere: its cosine with any row counts as 0."
        yield case("a row of zeros", [[-1, -1, 0], [0, 0, 0], [1, 1, 0.5], [1, 2, 0], [-2, 0, 1]], 3, 4, zeros)
        yield case("the row itself is zeros", [[2, 1], [0, 3], [0, 0], [1, 1]], 2, 3, zeros)
        yield Case("all others", "k may be as large as V - 1.", E=randn(rng, 6, 3), i=4, k=5)
        bound = "A k below 1 or above V - 1 raises ValueError."
        yield Case("more than there are", bound, E=randn(rng, 5, 3), i=2, k=5)
        yield Case("none", bound, E=randn(rng, 5, 2), i=3, k=0)
        yield Case("9 vectors", E=randn(rng, 9, 4), i=6, k=3)
        scaled = randn(rng, 12, 5) * torch.tensor([0.1, 1.0, 20.0]).repeat(4)[:, None]
        yield Case("12 vectors of very different lengths", E=scaled, i=8, k=4)
        yield Case("in double precision", E=randn(rng, 8, 3, dtype=torch.float64), i=5, k=2)

    def reference(E, i, k):
        """Find the tokens whose vectors point most nearly where a token's own vector points.

        E: (V, d) float tensor, the vector of each token in its row. i: a token, 0 <= i < V. k: how many are asked for.
        How near two rows are is said by the cosine of their angle: the dot product, divided by both lengths. So a row
        that is twice as long is as near. With a row of zeros the cosine counts as 0.
        Ties: of rows that are equally near, the one with the lower number comes first. (torch.topk promises no order.)
        Returns a (k,) int64 tensor: the numbers of the k nearest rows, the nearest first, without i itself. Raises
        ValueError if k is below 1 or above V - 1. Leaves E as it is.
        Example: nearest_neighbours(E, 1, 1) is tensor([2]), which is [5, 2], for rows [0, 2], [3, 1] and [5, 2].
        Source: Mikolov et al., 2013, "Efficient estimation of word representations in vector space".
        """
        if not 0 < k < len(E):
            raise ValueError(f"k is {k}; there are {len(E) - 1} other rows.")
        norms = E.norm(dim=1)
        cosines = E @ E[i] / (norms * norms[i]).clamp(min=1e-12)  # (V,)
        cosines[i] = float("-inf")
        return cosines.argsort(descending=True, stable=True)[:k]

    @holds("the token itself is no neighbour")
    def not_itself(case, result):
        return f"Row {case['i']} is among its own neighbours." if case["i"] in result.tolist() else None

    itself_included = slip(
        "The nearest row to row i is row i, and you give it. Whose cosine should be made too small to be chosen?",
        'cosines[i] = float("-inf")',
        "pass",
    )

    first_dropped = slip(
        "You sort and drop the first, taking it for the token itself. Where another row points exactly the same way, "
        "it may come first. By what do you know the token itself for certain?",
        ('cosines[i] = float("-inf")', "pass"),
        ("[:k]", "[1 : k + 1]"),
    )

    dot_product = slip(
        "You sort by the dot product, so long vectors win, wherever they point. By what should it be divided?",
        " / (norms * norms[i]).clamp(min=1e-12)",
        "",
    )

    @misconception(
        "You sort by distance, so a row that points the same way and is twice as long counts as far. What should not "
        "matter, if only directions are compared?"
    )
    def by_distance(E, i, k):
        if not 0 < k < len(E):
            raise ValueError("k")
        distances = (E - E[i]).norm(dim=1)
        distances[i] = float("inf")
        return distances.argsort(stable=True)[:k]

    farthest_first = slip(
        "You give the rows that point away most. Is a large cosine near or far?",
        ("descending=True", "descending=False"),
        ('float("-inf")', 'float("inf")'),
    )

    divided_by_zero = slip(
        "A row of zeros has length 0, and 0 / 0 is NaN, which sorting takes for the largest number of all. What can "
        "you put in the place of a length that is 0?",
        ".clamp(min=1e-12)",
        "",
    )

    @misconception(
        "Among rows that are equally near, yours come in no order that anybody promised: topk and a plain sort may put "
        "them as they like. Which argument of sort or argsort keeps the order of equals?"
    )
    def with_topk(E, i, k):
        if not 0 < k < len(E):
            raise ValueError("k")
        norms = E.norm(dim=1)
        cosines = E @ E[i] / (norms * norms[i]).clamp(min=1e-12)
        cosines[i] = float("-inf")
        return cosines.topk(k).indices

    last_of_equals_first = slip(
        "Of rows that are equally near, yours puts the one with the higher number first, as a sort does that is turned "
        "round afterwards. Which of the two should come first?",
        "cosines.argsort(descending=True, stable=True)[:k]",
        "cosines.argsort(stable=True).flip(0)[:k]",
    )

    cosines_returned = slip(
        "You give the cosines. Asked for are the numbers of the rows to which they belong. Which function sorts and "
        "says where each came from?",
        "cosines.argsort(descending=True, stable=True)[:k]",
        "cosines.sort(descending=True).values[:k]",
    )

    without_the_check = slip(
        "A k for which there are not enough rows goes through: the list is too short, or the token itself is at its "
        "end. Which values of k make no sense, and what should be raised for them?",
        "not 0 < k < len(E)",
        "False",
    )

    @alternative
    def one_row_at_a_time(E, i, k):
        if k < 1 or k > len(E) - 1:
            raise ValueError("no such number of neighbours")

        def cosine(j):
            a, b = E[i].double(), E[j].double()
            lengths = float(a.norm() * b.norm())
            return float(a @ b) / lengths if lengths else 0.0

        others = [j for j in range(len(E)) if j != i]
        return torch.tensor(sorted(others, key=lambda j: (-round(cosine(j), 9), j))[:k])

    @alternative
    def with_unit_vectors(E, i, k):
        if not 1 <= k <= E.shape[0] - 1:
            raise ValueError("k")
        units = torch.nn.functional.normalize(E, dim=1)
        order = (units @ units[i]).sort(descending=True, stable=True).indices
        return order[order != i][:k]
