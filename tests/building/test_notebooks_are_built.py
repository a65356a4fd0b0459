"""What the builder makes of the sources."""

import json
import subprocess
import sys
from dataclasses import replace

import nbformat
import pytest

from tests.building.conftest import Double
from unravelling.building import BuildError, build
from unravelling.building.exercise_cells import line_under_heading
from unravelling.checks.declare import Share

COURSE, EXERCISES, SOLUTIONS = "course/04_small.ipynb", "exercises/04_small.ipynb", "solutions/04_small.ipynb"


def by_id(notebook):
    return {cell["id"]: cell for cell in notebook.cells}


def problems(course):
    with pytest.raises(BuildError) as caught:
        course.build()
    return caught.value.problems


def test_a_module_of_two_texts_becomes_three_notebooks(course):
    assert course.build() == [COURSE, EXERCISES, SOLUTIONS]


def test_texts_as_notepad_and_powershell_save_them_give_the_same_notebooks(course):
    """With a byte order mark before the first letter, and with line ends of two characters."""
    course.build()
    texts = [course.lesson, course.exercises]
    for path in (*texts, course.root / "pyproject.toml", course.root / "src/unravelling/__init__.py"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert course.build(check=True) == []
    for path in texts:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert course.build(check=True) == []


def test_the_lines_of_a_text_with_a_byte_order_mark_are_counted_as_an_editor_does(course):
    course.lesson.write_text(
        "\ufeff" + course.lesson.read_text(encoding="utf-8").replace("# ", "## ", 1), encoding="utf-8"
    )
    (problem, *_) = problems(course)
    assert "lesson.md:" in problem and "must begin with its title" in problem


def test_building_twice_changes_nothing(course):
    course.build()
    before = course.files()
    assert course.build() == []
    for path in course.root.glob("*/*.ipynb"):
        path.unlink()
    course.build()
    assert course.files() == before


def test_two_processes_with_different_hash_seeds_build_the_same_bytes(course):
    script = "import sys; from unravelling.building import build; build(sys.argv[1])"
    course.exercises.unlink()
    seen = []
    for seed in ("1", "2"):
        environment = {"PATH": "", "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", script, str(course.root)], check=True, env=environment)
        seen.append(course.files())
        (course.root / COURSE).unlink()
    assert seen[0] == seen[1]


