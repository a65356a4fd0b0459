"""An exercise's text stands once: stub and solution are made of the declaration, and of what an answer cell says
differently."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from types import SimpleNamespace

import pytest
import torch

from tests.building.conftest import Counter, Counting, Double
from unravelling.building import BuildError
from unravelling.building.stubs import AnswerProblem, stub_and_solution

EXERCISES, SOLUTIONS = "exercises/04_small.ipynb", "solutions/04_small.ipynb"


def split(x, h=2):
    """Cut x."""

    # Two or more.
    def part(i):
        return x[i::h]

    return [part(i) for i in range(h)]  # a list


def merge(
    parts,
    *,
    kind: type = list,
) -> list:
    r"""Put parts together, with no "\n"."""
    return kind(each for part in parts for each in part)


DOUBLED = lambda x: 2 * x  # noqa: E731
SEVERAL = {"split": split, "merge": merge}
STUB_OF_COUNTER = '''\
class Counter:
    """Counts calls of add()."""

    def __init__(self):
        super().__init__()
        raise NotImplementedError("04.10 is not solved yet")

    def add(self):
        raise NotImplementedError("04.10 is not solved yet")'''


def answers(course, folder, exercise):
    return [
        cell.source
        for cell in course.notebook(f"{folder}/04_small.ipynb").cells
        if cell.metadata.get("unravelling") == {"exercise": exercise, "role": "answer"}
    ]


def problems(exercise, reference, cell):
    with pytest.raises(AnswerProblem) as caught:
        stub_and_solution(exercise, reference, cell)
    return list(caught.value.problems)


def test_an_empty_cell_takes_signature_docstring_and_solution_from_the_declaration(course):
    course.change(course.exercises, "def double(...):\n    return 2 * x\n", "")
    course.build()
    head = 'def double(x):\n    """Twice x."""\n'
    assert answers(course, "exercises", "04.1") == [head + '    raise NotImplementedError("04.1 is not solved yet")']
    assert answers(course, "solutions", "04.1") == [head + "    return x + x"]


def test_the_body_in_a_cell_is_the_solution_under_the_signature_and_docstring_of_the_declaration(course):
    course.build()
    head = 'def double(x):\n    """Twice x."""\n'
    assert answers(course, "exercises", "04.1") == [head + '    raise NotImplementedError("04.1 is not solved yet")']
    assert answers(course, "solutions", "04.1") == [head + "    return 2 * x"]


def test_the_solution_is_the_declarations_text_with_its_comments_and_without_the_formatters_empty_line():
    stub, solution = stub_and_solution("04.1", SEVERAL, "")
    assert solution.startswith('def split(x, h=2):\n    """Cut x."""\n    # Two or more.\n    def part(i):\n')
    assert "  # a list\n\n\ndef merge(\n    parts,\n    *,\n    kind: type = list,\n) -> list:\n" in solution
    assert r'    r"""Put parts together, with no "\n"."""' in stub and r'with no "\n"."""' in solution
    assert "Two or more" not in stub and stub.count("raise") == 2
    compile(stub, "stub", "exec")


def test_of_several_functions_those_with_dots_for_a_body_are_as_declared():
    cell = "import math\n\n\ndef split(...): ...\n\n\ndef merge(...):\n    # one after another\n    return math.nan\n"
    stub, solution = stub_and_solution("04.1", SEVERAL, cell)
    _, declared = stub_and_solution("04.1", SEVERAL, "")
    assert solution == "import math\n\n\n" + declared.replace(
        "    return kind(each for part in parts for each in part)", "    # one after another\n    return math.nan"
    )
    assert stub.startswith("import math\n\n\ndef split(x, h=2):") and "one after" not in stub


def test_imports_alone_stand_before_what_is_declared_in_stub_and_solution():
    without = stub_and_solution("04.1", SEVERAL, "")
    assert stub_and_solution("04.1", SEVERAL, "import math\n") == tuple("import math\n\n\n" + text for text in without)


def test_of_a_class_each_method_is_a_stub_that_has_called_its_parent(course):
    course.build()
    (stub,) = answers(course, "exercises", "04.10")
    raised = '        raise NotImplementedError("04.10 is not solved yet")'
    assert stub == f"{STUB_OF_COUNTER}\n\n    def more(self, by):\n{raised}"
    (solution,) = answers(course, "solutions", "04.10")
    assert "    def add(self):\n        # Once more.\n        self.count = self.more(1)\n" in solution


