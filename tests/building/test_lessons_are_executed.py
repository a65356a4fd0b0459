"""Running lessons and solutions, keeping what they show, and knowing when it is old."""

import os
import subprocess
import sys

import psutil
import pytest

from unravelling.building import BuildError, execute, stale

COURSE, EXERCISES, SOLUTIONS = "course/04_small.ipynb", "exercises/04_small.ipynb", "solutions/04_small.ipynb"


def outputs(course, path):
    return [cell.outputs for cell in course.notebook(path).cells if cell.cell_type == "code"]


def counts(course, path):
    return [cell.execution_count for cell in course.notebook(path).cells if cell.cell_type == "code"]


def nbval(course, path):
    """pytest --nbval-lax, in an environment that has the miniature package in front."""
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "-q", "-p", "no:cacheprovider", path]
    environment = {**os.environ, "PYTHONPATH": str(course.root / "src"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(
        [*command[:3], "-p", "nbval.plugin", *command[3:]],
        cwd=course.root,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_a_lesson_keeps_what_it_shows_counted_from_one(executed):
    assert counts(executed, COURSE) == [1, 2, 3]
    _, first, second = outputs(executed, COURSE)
    assert first[0].text == "first\n"
    assert second[0].data["text/plain"] == "2" and second[0].execution_count == 3


def test_a_solution_keeps_only_the_lines_of_its_checks(executed):
    shown = [one for one in outputs(executed, SOLUTIONS) if one]
    assert [one[0].text for one in shown] == ["PASS 04.1 double\n", "PASS 04.10 Counter\n"]
    for cell in executed.notebook(SOLUTIONS).cells:
        if cell.cell_type == "code":
            assert bool(cell.outputs) == bool(cell.execution_count)


def test_what_a_cell_says_about_the_reader_is_never_stored(course):
    course.change(course.lesson, 'print("first")', ':tags: [about-the-reader]\n\nprint("first")')
    course.build()
    execute(course.root)
    _, first, second = outputs(course, COURSE)
    assert first == [] and second[0].data["text/plain"] == "2"


def test_exercises_are_never_executed(executed):
    assert not any(outputs(executed, EXERCISES)) and not any(counts(executed, EXERCISES))


def test_building_after_executing_changes_nothing(executed):
    assert executed.build(check=True) == []


def test_nothing_is_stale_right_after_executing(executed):
    assert stale(executed.root) == []


def test_lessons_and_solutions_pass_under_nbval_and_stubs_fail_at_their_checks(executed):
    for path in (COURSE, SOLUTIONS):
        result = nbval(executed, path)
        assert result.returncode == 0, result.stdout
    result = nbval(executed, EXERCISES)
    assert "2 failed" in result.stdout, result.stdout
    assert "04.1 is not solved yet" in result.stdout and "04.10 is not solved yet" in result.stdout


def test_solutions_pass_under_nbval_before_they_were_ever_executed(course):
    course.build()
    result = nbval(course, SOLUTIONS)
    assert result.returncode == 0, result.stdout


def test_a_check_that_prints_another_line_fails_the_solution(course):
    course.build()
    execute(course.root, only=SOLUTIONS)
    path = course.root / SOLUTIONS
    path.write_text(path.read_text(encoding="utf-8").replace("PASS 04.1 double", "PASS 04.1 treble"), "utf-8")
    assert nbval(course, SOLUTIONS).returncode == 1


def test_changing_one_cell_drops_its_outputs_and_keeps_the_others(course):
    course.build()
    execute(course.root, only=COURSE)
    course.change(course.lesson, "1 + 1", "2 + 2")
    course.build()
    _, first, second = outputs(course, COURSE)
    assert first[0].text == "first\n" and second == []
    assert counts(course, COURSE) == [1, 2, None]


def test_a_changed_cell_makes_the_lesson_stale_and_better_prose_does_not(course):
    course.build()
    execute(course.root)
    course.change(course.lesson, "Two numbers", "Two small numbers")
    course.build()
    assert stale(course.root) == []
    course.change(course.lesson, "1 + 1", "2 + 2")
    course.build()
    assert stale(course.root) == [COURSE]


def test_changed_code_of_the_package_makes_everything_stale_but_the_builder_is_no_part_of_it(course):
    course.build()
    execute(course.root)
    package = course.root / "src/unravelling"
    (package / "building").mkdir()
    (package / "building/new.py").write_text("x = 1\n")
    (package / "cli.py").write_text("x = 1\n")
    assert stale(course.root) == []
    (package / "demos.py").write_text("x = 1\n")
    assert stale(course.root) == [COURSE, SOLUTIONS]


def test_line_ends_of_another_system_make_nothing_stale(executed):
    package = executed.root / "src/unravelling/__init__.py"
    before = package.read_bytes()
    try:
        package.write_bytes(before.replace(b"\n", b"\r\n"))
        assert stale(executed.root) == []
    finally:
        package.write_bytes(before)


def test_a_lesson_never_executed_is_stale(course):
    course.build()
    assert stale(course.root) == [COURSE, SOLUTIONS]


def test_executing_twice_gives_the_same_bytes(course):
    course.build()
    execute(course.root, only="04")
    before = course.files()
    assert execute(course.root, only=["04"]) == [COURSE, SOLUTIONS]
    assert course.files() == before


def test_a_cell_that_fails_is_told_and_the_notebook_left_alone(course):
    course.change(course.lesson, "1 + 1", "1 / 0")
    course.build()
    before = course.files()
    with pytest.raises(BuildError, match=r"course/04_small\.ipynb: a cell failed(.|\n)*ZeroDivisionError"):
        execute(course.root, only=COURSE)
    assert course.files() == before


def test_a_lesson_runs_in_an_empty_folder_without_progress(course):
    cell = "import os\\nprint(os.listdir(), repr(os.environ['UNRAVELLING_PROGRESS']), os.environ['UNRAVELLING_CHECK'])"
    course.change(course.lesson, "1 + 1", cell.replace("\\n", "\n"))
    course.build()
    execute(course.root, only=COURSE)
    assert outputs(course, COURSE)[2][0].text == "[] '' raise\n"


def test_no_kernel_is_left_running_whether_the_cells_pass_or_fail(course):
    kernels_before = set(psutil.Process().children(recursive=True))
    course.build()
    execute(course.root, only=COURSE)
    course.change(course.lesson, "1 + 1", "1 / 0")
    course.build()
    with pytest.raises(BuildError):
        execute(course.root, only=COURSE)
    assert set(psutil.Process().children(recursive=True)) <= kernels_before


def test_a_notebook_edited_by_hand_is_not_executed(course):
    course.build()
    path = course.root / COURSE
    path.write_text(path.read_text(encoding="utf-8").replace("1 + 1", "1 + 2"), "utf-8")
    with pytest.raises(BuildError, match="was edited by hand"):
        execute(course.root, only=COURSE)


def test_an_unknown_notebook_gets_a_sentence(course):
    with pytest.raises(BuildError, match="run the build first"):
        execute(course.root)
    course.build()
    with pytest.raises(BuildError, match="no built notebook for 17"):
        execute(course.root, only="17")