def test_every_built_notebook_is_valid_and_written_in_the_fixed_form(course):
    for path in course.build():
        nbformat.validate(course.notebook(path))
        text = (course.root / path).read_text(encoding="utf-8")
        assert text == json.dumps(json.loads(text), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        assert course.notebook(path).metadata.kernelspec.name == "python3"
        assert "version" not in course.notebook(path).metadata.language_info


def test_inserting_a_cell_leaves_the_ids_of_the_others(course):
    def id_of_each_text():
        course.build()
        return {cell.source: cell["id"] for cell in course.notebook(COURSE).cells}

    before = id_of_each_text()
    course.change(
        course.lesson, "## Adding\n", "+++\n\nNew words.\n\n```{code-cell} ipython3\nnew = 1\n```\n\n## Adding\n"
    )
    after = id_of_each_text()
    assert len(after) == len(before) + 2
    assert before.items() <= after.items()


def test_two_cells_that_say_the_same_have_different_ids(course):
    course.change(course.lesson, "1 + 1", 'print("first")')
    course.build()
    ids = [cell["id"] for cell in course.notebook(COURSE).cells]
    assert len(set(ids)) == len(ids)


def test_answer_check_and_hint_cells_carry_ids_and_metadata_of_their_exercise(course):
    course.build()
    cells = by_id(course.notebook(EXERCISES))
    for exercise, stem in (("04.1", "04-1"), ("04.10", "04-10")):
        for role in ("answer", "check", "hint"):
            assert cells[f"{role}-{stem}"].metadata["unravelling"] == {"exercise": exercise, "role": role}
    assert "exercise" not in cells["answer-04-10"].metadata


def test_check_cells_are_compared_in_solutions_and_nowhere_else(course):
    course.build()
    assert "nbval-check-output" in by_id(course.notebook(SOLUTIONS))["check-04-1"].metadata.tags
    assert "nbval-check-output" not in (course.root / EXERCISES).read_text(encoding="utf-8")


def test_the_line_under_an_exercises_heading_comes_from_its_declaration(course):
    course.build()
    text = (course.root / EXERCISES).read_text(encoding="utf-8")
    assert "3 points · difficulty 2 of 3 · about 15 minutes" in text
    assert "1 point · difficulty 3 of 3 · about 25 minutes" in text


def test_the_line_names_the_points_of_each_of_several_functions():
    line = line_under_heading(replace(Double, shares=(Share("split", 1, abs), Share("merge", 2, abs))))
    assert line == "3 points (1 for `split`, 2 for `merge`) · difficulty 2 of 3 · about 15 minutes"


def test_the_colab_link_stands_under_the_title_and_asks_no_other_host_for_a_picture(course):
    course.build()
    title = course.notebook(COURSE).cells[0].source.splitlines()
    link = "https://colab.research.google.com/github/someone/course/blob/trunk/course/04_small.ipynb"
    assert title[:2] == ["# A small lesson", ""] and title[2].startswith(f"[Open in Colab]({link}) · ")
    assert "![" not in title[2]


def test_the_line_under_a_title_leads_to_the_exercises_the_neighbours_and_the_notation(course):
    course.build()
    ways = course.notebook(COURSE).cells[0].source.splitlines()[2]
    for target in ("../work/04_small.ipynb", "course/blob/trunk/exercises/04_small.ipynb", "notation.md"):
        assert f"{target})" in ways
    assert "[Before: lesson 03](03_recurrent_networks.ipynb)" in ways
    assert "[Next: lesson 05](05_the_transformer.ipynb)" in ways
    assert "[The lesson](../course/04_small.ipynb)" in course.notebook(EXERCISES).cells[0].source
    assert "](" not in course.notebook(SOLUTIONS).cells[0].source


def test_the_setup_cell_is_folded_where_the_page_can(course):
    course.build()
    for path in (COURSE, EXERCISES, SOLUTIONS):
        cell = next(each for each in course.notebook(path).cells if each.cell_type == "code")
        assert cell.metadata["jupyter"] == {"source_hidden": True} and cell.metadata["cellView"] == "form"
        assert cell.source.startswith("# @title Run this cell first")


def test_checking_names_what_would_change_and_writes_nothing(course):
    assert course.build(check=True) == [COURSE, EXERCISES, SOLUTIONS]
    assert course.files() == {}
    course.build()
    course.change(course.lesson, "Two numbers", "Three numbers")
    assert course.build(check=True) == [COURSE]
    assert "Two numbers" in (course.root / COURSE).read_text(encoding="utf-8")


def test_one_module_can_be_built_alone_and_an_unknown_one_gets_a_sentence(course):
    assert course.build(only="04") == [COURSE, EXERCISES, SOLUTIONS]
    with pytest.raises(BuildError, match="no module '17' under authoring"):
        course.build(only="17")


def test_a_notebook_whose_source_is_gone_is_removed_unless_it_was_edited(course):
    course.build()
    course.lesson.parent.rename(course.lesson.parent.with_name("04_renamed"))
    assert COURSE in course.build()
    assert not (course.root / COURSE).exists()
    kept = course.root / "course/04_copy.ipynb"
    text = (course.root / "course/04_renamed.ipynb").read_text(encoding="utf-8")
    kept.write_text(text.replace("1 + 1", "1 + 2"), encoding="utf-8")
    course.build()
    assert kept.exists()


@pytest.mark.parametrize(
    "old, new, sentence",
    [
        ("# A small lesson", "Words", "must begin with its title"),
        ("## Adding", "# Adding", "a second title"),
        ("## Adding", "### Adding", "skips a level"),
        ("1 + 1", "\n".join(f"x = {i}" for i in range(16)), "16 lines of code"),
        ("Two numbers", "![](picture.png)\n\nTwo numbers", "no alternative text"),
        ("Two numbers", '<img src="picture.png">\n\nTwo numbers', "no alternative text"),
        (":tags: [setup]", ":tags: [other]", "must be the empty one tagged setup"),
    ],
)
def test_a_broken_rule_is_named_with_its_file_and_line(course, old, new, sentence):
    course.change(course.lesson, old, new)
    (problem,) = problems(course)
    assert sentence in problem
    place, _, _ = problem.partition(": ")
    file, line = place.rsplit(":", 1)
    assert file == "authoring/04_small/lesson.md"
    lines = course.lesson.read_text(encoding="utf-8").splitlines()
    first = new.splitlines()[0] if "setup" not in sentence and "title, a" not in sentence else lines[int(line) - 1]
    if "must begin" not in sentence:
        assert lines[int(line) - 1] == first
    assert course.files() == {}


def test_a_comment_in_fenced_code_is_no_heading_and_described_images_pass(course):
    fence = (
        "```python\n# not a heading\n```\n\n![two bars, the left one taller](a.png)\n\n<img alt='bars' src='b.png'>\n"
    )
    course.change(course.lesson, "Two numbers", f"{fence}\nTwo numbers")
    course.build()


@pytest.mark.parametrize(
    "old, new, sentence",
    [
        ('check("04.1", double)', "1 + 1", "Exercise 04.1 has no check cell"),
        ('hint("04.1")', "1 + 1", "Exercise 04.1 has no hint cell"),
        ('exercise: "04.10"', "exercise: 04.10", "Quote the exercise's id"),
        ('exercise: "04.10"', 'exercise: "04.1"', "but stands under 04.10"),
        ("## 04.10 A counter", "## 04.1 A counter", "two headings"),
        (":tags: [answer]\n", "", "Exercise 04.1 has no answer cell"),
        (
            "## 04.10 A counter",
            "```{code-cell} ipython3\n:tags: [answer]\n```\n\n## 04.10 A counter",
            "two answer cells",
        ),
        ('check("04.1", double)', 'check("04.7", double)', "no heading ## 04.7 above"),
    ],
)
def test_an_exercise_that_is_not_whole_is_named_with_its_file_and_line(course, old, new, sentence):
    course.change(course.exercises, old, new)
    found = [problem for problem in problems(course) if sentence in problem]
    assert found and found[0].startswith("authoring/04_small/exercises.md:")
    line = int(found[0].split(":")[1])
    near = "\n".join(course.exercises.read_text(encoding="utf-8").splitlines()[line - 1 : line + 6])
    assert "04." in near


def test_text_and_declarations_must_hold_the_same_exercises(course):
    def build_with(*ids):
        declared = [replace(Double, id=one) for one in ids]
        with pytest.raises(BuildError) as caught:
            course.build(declarations=lambda number: declared)
        return str(caught.value)

    assert "Exercise 04.10 is not among the declarations" in build_with("04.1")
    assert "Exercise 04.2 is declared in" in build_with("04.1", "04.10", "04.2")
    assert "exercises.md:7: Exercise 04.1 is declared twice" in build_with("04.1", "04.1", "04.10")


REGISTER = "src/unravelling/course_modules.py"


@pytest.mark.parametrize(
    "registered, declared, sentence",
    [
        ({"04": "small"}, ["small"], None),
        ({"04": "small"}, ["small", "large"], ":1: src/unravelling/checks/large is the folder of no module"),
        ({}, [], ":1: authoring/04_small is the folder of no module"),
        ({"04": "small", "05": "late"}, ["small", "late"], ":3: authoring/05_late is not there"),
        ({"04": "small"}, [], ":2: src/unravelling/checks/small is not there"),
        ({"05": "small"}, ["small"], ":1: authoring/04_small is the folder of no module"),
    ],
)
def test_each_module_is_registered_and_each_that_is_has_its_folders(course, registered, declared, sentence):
    modules = "".join(f'    "{number}": "{name}",\n' for number, name in registered.items())
    (course.root / REGISTER).write_text(f"MODULES = {{\n{modules}}}\n", encoding="utf-8")
    for name in [*declared, "instruments"]:
        (course.root / "src/unravelling/checks" / name).mkdir(parents=True)
        (course.root / "src/unravelling/checks" / name / "__init__.py").touch()
    if sentence is None:
        course.build()
    else:
        assert problems(course)[0].startswith(REGISTER + sentence)
        assert course.files() == {}


def test_all_problems_of_all_sources_are_told_at_once(course):
    course.change(course.lesson, "## Adding", "### Adding")
    course.change(course.exercises, 'hint("04.1")', "1 + 1")
    assert len(problems(course)) == 2


def test_a_folder_without_the_package_gets_a_sentence(tmp_path):
    with pytest.raises(BuildError, match="build in the repository's folder"):
        build(tmp_path)
