"""The floors of the package (ARCHITECTURE.md, "The floors"): imports run one way, also those inside functions.

What is read is import statements. A module named in a string and fetched by importlib escapes: the lazy names of
`unravelling/__init__.py` and `demos/__init__.py`, and the exercises that `checks/registry.py` loads by number.
"""

from __future__ import annotations

import ast
import graphlib

import pytest

from tests.house.repository import ROOT

PACKAGE = ROOT / "src" / "unravelling"

# Each part, and the parts it may stand on. What is not named here may not be imported.
MAY_IMPORT = {
    "json_lines": set(),
    "whole_file": set(),
    "code_in_prose": set(),
    "html_templates": {"code_in_prose"},
    "course_modules": set(),
    "course_version": set(),
    "models": set(),
    "corpora": {"models"},
    "language_models": {"json_lines", "models", "corpora"},
    "checks": {"course_modules", "models", "corpora", "language_models"},
    "learning": {"json_lines", "checks"},
    "drawing": set(),
    "notebook": {"course_modules", "html_templates", "language_models", "checks", "learning", "drawing"},
    "machine": {"html_templates", "models", "corpora"},
    "demos": {"course_modules", "models", "corpora", "language_models", "drawing"},
    "building": {"whole_file", "course_modules", "checks", "learning"},
    "grading": {"json_lines", "whole_file", "html_templates", "checks"},
    "workplace": {"models", "corpora"},
    "__main__": {"cli"},
    "cli": {"models", "corpora", "learning", "notebook", "building", "grading", "workplace", "machine"},
}
# The ground floor is about models, texts and judging; notebooks and widgets belong further up.
GROUND = {"json_lines", "whole_file", "course_modules", "models", "corpora", "language_models", "checks", "learning"}
OF_NOTEBOOKS = {"nbformat", "nbclient", "nbval", "jupytext", "IPython", "ipywidgets", "anywidget"}


def _files():
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def _part(path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path) -> set[str]:
    """Full names of every module or name that a file imports, at its head or inside a function."""
    own = ("unravelling", *path.relative_to(PACKAGE).with_suffix("").parts)
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*own[: -node.level], *([base] if base else [])])
            names |= {f"{base}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", _files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_only_downward(path):
    part = _part(path)
    assert part in MAY_IMPORT, f"{part} is new: give it a floor in this test and in ARCHITECTURE.md."
    used = {name.split(".")[1] for name in imported(path) if name.startswith("unravelling.")} - {"__version__"}
    wrong = used - MAY_IMPORT[part] - {part}
    assert not wrong, (
        f"{path.relative_to(ROOT)} stands on {part}'s floor and may not import {', '.join(sorted(wrong))}."
    )


@pytest.mark.parametrize("path", [p for p in _files() if _part(p) in GROUND], ids=lambda p: str(p.relative_to(PACKAGE)))
def test_the_ground_floor_knows_nothing_of_notebooks(path):
    wrong = {name.split(".")[0] for name in imported(path)} & OF_NOTEBOOKS
    assert not wrong, f"{path.relative_to(ROOT)} imports {', '.join(sorted(wrong))}; that belongs in notebook/."


def test_no_two_parts_stand_on_each_other():
    def above(part, seen=()):
        assert part not in seen, f"a circle: {' -> '.join([*seen, part])}"
        for below in MAY_IMPORT[part]:
            above(below, (*seen, part))

    for part in MAY_IMPORT:
        above(part)


def _modules():
    """Full name of every module of the package, and its file."""
    own = {path: path.relative_to(PACKAGE.parent).with_suffix("").parts for path in PACKAGE.rglob("*.py")}
    return {".".join(name[:-1] if name[-1] == "__init__" else name): path for path, name in own.items()}


def test_no_two_files_stand_on_each_other():
    """Whatever the import is for: at the head of a file, inside a function, or for the types alone."""
    modules = _modules()
    stands_on = {}
    for name, path in modules.items():
        # "package.module.name" means package.module, unless the name is a module itself.
        used = {full if full in modules else full.rpartition(".")[0] for full in imported(path)}
        stands_on[name] = used & modules.keys() - {name}
    assert stands_on["unravelling.drawing.scene"] >= {"unravelling.drawing.axes"}, "the test no longer sees imports"
    try:
        graphlib.TopologicalSorter(stands_on).prepare()
    except graphlib.CycleError as circle:
        pytest.fail(f"A circle of imports: {' -> '.join(reversed(circle.args[1]))}.")
