"""Every notebook alone, in an empty folder, in an environment like Colab's, with this machine's cache of models.

This covers the kernel's side: that the setup cell installs what is missing and nothing else, and that all cells run
with Colab's IPython, ipykernel and ipywidgets. It does not cover Colab's page, its Python version, or its network.
"""

from __future__ import annotations

import pytest

from tests.colab import imitation
from tests.colab.imitation import PUBLISHED, ROOT
from tests.house.demanded import not_here
from tests.house.repository import build_wheel
from unravelling.models.model_cache import cache_folder

pytestmark = pytest.mark.colab

LESSONS = sorted((ROOT / "course").glob("*.ipynb"))
SOLUTIONS = sorted((ROOT / "solutions").glob("*.ipynb"))


@pytest.fixture(scope="session")
def colab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("colab")
    try:
        return imitation.fresh(folder, build_wheel(folder), str(cache_folder()))
    except imitation.NoImitation as error:
        not_here("COLAB", str(error))


@pytest.fixture(scope="session")
def set_up(colab, tmp_path_factory):
    """The environment after the setup cell of the first lesson has run in it, and that cell's notebook."""
    import nbformat

    assert colab.installed() == {}
    folder = tmp_path_factory.mktemp("setup")
    lesson = nbformat.read(LESSONS[0], as_version=4)
    first = next(number for number, cell in enumerate(lesson.cells) if cell.cell_type == "code")
    say = nbformat.v4.new_code_cell(
        "import google.colab, ipywidgets, IPython\nprint(ipywidgets.__version__, IPython.__version__)"
    )
    lesson.cells = [lesson.cells[first], say]
    nbformat.write(lesson, folder / "setup_only.ipynb")
    alone = tmp_path_factory.mktemp("alone")
    return colab, colab.run(folder / "setup_only.ipynb", alone)


def test_the_setup_cell_runs_and_nothing_was_replaced_under_it(set_up):
    _, node = set_up
    assert node.cells[1].outputs[0].text.split() == [
        PUBLISHED["imitation"]["ipywidgets"],
        PUBLISHED["imitation"]["ipython"],
    ]


def test_the_setup_cell_installs_only_what_is_missing(set_up):
    colab, _ = set_up
    installed = colab.installed()
    assert "unravelling" in installed
    assert not installed.keys() & PUBLISHED["imitation"].keys()


@pytest.mark.parametrize("notebook", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_alone(set_up, notebook, tmp_path):
    colab, _ = set_up
    node = colab.run(notebook, tmp_path)
    written = [output for cell in node.cells for output in cell.get("outputs", []) if output.get("name") == "stderr"]
    assert not [output.text for output in written if "Error" in output.text or "Traceback" in output.text]
    assert {path.name for path in tmp_path.iterdir()} == {notebook.name}, "a lesson leaves files behind"


@pytest.mark.parametrize("notebook", SOLUTIONS, ids=lambda path: path.stem)
def test_the_solutions_pass_their_checks_alone(set_up, notebook, tmp_path):
    colab, _ = set_up
    node = colab.run(notebook, tmp_path)
    for cell in node.cells:
        mark = cell.metadata.get("unravelling", {})
        if mark.get("role") == "check":
            shown = "".join(o.get("text", "") + str(o.get("data", {}).get("text/plain", "")) for o in cell.outputs)
            assert shown.startswith(f"PASS {mark['exercise']} "), shown
