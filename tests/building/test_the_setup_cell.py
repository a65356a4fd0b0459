"""One setup cell for all notebooks, run as it stands in the situations it is made for."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from unravelling.building.settings import Settings, read_settings
from unravelling.building.setup_cell import setup_cell

ROOT = Path(__file__).parents[2]
TEXT = setup_cell(Settings("someone/course", "main", "1.2.3"))
# A course that can be imported, with every name that the cell asks for.
NAMES = TEXT.splitlines()[-1].removeprefix("from unravelling import ").split(", ")
STAND_IN = f"{' = '.join(NAMES)} = None"


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


def test_in_colab_it_installs_the_tagged_archive_and_nothing_else(run):
    colab(run.folder)
    result = run()
    assert result.stdout == "ready\n", result.stderr
    archive = "https://github.com/someone/course/archive/refs/tags/v1.2.3.zip"
    assert run.asked() == [repr(["install", "-q", archive])]


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


def test_it_has_at_most_fifteen_lines_and_is_formatted(tmp_path):
    assert len([line for line in TEXT.splitlines() if line.strip()]) <= 15
    (tmp_path / "cell.py").write_text(TEXT + "\n")
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=120", "--check", "cell.py"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0


def test_the_package_offers_every_name_the_cell_imports():
    import unravelling

    assert set(NAMES) <= set(unravelling.__all__)


def test_every_notebook_of_the_course_begins_with_the_same_setup_cell():
    expected = setup_cell(read_settings(ROOT))
    for folder in ("course", "exercises", "solutions"):
        for path in sorted((ROOT / folder).glob("*.ipynb")):
            first = next(cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
            assert first.source == expected, f"{path.name} in {folder}/"
            assert first.metadata.tags == ["setup"]
