"""A guess can be made after Run All, and its cell run again: no later cell has taken a name that it needs."""

from __future__ import annotations

import ast
import builtins
import json

import pytest

from tests.house.repository import ROOT

LESSONS = sorted((ROOT / "course").glob("*.ipynb"))


class Names(ast.NodeVisitor):
    """Of a cell: which names it reads before it binds them, and which it binds for the cells after it."""

    def __init__(self, source: str) -> None:
        self.reads: set[str] = set()
        self.binds: set[str] = set()
        self._inner: list[set[str]] = []  # names of functions and comprehensions around
        self.visit(ast.parse(source))

    def visit_Name(self, node: ast.Name) -> None:
        if any(node.id in names for names in self._inner):
            return
        if not isinstance(node.ctx, ast.Load):
            self.binds.add(node.id)
        elif node.id not in self.binds and not hasattr(builtins, node.id):
            self.reads.add(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        for each in (node.value, *node.targets):  # the value is computed first
            self.visit(each)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name) and node.target.id not in self.binds:
            self.reads.add(node.target.id)
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        for each in (node.iter, node.target, *node.body, *node.orelse):
            self.visit(each)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        self.binds |= {each.asname or each.name.split(".")[0] for each in node.names}

    visit_ImportFrom = visit_Import

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        arguments = {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
        stored = {
            each.id for each in ast.walk(node) if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)
        }
        for each in node.args.defaults:
            self.visit(each)
        self._inside(arguments | stored, node.body)
        self.binds.add(node.name)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.generic_visit(node)
        self.binds.add(node.name)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._inside({each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}, [node.body])

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        targets = [each.target for each in node.generators]
        names = {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}
        self.visit(node.generators[0].iter)
        self._inside(names, list(ast.iter_child_nodes(node)))

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _inside(self, names: set[str], nodes: list) -> None:
        self._inner.append(names)
        for each in nodes:
            self.visit(each)
        self._inner.pop()


def taken(cells: list[str]) -> list[str]:
    """The names that a cell with a reveal reads and a later cell binds anew."""
    names = [Names(each) for each in cells]
    return [
        f"{name}, read beside the reveal of cell {i}, is bound anew in cell {j}"
        for i, source in enumerate(cells)
        if "reveal(" in source
        for j in range(i + 1, len(cells))
        for name in sorted(names[i].reads & names[j].binds)
    ]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_no_later_cell_takes_a_name_that_a_reveal_needs(lesson):
    cells = json.loads(lesson.read_text(encoding="utf-8"))["cells"]
    assert taken(["".join(each["source"]) for each in cells if each["cell_type"] == "code"]) == []


@pytest.mark.parametrize(
    ("reveals", "later", "name"),
    [
        ("reveal('a', row[0])", "row = 1", "row"),
        ("reveal('a', max(words, key=lambda word: table[word]))", "for table in x: pass", "table"),
        ("reveal('a', [x for x in found])", "def found(): pass", "found"),
        ("reveal('a', f'{share:.2f}')", "import y as share", "share"),
        ("n += 1\nreveal('a', n)", "n = 0", "n"),
        ("mine = mine + 1\nreveal('a', mine)", "with a as mine: pass", "mine"),
    ],
)
def test_a_name_that_is_taken_is_noticed(reveals, later, name):
    (found,) = taken([reveals, later])
    assert found.startswith(f"{name}, ")


@pytest.mark.parametrize(
    ("reveals", "later"),
    [
        ("row = 1\nreveal('a', row)", "row = 2"),
        ("reveal('a', [x for x in row])", "x = 2"),
        ("reveal('a', row)", "print([row for row in rows])"),
        ("def f(x):\n    y = x\n    return y\nreveal('a', f(1))", "x = y = 1"),
        ("reveal('a', row)", "def f():\n    row = 1"),
    ],
)
def test_what_stays_inside_a_cell_is_nobodys(reveals, later):
    assert taken([reveals, later]) == []
