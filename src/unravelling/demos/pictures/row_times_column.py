"""A matrix product: each number of the result is a row of the left table times a column of the right one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from unravelling.demos.base import Demo, Scene, Values

_SIDE, _HIGH = 50, 36


class Product(NamedTuple):
    """left (n, k), right (k, m), result (n, m); terms: what is added for the framed number."""

    left: list[list[int]]
    right: list[list[int]]
    result: list[list[int]]
    terms: list[tuple[int, int]]


class RowTimesColumn(Demo):
    """left, right: tables of small whole numbers. at: the row and column of the number that is framed."""

    title = "A row times a column"

    def __init__(
        self,
        left: Sequence[Sequence[int]] = ((1, 2, 3), (4, 5, 6)),
        right: Sequence[Sequence[int]] = ((1, 0), (0, 2), (1, 1)),
        at: tuple[int, int] = (1, 0),
    ) -> None:
        super().__init__()
        self.left, self.right, self.at = [list(row) for row in left], [list(row) for row in right], at
        inner, other = len(self.left[0]), len(self.right)
        if inner != other:
            raise ValueError(f"The inner lengths must agree: a row of the left has {inner} numbers, a column {other}.")
        if max(len(self.left), inner, len(self.right[0])) > 4:
            raise ValueError("The picture has room for tables of at most 4 rows and columns.")

    def compute(self, v: Values) -> Product:
        columns = list(zip(*self.right, strict=True))
        result = [[sum(a * b for a, b in zip(row, column, strict=True)) for column in columns] for row in self.left]
        i, j = self.at
        return Product(self.left, self.right, result, list(zip(self.left[i], columns[j], strict=True)))

    def draw(self, v: Values, data: Product) -> Scene:
        (i, j), inner, outer = self.at, len(data.right), len(data.right[0])
        x, y = 150.0, 44.0
        corner, floor = x + _SIDE * inner + 30, y + _HIGH * inner + 44
        scene = Scene(height=floor + _HIGH * len(data.left) + 76)
        scene.text(8, 16, "the inner lengths agree, and drop out", bold=True)
        self._table(scene, x, floor, data.left, "query", row=i)
        self._table(scene, corner, y, data.right, "key", column=j)
        self._table(scene, corner, floor, data.result, "output", row=i, column=j)
        right = corner + _SIDE * outer + 12
        scene.text(
            x - 12, floor + _HIGH * len(data.left) / 2, f"left ({len(data.left)}, {inner})", "query", align="right"
        )
        scene.text(right, y + _HIGH * inner / 2, f"right ({inner}, {outer})", "key")
        scene.text(right, floor + _HIGH * len(data.left) / 2, f"left @ right ({len(data.left)}, {outer})", "output")
        end = floor + _HIGH * i + _HIGH / 2
        scene.arrow(x + _SIDE * inner + 3, end, corner - 3, end, role="query")
        scene.arrow(
            corner + _SIDE * (j + 0.5), y + _HIGH * inner + 3, corner + _SIDE * (j + 0.5), floor - 3, role="key"
        )
        y = floor + _HIGH * len(data.left) + 34
        scene.text(8, y, f"{self._sum(data)} = {data.result[i][j]}", bold=True, size=15)
        scene.text(8, y + 26, "multiply in pairs, then add up", role="muted", size=12)
        return scene

    def _sum(self, data: Product) -> str:
        return " + ".join(f"{a} × {b}" for a, b in data.terms)

    def _table(
        self, scene: Scene, x: float, y: float, rows: list[list[int]], role: str, row: int | None = None,
        column: int | None = None,
    ) -> None:  # fmt: skip
        """A table; the row, the column or the number where both meet is framed."""
        for i, numbers in enumerate(rows):
            for j, value in enumerate(numbers):
                framed = (row is None or i == row) and (column is None or j == column)
                scene.rect(x + _SIDE * j, y + _HIGH * i, _SIDE, _HIGH, role, opacity=0.4 if framed else 0.08)
                scene.rect(x + _SIDE * j, y + _HIGH * i, _SIDE, _HIGH, None, role, width=2.5 if framed else 0.8)
                at = x + _SIDE * (j + 0.5), y + _HIGH * (i + 0.5)
                scene.text(*at, str(value).replace("-", "−"), align="center", bold=framed)

    def describe(self, v: Values, data: Product) -> str:
        i, j = self.at
        shapes = f"({len(data.left)}, {len(data.right)}) @ ({len(data.right)}, {len(data.right[0])})"
        return (
            f"{shapes} gives ({len(data.left)}, {len(data.right[0])}). The number in row {i} and column {j} is row {i} "
            f"of the left table times column {j} of the right one: {self._sum(data)} = {data.result[i][j]}."
        )
