"""A build replaces what a build wrote; what a person wrote stays unless git has it."""

import subprocess

import pytest

from unravelling.building import BuildError

EXERCISES = "exercises/04_small.ipynb"


@pytest.fixture
def repository(course):
    """The miniature course as a git repository, built and committed."""
    course.build()
    git(course, "init", "-q")
    commit(course)
    return course


def git(course, *words):
    identity = ["-c", "user.name=Author", "-c", "user.email=author@example.org", "-c", "core.autocrlf=false"]
    subprocess.run(["git", *identity, *words], cwd=course.root, check=True, capture_output=True)


def commit(course):
    git(course, "add", ".")
    git(course, "commit", "-q", "-m", "as built")


def solve(course):
    """What a learner does: she writes over the stub and saves."""
    path = course.root / EXERCISES
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('raise NotImplementedError(\\"04.1 is not solved yet\\")', "return x + x"), "utf-8")
    assert "return x + x" in path.read_text(encoding="utf-8")
    return path


def test_a_learners_uncommitted_answer_is_refused_by_name_and_kept(repository):
    path = solve(repository)
    with pytest.raises(BuildError, match=r"exercises/04_small\.ipynb was edited by hand"):
        repository.build()
    assert "return x + x" in path.read_text(encoding="utf-8")


def test_a_refusal_writes_no_other_notebook_either(repository):
    solve(repository)
    repository.change(repository.lesson, "Two numbers", "Three numbers")
    before = repository.files()
    with pytest.raises(BuildError):
        repository.build()
    assert repository.files() == before


def test_work_that_git_has_may_be_replaced_since_it_can_be_had_back(repository):
    path = solve(repository)
    commit(repository)
    assert repository.build() == [EXERCISES]
    assert "return x + x" not in path.read_text(encoding="utf-8")


def test_staged_work_is_not_yet_had_by_git(repository):
    solve(repository)
    git(repository, "add", ".")
    with pytest.raises(BuildError):
        repository.build()


def test_an_authors_own_uncommitted_build_may_be_rebuilt(repository):
    for title in ("Double any number", "Twice any number"):
        text = repository.exercises.read_text(encoding="utf-8")
        old = next(line for line in text.splitlines() if line.startswith("## 04.1 "))
        repository.change(repository.exercises, old, f"## 04.1 {title}")
        assert EXERCISES in repository.build()
        assert title in (repository.root / EXERCISES).read_text(encoding="utf-8")


def test_a_notebook_that_was_only_run_is_nobodys_work(repository):
    import nbformat

    notebook = repository.notebook(EXERCISES)
    notebook.metadata.language_info["version"] = "3.11.9"
    code = next(cell for cell in notebook.cells if cell.cell_type == "code")
    code["execution_count"] = 7
    code["outputs"] = [nbformat.v4.new_output("stream", text="was run\n")]
    nbformat.write(notebook, repository.root / EXERCISES)
    assert repository.build() == [EXERCISES]
    assert "was run" not in (repository.root / EXERCISES).read_text(encoding="utf-8")


def test_without_git_an_edited_notebook_is_refused(course):
    course.build()
    solve(course)
    with pytest.raises(BuildError):
        course.build()


def test_half_a_notebook_is_refused_and_left_for_its_owner_to_see(course):
    course.build()
    path = course.root / EXERCISES
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(BuildError):
        course.build()
    assert len(path.read_bytes()) == 300


def test_an_edited_lesson_is_kept_like_an_exercise(course):
    course.build()
    path = course.root / "course/04_small.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("1 + 1", "1 + 41"), "utf-8")
    with pytest.raises(BuildError, match="course/04_small"):
        course.build()


def test_force_overwrites(course):
    course.build()
    solve(course)
    assert course.build(force=True) == [EXERCISES]


def test_a_check_still_tells_that_an_edited_notebook_differs(course):
    course.build()
    solve(course)
    assert course.build(check=True) == [EXERCISES]
