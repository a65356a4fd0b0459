"""The exercise notebooks as a learner gets them, half solved, and broken in one cell."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from tests.built_notebooks.written import ROOT, cells_of, run, under_nbval
from unravelling.checks import registry

EXERCISES = sorted((ROOT / "exercises").glob("*.ipynb"))


def _mark(cell: dict) -> tuple[str, str]:
    mark = cell["metadata"].get("unravelling", {})
    return mark.get("exercise", ""), mark.get("role", "")


@pytest.fixture(scope="module", params=EXERCISES, ids=lambda path: path.stem)
def shipped(request, tmp_path_factory):
    """A shipped exercise notebook, run once under plain `pytest --nbval-lax`."""
    folder = tmp_path_factory.mktemp("shipped")
    return request.param, under_nbval(shutil.copy(request.param, folder) and folder / request.param.name, folder)


def test_there_is_an_exercise_notebook_for_every_module_that_declares_exercises():
    assert [path.name[:2] for path in EXERCISES] == list(registry.MODULES)


def test_a_shipped_notebook_fails_exactly_at_its_checks(shipped):
    _, outcomes = shipped
    assert [o.cell for o in outcomes if o.failure] == [o.cell for o in outcomes if o.role == "check"]


def test_each_check_fails_with_its_own_sentence_that_it_is_not_solved_yet(shipped):
    notebook, outcomes = shipped
    said = {o.exercise: o.failure for o in outcomes if o.role == "check"}
    assert list(said) == [exercise.id for exercise in registry.module(notebook.name[:2])]
    for exercise in registry.module(notebook.name[:2]):
        first = f"{exercise.id} {exercise.functions[0]} is not solved yet"  # the first that is called says so
        assert first in said[exercise.id]
        others = set(re.findall(r"(\d\d\.\d+) [\w +]+ is not solved yet", said[exercise.id])) - {exercise.id}
        assert not others


def test_no_shipped_notebook_holds_an_answer_or_an_output(shipped):
    notebook, _ = shipped
    cells = [cell for cell in cells_of(notebook) if cell["cell_type"] == "code"]
    assert not [cell["id"] for cell in cells if cell["outputs"] or cell["execution_count"] is not None]
    answers = ["".join(cell["source"]) for cell in cells if _mark(cell)[1] == "answer"]
    assert answers and all("raise NotImplementedError" in text and "SOLUTION" not in text for text in answers)


@pytest.fixture
def clone(tmp_path):
    """What `unravelling check 04` needs of a clone, in a scratch folder: the project, course/, exercises/, work/."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for folder in ("course", "work"):
        (tmp_path / folder).mkdir()
    shutil.copytree(ROOT / "exercises", tmp_path / "exercises")
    return tmp_path


def _with_answers(clone, module: str, answers: dict[str, str]):
    """Put a copy into work/ whose answer cells of these exercises are replaced; returns its path."""
    source = next((ROOT / "exercises").glob(f"{module}_*.ipynb"))
    notebook = json.loads(source.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        exercise, role = _mark(cell)
        if role == "answer" and exercise in answers:
            cell["source"] = answers[exercise]
    target = clone / "work" / source.name
    target.write_text(json.dumps(notebook), encoding="utf-8")
    return target


def _solutions(module: str) -> dict[str, str]:
    solved = next((ROOT / "solutions").glob(f"{module}_*.ipynb"))
    return {_mark(c)[0]: "".join(c["source"]) for c in cells_of(solved) if _mark(c)[1] == "answer"}


def test_a_half_solved_copy_gets_a_line_and_a_reason_for_each_exercise(clone):
    solutions = _solutions("04")
    answers = {name: solutions[name] for name in ("04.1", "04.3")}
    answers["04.2"] = "def causal_mask(T:\n    return 1"
    _with_answers(clone, "04", answers)
    ran = run("-m", "unravelling", "check", "04", cwd=clone)
    assert ran.returncode == 1, ran.stderr
    lines = {
        found[2]: line for line in ran.stdout.splitlines() if (found := re.match(r"(PASS|not yet) (04\.\d+)", line))
    }
    assert list(lines) == [exercise.id for exercise in registry.module("04")]
    assert lines["04.1"] == "PASS 04.1 scaled_dot_product_attention"
    assert lines["04.2"].startswith("not yet 04.2 causal_mask: The cell of your answer does not run: SyntaxError:")
    assert lines["04.3"].startswith("PASS 04.3")
    assert all("is not solved yet" in lines[name] for name in ("04.4", "04.5", "04.6"))
    points = {exercise.id: exercise.points for exercise in registry.module("04")}
    assert f"{points['04.1'] + points['04.3']} of {sum(points.values())} points" in ran.stdout


def test_work_comes_before_exercises_and_all_solved_is_exit_code_0_and_nothing_is_written(clone):
    _with_answers(clone, "00", _solutions("00"))
    before = {path: path.read_bytes() for path in clone.rglob("*") if path.is_file()}
    ran = run("-m", "unravelling", "check", "0", cwd=clone / "work")
    assert (ran.returncode, ran.stdout.splitlines()[0]) == (0, "PASS 00.1 softmax"), ran.stderr
    assert {path: path.read_bytes() for path in clone.rglob("*") if path.is_file()} == before


def test_without_a_copy_in_work_the_exercise_as_shipped_is_checked(clone):
    ran = run("-m", "unravelling", "check", "00", cwd=clone)
    assert ran.returncode == 1
    assert ran.stdout.startswith("not yet 00.1 softmax: 00.1 softmax is not solved yet")


@pytest.mark.parametrize("module", ["99", "attention", "4.1", ""])
def test_a_module_that_does_not_exist_is_answered_with_those_that_do(clone, module):
    ran = run("-m", "unravelling", "check", module, cwd=clone)
    assert ran.returncode == 2
    here = ", ".join(sorted(path.name[:2] for path in (ROOT / "exercises").glob("*.ipynb")))
    assert f"There is no module {module} with exercises. Modules here: {here}." in ran.stderr
    assert "Traceback" not in ran.stderr


def test_outside_a_clone_the_one_that_the_package_came_from_is_used_and_named(tmp_path):
    ran = run("-m", "unravelling", "check", "00", cwd=tmp_path)
    assert ran.returncode == 1
    assert re.match(r"Running .+00_start_here\.ipynb \.\.\.\n", ran.stderr)