def test_of_a_class_the_methods_of_the_cell_are_asked_for_and_those_that_serve_the_reference_are_not():
    cell = "class Counter(...):\n    def __init__(...): ...\n\n    def add(...):\n        self.count += 1\n"
    cell += "        return self"
    stub, solution = stub_and_solution("04.10", {"Counter": Counter}, cell)
    assert stub == STUB_OF_COUNTER
    made: dict = {}
    exec(solution, made)
    assert made["Counter"]().add().add().count == 2 and "more" not in solution


def test_a_reference_of_another_name_gets_the_name_that_is_asked_for():
    stub, solution = stub_and_solution("04.1", {"twice": Double.reference, "Tally": Counter}, "")
    assert solution.startswith("def twice(x):") and "\n\n\nclass Tally:\n" in stub
    assert "reference" not in stub + solution and "class Counter" not in stub + solution


@pytest.mark.parametrize(
    "cell, line, sentence",
    [
        ("def double(...):\n    return 2\n\n\ndef treble(...):\n    return 3", 4, "treble is not asked for"),
        ("def double(x):\n    return 2 * x", 0, "signature and docstring are the declaration's"),
        ('def double(...):\n    """Twice x."""\n    return 2', 0, "signature and docstring are the declaration's"),
        ("import math\n\nreturn 2 * x", 2, "Only bodies stand here, each under its head, as `def double(...):`"),
        ("def double(...):\n    return x + x", 0, "The body of double is that of the declaration"),
        ("def double(...): return 2 * x", 0, "Only bodies stand here"),
        ("def double(...):\n    return 2 * (x", 1, "cannot be read as Python"),
        ("def double(...)\n    return 2 * x", 0, "cannot be read as Python"),
    ],
)
def test_a_cell_that_does_not_fit_its_declaration_is_named_with_file_and_line(course, cell, line, sentence):
    course.change(course.exercises, "def double(...):\n    return 2 * x", cell)
    with pytest.raises(BuildError) as caught:
        course.build()
    first = course.exercises.read_text(encoding="utf-8").splitlines().index(cell.splitlines()[0]) + 1
    problem = caught.value.problems[0]
    assert problem.startswith(f"authoring/04_small/exercises.md:{first + line}: ") and sentence in problem
    assert course.files() == {}


def test_what_is_asked_for_and_missing_is_named():
    assert problems("04.1", SEVERAL, "\n\ndef merge(...):\n    return []") == [
        (2, "split is missing: write its body, or `...` to take it as declared.")
    ]
    cell = "class Counter(...):\n    def more(...):\n        return 1"
    missing = [sentence.split()[0] for _, sentence in problems("04.10", {"Counter": Counter}, cell)]
    assert missing == ["Counter.__init__", "Counter.add"]


def test_a_class_that_repeats_its_docstring_or_a_methods_signature_is_refused():
    cell = (
        'class Counter(...):\n    """Counts."""\n\n    def __init__(self):\n        self.n = 0\n\n    def add(...): ...'
    )
    lines = [line for line, sentence in problems("04.10", {"Counter": Counter}, cell) if "Only bodies" in sentence]
    assert lines == [0, 1, 3]


@pytest.mark.parametrize("reference", [sqrt, DOUBLED, torch.relu, eval("lambda x: x"), SimpleNamespace(x=1)])
def test_a_reference_whose_source_cannot_be_had_is_named_at_its_cell(course, reference):
    declared = [Double, replace(Counting, functions=("count",), reference=reference)]
    with pytest.raises(BuildError) as caught:
        course.build(declarations=lambda number: declared)
    (problem,) = caught.value.problems
    place, _, sentence = problem.partition(": ")
    assert sentence.startswith("The source of count in the declaration cannot be had (")
    file, line = place.split(":")
    lines = course.exercises.read_text(encoding="utf-8").splitlines()
    assert file == "authoring/04_small/exercises.md" and 'exercise: "04.10"' in lines[int(line) : int(line) + 3]
