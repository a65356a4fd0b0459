"""One setup cell for all notebooks, run as it stands in the situations it is made for."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from unravelling.building import build
from unravelling.building.settings import Settings, read_settings
from unravelling.building.setup_cell import setup_cell
from unravelling.course_version import misfit

ROOT = Path(__file__).parents[2]
TEXT = setup_cell(Settings("someone/course", "main", "1.2.3"))
LESSON = """\
# A small lesson

Two numbers, and what they make.

```{code-cell} ipython3
:tags: [setup]
```
"""
# A course that can be imported, with every name that the cell asks for.
NAMES = TEXT.splitlines()[-1].removeprefix("from unravelling import ").split(", ")
STAND_IN = f"{' = '.join(NAMES)} = None; expect_version = lambda version: None"


@pytest.fixture
def run(tmp_path):
    """Run the cell in a Python that sees only the folders given, with a pip that writes down what it is asked."""
    stand_in = tmp_path / "pip"
    stand_in.mkdir()
    (stand_in / "__init__.py").write_text("")
    (stand_in / "__main__.py").write_text(
        f"import pathlib, sys\n"
        f"with open({str(tmp_path / 'asked.txt')!r}, 'a') as asked: asked.write(repr(sys.argv[1:]) + '\\n')\n"
        f"if 'fails' in sys.argv[-1]: sys.exit(1)\n"
        f"pathlib.Path({str(tmp_path / 'unravelling.py')!r}).write_text({STAND_IN!r})\n"
    )
    (tmp_path / "torch.py").write_text("")

    def run(times=1, **environment):
        # -S leaves site-packages out, so that the course is not installed in this Python.
        kept = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ}
        command = [sys.executable, "-S", "-c", (TEXT + "\n") * times + "print('ready')"]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env={**kept, "PYTHONPATH": str(tmp_path), **environment},
            capture_output=True,
            text=True,
        )

    run.asked = lambda: (tmp_path / "asked.txt").read_text().splitlines() if (tmp_path / "asked.txt").exists() else []
    run.folder = tmp_path
    return run


def install(folder):
    (folder / "unravelling.py").write_text(STAND_IN)


def colab(folder):
    (folder / "google" / "colab").mkdir(parents=True)
    (folder / "google" / "colab" / "__init__.py").write_text("")


def test_where_the_course_is_installed_it_only_imports(run):
    install(run.folder)
    result = run()
    assert result.stdout == "ready\n", result.stderr
    assert run.asked() == []


def test_elsewhere_one_sentence_says_what_to_do(run):
    result = run()
    assert result.returncode
    assert result.stderr == "The course is not installed here: run `make lab`, or pick the course's kernel.\n"
    assert run.asked() == []


def test_a_google_package_without_colab_is_not_colab(run):
    (run.folder / "google" / "protobuf").mkdir(parents=True)
    assert "The course is not installed here" in run().stderr


def test_in_colab_it_installs_the_branch_and_nothing_else(run):
    colab(run.folder)
    result = run()
    assert result.stdout == "ready\n", result.stderr
    archive = "https://github.com/someone/course/archive/refs/heads/main.zip"
    assert run.asked() == [repr(["install", "-q", archive])]


def test_in_a_release_badge_and_archive_are_those_of_its_tag():
    release = Settings("someone/course", "main", "1.2.3", tag="v1.2.3")
    assert '"https://github.com/someone/course/archive/refs/tags/v1.2.3.zip"' in setup_cell(release)
    assert release.colab("course/00_a.ipynb").endswith("/github/someone/course/blob/v1.2.3/course/00_a.ipynb")


def test_what_a_notebook_installs_is_what_its_badge_opens():
    badge = re.compile(r"colab\.research\.google\.com/github/([^/]+/[^/]+)/blob/([^/]+)/")
    archive = re.compile(r"https://github\.com/([^/]+/[^/]+)/archive/refs/(heads|tags)/([^\"\\]+)\.zip")
    paths = [path for folder in ("course", "exercises") for path in (ROOT / folder).glob("*.ipynb")]
    assert paths
    for path in paths:
        text = path.read_text(encoding="utf-8")
        ((repository, kind, name),) = set(archive.findall(text))
        assert set(badge.findall(text)) == {(repository, name)}, path.name
        assert (kind == "tags") == name.startswith("v"), path.name


def test_a_wheel_whose_path_has_spaces_is_given_to_pip_whole(run):
    wheel = str(run.folder / "a folder" / "unravelling-0.1.0-py3-none-any.whl")
    result = run(UNRAVELLING_SOURCE=wheel)
    assert result.stdout == "ready\n", result.stderr
    assert run.asked() == [repr(["install", "-q", wheel])]


def test_a_second_run_does_no_harm(run):
    colab(run.folder)
    assert run(times=2).stdout == "ready\n"
    assert len(run.asked()) == 1


def test_a_pip_that_fails_gets_a_sentence(run):
    result = run(UNRAVELLING_SOURCE="fails.whl")
    assert "pip could not install fails.whl: check the network" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_course_that_does_not_fit_says_so_before_anything_is_missed(run):
    # A package that is too old lacks a name: its sentence comes before Python's.
    (run.folder / "unravelling.py").write_text("def expect_version(version): print('not made for', version)")
    result = run()
    assert result.stdout == "not made for 1.2.3\n"
    assert "cannot import name" in result.stderr


@pytest.mark.parametrize(
    ("notebook", "installed", "says"),
    [
        ("0.2.0", "0.2.0", None),
        ("0.2.0", "0.2.4", None),
        ("0.2.10", "0.2.9", "which may lack what it asks for: update the course"),
        ("0.3.0.dev0", "0.2.0", "which may lack what it asks for: update the course"),
        ("0.3.0.dev0", "0.3.0", None),
        ("0.3.0", "0.3.0.dev0", None),
        ("0.2.0", "0.3.0.dev0", "open the notebook that comes with 0.3.0.dev0 and copy your answers over"),
        ("0.9.0", "1.0.0", "or install version 0.9.0."),
        ("1.2.0", "1.4.0", None),
        ("1.2.0", "2.0.0", "or install version 1.2.0."),
    ],
)
def test_a_version_fits_the_notebooks_of_its_series_that_are_not_newer(notebook, installed, says):
    said = misfit(notebook, installed)
    if says is None:
        assert said is None
    else:
        assert f"version {notebook} of the course and runs with {installed}" in said
        assert says in said
        assert said.endswith(".") and "\n" not in said


def test_the_installed_course_prints_its_sentence_once_and_the_cell_goes_on(capsys, monkeypatch):
    import unravelling

    unravelling.expect_version(unravelling.__version__)
    assert capsys.readouterr().out == ""
    unravelling.expect_version("999.0.0")
    assert capsys.readouterr().out.startswith(
        "This notebook was made with version 999.0.0 of the course and runs with "
    )


def test_it_has_few_lines_and_is_formatted(tmp_path):
    assert len([line for line in TEXT.splitlines() if line.strip()]) <= 17
    (tmp_path / "cell.py").write_text(TEXT + "\n")
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=120", "--check", "cell.py"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0


def test_the_package_offers_every_name_the_cell_imports():
    import unravelling

    assert set(NAMES) <= set(unravelling.__all__)


def test_every_notebook_of_the_course_begins_with_the_same_setup_cell():
    # Built where git knew of a remote at GitHub, or where it did not.
    expected = {setup_cell(read_settings(ROOT, ask_git)) for ask_git in (True, False)}
    for folder in ("course", "exercises", "solutions"):
        for path in sorted((ROOT / folder).glob("*.ipynb")):
            first = next(cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
            assert first.source in expected, f"{path.name} in {folder}/"
            assert first.metadata.tags == ["setup"]


@pytest.fixture
def course(tmp_path):
    """A repository with the setting as it stands before the course lies anywhere, and a remote to choose."""
    (tmp_path / "src" / "unravelling").mkdir(parents=True)
    (tmp_path / "src" / "unravelling" / "__init__.py").write_text('__version__ = "1.2.3"\n')
    (tmp_path / "authoring" / "04_small").mkdir(parents=True)
    (tmp_path / "authoring" / "04_small" / "lesson.md").write_text(LESSON)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)

    def at(address):
        subprocess.run(["git", "remote", "remove", "origin"], cwd=tmp_path, capture_output=True)
        subprocess.run(["git", "remote", "add", "origin", address], cwd=tmp_path, check=True)
        return tmp_path

    return at


@pytest.mark.parametrize(
    ("address", "repository"),
    [
        ("https://github.com/someone/a.course.git", "someone/a.course"),
        ("https://github.com/someone/course", "someone/course"),
        ("https://token@github.com/someone/course.git", "someone/course"),
        ("git@github.com:someone/course.git", "someone/course"),
        ("ssh://git@github.com/someone/course.git", "someone/course"),
        ("ssh://git@github.com:22/someone/course", "someone/course"),
        ("https://gitlab.com/someone/course.git", "OWNER/REPO"),
        ("https://notgithub.com/someone/course.git", "OWNER/REPO"),
        ("https://example.org/github.com/someone/course", "OWNER/REPO"),
        ("/srv/course", "OWNER/REPO"),
    ],
)
def test_the_address_is_the_remotes_where_none_is_set(course, address, repository):
    assert read_settings(course(address)).repository == repository


def test_an_address_that_is_set_goes_before_the_remote_and_a_tag_before_the_branch(course):
    root = course("https://github.com/someone/fork.git")
    (root / "pyproject.toml").write_text('[tool.unravelling]\nrepository = "someone/course"\ntag = "v1.2.3"\n')
    assert read_settings(root) == Settings("someone/course", "main", "1.2.3", "v1.2.3")


def test_the_remote_of_a_repository_around_the_course_is_not_its_own(course):
    root = course("https://github.com/someone/homework.git") / "unpacked"
    (root / "src" / "unravelling").mkdir(parents=True)
    (root / "src" / "unravelling" / "__init__.py").write_text('__version__ = "1.2.3"\n')
    assert read_settings(root).repository == "OWNER/REPO"


def test_as_long_as_no_address_is_set_that_of_another_clone_makes_no_notebook_old(course):
    root = course("/srv/course")
    assert build(root) == ["course/04_small.ipynb"]
    course("https://github.com/someone/course.git")
    assert build(root, check=True) == []
    (root / "authoring" / "04_small" / "lesson.md").write_text(LESSON.replace("Two numbers", "Three numbers"))
    assert build(root, check=True) == ["course/04_small.ipynb"]
    build(root)
    assert "github.com/someone/course/" in (root / "course" / "04_small.ipynb").read_text()
    course("https://github.com/someone/fork.git")
    assert build(root, check=True) == []
    (root / "pyproject.toml").write_text('[tool.unravelling]\nrepository = "someone/fork"\n')
    assert build(root, check=True) == ["course/04_small.ipynb"]
